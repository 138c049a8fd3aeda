"""The vocabulary in which exercises are described, and the finding of the courses that hold them."""

from autograder.exercises.courses import (
    CourseExercises,
    find_course,
    get,
    the_course,
    use_course,
    using_course,
)
from autograder.exercises.drawn import read_only, upstream_like
from autograder.exercises.exercise import (
    STANDARD,
    Answers,
    Contradiction,
    Criterion,
    Exercise,
    Generator,
    Mistake,
    Symptom,
    by_elimination,
    within,
)
from autograder.exercises.exposing import DIFFERENCE, MEMORY, memory_probes, scaled_probes
from autograder.exercises.forward_only import Argument
from autograder.exercises.probe import Mark, Probe, Verify
from autograder.exercises.probes import away_from, either_side, elementwise_probes, near
from autograder.exercises.problems import CourseProblem, NoAnswers
from autograder.exercises.slips import all_but, every_slip, no_slip, only
from autograder.student.given import Formula, FormulaGate, SeededGenerator
from autograder.student.steps import Kept, Outcome, Step

__all__ = [
    "DIFFERENCE",
    "MEMORY",
    "STANDARD",
    "Answers",
    "Argument",
    "Contradiction",
    "CourseExercises",
    "CourseProblem",
    "Criterion",
    "Exercise",
    "Formula",
    "FormulaGate",
    "Generator",
    "Kept",
    "Mark",
    "Mistake",
    "NoAnswers",
    "Outcome",
    "Probe",
    "SeededGenerator",
    "Step",
    "Symptom",
    "Verify",
    "all_but",
    "away_from",
    "by_elimination",
    "either_side",
    "elementwise_probes",
    "every_slip",
    "find_course",
    "get",
    "memory_probes",
    "near",
    "no_slip",
    "only",
    "read_only",
    "scaled_probes",
    "the_course",
    "upstream_like",
    "use_course",
    "using_course",
    "within",
]

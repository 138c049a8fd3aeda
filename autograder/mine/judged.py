"""Is a filed function still right? Judged by `check`'s own judge, once for each text of it."""

from __future__ import annotations

from autograder.exercises import CourseExercises, CourseProblem, the_course
from autograder.judge import judge
from autograder.mine.folder import FiledFile, Folder
from autograder.mine.modules import module_of
from autograder.student.local import LocalCode
from autograder.student.time_limit import CALL_SECONDS

SEED = 0
"""One draw of the inputs is enough to see that a function which was right is not right any more."""


def is_right(folder: Folder, file: FiledFile, name: str) -> bool | None:
    """Whether the function `name` of a file passes its check; None when it is no exercise of that assignment.

    Where no course can be read, nothing is known against it.
    """
    digest = file.digest(name)
    known, right = folder.judged().get(name, ("", False))
    if known == digest:
        return right
    course = course_here()
    if course is None:
        return True
    exercise = course.exercises.get(name)
    if exercise is None or exercise.assignment != file.assignment:
        return None
    made = vars(module_of(file))
    functions = {wanted: made[wanted] for wanted in exercise.functions if wanted in made}
    try:
        code = LocalCode(functions, CALL_SECONDS, asked_with(course, name))
        right = judge(name, code, (course.seeds or (SEED,))[0], explain=None).passed
    except CourseProblem:
        return True
    folder.note(name, digest, right)
    return right


def asked_with(course: CourseExercises, name: str) -> frozenset[str]:
    """The exercises that are asked with this one, or later: what is lent for one of these may not answer it."""
    first = course.exercises[name].assignment
    return frozenset(n for n, exercise in course.exercises.items() if exercise.assignment >= first)


def course_here() -> CourseExercises | None:
    """The course that is found from here, or None when there is none that can be read."""
    try:
        return the_course()
    except CourseProblem:
        return None

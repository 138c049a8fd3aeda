"""What an exercise is: one description that serves the instant check, the grading run, the hints and their tests.

An `Exercise` is public: it says what is asked, which calls probe it (`probes`), how points are split (`criteria`) and
what a student reads about a known mistake (`hints`). Its `Answers` are private: what is right (`reference`, `right`)
and what is wrong (`wrong`). They lie in two files of a course's folder, and `courses` brings them together.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np

from autograder.exercises.calls_reference import calls
from autograder.exercises.check_data import Recorded
from autograder.exercises.exposing import MEMORY
from autograder.exercises.forward_only import Argument, backward_of, probes_of, problem_with
from autograder.exercises.memory import one_argument_changed
from autograder.exercises.probe import Mark, Probe
from autograder.exercises.problems import NoAnswers
from autograder.exercises.slips import ONLY_ZEROS, every_slip, generic_slips
from autograder.student.language import later
from autograder.student.steps import Outcome, Step

Generator = np.random.Generator
Symptom = Callable[[Sequence[Sequence[Outcome]]], bool]


def within(*criteria: str) -> Callable[[Symptom], Symptom]:
    """Marks a symptom of a mistake that spoils nothing but what these criteria (their keys) ask for.

    Where anything else is wrong, its name would leave that unexplained, and is not given.
    """

    def marked(symptom: Symptom) -> Symptom:
        symptom.criteria = criteria  # type: ignore[attr-defined]
        return symptom

    return marked


def by_elimination(symptom: Symptom) -> Symptom:
    """Marks a symptom that tells a mistake by what is right beside it: it is looked for where no value tells more."""
    symptom.last = True  # type: ignore[attr-defined]
    return symptom


BY_DATA = "by check data"
"""Stands for the answer that makes a mistake, where check data tells what that answer gives."""


class Contradiction(ValueError):
    """A description of an exercise that contradicts itself; says which exercise, and what to change."""


@dataclass(frozen=True)
class Criterion:
    """A part of the points: `weight` of the whole. It is earned only when the criteria in `needs` are.

    The key "contract" stands for good manners: inputs left alone, nothing kept from one call to the next. Where an
    exercise has no such criterion, one that is `tidy` asks for the first of the two beside its own probes.
    """

    key: str
    title: str
    weight: float
    needs: tuple[str, ...] = ()
    tidy: bool = False


SPECIAL = later("right in special cases")
"""The title of the criterion that names the special cases of an exercise by itself, from its probes."""

STANDARD = (
    Criterion("values", later("right values"), 0.6),
    Criterion("edges", SPECIAL, 0.2, ("values",)),
    Criterion("contract", later("does not change its inputs; gives the same answer twice"), 0.2, ("values",)),
)


@dataclass(frozen=True)
class Answers:
    """What is right and what is wrong, by functions: the private half of an exercise.

    `reference` is the right answer: a function, a class, or a mapping of names to functions. `wrong` maps the name of
    each known mistake to an answer that makes it, or to a list of such answers. `right` are right answers written in
    other ways; with the mistakes they are the exercise's own test, so none may call the reference.
    """

    reference: Any
    wrong: Mapping[str, Any]
    right: tuple[Any, ...]


@dataclass(frozen=True)
class Mistake:
    """A wrong answer students are known to give: its name, the hint that goes with it, and an answer that makes it.

    `hint` says what to look at, never the answer. Outputs equal to the outputs of `wrong` identify the mistake;
    `symptom(outcomes of all probes)` recognises what values alone cannot. `generic` marks the slips any function can
    have: for one exercise or another they may coincide with the right answer, or with a mistake of its own, which then
    gives the name.
    """

    name: str
    hint: str
    wrong: Any = None
    symptom: Symptom | None = None
    generic: bool = False

    @property
    def by_elimination(self) -> bool:
        """Whether its symptom is looked for where no value tells more."""
        return getattr(self.symptom, "last", False)

    @property
    def by_values(self) -> bool:
        """Whether outputs equal to those of `wrong` identify it."""
        return self.wrong is not None and (self.symptom is None or self.by_elimination)


@dataclass(frozen=True, eq=False)
class Exercise:
    """One graded function or class, as the public half of its description gives it.

    `probes(exercise, generator)` draws the probes of one seed. `outputs` names the parts of what is returned, in order,
    for messages. `hints` maps the name of a known mistake (or a tuple of names) to what its student is told; `symptoms`
    maps names to tests of the outcomes. `upstream` is the name of the argument that carries the upstream gradient; it
    is "upstream" where the first argument is called so. `forward` is the matching forward exercise's name: a backward
    that is wrong by the reference, but right for the student's own forward, then keeps half of its values. `functions`
    lists what the probes may call of the student's, the graded one first. `slips` chooses among the generic slips by
    name. Points are those of the notebook cell. `assignment` and `answers` are filled in when a course is read; in a
    student's installation there is `recorded`, check data, in place of the answers.
    """

    name: str
    points: float
    signature: str
    probes: Callable[[Exercise, Generator], list[Probe]]
    hints: Mapping[str | tuple[str, ...], str]
    symptoms: Mapping[str, Symptom] = field(default_factory=dict)
    outputs: tuple[str, ...] = ()
    criteria: tuple[Criterion, ...] = STANDARD
    upstream: str | None = None
    forward: str | None = None
    functions: tuple[str, ...] = ()
    slips: Callable[[str], bool] = every_slip
    assignment: str = ""
    answers: Answers | None = None
    recorded: Recorded | None = None

    def __post_init__(self) -> None:
        if not self.functions:
            object.__setattr__(self, "functions", (self.name,))
        if self.upstream is None and self.arguments[:1] == ["upstream"]:
            object.__setattr__(self, "upstream", "upstream")
        total = sum(criterion.weight for criterion in self.criteria)
        if abs(total - 1.0) > 1e-9:
            raise Contradiction(f"exercise {self.name}: the weights of its criteria add up to {total:g}, not 1")
        keys = [criterion.key for criterion in self.criteria]
        for criterion in self.criteria:
            unknown = [key for key in criterion.needs if key not in keys]
            if unknown:
                raise Contradiction(
                    f"exercise {self.name}: criterion {criterion.key!r} needs {unknown[0]!r}, which does not exist"
                )

    @classmethod
    def from_forward(
        cls,
        forward: Callable[..., Any],
        arguments: Mapping[str, Argument],
        *,
        name: str = "",
        points: float = 1,
        hints: Mapping[str | tuple[str, ...], str] | None = None,
        **more: Any,
    ) -> Exercise:
        """The exercise of writing the backward of a NumPy `forward`: `name(upstream, *arguments)`, which returns the
        gradient for each differentiable argument, in order.

        `forward` takes arrays as `arguments` describes them, in that order, and returns one array. What is right is its
        derivative, and wrong are the slips that any function can have; nothing more need be written. `name` is the
        forward's, with `_backward`, where none is given; `more` goes to the exercise. Raises `Contradiction` when the
        forward does not take its arguments, or the library's numerical gradient is another.
        """
        name = name or f"{forward.__name__}_backward"
        if problem := problem_with(forward, arguments):
            raise Contradiction(f"exercise {name}: {problem}")
        wanted = tuple(f"d{argument}" for argument, about in arguments.items() if about.differentiable)
        return cls(
            name=name,
            points=points,
            signature=f"(upstream, {', '.join(arguments)})",
            probes=probes_of(forward, arguments),
            hints=hints or {},
            outputs=wanted if len(wanted) > 1 else (),
            answers=Answers(backward_of(forward, arguments), {}, ()),
            **more,
        )

    @property
    def arguments(self) -> list[str]:
        """The names of the parameters, from the signature."""
        return [part.strip() for part in self.signature.strip("()").split(",") if part.strip()]

    @property
    def kind(self) -> str:
        """ "class" or "function", for messages: classes have names with a capital letter."""
        return "class" if self.name[0].isupper() else "function"

    def code(self, answer: Any) -> Mapping[str, Any]:
        """An answer (function, class or mapping) as the names a notebook would define."""
        return answer if isinstance(answer, Mapping) else {self.name: answer}

    def call(
        self,
        *args: Any,
        criterion: str = "values",
        label: str = "",
        between: Any = None,
        scale: float | None = None,
        raises: bool = False,
        exposes: Mark | None = None,
    ) -> Probe:
        """A probe that calls the exercise's function once."""
        return Probe((Step(self.name, args),), criterion, label, None, between, scale, raises, exposes)

    def drawn(self, generator: Generator) -> list[Probe]:
        """The probes of one seed; those that find out a memory come last. Raises `Contradiction` for a probe that
        counts for a criterion there is not."""
        probes = self.probes(self, generator)
        known = {criterion.key for criterion in self.criteria}
        if "contract" in known and not any(probe.exposes == MEMORY for probe in probes):
            probes = [*probes, *one_argument_changed(probes, self.arguments, "contract")]
        for number, probe in enumerate(probes):
            if probe.criterion not in known:
                raise Contradiction(
                    f"exercise {self.name}: probe {number} counts for the criterion {probe.criterion!r}, which does "
                    f"not exist; there are {', '.join(map(repr, known))}"
                )
        return probes

    def hint(self, name: str) -> str:
        """What a student with the mistake of this name is told. Raises `KeyError` when nothing is written down."""
        return self._hint_of[name]

    @cached_property
    def _hint_of(self) -> dict[str, str]:
        rows = ((key if isinstance(key, tuple) else (key,), hint) for key, hint in self.hints.items())
        return {name: hint for names, hint in rows for name in names}

    @property
    def reference(self) -> Any:
        """The right answer. Raises `NoAnswers` in a student's installation."""
        if self.answers is None:
            raise NoAnswers(f"the right answer to {self.name}")
        return self.answers.reference

    @property
    def right(self) -> tuple[Any, ...]:
        """Right answers written in other ways. Raises `NoAnswers` in a student's installation."""
        if self.answers is None:
            raise NoAnswers(f"the right variants of {self.name}")
        return self.answers.right

    @cached_property
    def mistakes(self) -> tuple[Mistake, ...]:
        """The catalogue: the exercise's own mistakes in their order, then the generic slips."""
        if self.answers is None:
            return self._mistakes_by_name()
        own = [
            Mistake(name, self.hint(name), wrong, self.symptoms.get(name))
            for name, answers in self.answers.wrong.items()
            for wrong in (answers if isinstance(answers, list) else [answers])
        ]
        if isinstance(self.reference, Mapping):
            return tuple(own)
        slips = self._generic_slips(self.reference)
        generic = [Mistake(*slip, generic=True) for slip in slips if self.slips(slip[0])]
        known = {mistake.name for mistake in own}
        # The plainest mistake comes first, unless the exercise has its own word for it.
        zeros = [slip for slip in generic if slip.name == ONLY_ZEROS and slip.name not in known]
        return (*zeros, *own, *(slip for slip in generic if slip.name != ONLY_ZEROS))

    def _generic_slips(self, reference: Any) -> list[tuple[str, str, Callable[..., Any]]]:
        return generic_slips(
            reference,
            backward=self.upstream is not None,
            outputs=max(len(self.outputs), 1),
            arguments=len(self.arguments),
        )

    def _mistakes_by_name(self) -> tuple[Mistake, ...]:
        """The same catalogue where its wrong answers are not here, but data that tells them."""
        if self.recorded is None:
            raise NoAnswers(f"the catalogue of {self.name}")
        hints = {name: hint for name, hint, _ in self._generic_slips(None)}
        return tuple(
            Mistake(name, hints[name], BY_DATA, generic=True)
            if generic
            else Mistake(name, self.hint(name), BY_DATA, self.symptoms.get(name))
            for name, generic in self.recorded.mistakes
        )

    def with_check_data(self, assignment: str, recorded: Recorded) -> Exercise:
        """The description with check data in place of the answers."""
        return replace(self, assignment=assignment, recorded=recorded)

    def with_answers(self, assignment: str, answers: Answers) -> Exercise:
        """The whole description. Raises `Contradiction` when its two halves do not fit."""
        whole = replace(self, assignment=assignment, answers=answers)
        for problem in contradictions(whole):
            raise Contradiction(f"exercise {self.name}: {problem}")
        return whole


def contradictions(exercise: Exercise) -> Iterator[str]:
    """What in the two halves of a description does not fit, each in a sentence."""
    assert exercise.answers is not None
    hinted, wrong = set(exercise._hint_of), set(exercise.answers.wrong)
    for name in sorted(wrong - hinted):
        yield f"the mistake {name!r} has no hint: add one to hints"
    for name in sorted(hinted - wrong):
        yield f"there is a hint for {name!r}, but no wrong answer of that name in answers.py"
    for name in sorted(set(exercise.symptoms) - wrong):
        yield f"there is a symptom for {name!r}, but no wrong answer of that name in answers.py"
    own = exercise.answers.reference
    if len(exercise.right) < 5 and getattr(own, "__module__", "") != backward_of.__module__:  # a derivative needs none
        yield f"it has {len(exercise.right)} right variants; five at least show that other ways of writing it pass"
    for number, variant in enumerate(exercise.right):
        if calls(variant, exercise.reference):
            yield f"right variant {number} calls the reference, so it proves nothing: write it out"

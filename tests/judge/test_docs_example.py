"""The worked example in docs/adding-an-exercise.md is a working exercise."""

import re
from pathlib import Path

from autograder.exercises import the_course
from autograder.judge.mutation import try_exercise

PAGE = Path(__file__).resolve().parents[2] / "docs" / "adding-an-exercise.md"


def test_the_example_passes_its_own_test(monkeypatch):
    blocks = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), flags=re.DOTALL)
    names = {"__name__": "example"}
    for source in blocks[:2]:
        exec(compile(source, str(PAGE), "exec"), names)
    exercise = names["SQUARE"].with_answers("03_circuits_and_gates", names["ANSWERS"]["square_backward"])
    monkeypatch.setitem(the_course().exercises, exercise.name, exercise)
    score = try_exercise(exercise, range(20))
    assert (score.caught, score.named, score.accepted) == (score.wrong, score.wrong, score.right), score.complaints

"""Small graded notebooks, made here: what the page is given."""

from autograder.feedback.exercises import Mark, Marks


def markdown(source, **about):
    return {"cell_type": "markdown", "metadata": {"nbgrader": about} if about else {}, "source": source}


def code(source, outputs=(), verdict=None, **about):
    metadata = {"nbgrader": about} if about else {}
    if verdict is not None:
        metadata["autograder"] = verdict
    return {"cell_type": "code", "metadata": metadata, "source": source, "outputs": list(outputs)}


def answer(name, source, outputs=()):
    return code(source, outputs, grade_id=name, solution=True, grade=False, locked=False)


def check(name, points, most, **verdict):
    criteria = [{"name": "right values", "points": points, "max_points": most, "message": verdict.pop("message", "")}]
    made = {"exercise": name, "points": points, "max_points": most, "passed": points >= most, "criteria": criteria}
    made |= {"misconceptions": [], "hint": None, "notice": "", **verdict}
    return code(f'check("{name}")', verdict=made, grade_id=f"check-{name}", grade=True, solution=False, locked=True)


def written(name, source):
    return markdown(source, grade_id=name, solution=True, grade=True, locked=False)


def shows(**data):
    return {"output_type": "display_data", "metadata": {}, "data": data}


def marks(**points):
    """Marks of check cells by exercise: `square=(1, 2)`."""
    return Marks({f"check-{name}": Mark(*pair) for name, pair in points.items()})


LESSON = {
    "cells": [
        markdown("# Squares\n\nA first lesson."),
        code("import numpy as np"),
        markdown("## 1 The slope of a square\n\nIt is $2x$.\n\n$$\\frac{d}{dx} x^2 = 2x$$"),
        markdown("### Exercise 1\n\nWrite it."),
        answer("square_slope", 'def square_slope(x):\n    """The slope."""\n    return x\n'),
        code("plot(square_slope)", [shows(**{"text/plain": "<Figure>"})]),
        check(
            *("square_slope", 0.5, 2.0),
            message="with x=3.0: 3.0; expected 6.0",
            misconceptions=["factor 1/2"],
            hint="What is the slope at 1?",
            call="square_slope(3.0)  # 6.0",
            pattern="Every value is half of what it should be.",
            place={
                **{"line": 3, "code": "x", "kind": "operand", "function": "square_slope", "text": "return x"},
                "question": "what is the derivative of x times x?",
            },
        ),
        markdown("### Exercises 2 and 3"),
        answer("cube_slope", "def cube_slope(x):\n    return 3 * x**2"),
        answer("root_slope", "raise NotImplementedError()"),
        check("cube_slope", 1.0, 1.0),
        check("root_slope", 0.0, 1.0, message="root_slope is not defined as a function or class"),
        markdown("### In your own words"),
        written("why", "Because it *grows* like $x$."),
        markdown("The end."),
    ]
}
LESSON_MARKS = Marks(
    {
        "check-square_slope": Mark(0.5, 2.0),
        "check-cube_slope": Mark(1.0, 1.0),
        "check-root_slope": Mark(0.0, 1.0),
        "why": Mark(1.0, 2.0, by_hand=True),
    },
    comments={"why": "Say how fast.\nWith a number."},
    unanswered=frozenset({"root_slope"}),
    late_penalty=0.25,
)

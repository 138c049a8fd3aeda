"""`look`: the student's values beside those worked out by hand, a picture of them, or a line about what is missing."""

import pytest

from autograder import look
from nn_lib import pictures


def test_a_picture_of_the_students_numbers_is_shown(monkeypatch, capsys):
    shown = []
    monkeypatch.setattr("IPython.display.display", shown.append)
    picture = pictures.heat_map([[1.0, 2.0]])
    look(lambda: picture, by_hand=3.0)
    assert shown == [picture]
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    ("function", "words"),
    [(lambda: 1 / 0, "ZeroDivisionError"), (lambda: 2.5, "yours    2.5\nby hand  3"), (lambda: [1.0, 2.0], "1 | 2")],
)
def test_values_stand_beside_those_by_hand_and_no_error_stops_the_notebook(function, words, capsys):
    look(function, by_hand=3.0)
    assert words in capsys.readouterr().out


def test_what_is_not_filled_in_is_said(capsys):
    def mine():
        raise NotImplementedError

    look(mine)
    assert "mine is not filled in yet" in capsys.readouterr().out


def test_of_several_functions_the_unfinished_one_is_named(capsys):
    def mine():
        raise NotImplementedError

    class Gate:
        def forward(self):
            raise NotImplementedError

    def given():
        return mine()

    look(given)
    assert capsys.readouterr().out.startswith("mine is not filled in yet")
    look(lambda: Gate().forward())
    assert capsys.readouterr().out.startswith("Gate is not filled in yet")


def test_what_stands_beside_the_value_has_its_own_word(capsys):
    look(lambda: 2.0, by_hand=3.0, label="measured")
    assert capsys.readouterr().out == "yours     2\nmeasured  3\n"


def test_a_bare_number_and_a_list_look_different(capsys):
    look(lambda: 3.0, by_hand=[3.0])
    look(lambda: (3.0,), by_hand=[3.0])
    assert capsys.readouterr().out == "yours    3\nby hand  [3]\nyours    [3]\nby hand  [3]\n"


def test_two_results_stand_side_by_side(capsys):
    look(lambda: ([1.0], 2.0), by_hand=([1.0], 2.0))
    assert capsys.readouterr().out == "yours    [1] | 2\nby hand  [1] | 2\n"

"""How the notebooks are written: sentences, words, letters, and functions that are used again."""

import ast
import json
import re
from functools import cache
from statistics import mean

import pytest
from prose import REPOSITORY, formulas, sentences, symbols, text_of, without_words

from autograder.exercises import the_course
from autograder.publish.notebooks import assignments

NAMES = assignments(REPOSITORY)
COURSE = the_course()
BY_NAME = COURSE.exercises


# --- sentences and words ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
def test_sentences_have_12_to_16_words_on_average(name):
    lengths = [len(words) for words in sentences(text_of(name))]
    assert 12 <= mean(lengths) <= 16, f"{mean(lengths):.2f} words in a sentence of {name}"


@pytest.mark.parametrize("name", NAMES)
def test_no_sentence_has_more_than_45_words(name):
    long = [" ".join(words) for words in sentences(text_of(name)) if len(words) > 45]
    assert not long


@pytest.mark.parametrize("name", NAMES)
def test_nobody_is_corrected_who_is_not_in_the_room(name):
    release = (REPOSITORY / "notebooks" / name / f"{name}.ipynb").read_text(encoding="utf-8")
    told = [cell["source"] for cell in json.loads(release)["cells"]]
    told = [text_of(name), *("".join(source) for source in told)]
    hints = [hint for exercise in BY_NAME.values() if exercise.assignment == name for hint in exercise.hints.values()]
    found = {word for text in (*told, *hints) for word in re.findall(r"(?i)\b(?:slides?|decks?)\b", text)}
    assert not found


def test_what_counts_as_a_sentence():
    text = """# %% [markdown]
# ## A heading is none
#
# Two short words. This one, with `x + y` and $a = b$, has ten of them! Is (1, 2) one?
#
# $$f(x) = x$$
#
# | a | table |
# * An item is a sentence too
# <details><summary>So is a question, folded?</summary>And its answer is.</details>

# %% [markdown] nbgrader={"solution": true}
# What no student reads does not count at all.

# %%
# Nor does a comment in the code of a cell.
"""
    assert [len(words) for words in sentences(text)] == [3, 10, 4, 6, 5, 4]


@pytest.mark.parametrize("name", NAMES)
def test_a_notebook_has_25_to_45_cells(name):
    release = (REPOSITORY / "notebooks" / name / f"{name}.ipynb").read_text(encoding="utf-8")
    cells = json.loads(release)["cells"]
    assert 25 <= len(cells) <= 45, f"{len(cells)} cells in {name}"
    own = [cell["metadata"].get("nbgrader", {}).get("solution", False) for cell in cells]
    kinds = ["answer" if answer else cell["cell_type"] for cell, answer in zip(cells, own, strict=True)]
    beside = [a for a, b in zip(kinds, kinds[1:], strict=False) if a == b == "markdown"]
    assert not beside, f"two Markdown cells of {name} stand side by side"


@pytest.mark.parametrize("name", ["03_circuits_and_gates", "08_mlp_backprop", "10_build_your_own_graph"])
def test_a_long_notebook_has_a_place_to_stop_and_says_what_is_in_my_nn_by_then(name):
    before, after = text_of(name).split("# ### The end of part 1")
    told = set(re.findall(r"`(\w+)`", after.split("\n# ## ")[0]))
    assert told == {"my_nn", *re.findall(r'"grade_id": "check-(\w+)"', before)}
    assert "*the end of part 1*" in (REPOSITORY / "docs" / "teaching" / f"{name}.md").read_text(encoding="utf-8")


# --- one notation -----------------------------------------------------------------------------------------------------

NOTATIONS = (REPOSITORY / "docs" / "notations.md").read_text(encoding="utf-8")


def numbers_of(where):
    """The notebooks that the last column of the table names: "all", "05 on", "01 to 04, 10"."""
    every = [name[:2] for name in NAMES]
    found = set()
    for part in where.split(", "):
        first, _, last = part.partition(" to ")
        if part == "all":
            found |= set(every)
        elif part.endswith(" on"):
            found |= {number for number in every if number >= part[:2]}
        else:
            found |= {number for number in every if first <= number <= (last or first)}
    return found


@cache
def letters():
    """What each letter means in each notebook: {(number, letter): [meanings]}, from the table of docs/notations.md."""
    table = NOTATIONS.split("## The letters of this course")[1].split("\n## ")[0]
    found = {}
    for line in table.splitlines():
        cells = [cell.strip() for cell in line.split("|")[1:-1]]
        if len(cells) == 4 and cells[0] != "symbol" and set(cells[0]) != {"-"}:
            for letter in re.findall(r"(?<![A-Za-zͰ-Ͽℓ])[A-Za-zͰ-Ͽℓ](?![A-Za-z])", cells[0]):
                for number in numbers_of(cells[3]):
                    found.setdefault((number, letter), []).append(cells[1])
    return found


def test_every_letter_has_one_meaning_in_a_notebook():
    assert len(letters()) > 50
    several = {place: meanings for place, meanings in letters().items() if len(meanings) > 1}
    assert not several


@pytest.mark.parametrize("name", NAMES)
def test_every_letter_of_a_formula_is_in_the_table_of_notations(name):
    unknown = {}
    for formula in formulas(text_of(name)):
        for letter in sorted(symbols(formula)):
            if (name[:2], letter) not in letters():
                unknown.setdefault(letter, " ".join(formula.split()))
    assert not unknown, f"docs/notations.md gives no meaning in {name} to {', '.join(unknown)}"


@pytest.mark.parametrize("name", NAMES)
def test_g_is_an_activation_function_and_l_counts_no_layers(name):
    for formula in formulas(text_of(name)):
        bare = re.sub(r"\\[A-Za-z]+", " ", without_words(formula))
        if name[:2] >= "05":
            assert not re.search(r"(?<![A-Za-z])g(?!\s*('|\(|\^\{?\s*\\prime)|[A-Za-z]|\W*$)", bare), formula
        assert not re.search(r"\^\s*\{?\s*\(?L\b|_\s*\{?L\b", bare), formula


# --- functions that are used again ------------------------------------------------------------------------------------

CELL = re.compile(r"^# %%(.*?)$(.*?)(?=^# %%|\Z)", flags=re.MULTILINE | re.DOTALL)


@cache
def code_cells(name):
    """Of each code cell: the exercise that it holds or None, whether it only checks, its syntax tree, what it uses."""
    found = []
    for header, body in CELL.findall(text_of(name)):
        if "[markdown]" not in header:
            told = re.search(r'"grade_id": "(.+?)"', header)
            identity, tree = told.group(1) if told else "", ast.parse(body)
            held = identity if identity in BY_NAME else None
            found.append((held, identity.startswith("check-"), tree, used_names(tree)))
    return found


def used_names(tree):
    """The names that code uses otherwise than by defining them or showing them with `look`."""
    nodes = list(ast.walk(tree))
    shown = {
        id(node.args[0])
        for node in nodes
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "look" and node.args
    }
    found = {n.id for n in nodes if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load) and id(n) not in shown}
    return found | {
        f"my_nn.{node.attr}"
        for node in nodes
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "my_nn"
    }


@cache
def names_from_my_nn(assignment, name):
    """The names under which a notebook imports a function of my_nn."""
    return {
        alias.asname or alias.name
        for _, _, tree, _ in code_cells(assignment)
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module == "my_nn"
        for alias in node.names
        if alias.name == name
    }


def uses(name, exercise):
    """The notebooks that use an exercise's function again."""
    found = []
    for assignment in NAMES[NAMES.index(exercise.assignment) :]:
        own = assignment == exercise.assignment
        called = {name, f"my_nn.{name}"} if own else {f"my_nn.{name}", *names_from_my_nn(assignment, name)}
        cells = code_cells(assignment)
        if any(held != name and not checks and used & called for held, checks, _, used in cells):
            found.append(assignment)
    return found


@pytest.mark.parametrize("assignment", [name for name in NAMES if name in COURSE.assignments])
def test_every_function_is_used_again(assignment):
    asked = [(name, exercise) for name, exercise in BY_NAME.items() if exercise.assignment == assignment]
    idle = [name for name, exercise in asked if not uses(name, exercise)]
    assert not idle, f"no later cell or notebook uses {', '.join(idle)}"


def statements(tree, name):
    """How many statements an answer has, counted through loops, branches and methods; docstrings are none."""
    (definition,) = (node for node in tree.body if getattr(node, "name", None) == name)
    found = 0
    for node in ast.walk(definition):
        if isinstance(node, ast.stmt) and not isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            found += not (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant))
    return found


def test_at_most_a_third_of_the_exercises_is_one_line():
    lines = {own: statements(tree, own) for name in NAMES for own, _, tree, _ in code_cells(name) if own}
    assert set(lines) == set(BY_NAME)
    short = sorted(name for name, count in lines.items() if count == 1)
    by_assignment = {a: [n for n in short if BY_NAME[n].assignment == a] for a in NAMES}
    assert len(short) <= len(lines) / 3, f"{len(short)} of {len(lines)}: {by_assignment}"


def test_what_counts_as_one_line_and_as_used_again():
    tree = ast.parse(
        'def f(x):\n    """Doc."""\n    return x\n\nclass G:\n    def f(self):\n        y = 1\n        return y'
    )
    assert (statements(tree, "f"), statements(tree, "G")) == (1, 2)
    assert used_names(ast.parse("look(f, 1, by_hand=2)")) == {"look"}
    assert "f" not in used_names(ast.parse("def f(x):\n    return x"))
    assert "f" in used_names(ast.parse("look(h, f(1))"))
    assert "my_nn.f" in used_names(ast.parse("my_nn.f(1)"))

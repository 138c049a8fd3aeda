"""docs/nn_lib.md: its code runs and says what comes out, and no public name is missing."""

import ast
import inspect
import re
from pathlib import Path

import numpy as np
import pytest

import nn_lib
from nn_lib import datasets, initializers, pictures

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "nn_lib.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```python\n(.*?)```", PAGE, flags=re.DOTALL)


def in_datasets(name, value):
    return name[0] != "_" and value.__module__ == datasets.__name__


PUBLIC = [
    *nn_lib.__all__,
    *pictures.__all__,
    *initializers.INITIALIZERS,
    *(
        f"datasets.{name}"
        for name, value in inspect.getmembers(datasets, inspect.isfunction)
        if in_datasets(name, value)
    ),
]


@pytest.mark.parametrize("name", PUBLIC)
def test_every_public_name_is_on_the_page(name):
    assert f"`{name}`" in PAGE


def test_what_loads_late_is_found_by_completion():
    assert {"pictures", "widgets", "sum", "datasets"} <= set(dir(nn_lib))
    assert callable(nn_lib.pictures.circuit) and callable(nn_lib.widgets.stepper)
    with pytest.raises(AttributeError, match="nn_lib has no 'optimisers'"):
        _ = nn_lib.optimisers


@pytest.mark.parametrize("name", pictures.__all__)
def test_every_picture_says_what_it_shows(name):
    assert (getattr(pictures, name).__doc__ or "").strip()


def test_every_name_on_the_page_exists():
    for name in re.findall(r"^\| `([\w.]+)`", PAGE, flags=re.MULTILINE):
        assert hasattr(nn_lib, name.removeprefix("datasets.")) or hasattr(pictures, name) or hasattr(
            datasets, name.removeprefix("datasets.")
        ), name  # fmt: skip


@pytest.mark.parametrize("block", BLOCKS, ids=lambda block: block.splitlines()[-1][:30])
def test_the_code_runs_and_its_comments_are_true(block, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    names = {}
    for statement in ast.parse(block).body:
        source = ast.unparse(statement)
        if not isinstance(statement, ast.Expr):
            exec(source, names)
            continue
        value = eval(source, names)
        comment = block.splitlines()[statement.end_lineno - 1].partition("  # ")[2]
        try:
            expected = ast.literal_eval(comment.partition(": upstream")[0])
        except (SyntaxError, ValueError):
            for word in re.findall(r"gradient is \w+|[\d,]+ to \w+", comment):
                assert word in repr(value)
            continue
        if isinstance(expected, list):
            np.testing.assert_allclose(value, expected, rtol=1e-6)
        else:
            assert value == expected

# ruff: noqa: E501
"""What a name needs: the statements that made it, by Python's rules, and no other."""

import pytest

from autograder.reading.needs import needed, statements_of


def texts(cells, name):
    pool = [one for cell in cells for one in statements_of(cell)]
    return [one.text for one in needed(pool, [name])]


@pytest.mark.parametrize(
    ("cells", "wanted"),
    [
        (["import numpy as np\nimport os", "def f(x):\n    return np.sum(x)"], ["import numpy as np", "def f(x)"]),
        (["x = 5", "def f(x):\n    return x"], ["def f(x)"]),
        (["x = [1]", "def f():\n    return [x for x in range(3)]"], ["def f()"]),
        (["def g(): pass\ndef f(): return g()", "def g(): return 2"], ["def f()", "def g(): return 2"]),
        (["T = {}", "T['a'] = abs", "def f(): return T['a'](1)"], ["T = {}", "T['a'] = abs", "def f()"]),
        (["T = {}\nT.update(a=1)\nprint(T)\nf = lambda: T"], ["T = {}", "T.update", "f = lambda"]),
        (["class A: pass", "A.g = lambda self: K", "K = 2", "def f(): return A().g()"],
         ["class A", "A.g =", "K = 2", "def f()"]),
        (["k = 1", "def f(x, k=k): return k", "k = 2"], ["k = 1", "def f(x"]),
        (["import functools", "def f(x): return x", "f = functools.cache(f)"], ["import functools", "def f(x)", "f = f"]),
        (["from math import *", "def f(x): return sqrt(len(x))"], ["from math import *", "def f(x)"]),
        (["def f(x): return len(x)"], ["def f(x)"]),
        (["%matplotlib inline\na = 1; f = lambda: a"], ["a = 1", "f = lambda"]),
        (["class B: pass", "class f(B):\n    def g(self): return h()", "def h(): pass"], ["class B", "class f", "def h"]),
        (["@cache\ndef f(): pass", "def cache(g): return g"], ["@cache"]),
        (["n = 0", "n += 1", "def f(): return n"], ["n = 0", "n += 1", "def f()"]),
        (["np.random.seed(0)\nimport numpy as np\nnp.set_printoptions()\ndef f(): return np"], ["import numpy", "def f()"]),
    ],
)  # fmt: skip
def test_what_a_function_needs_and_nothing_else(cells, wanted):
    found = texts(cells, "f")
    assert len(found) == len(wanted)
    for text, start in zip(found, wanted, strict=True):
        assert text.startswith(start.replace("f = f", "f = functools"))


def test_what_it_needs_runs_alone():
    cells = ["import math", "K = 3\ndef g(x):\n    return math.sqrt(x) * K", "def f(x): return g(x) + g(x)", "K = 4"]
    names = {}
    exec("\n".join(texts(cells, "f")), names)
    assert names["f"](4.0) == 16.0

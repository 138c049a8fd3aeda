"""Pairs of students whose answers are built alike, more than chance would have it."""

from __future__ import annotations

import ast
import itertools
import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np

from autograder.reading import outline

LONG_ENOUGH = 12  # nodes of the syntax tree: `return upstream * y, upstream * x` is as long, and says nothing
PIECE = 5  # nodes in a row
SIMILAR = 0.85  # of the pieces of two answers, how many they must share
RARE = 40  # pieces that few others have: a screenful, or a peculiar half of one
FEW = 20  # what more students than this wrote says nothing of two of them, however large the class
SURPRISE = 10  # bits: among classes in which nobody copied, one in a thousand would have a pair so alike
LONGEST = 50_000  # characters; nobody writes so long an answer, and it would hold up the others
ROWS = 500  # students compared with the whole class at once

Piece = tuple[str, ...]


@dataclass(frozen=True)
class Answer:
    """One student's cell: its text, its syntax tree as a row of nodes, and all runs of `PIECE` nodes in that."""

    text: str
    nodes: Piece = ()
    pieces: frozenset[Piece] = field(default=frozenset(), repr=False)


def similar_pairs(
    answers: Mapping[str, Mapping[str, str]], given: Mapping[str, Iterable[str]] | None = None
) -> list[tuple[tuple[str, str], list[str]]]:
    """The pairs of students whose answers are built alike, and in which exercises; those with most exercises first.

    `answers` are the cells by student and exercise; `given` is what everybody was shown of an exercise, or what its
    model answer says, which tells nothing of anybody. Nor do answers shorter than `LONG_ENOUGH`. A pair is alike

    * in one exercise, when the two answers share `SIMILAR` of their pieces (Dice's coefficient), `RARE` of which few
      others have: names, comments, spacing and text in quotes do not count;
    * in all together, when answers are the same so often that chance would not give one such pair, by `SURPRISE` bits:
      an answer that m of n students wrote to the letter, or failing that with the same syntax tree, counts log2(n / m).
    """
    students = sorted(answers)
    found: dict[tuple[str, str], set[str]] = defaultdict(set)
    alike_in: list[tuple[str, list[Answer | None]]] = []
    read: dict[str, Answer] = {}  # many answers are the same to the letter
    for exercise in sorted({name for own in answers.values() for name in own}):
        shown = [_read(text) for text in (given or {}).get(exercise, ())]
        known = frozenset[Piece]().union(*(answer.pieces for answer in shown))
        row: list[Answer | None] = []
        for student in students:
            text = answers[student].get(exercise)
            answer = None if text is None else read.get(text) or read.setdefault(text, _read(text))
            of_own = answer and len(answer.nodes) >= LONG_ENOUGH and answer.nodes not in {a.nodes for a in shown}
            row.append(answer if of_own else None)
        alike_in.append((exercise, row))
        for a, b in _alike_in_one(row, known):
            found[students[a], students[b]].add(exercise)
    for a, b, exercises in _alike_in_all(alike_in, len(students)):
        found[students[a], students[b]].update(exercises)
    return sorted(((who, sorted(names)) for who, names in found.items()), key=lambda pair: (-len(pair[1]), pair[0]))


def _alike_in_one(row: list[Answer | None], known: frozenset[Piece]) -> Iterable[tuple[int, int]]:
    """Only pieces that few have are looked up, each with those who have it: no walk over all pairs."""
    # As many as may sit together and talk; in a large class, also who found the same page.
    few = max(4, min(FEW, len(row) // 25))
    own = {i: answer.pieces - known for i, answer in enumerate(row) if answer is not None}
    count = Counter(itertools.chain.from_iterable(own.values()))
    who: dict[Piece, list[int]] = defaultdict(list)
    for i, pieces in own.items():
        for piece in pieces:
            if 1 < count[piece] <= few:
                who[piece].append(i)
    shared = Counter(pair for those in who.values() for pair in itertools.combinations(those, 2))
    for (a, b), rare in shared.items():
        if rare >= RARE and 2 * len(own[a] & own[b]) >= SIMILAR * (len(own[a]) + len(own[b])):
            yield a, b


def _alike_in_all(
    alike_in: list[tuple[str, list[Answer | None]]], students: int
) -> Iterable[tuple[int, int, list[str]]]:
    if students < 2:
        return
    least = math.log2(math.comb(students, 2)) + SURPRISE
    coded = [
        (name, _coded([a and a.nodes for a in row]), _coded([a and a.text for a in row])) for name, row in alike_in
    ]
    for start in range(0, students, ROWS):
        here = slice(start, start + ROWS)
        bits = np.zeros((len(range(students)[here]), students), dtype=np.float32)
        for _, (nodes, nodes_bits), (text, text_bits) in coded:
            same_nodes = np.where(nodes[here, None] == nodes, nodes_bits[here, None], 0)
            bits += np.where(text[here, None] == text, text_bits[here, None], same_nodes)
        for a, b in np.argwhere(bits >= least).tolist():
            a += start
            if a < b:
                yield a, b, [name for name, (nodes, gain), _ in coded if nodes[a] == nodes[b] and gain[a] > 0]


def _coded(row: list[object]) -> tuple[np.ndarray, np.ndarray]:
    """A number for every different answer, and what it says, in bits, that two have it: 0 for None."""
    count = Counter(row)
    numbers = {answer: number for number, answer in enumerate(count)}
    bits = [0.0 if answer is None else math.log2(len(row) / count[answer]) for answer in row]
    return np.array([numbers[answer] for answer in row]), np.array(bits, dtype=np.float32)


def _read(text: str) -> Answer:
    tree = parsed(text)
    if tree is None:
        return Answer(text)
    nodes: list[str] = []
    waiting: list[ast.AST] = [tree]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            continue  # a docstring
        nodes.append(f"{type(node).__name__} {getattr(node, 'attr', '')}")
        children = [c for c in ast.iter_child_nodes(node) if not isinstance(c, (ast.expr_context, ast.arg))]
        waiting += reversed(children)
    pieces = frozenset(tuple(nodes[i : i + PIECE]) for i in range(len(nodes) - PIECE + 1))
    return Answer(text, tuple(nodes), pieces)


def parsed(source: str) -> ast.Module | None:
    """The syntax tree of what a student wrote, or None when it is no Python, or endless."""
    return outline.parsed(source) if len(source) <= LONGEST else None

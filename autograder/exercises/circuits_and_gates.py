"""Assignment 03: the circuit (x + y) z by hand, and what each gate does to a gradient."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from autograder.calls import Outcome
from autograder.exercises.exercise import (
    Criterion,
    Exercise,
    Generator,
    Mistake,
    Probe,
    Step,
    away_from,
    call,
    read_only,
    slips,
    upstream_like,
)

ASSIGNMENT = "03_circuits_and_gates"
UPSTREAM = "What multiplies the local gradient on its way back?"


# --- circuit_gradients ---------------------------------------------------------------------------------------------


def circuit_gradients(x: float, y: float, z: float) -> dict[str, float]:
    q = x + y
    return {"q": q, "f": q * z, "df_dq": z, "df_dx": z, "df_dy": z, "df_dz": q}


def _circuit_probes(rng: Generator) -> list[Probe]:
    name = "circuit_gradients"
    found = [call(name, -2.0, 5.0, -4.0)]
    found += [call(name, *(float(v) for v in away_from(rng, (3,)))) for _ in range(3)]
    found += [call(name, 3, -1, 2, criterion="edges"), call(name, 2.0, -2.0, 5.0, criterion="edges")]
    return [*found, call(name, 1e6, -3e5, 1e-3, criterion="edges")]


def _circuit_with(**changed: Any) -> Any:
    def wrong(x: Any, y: Any, z: Any) -> dict[str, Any]:
        return {**circuit_gradients(x, y, z), **{key: change(x, y, z) for key, change in changed.items()}}

    return wrong


CIRCUIT = Exercise(
    name="circuit_gradients",
    assignment=ASSIGNMENT,
    points=2,
    signature="(x, y, z)",
    reference=circuit_gradients,
    probes=_circuit_probes,
    mistakes=(
        Mistake(
            "x times y in place of x plus y",
            "Which gate joins x and y in the drawing?",
            lambda x, y, z: {
                "q": x * y,
                "f": x * y * z,
                "df_dq": z,
                "df_dx": y * z,
                "df_dy": x * z,
                "df_dz": x * y,
            },
        ),
        Mistake(
            "add gate stops the upstream gradient",
            "The slope of x + y in x is 1, but something arrives at q from the right. What happens to it?",
            _circuit_with(df_dx=lambda x, y, z: 1.0, df_dy=lambda x, y, z: 1.0),
        ),
        Mistake(
            "df_dz is the value of z",
            "Hold q fixed and move z by 1. How far does f move?",
            _circuit_with(df_dz=lambda x, y, z: z),
        ),
        Mistake(
            "multiply gate not switched",
            "At a multiply gate each input receives the other one. Which is the other one?",
            _circuit_with(
                df_dq=lambda x, y, z: x + y,
                df_dx=lambda x, y, z: x + y,
                df_dy=lambda x, y, z: x + y,
                df_dz=lambda x, y, z: z,
            ),
        ),
        Mistake("df_dz is 1", "What does z meet at its gate?", _circuit_with(df_dz=lambda x, y, z: 1.0)),
        Mistake(
            "df_dq is 1",
            "1 is where the backward pass starts, at f. What is the slope of q z in q?",
            _circuit_with(df_dq=lambda x, y, z: 1.0, df_dx=lambda x, y, z: 1.0, df_dy=lambda x, y, z: 1.0),
        ),
        Mistake(
            "add gate multiplies by its inputs",
            "By how much does x + y grow when x grows by h? Does it matter how large x is?",
            _circuit_with(df_dx=lambda x, y, z: z * x, df_dy=lambda x, y, z: z * y),
        ),
        Mistake(
            "sign",
            "Nudge the input a little and see which way f moves.",
            _circuit_with(
                df_dq=lambda x, y, z: -z,
                df_dx=lambda x, y, z: -z,
                df_dy=lambda x, y, z: -z,
                df_dz=lambda x, y, z: -(x + y),
            ),
        ),
        Mistake(
            "answers the worked example only",
            "Will it work for other numbers than those in the drawing?",
            lambda x, y, z: circuit_gradients(-2.0, 5.0, -4.0),
        ),
    ),
    right=(
        lambda x, y, z: dict(q=x + y, f=(x + y) * z, df_dq=z, df_dx=z, df_dy=z, df_dz=x + y),
        lambda x, y, z: {
            "q": x + y,
            "f": x * z + y * z,
            "df_dq": z,
            "df_dx": 1 * z,
            "df_dy": z * 1,
            "df_dz": y + x,
        },
        lambda x, y, z: {k: np.float64(v) for k, v in circuit_gradients(x, y, z).items()},
        lambda x, y, z: {k: np.array(v, dtype=float) for k, v in circuit_gradients(x, y, z).items()},
        lambda x, y, z: {**circuit_gradients(x, y, z), "df_df": 1.0},
    ),
)


# --- the gates ------------------------------------------------------------------------------------------------------


def two_input_probes(name: str, *, kinked: bool = False) -> Any:
    """Probes for `name(upstream, x, y)` with x and y of one shape, or numbers."""

    def probes(rng: Generator) -> list[Probe]:
        def one(shape: tuple[int, ...], criterion: str = "values", scale: float = 2.0, make: Any = None) -> Probe:
            x, y = away_from(rng, shape, (0.0,), scale), away_from(rng, shape, (0.0,), scale)
            if kinked and shape:
                y = np.where(np.abs(x - y) < 0.05 * scale, y + 0.2 * scale, y)
            if make:
                x, y = make(x), make(y)
            return call(name, upstream_like(rng, shape, getattr(x, "dtype", float)), x, y, criterion=criterion)

        found = [one((3, 4)), one((5,)), one((2, 3), scale=0.1), one((4, 2), scale=20.0), one(())]
        found += [one((1, 1), "edges"), one((2, 3, 2), "edges"), one((3, 4), "edges", make=read_only)]
        found += [
            one((3, 4), "edges", make=lambda a: a.astype(np.float32)),
            one((4, 3), "edges", make=np.asfortranarray),
        ]
        return found

    return probes


def add_backward(upstream: Any, x: Any, y: Any) -> Any:
    return upstream * 1.0, upstream * 1.0


ADD = Exercise(
    name="add_backward",
    assignment=ASSIGNMENT,
    points=1,
    signature="(upstream, x, y)",
    outputs=("dx", "dy"),
    reference=add_backward,
    probes=two_input_probes("add_backward"),
    mistakes=(
        Mistake(
            "upstream forgotten",
            "Your local slopes look right. What arrives from the right-hand side of the gate?",
            lambda upstream, x, y: (
                np.ones_like(x) if np.ndim(x) else 1.0,
                np.ones_like(y) if np.ndim(y) else 1.0,
            ),
        ),
        Mistake(
            "gradient shared out",
            "If x grows by h while y stays put, by how much does x + y grow?",
            lambda upstream, x, y: (upstream / 2, upstream / 2),
        ),
        Mistake(
            "multiplies by its inputs",
            "Does it matter for the slope of x + y how large x is?",
            lambda upstream, x, y: (upstream * x, upstream * y),
        ),
        Mistake(
            "treated as a multiply gate",
            "Which gate is this? Move x by h and look at x + y.",
            lambda upstream, x, y: (upstream * y, upstream * x),
        ),
        Mistake(
            "only the first input gets a gradient",
            "y moves the output too.",
            lambda upstream, x, y: (upstream, upstream * 0),
        ),
        Mistake(
            "gradient to y negated",
            "That is the slope of x - y.",
            lambda upstream, x, y: (upstream, -upstream),
        ),
        Mistake(
            "returns the sum",
            "Forward or backward: which of the two was asked for?",
            lambda upstream, x, y: (x + y, x + y),
        ),
        *slips(add_backward, backward=True, outputs=2),
    ),
    right=(
        lambda upstream, x, y: (upstream, upstream),
        lambda upstream, x, y: [upstream, upstream],
        lambda upstream, x, y: (np.asarray(upstream).copy(), np.asarray(upstream).copy()),
        lambda upstream, x, y: (upstream * np.ones_like(x), upstream * np.ones_like(y)),
        lambda upstream, x, y: (
            np.asarray(upstream) + 0 * np.asarray(x),
            np.asarray(upstream) + 0 * np.asarray(y),
        ),
        lambda upstream, x, y: np.array([upstream, upstream]),
    ),
)


def multiply_backward(upstream: Any, x: Any, y: Any) -> Any:
    return upstream * y, upstream * x


MULTIPLY = Exercise(
    name="multiply_backward",
    assignment=ASSIGNMENT,
    points=1,
    signature="(upstream, x, y)",
    outputs=("dx", "dy"),
    reference=multiply_backward,
    probes=two_input_probes("multiply_backward"),
    mistakes=(
        Mistake(
            "inputs not switched",
            "Hold y fixed: the output is a straight line in x. What is its slope?",
            lambda upstream, x, y: (upstream * x, upstream * y),
        ),
        Mistake(
            "upstream forgotten",
            "Compare your result for upstream = 1 and upstream = 10. Should they be the same?",
            lambda upstream, x, y: (y * 1.0, x * 1.0),
        ),
        Mistake(
            "the same gradient to both inputs",
            "The two inputs play mirrored roles; check each one separately.",
            lambda upstream, x, y: (upstream * x, upstream * x),
        ),
        Mistake(
            "the same gradient to both inputs",
            "The two inputs play mirrored roles; check each one separately.",
            lambda upstream, x, y: (upstream * y, upstream * y),
        ),
        Mistake(
            "multiplied by the output",
            "Which factor of x y disappears when you differentiate with respect to x?",
            lambda upstream, x, y: (upstream * x * y, upstream * x * y),
        ),
        Mistake(
            "upstream added instead of multiplied",
            "Along one path, do slopes add or multiply?",
            lambda upstream, x, y: (upstream + y, upstream + x),
        ),
        Mistake(
            "treated as an add gate",
            "What does this gate do to its inputs?",
            lambda upstream, x, y: (upstream, upstream),
        ),
        Mistake(
            "divides instead of multiplying",
            "By how much does x y grow when x grows by h?",
            lambda upstream, x, y: (upstream / y, upstream / x),
        ),
        *slips(multiply_backward, backward=True, outputs=2),
    ),
    right=(
        lambda upstream, x, y: (y * upstream, x * upstream),
        lambda upstream, x, y: [upstream * y, upstream * x],
        lambda upstream, x, y: (np.multiply(upstream, y), np.multiply(upstream, x)),
        lambda upstream, x, y: (np.asarray(upstream * y), np.asarray(upstream * x)),
        lambda upstream, x, y: tuple(
            np.array([g * v for g, v in zip(np.ravel(upstream), np.ravel(other), strict=True)]).reshape(np.shape(x))
            for other in (y, x)
        ),
        lambda upstream, x, y: (
            np.einsum("...,...->...", upstream, y),
            np.einsum("...,...->...", upstream, x),
        ),
    ),
)


def max_backward(upstream: Any, x: Any, y: Any) -> Any:
    return upstream * (np.asarray(x) > y), upstream * (np.asarray(x) <= y)


def _max_probes(rng: Generator) -> list[Probe]:
    name = "max_backward"
    found = [
        Probe(p.steps, "corners" if p.criterion == "edges" else p.criterion, p.label)
        for p in two_input_probes(name, kinked=True)(rng)
    ]
    x = away_from(rng, (3, 4))
    y = np.where(rng.random((3, 4)) < 0.5, x, x + away_from(rng, (3, 4)))
    y[0, 0], y[0, 1] = x[0, 0], x[0, 1] + 1.0
    upstream = upstream_like(rng, (3, 4))

    def adds_up(outcomes: Sequence[Outcome]) -> str | None:
        if outcomes[0].error is not None:
            return f"raised {outcomes[0].error.type}"
        dx, dy = (np.asarray(part, dtype=float) for part in outcomes[0].value)
        if not np.allclose(dx + dy, upstream):
            return "where x equals y, the two gradients should add up to the upstream gradient"
        wins = np.allclose(dx[x > y], upstream[x > y]) and np.allclose(dy[x < y], upstream[x < y])
        between = np.all((dx / upstream >= -1e-9) & (dx / upstream <= 1 + 1e-9))
        return None if wins and between else "one input wins here, and receives all of the gradient"

    return [*found, Probe((Step(name, (upstream, x, y)),), "edges", "with ties", adds_up)]


MAX = Exercise(
    name="max_backward",
    assignment=ASSIGNMENT,
    points=2,
    signature="(upstream, x, y)",
    outputs=("dx", "dy"),
    reference=max_backward,
    probes=_max_probes,
    criteria=(
        Criterion("values", "routes the gradient to the larger input", 0.5),
        Criterion("corners", "numbers, single entries, float32", 0.1, ("values",)),
        Criterion("edges", "at a tie the gradients add up to the upstream gradient", 0.25, ("values",)),
        Criterion("contract", "a good guest: leaves its inputs alone and keeps no memory", 0.15, ("values",)),
    ),
    mistakes=(
        Mistake(
            "gradient to both inputs",
            "Nudge the smaller input a little. Does the output move?",
            lambda upstream, x, y: (upstream * 1.0, upstream * 1.0),
        ),
        Mistake(
            "gradient to the smaller input",
            "Which of the two inputs did the forward pass let through?",
            lambda upstream, x, y: (upstream * (np.asarray(x) < y), upstream * (np.asarray(x) >= y)),
        ),
        Mistake(
            "passes the value, not the gradient",
            "Where x wins, the output equals x. What is the slope of x in x?",
            lambda upstream, x, y: (upstream * x * (np.asarray(x) > y), upstream * y * (np.asarray(x) <= y)),
        ),
        Mistake(
            "the gradient vanishes at a tie",
            "What should the two gradients sum to when the inputs are equal?",
            lambda upstream, x, y: (upstream * (np.asarray(x) > y), upstream * (np.asarray(x) < y)),
        ),
        Mistake(
            "the gradient is doubled at a tie",
            "What should the two gradients sum to when the inputs are equal?",
            lambda upstream, x, y: (upstream * (np.asarray(x) >= y), upstream * (np.asarray(x) <= y)),
        ),
        Mistake(
            "decides once for the whole array",
            "The winner may differ from element to element.",
            lambda upstream, x, y: (
                (upstream * 1.0, upstream * 0.0) if np.sum(x) > np.sum(y) else (upstream * 0.0, upstream * 1.0)
            ),
        ),
        Mistake(
            "decides once for the whole array",
            "The winner may differ from element to element.",
            lambda upstream, x, y: (
                (upstream * 1.0, upstream * 0.0) if np.max(x) > np.max(y) else (upstream * 0.0, upstream * 1.0)
            ),
        ),
        Mistake(
            "decides once for the whole array",
            "The winner may differ from element to element.",
            lambda upstream, x, y: (
                (upstream * 1.0, upstream * 0.0) if np.all(x > y) else (upstream * 0.0, upstream * 1.0)
            ),
        ),
        Mistake(
            "upstream forgotten",
            UPSTREAM,
            lambda upstream, x, y: ((np.asarray(x) > y) * 1.0, (np.asarray(x) <= y) * 1.0),
        ),
        Mistake(
            "compares with zero",
            "Which two numbers does the gate compare?",
            lambda upstream, x, y: (upstream * (np.asarray(x) > 0), upstream * (np.asarray(y) > 0)),
        ),
        *slips(max_backward, backward=True, outputs=2),
    ),
    right=(
        lambda upstream, x, y: (
            np.where(np.asarray(x) >= y, upstream, 0.0),
            np.where(np.asarray(x) >= y, 0.0, upstream),
        ),
        lambda upstream, x, y: (
            upstream * ((np.asarray(x) > y) + 0.5 * (np.asarray(x) == y)),
            upstream * ((np.asarray(y) > x) + 0.5 * (np.asarray(x) == y)),
        ),
        lambda upstream, x, y: [
            upstream * np.heaviside(np.subtract(x, y), 1.0),
            upstream * np.heaviside(np.subtract(y, x), 0.0),
        ],
        lambda upstream, x, y: (
            upstream * (np.sign(np.subtract(x, y)) + 1) / 2,
            upstream * (np.sign(np.subtract(y, x)) + 1) / 2,
        ),
        lambda upstream, x, y: (
            upstream - upstream * (np.maximum(x, y) == y),
            upstream * (np.maximum(x, y) == y),
        ),
    ),
)


def branch_backward(upstreams: Any) -> Any:
    total = upstreams[0] * 1.0
    for upstream in upstreams[1:]:
        total = total + upstream
    return total


def _branch_in_place(upstreams: Any) -> Any:
    total = upstreams[0]
    for upstream in upstreams[1:]:
        total += upstream
    return total


def _branch_probes(rng: Generator) -> list[Probe]:
    def one(count: int, shape: tuple[int, ...], criterion: str = "values", make: Any = None) -> Probe:
        arrays = [upstream_like(rng, shape) for _ in range(count)]
        return call("branch_backward", [make(a) for a in arrays] if make else arrays, criterion=criterion)

    found = [one(2, (3, 4)), one(3, (2, 3)), one(4, (5,)), one(3, ())]
    found += [
        one(1, (2, 2), "edges"),
        one(7, (2, 2), "edges"),
        one(2, (1, 1), "edges"),
        one(3, (3, 2), "edges", read_only),
    ]
    return [*found, one(2, (3, 2), "edges", lambda a: a.astype(np.float32))]


BRANCH = Exercise(
    name="branch_backward",
    assignment=ASSIGNMENT,
    points=1,
    signature="(upstreams)",
    reference=branch_backward,
    probes=_branch_probes,
    mistakes=(
        Mistake(
            "multiplies the branches",
            "Along one path slopes multiply. What happens where two paths meet?",
            lambda upstreams: np.prod(np.array(upstreams), axis=0),
        ),
        Mistake(
            "averages the branches",
            "If both roads lead to the loss, does a step count once or twice?",
            lambda upstreams: np.mean(np.array(upstreams), axis=0),
        ),
        Mistake(
            "keeps only the last branch",
            "Two roads lead to the loss. Where did the first one go?",
            lambda upstreams: upstreams[-1],
        ),
        Mistake(
            "keeps only the first branch",
            "Two roads lead to the loss. Where did the others go?",
            lambda upstreams: upstreams[0],
        ),
        Mistake(
            "keeps the largest branch",
            "Every road to the loss counts, the steep ones and the flat ones.",
            lambda upstreams: np.max(np.array(upstreams), axis=0),
        ),
        Mistake("input modified in place", "Print the first upstream gradient after your call.", _branch_in_place),
        Mistake(
            "sums everything to one number",
            "The gradient has the shape of the value that was used twice.",
            lambda upstreams: np.sum(np.array(upstreams)),
        ),
        Mistake(
            "stacks instead of adding",
            "The gradient has the shape of the value that was used twice.",
            lambda upstreams: np.array(upstreams),
        ),
        Mistake(
            "sign",
            "Which way does the output move when the value grows?",
            lambda upstreams: -np.sum(np.array(upstreams), axis=0),
        ),
        Mistake("returns nothing", "Does your function end with return?", lambda upstreams: None),
    ),
    right=(
        lambda upstreams: sum(upstreams),
        lambda upstreams: np.sum(np.array(upstreams), axis=0),
        lambda upstreams: np.add.reduce(upstreams),
        lambda upstreams: np.stack([np.asarray(u) for u in upstreams]).sum(axis=0),
        lambda upstreams: np.einsum("i...->...", np.array(upstreams)),
        lambda upstreams: sum(np.array(u) for u in upstreams),
    ),
)


def broadcast_add_backward(upstream: Any, x: Any, y: Any) -> Any:
    return upstream * 1.0, upstream.sum(axis=0)


def _broadcast_probes(rng: Generator) -> list[Probe]:
    def one(batch: int, m: int, criterion: str = "values", make: Any = None) -> Probe:
        arrays = [upstream_like(rng, (batch, m)), away_from(rng, (batch, m)), away_from(rng, (m,))]
        return call("broadcast_add_backward", *([make(a) for a in arrays] if make else arrays), criterion=criterion)

    found = [one(5, 3), one(2, 4), one(7, 2)]
    found += [one(3, 3, "edges"), one(1, 4, "edges"), one(4, 1, "edges"), one(1, 1, "edges")]
    return [*found, one(4, 3, "edges", read_only), one(4, 3, "edges", lambda a: a.astype(np.float32))]


BROADCAST = Exercise(
    name="broadcast_add_backward",
    assignment=ASSIGNMENT,
    points=2,
    signature="(upstream, x, y)",
    outputs=("dx", "dy"),
    reference=broadcast_add_backward,
    probes=_broadcast_probes,
    mistakes=(
        Mistake(
            "sum over the batch forgotten",
            "The same y was added to every row. How many contributions come back to it?",
            lambda upstream, x, y: (upstream, upstream),
        ),
        Mistake(
            "mean instead of sum over the batch",
            "A value used many times: do the contributions add or average?",
            lambda upstream, x, y: (upstream, upstream.mean(axis=0)),
        ),
        Mistake(
            "sums over the wrong axis",
            "Which axis do you want to disappear?",
            lambda upstream, x, y: (upstream, upstream.sum(axis=1)),
        ),
        Mistake(
            "keeps an axis of length 1",
            "Compare the shape of your dy with the shape of y.",
            lambda upstream, x, y: (upstream, upstream.sum(axis=0, keepdims=True)),
        ),
        Mistake(
            "summed too far",
            "Compare the shape of your dy with the shape of y.",
            lambda upstream, x, y: (upstream, upstream.sum()),
        ),
        Mistake(
            "only the first row counts",
            "The same y was added to every row. What happened to the other rows?",
            lambda upstream, x, y: (upstream, upstream[0]),
        ),
        Mistake(
            "counts the rows instead of summing them",
            "What did each row send back?",
            lambda upstream, x, y: (upstream, np.full(y.shape, float(len(x)))),
        ),
        Mistake(
            "multiplies by its inputs",
            "Does it matter for the slope of x + y how large x is?",
            lambda upstream, x, y: (upstream * x, (upstream * y).sum(axis=0)),
        ),
        *slips(broadcast_add_backward, backward=True, outputs=2),
    ),
    right=(
        lambda upstream, x, y: (upstream, np.sum(upstream, axis=0)),
        lambda upstream, x, y: [upstream.copy(), np.add.reduce(upstream)],
        lambda upstream, x, y: (upstream, np.ones(len(x)) @ upstream),
        lambda upstream, x, y: (upstream, np.einsum("ij->j", upstream)),
        lambda upstream, x, y: (upstream, sum(row for row in upstream)),
        lambda upstream, x, y: (upstream, np.array([upstream[:, j].sum() for j in range(len(y))])),
    ),
)


# --- the gate as an object ------------------------------------------------------------------------------------------


class MultiplyGate:
    def forward(self, x: Any, y: Any) -> Any:
        self.x, self.y = x, y
        return x * y

    def backward(self, dz: Any) -> list[Any]:
        return [dz * self.y, dz * self.x]


def _gate_probes(rng: Generator) -> list[Probe]:
    def one(shape: tuple[int, ...], criterion: str = "values") -> Probe:
        x, y, dz = away_from(rng, shape), away_from(rng, shape), upstream_like(rng, shape)
        steps = (
            Step("MultiplyGate", (), keep="gate"),
            Step("gate", (x, y), "forward"),
            Step("gate", (dz,), "backward"),
        )
        return Probe(steps, criterion)

    x1, y1, x2, y2 = (float(v) for v in away_from(rng, (4,)))
    two_gates = Probe(
        (
            Step("MultiplyGate", (), keep="first"),
            Step("MultiplyGate", (), keep="second"),
            Step("first", (x1, y1), "forward"),
            Step("second", (x2, y2), "forward"),
            Step("first", (1.5,), "backward"),
            Step("second", (-2.0,), "backward"),
        ),
        "own",
        "two gates at once",
    )
    used_again = Probe(
        (
            Step("MultiplyGate", (), keep="gate"),
            Step("gate", (x1, y1), "forward"),
            Step("gate", (2.0,), "backward"),
            Step("gate", (2.0,), "backward"),
            Step("gate", (x2, y2), "forward"),
            Step("gate", (3.0,), "backward"),
        ),
        "own",
        "the same gate used again",
    )
    return [one(()), one((3, 4)), one((2,)), two_gates, used_again]


class _NoUpstream(MultiplyGate):
    def backward(self, dz: Any) -> list[Any]:
        return [self.y * 1.0, self.x * 1.0]


class _NotSwitched(MultiplyGate):
    def backward(self, dz: Any) -> list[Any]:
        return [dz * self.x, dz * self.y]


class _SharedState:
    kept: tuple[Any, Any] = (0.0, 0.0)

    def forward(self, x: Any, y: Any) -> Any:
        _SharedState.kept = (x, y)
        return x * y

    def backward(self, dz: Any) -> list[Any]:
        x, y = _SharedState.kept
        return [dz * y, dz * x]


class _FirstInputsOnly(MultiplyGate):
    def forward(self, x: Any, y: Any) -> Any:
        if not hasattr(self, "x"):
            self.x, self.y = x, y
        return x * y


class _Accumulates(MultiplyGate):
    def backward(self, dz: Any) -> list[Any]:
        self.dx = getattr(self, "dx", 0.0) + dz * self.y
        self.dy = getattr(self, "dy", 0.0) + dz * self.x
        return [self.dx, self.dy]


class _AddGate:
    def forward(self, x: Any, y: Any) -> Any:
        return x + y

    def backward(self, dz: Any) -> list[Any]:
        return [dz, dz]


class _KeepsNothing:
    def forward(self, x: Any, y: Any) -> Any:
        return x * y

    def backward(self, dz: Any) -> list[Any]:
        return [dz * self.y, dz * self.x]  # type: ignore[attr-defined]


class _ForwardReturnsNothing(MultiplyGate):
    def forward(self, x: Any, y: Any) -> Any:
        self.x, self.y = x, y


class _SlotsGate:
    __slots__ = ("inputs",)

    def forward(self, x: Any, y: Any) -> Any:
        self.inputs = (x, y)
        return np.multiply(x, y)

    def backward(self, dz: Any) -> Any:
        x, y = self.inputs
        return dz * y, dz * x


class _ClosureGate:
    def __init__(self, label: str = "*") -> None:
        self.label = label

    def forward(self, x: Any, y: Any) -> Any:
        self.pull = lambda dz: [y * dz, x * dz]
        return x * y

    def backward(self, dz: Any) -> Any:
        return self.pull(dz)


class _CopyGate(MultiplyGate):
    def forward(self, x: Any, y: Any) -> Any:
        self.x, self.y = np.array(x), np.array(y)
        return self.x * self.y


class _DictGate:
    def __init__(self) -> None:
        self.cache: dict[str, Any] = {}

    def forward(self, x: Any, y: Any) -> Any:
        self.cache = {"x": x, "y": y}
        return x * y

    def backward(self, dz: Any) -> Any:
        dx = self.cache["y"] * dz
        dy = self.cache["x"] * dz
        return [dx, dy]


class _NamedGate(MultiplyGate):
    def __repr__(self) -> str:
        return "multiply"


GATE = Exercise(
    name="MultiplyGate",
    assignment=ASSIGNMENT,
    points=2,
    signature="()",
    outputs=("dx", "dy"),
    reference=MultiplyGate,
    probes=_gate_probes,
    criteria=(
        Criterion("values", "forward multiplies, backward switches", 0.6),
        Criterion("own", "each gate keeps its own, latest inputs", 0.25, ("values",)),
        Criterion("contract", "a good guest: leaves its inputs alone", 0.15, ("values",)),
    ),
    mistakes=(
        Mistake(
            "upstream forgotten",
            "Compare your result for dz = 1 and dz = 10. Should they be the same?",
            _NoUpstream,
        ),
        Mistake(
            "inputs not switched",
            "Hold y fixed: the output is a straight line in x. What is its slope?",
            _NotSwitched,
        ),
        Mistake(
            "state shared between gates",
            "Make two gates and run both forward. Whose inputs does each remember?",
            _SharedState,
        ),
        Mistake(
            "keeps the inputs of the first call only",
            "Run forward a second time. Which inputs does backward use?",
            _FirstInputsOnly,
        ),
        Mistake("accumulates over calls", "Call backward twice. Should the second answer differ?", _Accumulates),
        Mistake("treated as an add gate", "What does this gate do to its inputs?", _AddGate),
        Mistake(
            "forward keeps nothing",
            "backward needs the inputs. Where are they kept between the two calls?",
            _KeepsNothing,
        ),
        Mistake("forward returns nothing", "Does forward end with return?", _ForwardReturnsNothing),
    ),
    right=(_SlotsGate, _ClosureGate, _CopyGate, _DictGate, _NamedGate),
)

EXERCISES = [CIRCUIT, ADD, MULTIPLY, MAX, BRANCH, BROADCAST, GATE]

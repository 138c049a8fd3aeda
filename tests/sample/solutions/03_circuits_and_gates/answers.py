"""Assignment 03: right and wrong answers."""

import numpy as np

from autograder.exercises import Answers


def circuit_gradients(x, y, z):
    q = x + y
    return {"q": q, "f": q * z, "df_dq": z, "df_dx": z, "df_dy": z, "df_dz": q}


def circuit_with(**changed):
    """A circuit of which some entries are computed another way."""
    return lambda x, y, z: {**circuit_gradients(x, y, z), **{key: change(x, y, z) for key, change in changed.items()}}


def circuit_in_arrays(x, y, z):
    (x, y, z), df = np.array([x, y, z], dtype=float), np.array(1.0)
    dq, dz = df * z, df * np.add(x, y)
    return {k: np.asarray(v) for k, v in dict(q=x + y, f=(x + y) * z, df_dq=dq, df_dx=dq, df_dy=dq, df_dz=dz).items()}


def added_up(gs):
    total = gs[0] * 1.0
    for g in gs[1:]:
        total = total + g
    return total


def added_up_in_place(gs):
    total = gs[0]
    for g in gs[1:]:
        total += g
    return total


class MultiplyGate:
    def forward(self, x, y):
        self.x, self.y = x, y
        return x * y

    def backward(self, dz):
        return [dz * self.y, dz * self.x]


class NoUpstream(MultiplyGate):
    def backward(self, dz):
        return [self.y * 1.0, self.x * 1.0]


class NotSwitched(MultiplyGate):
    def backward(self, dz):
        return [dz * self.x, dz * self.y]


class SharedState:
    kept = (0.0, 0.0)

    def forward(self, x, y):
        SharedState.kept = (x, y)
        return x * y

    def backward(self, dz):
        x, y = SharedState.kept
        return [dz * y, dz * x]


class FirstInputsOnly(MultiplyGate):
    def forward(self, x, y):
        if not hasattr(self, "x"):
            self.x, self.y = x, y
        return x * y


class Accumulates(MultiplyGate):
    def backward(self, dz):
        self.dx = getattr(self, "dx", 0.0) + dz * self.y
        self.dy = getattr(self, "dy", 0.0) + dz * self.x
        return [self.dx, self.dy]


class AddGate:
    def forward(self, x, y):
        return x + y

    def backward(self, dz):
        return [dz, dz]


class KeepsNothing(MultiplyGate):
    def forward(self, x, y):
        return x * y


class ForwardReturnsNothing(MultiplyGate):
    def forward(self, x, y):
        self.x, self.y = x, y


class SlotsGate:
    __slots__ = ("inputs",)

    def forward(self, x, y):
        self.inputs = (x, y)
        return np.multiply(x, y)

    def backward(self, dz):
        x, y = self.inputs
        return dz * y, dz * x


class ClosureGate:
    def __init__(self, label="*"):
        self.label = label

    def forward(self, x, y):
        self.pull = lambda dz: [y * dz, x * dz]
        return x * y

    def backward(self, dz):
        return self.pull(dz)


class CopyGate:
    def forward(self, x, y):
        self.x, self.y = np.array(x), np.array(y)
        return self.x * self.y

    def backward(self, dz):
        return [np.multiply(dz, factor) for factor in (self.y, self.x)]


class DictGate:
    def __init__(self):
        self.cache = {}

    def forward(self, x, y):
        self.cache = {"x": x, "y": y}
        return x * y

    def backward(self, dz):
        dx = self.cache["y"] * dz
        dy = self.cache["x"] * dz
        return [dx, dy]


class NamedGate:
    def __repr__(self):
        return "multiply"

    def forward(self, *inputs):
        self.inputs = inputs
        return inputs[0] * inputs[1]

    def backward(self, dz):
        return [dz * other for other in reversed(self.inputs)]


ANSWERS = {
    "circuit_gradients": Answers(
        reference=circuit_gradients,
        wrong={
            "x times y in place of x plus y": lambda x, y, z: dict(
                q=x * y, f=x * y * z, df_dq=z, df_dx=y * z, df_dy=x * z, df_dz=x * y
            ),
            "add gate stops the upstream gradient": circuit_with(df_dx=lambda x, y, z: 1.0, df_dy=lambda x, y, z: 1.0),
            "df_dz is the value of z": circuit_with(df_dz=lambda x, y, z: z),
            "multiply gate not switched": circuit_with(
                df_dq=lambda x, y, z: x + y,
                df_dx=lambda x, y, z: x + y,
                df_dy=lambda x, y, z: x + y,
                df_dz=lambda x, y, z: z,
            ),
            "df_dz is 1": circuit_with(df_dz=lambda x, y, z: 1.0),
            "df_dq is 1": circuit_with(df_dq=lambda x, y, z: 1.0, df_dx=lambda x, y, z: 1.0, df_dy=lambda x, y, z: 1.0),
            "add gate multiplies by its inputs": circuit_with(df_dx=lambda x, y, z: z * x, df_dy=lambda x, y, z: z * y),
            "sign": circuit_with(
                df_dq=lambda x, y, z: -z,
                df_dx=lambda x, y, z: -z,
                df_dy=lambda x, y, z: -z,
                df_dz=lambda x, y, z: -(x + y),
            ),
            "answers the worked example only": lambda x, y, z: circuit_gradients(-2.0, 5.0, -4.0),
        },
        right=(
            lambda x, y, z: dict(q=x + y, f=(x + y) * z, df_dq=z, df_dx=z, df_dy=z, df_dz=x + y),
            lambda x, y, z: {
                "q": x + y,
                "f": x * z + y * z,
                **dict.fromkeys(("df_dq", "df_dx", "df_dy"), z),
                "df_dz": y + x,
            },
            lambda x, y, z: dict(
                zip(
                    ("q", "f", "df_dq", "df_dx", "df_dy", "df_dz"),
                    np.array([x + y, x * z + z * y, z, z, z, x + y]) * 1.0,
                )
            ),
            circuit_in_arrays,
            lambda x, y, z: dict(df_df=1.0, df_dz=y + x, df_dq=z, df_dx=1.0 * z, df_dy=1.0 * z, q=y + x, f=z * (y + x)),
        ),
    ),
    "add_backward": Answers(
        reference=lambda g, x, y: (g * 1.0, g * 1.0),
        wrong={
            "upstream forgotten": lambda g, x, y: (
                np.ones_like(x) if np.ndim(x) else 1.0,
                np.ones_like(y) if np.ndim(y) else 1.0,
            ),
            "gradient shared out": lambda g, x, y: (g / 2, g / 2),
            "multiplies by its inputs": lambda g, x, y: (g * x, g * y),
            "treated as a multiply gate": lambda g, x, y: (g * y, g * x),
            "only the first input gets a gradient": lambda g, x, y: (g, g * 0),
            "gradient to y negated": lambda g, x, y: (g, -g),
            "returns the sum": lambda g, x, y: (x + y, x + y),
        },
        right=(
            lambda g, x, y: (g, g),
            lambda g, x, y: [g, g],
            lambda g, x, y: (np.asarray(g).copy(), np.asarray(g).copy()),
            lambda g, x, y: (g * np.ones_like(x), g * np.ones_like(y)),
            lambda g, x, y: (np.asarray(g) + 0 * np.asarray(x), np.asarray(g) + 0 * np.asarray(y)),
            lambda g, x, y: np.array([g, g]),
        ),
    ),
    "multiply_backward": Answers(
        reference=lambda g, x, y: (g * y, g * x),
        wrong={
            "inputs not switched": lambda g, x, y: (g * x, g * y),
            "upstream forgotten": lambda g, x, y: (y * 1.0, x * 1.0),
            "the same gradient to both inputs": [
                lambda g, x, y: (g * x, g * x),
                lambda g, x, y: (g * y, g * y),
            ],
            "multiplied by the output": lambda g, x, y: (g * x * y, g * x * y),
            "upstream added instead of multiplied": lambda g, x, y: (g + y, g + x),
            "treated as an add gate": lambda g, x, y: (g, g),
            "divides instead of multiplying": lambda g, x, y: (g / y, g / x),
        },
        right=(
            lambda g, x, y: (g / (1 / np.asarray(y)), g / (1 / np.asarray(x))),
            lambda g, x, y: [g * y, g * x],
            lambda g, x, y: (np.multiply(g, y), np.multiply(g, x)),
            lambda g, x, y: (np.asarray(g * y), np.asarray(g * x)),
            lambda g, x, y: [
                np.array([u * v for u, v in zip(np.ravel(g), np.ravel(other))]).reshape(np.shape(g)) for other in (y, x)
            ],
            lambda g, x, y: (np.einsum("...,...->...", g, y), np.einsum("...,...->...", g, x)),
        ),
    ),
    "max_backward": Answers(
        reference=lambda g, x, y: (g * (np.asarray(x) > y), g * (np.asarray(x) <= y)),
        wrong={
            "gradient to both inputs": lambda g, x, y: (g * 1.0, g * 1.0),
            "gradient to the smaller input": lambda g, x, y: (g * (np.asarray(x) < y), g * (np.asarray(x) >= y)),
            "passes the value, not the gradient": lambda g, x, y: (
                g * x * (np.asarray(x) > y),
                g * y * (np.asarray(x) <= y),
            ),
            "the gradient vanishes at a tie": lambda g, x, y: (g * (np.asarray(x) > y), g * (np.asarray(x) < y)),
            "the gradient is doubled at a tie": lambda g, x, y: (g * (np.asarray(x) >= y), g * (np.asarray(x) <= y)),
            "decides once for the whole array": [
                lambda g, x, y: (g * 1.0, g * 0.0) if np.sum(x) > np.sum(y) else (g * 0.0, g * 1.0),
                lambda g, x, y: (g * 1.0, g * 0.0) if np.max(x) > np.max(y) else (g * 0.0, g * 1.0),
                lambda g, x, y: (g * 1.0, g * 0.0) if np.all(x > y) else (g * 0.0, g * 1.0),
            ],
            "upstream forgotten": lambda g, x, y: ((np.asarray(x) > y) * 1.0, (np.asarray(x) <= y) * 1.0),
            "compares with zero": lambda g, x, y: (g * (np.asarray(x) > 0), g * (np.asarray(y) > 0)),
        },
        right=(
            lambda g, x, y: (np.where(np.asarray(x) >= y, g, 0.0), np.where(np.asarray(x) >= y, 0.0, g)),
            lambda g, x, y: (
                g * ((np.asarray(x) > y) + 0.5 * (np.asarray(x) == y)),
                g * ((np.asarray(y) > x) + 0.5 * (np.asarray(x) == y)),
            ),
            lambda g, x, y: [g * np.heaviside(np.subtract(x, y), 1.0), g * np.heaviside(np.subtract(y, x), 0.0)],
            lambda g, x, y: (g * (np.sign(np.subtract(x, y)) + 1) / 2, g * (np.sign(np.subtract(y, x)) + 1) / 2),
            lambda g, x, y: (g - g * (np.maximum(x, y) == y), g * (np.maximum(x, y) == y)),
        ),
    ),
    "branch_backward": Answers(
        reference=added_up,
        wrong={
            "multiplies the branches": lambda gs: np.prod(np.array(gs), axis=0),
            "averages the branches": lambda gs: np.mean(np.array(gs), axis=0),
            "keeps only the last branch": lambda gs: gs[-1],
            "keeps only the first branch": lambda gs: gs[0],
            "keeps the largest branch": lambda gs: np.max(np.array(gs), axis=0),
            "input modified in place": added_up_in_place,
            "sums everything to one number": lambda gs: np.sum(np.array(gs)),
            "stacks instead of adding": lambda gs: np.array(gs),
            "sign": lambda gs: -np.sum(np.array(gs), axis=0),
            "returns nothing": lambda gs: None,
        },
        right=(
            sum,
            lambda gs: np.sum(np.array(gs), axis=0),
            np.add.reduce,
            lambda gs: np.stack([np.asarray(u) for u in gs]).sum(axis=0),
            lambda gs: np.einsum("i...->...", np.array(gs)),
            lambda gs: sum(np.array(u) for u in gs),
        ),
    ),
    "broadcast_add_backward": Answers(
        reference=lambda g, x, y: (g * 1.0, g.sum(axis=0)),
        wrong={
            "sum over the batch forgotten": lambda g, x, y: (g, g),
            "mean instead of sum over the batch": lambda g, x, y: (g, g.mean(axis=0)),
            "sums over the wrong axis": lambda g, x, y: (g, g.sum(axis=1)),
            "keeps an axis of length 1": lambda g, x, y: (g, g.sum(axis=0, keepdims=True)),
            "summed too far": lambda g, x, y: (g, g.sum()),
            "only the first row counts": lambda g, x, y: (g, g[0]),
            "counts the rows instead of summing them": lambda g, x, y: (g, np.full(y.shape, float(len(x)))),
            "multiplies by its inputs": lambda g, x, y: (g * x, (g * y).sum(axis=0)),
        },
        right=(
            lambda g, x, y: (g, np.sum(g, axis=0)),
            lambda g, x, y: [g.copy(), np.add.reduce(g)],
            lambda g, x, y: (g, np.ones(len(x)) @ g),
            lambda g, x, y: (g, np.einsum("ij->j", g)),
            lambda g, x, y: (g, sum(row for row in g)),
            lambda g, x, y: (g, np.array([g[:, j].sum() for j in range(len(y))])),
        ),
    ),
    "MultiplyGate": Answers(
        reference=MultiplyGate,
        wrong={
            "upstream forgotten": NoUpstream,
            "inputs not switched": NotSwitched,
            "state shared between gates": SharedState,
            "keeps the inputs of the first call only": FirstInputsOnly,
            "accumulates over calls": Accumulates,
            "treated as an add gate": AddGate,
            "forward keeps nothing": KeepsNothing,
            "forward returns nothing": ForwardReturnsNothing,
        },
        right=(
            SlotsGate,
            ClosureGate,
            CopyGate,
            DictGate,
            NamedGate,
        ),
    ),
}

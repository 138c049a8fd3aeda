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


# --- unbroadcast ----------------------------------------------------------------------------------------------------


def unbroadcast(gradient, shape):
    gradient = np.asarray(gradient)
    new = gradient.ndim - len(shape)
    axes = (*range(new), *(new + i for i, length in enumerate(shape) if length == 1))
    return gradient.sum(axis=axes).reshape(shape)


def unbroadcast_one_by_one(gradient, shape):
    gradient = np.asarray(gradient)
    total = np.zeros(shape)
    places = np.broadcast_to(np.arange(total.size).reshape(shape), gradient.shape)
    for place, value in zip(places.ravel(), gradient.ravel(), strict=True):
        total.reshape(-1)[place] += value
    return total


def unbroadcast_counted(gradient, shape):
    gradient = np.asarray(gradient)
    places = np.broadcast_to(np.arange(int(np.prod(shape))).reshape(shape), gradient.shape)
    return np.bincount(places.ravel(), gradient.ravel().astype(float), int(np.prod(shape))).reshape(shape)


def unbroadcast_axis_by_axis(gradient, shape):
    gradient = np.asarray(gradient)
    padded = (1,) * (gradient.ndim - len(shape)) + tuple(shape)
    total = gradient
    for axis, length in enumerate(padded):
        if length == 1 and total.shape[axis] != 1:
            total = np.add.reduce(total, axis=axis, keepdims=True)
    return total.reshape(shape)


def unbroadcast_by_ones(gradient, shape):
    gradient = np.asarray(gradient)
    padded = (1,) * (gradient.ndim - len(shape)) + tuple(shape)
    total = gradient
    for axis, length in enumerate(padded):
        if length == 1:
            total = np.expand_dims(np.tensordot(total, np.ones(total.shape[axis]), (axis, 0)), axis)
    return total.reshape(shape)


def summed(gradient, shape, how=np.sum, new=True, ones=True, keep=True, most=None):
    """A sum over the copies, with parts of it left out."""
    result = np.asarray(gradient)
    before = result.ndim - len(shape)
    for _ in range(before if most is None else min(before, most)):
        result = how(result, axis=0) if new else result
    ahead = result.ndim - len(shape)
    for axis in reversed(range(len(shape))):
        if shape[axis] == 1 and ones and result.shape[axis + ahead] != 1:
            result = how(result, axis=axis + ahead, keepdims=keep)
    return result


def aligned_from_the_left(gradient, shape):
    result = np.asarray(gradient)
    while result.ndim > len(shape):
        result = result.sum(axis=-1)
    for axis, length in enumerate(shape):
        if length == 1:
            result = result.sum(axis=axis, keepdims=True)
    return result


def compared_from_the_left(gradient, shape):
    result = np.asarray(gradient)
    for axis, length in enumerate(shape):
        if result.shape[axis] != length:
            result = result.sum(axis=axis, keepdims=True)
    return result


def arrays_only(gradient, shape):
    while gradient.ndim > len(shape):
        gradient = gradient.sum(axis=0)
    for axis, length in enumerate(shape):
        if length == 1:
            gradient = gradient.sum(axis=axis, keepdims=True)
    return gradient


def first_copy(gradient, shape):
    gradient = np.asarray(gradient)
    result = gradient[(0,) * (gradient.ndim - len(shape))]
    return result[tuple(slice(0, 1) if length == 1 else slice(None) for length in shape)] * 1.0


# --- gates ----------------------------------------------------------------------------------------------------------


class AddGate:
    def forward(self, x, y):
        self.shapes = np.shape(x), np.shape(y)
        return x + y

    def backward(self, dz):
        return [unbroadcast(dz, self.shapes[0]), unbroadcast(dz, self.shapes[1])]


class MultiplyGate:
    def forward(self, x, y):
        self.x, self.y = x, y
        return x * y

    def backward(self, dz):
        return [unbroadcast(dz * self.y, np.shape(self.x)), unbroadcast(dz * self.x, np.shape(self.y))]


class MaxGate:
    def forward(self, x, y):
        self.shapes = np.shape(x), np.shape(y)
        self.x_wins = np.asarray(x) >= y
        return np.maximum(x, y)

    def backward(self, dz):
        return [unbroadcast(dz * self.x_wins, self.shapes[0]), unbroadcast(dz * ~self.x_wins, self.shapes[1])]


def gate(forward, backward, sums=True, how=np.sum):
    """A gate class from two functions; backward takes the kept inputs after the upstream gradient."""

    class Gate:
        def forward(self, x, y):
            self.inputs = x, y
            return forward(x, y)

        def backward(self, dz):
            gradients = backward(dz, *self.inputs)
            if not sums:
                return list(gradients)
            return [back(g, v, dz, how) for g, v in zip(gradients, self.inputs, strict=True)]

    return Gate


def whether_summed_or_not(forward, *backward):
    """One mistake, by those who sum over the copies of an input and by those who forget that as well."""
    return [gate(forward, wrong, sums) for wrong in backward for sums in (True, False)]


def back(gradient, value, dz, how=np.sum):
    full = np.broadcast_to(gradient, np.broadcast_shapes(np.shape(gradient), np.shape(dz)))
    return summed(full, np.shape(value), how) if np.ndim(full) else gradient


def shared(forward, backward):
    """All gates of the class keep what the latest of them was given."""

    class Gate:
        def forward(self, x, y):
            Gate.kept = x, y
            return forward(x, y)

        def backward(self, dz):
            return [back(g, v, dz) for g, v in zip(backward(dz, *Gate.kept), Gate.kept, strict=True)]

    return Gate


def accumulating(forward, backward):
    class Gate(gate(forward, backward)):
        total = None

        def backward(self, dz):
            new = super().backward(dz)
            known = self.total is not None and all(np.shape(a) == np.shape(b) for a, b in zip(self.total, new))
            self.total = [a + b for a, b in zip(self.total, new)] if known else new
            return self.total

    return Gate


def mute(forward, backward):
    """A gate whose forward returns nothing."""

    class Gate(gate(forward, backward)):
        def forward(self, x, y):
            super().forward(x, y)

    return Gate


def slots(forward, backward, wrap=tuple):
    """A gate that keeps its inputs in a slot, and gives its gradients as `wrap` makes them."""

    class Gate:
        __slots__ = ("kept",)

        def forward(self, x, y):
            self.kept = x, y
            return forward(x, y)

        def backward(self, dz):
            rows = zip(backward(dz, *self.kept), self.kept, strict=True)
            return wrap([unbroadcast(np.broadcast_to(g, np.shape(dz)), np.shape(v)) for g, v in rows])

    return Gate


def closure(forward, backward):
    """A gate that keeps a function in place of its inputs."""

    class Gate:
        def __init__(self, label=""):
            self.label = label

        def forward(self, x, y):
            sizes = np.shape(x), np.shape(y)

            def pull(dz):
                return [unbroadcast_one_by_one(np.asarray(g) + 0.0 * dz, s) for g, s in zip(backward(dz, x, y), sizes)]

            self.pull = pull
            return forward(x, y)

        def backward(self, dz):
            return self.pull(dz)

    return Gate


def copying(forward, backward):
    """A gate that keeps copies of its inputs in a dict, and answers with arrays."""

    class Gate:
        def __init__(self):
            self.cache = {}

        def forward(self, *inputs):
            self.cache = {name: np.array(value) for name, value in zip("xy", inputs, strict=True)}
            return np.asarray(forward(**self.cache))

        def backward(self, dz):
            x, y = self.cache["x"], self.cache["y"]
            dx, dy = backward(np.asarray(dz), x, y)
            return [unbroadcast_axis_by_axis(np.broadcast_to(g, np.shape(dz)), v.shape) for g, v in ((dx, x), (dy, y))]

    return Gate


def numbered(forward, backward):
    """A gate that treats numbers apart from arrays."""

    class Gate:
        def __repr__(self):
            return "a gate"

        def forward(self, x, y):
            self.x, self.y = x, y
            self.z = forward(x, y)
            return self.z

        def backward(self, dz):
            dx, dy = backward(dz, self.x, self.y)
            if np.ndim(self.z) == 0:
                return [float(dx), float(dy)]
            ones = np.ones_like(self.z)
            return [unbroadcast(dx * ones, np.shape(self.x)), unbroadcast(dy * ones, np.shape(self.y))]

    return Gate


def plus(x, y):
    return x + y


def both(g, x, y):
    return g, g


def times(x, y):
    return x * y


def switched(g, x, y):
    return g * y, g * x


def larger(x, y):
    return np.maximum(x, y)


def smaller(x, y):
    return np.minimum(x, y)


def routed(g, x, y):
    return g * (np.asarray(x) >= y), g * (np.asarray(x) < y)


def routed_halves(g, x, y):
    share = np.heaviside(np.subtract(x, y), 0.5)
    return g * share, g * (1.0 - share)


def routed_where(g, x, y):
    wins = np.greater(y, x)
    return np.where(wins, 0.0, g), np.where(wins, g, 0.0)


def opposite(wins):
    """What ~ makes of it: of a plain True the number -2, where an array is turned round entry by entry."""
    return -1 - wins if isinstance(wins, bool) else ~wins


def routed_by_a_tilde(g, x, y):
    return g * (x >= y), g * opposite(x >= y)


def routed_by_a_tilde_at_ties_to_y(g, x, y):
    return g * (x > y), g * opposite(x > y)


def decided_once(g, x, y):
    return (g * 1.0, g * 0.0) if np.sum(x) > np.sum(y) else (g * 0.0, g * 1.0)


def decided_by_all(g, x, y):
    return (g * 1.0, g * 0.0) if np.all(np.asarray(x) > y) else (g * 0.0, g * 1.0)


class FirstInputsOnly(gate(times, switched)):
    def forward(self, x, y):
        if not hasattr(self, "inputs"):
            self.inputs = x, y
        return x * y


class KeepsNothing(gate(times, switched)):
    def forward(self, x, y):
        return x * y


class SummedFirst(gate(times, switched)):
    def backward(self, dz):
        x, y = self.inputs
        if np.ndim(dz) == 0:
            return [dz * y, dz * x]
        dx = unbroadcast(dz, np.shape(x)) * unbroadcast(np.broadcast_to(y, np.shape(dz)), np.shape(x))
        dy = unbroadcast(dz, np.shape(y)) * unbroadcast(np.broadcast_to(x, np.shape(dz)), np.shape(y))
        return [dx, dy]


class SummedBeforeTheProduct(gate(times, switched)):
    def backward(self, dz):
        x, y = self.inputs
        return [unbroadcast(dz, np.shape(x)) * y, unbroadcast(dz, np.shape(y)) * x]


# --- circuits -------------------------------------------------------------------------------------------------------


def run_forward(circuit, inputs):
    values = {}
    for name, gate, parents in circuit:
        values[name] = inputs[name] if gate is None else gate.forward(*[values[parent] for parent in parents])
    return values


def forward_with(pick):
    """A forward run of which something else is returned: pick(circuit, values)."""
    return lambda circuit, inputs: pick(circuit, run_forward(circuit, inputs))


def forward_by(arguments):
    """A forward run whose gates are given other arguments: arguments(values, parents, inputs)."""

    def wrong(circuit, inputs):
        values = {}
        for name, gate, parents in circuit:
            values[name] = inputs[name] if gate is None else gate.forward(*arguments(values, parents, inputs))
        return values

    return wrong


def first_parent_only(values, parents, inputs):
    return [values[parents[0]]] * len(parents)


def last_gate_not_run(circuit, inputs):
    return run_forward(circuit[:-1] if len(circuit) > 1 else circuit, inputs)


def into_the_inputs(circuit, inputs):
    for name, gate, parents in circuit:
        if gate is not None:
            inputs[name] = gate.forward(*[inputs[parent] for parent in parents])
    return inputs


def starting_from_the_inputs(circuit, inputs):
    values = dict(inputs)
    for name, gate, parents in circuit:
        if gate is not None:
            values[name] = gate.forward(*(values[parent] for parent in parents))
    return values


def on_demand(circuit, inputs):
    table = {name: (gate, parents) for name, gate, parents in circuit}
    values = {}

    def value(name):
        if name not in values:
            gate, parents = table[name]
            values[name] = inputs[name] if gate is None else gate.forward(*map(value, parents))
        return values[name]

    return {name: value(name) for name in table}


def by_number(circuit, inputs):
    place, values = {name: i for i, (name, _, _) in enumerate(circuit)}, []
    for name, gate, parents in circuit:
        values.append(gate.forward(*[values[place[p]] for p in parents]) if gate else inputs[name])
    return dict(zip(place, values, strict=True))


def one_after_the_other(circuit, inputs):
    if not circuit:
        return {}
    *before, (name, gate, parents) = circuit
    values = one_after_the_other(before, inputs)
    values[name] = inputs[name] if gate is None else gate.forward(*[values[p] for p in parents])
    return values


def with_unpacking(circuit, inputs):
    values = {}
    for item in circuit:
        gate = item[1]
        if gate is None:
            values[item[0]] = inputs[item[0]]
            continue
        arguments = []
        for parent in item[2]:
            arguments.append(values[parent])
        values[item[0]] = gate.forward(*arguments)
    return values


def run_backward(circuit, values):
    gradients = {name: 0.0 * value for name, value in values.items()}
    gradients[circuit[-1][0]] = gradients[circuit[-1][0]] + 1.0
    for name, gate, parents in reversed(circuit):
        if gate is not None:
            for parent, gradient in zip(parents, gate.backward(gradients[name]), strict=True):
                gradients[parent] = gradients[parent] + gradient
    return gradients


def backward_by(
    start=lambda value: 0.0 * value + 1.0,
    meet=lambda total, new: total + new,
    order=lambda circuit: circuit[::-1],
    pairs=lambda parents, gradients: zip(parents, gradients),
    pick=lambda circuit, gradients: gradients,
):
    """A backward run of which one part is another."""

    def run(circuit, values):
        gradients = {name: 0.0 * value for name, value in values.items()}
        gradients[circuit[-1][0]] = start(values[circuit[-1][0]])
        for name, gate, parents in order(circuit):
            if gate is not None:
                for parent, gradient in pairs(parents, list(gate.backward(gradients[name]))):
                    gradients[parent] = meet(gradients[parent], gradient)
        return pick(circuit, gradients)

    return run


def overwritten(circuit, values, start=1.0):
    gradients = {circuit[-1][0]: start}
    for name, gate, parents in reversed(circuit):
        if gate is not None:
            for parent, gradient in zip(parents, gate.backward(gradients[name])):
                gradients[parent] = gradient
    return gradients


def looked_up(circuit, values):
    gradients = {circuit[-1][0]: np.ones_like(values[circuit[-1][0]])}
    for name, gate, parents in reversed(circuit):
        if gate is not None:
            for parent, gradient in zip(parents, gate.backward(gradients[name])):
                gradients[parent] = gradients.get(parent, 0.0) + gradient
    return gradients


def averaging(circuit, values):
    gradients = {name: [] for name in values}
    gradients[circuit[-1][0]] = [0.0 * values[circuit[-1][0]] + 1.0]
    found = {}
    for name, gate, parents in circuit[::-1]:
        found[name] = sum(gradients[name]) / len(gradients[name]) if gradients[name] else 0.0 * values[name]
        if gate is not None:
            for parent, gradient in zip(parents, gate.backward(found[name])):
                gradients[parent].append(gradient)
    return found


def too_early(circuit, values):
    """Follows every path from the last value, and passes totals on before they are complete."""
    table = {name: (gate, parents) for name, gate, parents in circuit}
    total = {name: 0.0 * value for name, value in values.items()}
    total[circuit[-1][0]] = 0.0 * values[circuit[-1][0]] + 1.0
    queue = [circuit[-1][0]]
    while queue:
        gate, parents = table[queue[0]]
        if gate is not None:
            for parent, gradient in zip(parents, gate.backward(total[queue[0]])):
                total[parent] = total[parent] + gradient
                queue.append(parent)
        queue.pop(0)
    return total


def only_used(circuit, gradients):
    used = {circuit[-1][0]}
    for name, _, parents in circuit[::-1]:
        if name in used:
            used.update(parents)
    return {name: gradient for name, gradient in gradients.items() if name in used}


def into_the_values(circuit, values):
    found = backward_by()(circuit, values)
    values.update(found)
    return values


def number_one(circuit, values):
    last = circuit[-1][0]
    return backward_by(lambda value: 1.0)(circuit, values) | {last: 1.0}


def listed(circuit, values):
    arrived = {name: [np.zeros_like(value, dtype=float)] for name, value in values.items()}
    arrived[circuit[-1][0]].append(np.ones_like(values[circuit[-1][0]], dtype=float))
    for name, gate, parents in reversed(circuit):
        if gate is not None:
            for parent, gradient in zip(parents, gate.backward(sum(arrived[name])), strict=True):
                arrived[parent].append(gradient)
    return {name: sum(gradients) for name, gradients in arrived.items()}


def pulled(circuit, values):
    """Each name fetches its gradient from the gates that use it."""
    gradients, sent = {}, {}
    for number in range(len(circuit) - 1, -1, -1):
        name, gate, _ = circuit[number]
        gradients[name] = np.zeros(np.shape(values[name])) + (number == len(circuit) - 1)
        for user, _, parents in circuit:
            for place, parent in enumerate(parents):
                if parent == name:
                    gradients[name] = gradients[name] + sent[user][place]
        if gate is not None:
            sent[name] = gate.backward(gradients[name])
    return gradients


def run_again(circuit, values):
    """Runs each gate forward once more, just before it is asked."""
    gradients = {name: np.zeros(np.shape(value)) for name, value in values.items()}
    gradients[circuit[-1][0]] = np.ones(np.shape(values[circuit[-1][0]]))
    for name, gate, parents in circuit[::-1]:
        if gate is None:
            continue
        gate.forward(*[values[parent] for parent in parents])
        for parent, gradient in zip(parents, gate.backward(gradients[name]), strict=True):
            gradients[parent] = gradients[parent] + gradient
    return gradients


def only_what_arrives(circuit, values):
    gradients = {}
    for number, (name, gate, parents) in enumerate(reversed(circuit)):
        if number == 0:
            gradients[name] = 1.0 if np.ndim(values[name]) == 0 else np.ones(values[name].shape)
        gradients.setdefault(name, 0.0 * values[name])
        if gate is not None:
            for parent, gradient in zip(parents, gate.backward(gradients[name]), strict=True):
                gradients[parent] = gradients[parent] + gradient if parent in gradients else gradient
    return gradients


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
    "unbroadcast": Answers(
        reference=unbroadcast,
        wrong={
            "not summed": lambda g, shape: g * 1.0,
            "mean instead of sum": lambda g, shape: summed(g, shape, np.mean),
            "only the first copy counts": first_copy,
            "axes of length 1 lost": lambda g, shape: summed(g, shape, keep=False),
            "axes of length 1 not summed": lambda g, shape: summed(g, shape, ones=False),
            "new axes not summed": lambda g, shape: summed(g, shape, new=False),
            "one new axis only": lambda g, shape: summed(g, shape, most=1),
            "sums everything": lambda g, shape: np.full(shape, np.sum(g)),
            "sums over the last axis": lambda g, shape: np.sum(g, axis=-1) if np.shape(g) != tuple(shape) else g,
            "sums over the first axis, always": [
                lambda g, shape: np.sum(g, axis=0),
                lambda g, shape: g.sum(axis=0),
                lambda g, shape: np.sum(g, axis=0) if np.shape(g) != tuple(shape) else g,
            ],
            "shapes aligned from the left": [aligned_from_the_left, compared_from_the_left],
            "a plain number not taken": arrays_only,
            "reshaped instead of summed": lambda g, shape: np.resize(g, shape),
            "largest copy only": lambda g, shape: summed(g, shape, np.max),
            "counts the copies": lambda g, shape: summed(np.ones(np.shape(g)), shape),
        },
        right=(
            unbroadcast_one_by_one,
            unbroadcast_counted,
            unbroadcast_axis_by_axis,
            unbroadcast_by_ones,
            lambda g, shape: np.array(summed(g, shape)).reshape(shape),
            lambda g, shape: unbroadcast_axis_by_axis(np.asarray(g).astype(float), shape).copy(),
        ),
    ),
    "AddGate": Answers(
        reference=AddGate,
        wrong={
            "upstream forgotten": whether_summed_or_not(
                plus, lambda g, x, y: (0.0 * g + 1.0, 0.0 * g + 1.0), lambda g, x, y: (1.0 + 0.0 * x, 1.0 + 0.0 * y)
            ),
            "gradient shared out": whether_summed_or_not(plus, lambda g, x, y: (g / 2, g / 2)),
            "multiplies by its inputs": whether_summed_or_not(plus, lambda g, x, y: (g * x, g * y)),
            "treated as a multiply gate": [
                *whether_summed_or_not(plus, switched),
                *whether_summed_or_not(times, switched),
            ],
            "only the first input gets a gradient": whether_summed_or_not(plus, lambda g, x, y: (g, 0.0 * g)),
            "gradient to y negated": whether_summed_or_not(plus, lambda g, x, y: (g, -g)),
            "gradient not summed over the copies": gate(plus, both, sums=False),
            "mean over the copies": gate(plus, both, how=np.mean),
            "state shared between gates": shared(plus, both),
            "accumulates over calls": accumulating(plus, both),
            "forward returns nothing": mute(plus, both),
        },
        right=(
            slots(plus, both),
            slots(lambda x, y: np.add(x, y), both, list),
            closure(plus, both),
            copying(lambda x, y: x + y, both),
            numbered(plus, lambda g, x, y: (1.0 * g, 1.0 * g)),
        ),
    ),
    "MultiplyGate": Answers(
        reference=MultiplyGate,
        wrong={
            "upstream forgotten": whether_summed_or_not(
                times, lambda g, x, y: (0.0 * g + y, 0.0 * g + x), lambda g, x, y: (y, x)
            ),
            "inputs not switched": whether_summed_or_not(times, lambda g, x, y: (g * x, g * y)),
            "the same gradient to both inputs": whether_summed_or_not(
                times, lambda g, x, y: (g * x, g * x), lambda g, x, y: (g * y, g * y)
            ),
            "multiplied by the output": whether_summed_or_not(times, lambda g, x, y: (g * x * y, g * x * y)),
            "upstream added instead of multiplied": whether_summed_or_not(times, lambda g, x, y: (g + y, g + x)),
            "divides instead of multiplying": whether_summed_or_not(times, lambda g, x, y: (g / y, g / x)),
            "gradient not summed over the copies": gate(times, switched, sums=False),
            "summed before it is multiplied": [SummedFirst, SummedBeforeTheProduct],
            "state shared between gates": shared(times, switched),
            "keeps the inputs of the first call only": FirstInputsOnly,
            "accumulates over calls": accumulating(times, switched),
            "treated as an add gate": [*whether_summed_or_not(plus, both), *whether_summed_or_not(times, both)],
            "forward keeps nothing": KeepsNothing,
            "forward returns nothing": mute(times, switched),
        },
        right=(
            slots(times, switched),
            slots(np.multiply, lambda g, x, y: (np.multiply(g, y), np.multiply(g, x)), list),
            closure(times, switched),
            copying(lambda x, y: x * y, switched),
            numbered(times, lambda g, x, y: (y * g, x * g)),
        ),
    ),
    "MaxGate": Answers(
        reference=MaxGate,
        wrong={
            "gradient to both inputs": whether_summed_or_not(larger, both),
            "gradient to the smaller input": whether_summed_or_not(larger, lambda g, x, y: routed(g, x, y)[::-1]),
            "passes the value, not the gradient": gate(
                larger, lambda g, x, y: (g * x * (np.asarray(x) >= y), g * y * (np.asarray(x) < y))
            ),
            "the gradient vanishes at a tie": gate(
                larger, lambda g, x, y: (g * (np.asarray(x) > y), g * (np.asarray(x) < y))
            ),
            "the gradient is doubled at a tie": gate(
                larger, lambda g, x, y: (g * (np.asarray(x) >= y), g * (np.asarray(x) <= y))
            ),
            "decides once for the whole array": whether_summed_or_not(larger, decided_once, decided_by_all),
            "~ of a plain True": whether_summed_or_not(larger, routed_by_a_tilde, routed_by_a_tilde_at_ties_to_y),
            "upstream forgotten": whether_summed_or_not(larger, lambda g, x, y: routed(0.0 * g + 1.0, x, y)),
            "compares with zero": whether_summed_or_not(
                larger, lambda g, x, y: (g * (np.asarray(x) > 0), g * (np.asarray(y) > 0))
            ),
            "smaller instead of larger": gate(smaller, lambda g, x, y: routed(g, x, y)[::-1]),
            "gradient not summed over the copies": gate(larger, routed, sums=False),
            "state shared between gates": shared(larger, routed),
            "accumulates over calls": accumulating(larger, routed),
        },
        right=(
            slots(larger, routed),
            slots(lambda x, y: np.where(np.asarray(x) > y, x, y), routed_where, list),
            closure(larger, routed_halves),
            copying(larger, routed_where),
            numbered(larger, routed_halves),
        ),
    ),
    "run_forward": Answers(
        reference=run_forward,
        wrong={
            "last value only": forward_with(lambda circuit, values: values[circuit[-1][0]]),
            "inputs left out": forward_with(lambda circuit, values: {n: values[n] for n, gate, _ in circuit if gate}),
            "gates left out": forward_with(
                lambda circuit, values: {n: values[n] for n, gate, _ in circuit if not gate}
            ),
            "parents in reverse": forward_by(lambda values, parents, inputs: [values[p] for p in parents[::-1]]),
            "a list without names": forward_with(lambda circuit, values: list(values.values())),
            "first parent only": forward_by(first_parent_only),
            "parents looked up among the inputs": forward_by(
                lambda values, parents, inputs: [inputs[p] for p in parents]
            ),
            "last gate not run": last_gate_not_run,
            "writes into the inputs": into_the_inputs,
            "returns nothing": lambda circuit, inputs: None,
        },
        right=(starting_from_the_inputs, on_demand, by_number, one_after_the_other, with_unpacking),
    ),
    "run_backward": Answers(
        reference=run_backward,
        wrong={
            "overwrites at branches": [
                backward_by(meet=lambda total, new: new),
                overwritten,
                lambda circuit, values: overwritten(circuit, values, np.ones_like(values[circuit[-1][0]])),
            ],
            "the last gradient is its value": backward_by(start=lambda value: value * 1.0),
            "starts with 0": backward_by(start=lambda value: value * 0.0),
            "in forward order": backward_by(order=lambda circuit: circuit),
            "inputs only": backward_by(pick=lambda circuit, found: {n: found[n] for n, gate, _ in circuit if not gate}),
            "only the first parent gets a gradient": backward_by(pairs=lambda parents, found: [(parents[0], found[0])]),
            "gradients to the parents in reverse": backward_by(pairs=lambda parents, found: zip(parents, found[::-1])),
            "names that nothing uses left out": [backward_by(pick=only_used), looked_up],
            "starts with 1 whatever the shape": number_one,
            "passes on before everything has arrived": too_early,
            "averages at branches": averaging,
            "writes into the values": into_the_values,
            "returns nothing": lambda circuit, values: None,
        },
        right=(
            listed,
            pulled,
            run_again,
            only_what_arrives,
            lambda circuit, values: dict(backward_by()(circuit, values)),
        ),
    ),
}

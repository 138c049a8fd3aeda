"""Assignment 09: the answers."""

from itertools import pairwise

import numpy as np

from autograder.exercises import Answers


def minibatches(n, batch_size, rng):
    order = rng.permutation(n)
    return [order[start : start + batch_size] for start in range(0, n, batch_size)]


def _shuffled(indices, size, rng):
    rng.shuffle(indices)
    return [np.array(indices[start : start + size]) for start in range(0, len(indices), size)]


def sgd_step(parameters, gradients, learning_rate):
    return [p - learning_rate * g for p, g in zip(parameters, gradients)]


def _sgd_in_place(parameters, gradients, learning_rate):
    for p, g in zip(parameters, gradients):
        p -= learning_rate * g
    return parameters


def _gradients_scaled_in_place(parameters, gradients, learning_rate):
    for g in gradients:
        g *= learning_rate
    return [p - g for p, g in zip(parameters, gradients)]


def _first_gradient_for_all(parameters, gradients, learning_rate):
    return [p - learning_rate * gradients[0].ravel()[: p.size].mean() for p in parameters]


def momentum_step(parameters, gradients, velocities, learning_rate, momentum):
    v = [momentum * u - learning_rate * g for u, g in zip(velocities, gradients)]
    return [p + u for p, u in zip(parameters, v)], v


def _momentum(velocity=lambda u, g, lr, mu: mu * u - lr * g, move=lambda p, old, new, g, lr: p + new):
    """A step with another velocity, or with another use of it."""

    def step(p, g, v, lr, mu):
        new = [velocity(u, b, lr, mu) for u, b in zip(v, g)]
        return [move(a, old, u, b, lr) for a, old, u, b in zip(p, v, new, g)], new

    return step


def _nesterov(p, g, v, lr, mu):
    new = momentum_step(p, g, v, lr, mu)[1]
    return [a + mu * u - lr * b for a, u, b in zip(p, new, g)], new


def _moved_in_place(p, old, new, g, lr):
    p += new
    return p


def _momentum_by_scaled_gradients(p, g, v, lr, mu):
    for gradient in g:
        gradient *= lr
    new = [mu * u - b for u, b in zip(v, g)]
    return [a + u for a, u in zip(p, new)], new


def _velocities_in_place(p, g, v, lr, mu):
    for u, b in zip(v, g):
        u *= mu
        u -= lr * b
    return [a + u for a, u in zip(p, v)], v


def _moved_one_by_one(p, g, v, lr, mu):
    for parameter, gradient, velocity in zip(p, g, v):
        velocity = mu * velocity - lr * gradient
        yield parameter + velocity, velocity


def l2_penalty(weights, alpha):
    return 0.5 * alpha * sum(float(np.sum(w * w)) for w in weights)


def l2_penalty_gradients(weights, alpha):
    return [alpha * w for w in weights]


def initialize(sizes, rng):
    weights = [rng.normal(0.0, np.sqrt(2.0 / n), (m, n)) for n, m in pairwise(sizes)]
    return weights, [np.zeros(m) for m in sizes[1:]]


def _he(rng, m, n):
    return rng.normal(0.0, np.sqrt(2.0 / n), (m, n))


def _start(weight=_he, bias=lambda rng, m: np.zeros(m)):
    """A start with other weights or biases."""
    return lambda sizes, rng: ([weight(rng, m, n) for n, m in pairwise(sizes)], [bias(rng, m) for m in sizes[1:]])


def _forward(x, weights, biases):
    layers = [x]
    for i, (w, b) in enumerate(zip(weights, biases)):
        a = layers[-1] @ w.T + b
        layers.append(np.maximum(a, 0) if i < len(weights) - 1 else a)
    return layers


def _output_delta(logits, labels):
    p = np.exp(logits - logits.max(axis=1, keepdims=True))
    p /= p.sum(axis=1, keepdims=True)
    p[np.arange(len(labels)), labels] -= 1
    return p / len(labels)


def train(inputs, labels, sizes, learning_rate, epochs, batch_size, rng):
    weights, biases = initialize(sizes, rng)
    for _ in range(epochs):
        for batch in minibatches(len(inputs), batch_size, rng):
            layers = _forward(inputs[batch], weights, biases)
            delta = _output_delta(layers[-1], labels[batch])
            for i in reversed(range(len(weights))):
                dw, db = delta.T @ layers[i], delta.sum(axis=0)
                delta = (delta @ weights[i]) * (layers[i] > 0)
                weights[i] = weights[i] - learning_rate * dw
                biases[i] = biases[i] - learning_rate * db
    return weights, biases


def _weights_only(inputs, labels, sizes, learning_rate, epochs, batch_size, rng):
    """Training without biases, by one loop for two layers."""
    (first, second), biases = initialize(sizes, rng)
    for _ in range(epochs):
        for batch in minibatches(len(inputs), batch_size, rng):
            x, h, logits = _forward(inputs[batch], (first, second), biases)
            delta = _output_delta(logits, labels[batch])
            below = (delta @ second) * (h > 0)
            first, second = first - learning_rate * below.T @ x, second - learning_rate * delta.T @ h
    return [first, second], biases


def _biases_as_weights(inputs, labels, sizes, learning_rate, epochs, batch_size, rng):
    """Each layer is one matrix, with the bias as the weight of an input that is always 1."""
    matrices = [np.column_stack(pair) for pair in zip(*initialize(sizes, rng))]
    for _ in range(epochs):
        for batch in minibatches(len(inputs), batch_size, rng):
            layers, h = [], inputs[batch]
            for m in matrices:
                layers.append(np.column_stack([h, np.ones(len(h))]))
                a = layers[-1] @ m.T
                h = np.maximum(a, 0)
            delta = _output_delta(a, labels[batch])
            for m, h in zip(matrices[::-1], layers[::-1]):
                step, delta = delta.T @ h, ((delta @ m) * (h > 0))[:, :-1]
                m -= learning_rate * step
    return [m[:, :-1] for m in matrices], [m[:, -1] for m in matrices]


def _with_momentum(inputs, labels, sizes, learning_rate, epochs, batch_size, rng):
    """Momentum 0.3 on the parameters of two layers, in float32."""
    w, b = initialize(sizes, rng)
    parameters = [a.astype(np.float32) for a in (*w, *b)]
    velocities = [np.zeros_like(a) for a in parameters]
    for _ in range(epochs):
        for batch in minibatches(len(inputs), batch_size, rng):
            w1, w2, b1, b2 = parameters
            x = inputs[batch].astype(np.float32)
            a = x @ w1.T + b1
            h = a * (a > 0)
            delta = _output_delta(h @ w2.T + b2, labels[batch])
            below = np.where(a > 0, delta @ w2, 0)
            gradients = below.T @ x, delta.T @ h, below.sum(axis=0), delta.sum(axis=0)
            parameters, velocities = momentum_step(parameters, gradients, velocities, learning_rate, 0.3)
    return parameters[:2], parameters[2:]


def _by_recursion(inputs, labels, sizes, learning_rate, epochs, batch_size, rng):
    """A tuple of two tuples, moved in place by one recursive sweep."""
    weights, biases = initialize(sizes, rng)

    def sweep(h, y, i):
        if i == len(weights):
            return (np.exp(h - np.logaddexp.reduce(h, axis=1)[:, None]) - np.eye(sizes[-1])[y]) / len(y)
        a = np.einsum("ni,oi->no", h, weights[i]) + biases[i]
        last = i == len(weights) - 1
        delta = sweep(a if last else a.clip(0), y, i + 1) * (1 if last else a > 0)
        below = np.dot(delta, weights[i])
        weights[i] -= learning_rate * np.dot(delta.T, h)
        biases[i] -= learning_rate * delta.sum(axis=0)
        return below

    for _ in range(epochs):
        order = rng.permutation(len(inputs))
        for batch in np.array_split(order, range(batch_size, len(order), batch_size)):
            sweep(inputs[batch], labels[batch], 0)
    return tuple(weights), tuple(biases)


def _with_weight_decay(inputs, labels, sizes, learning_rate, epochs, batch_size, rng):
    """Weight decay, and a rate that falls from epoch to epoch."""
    layers = [list(layer) for layer in zip(*initialize(sizes, rng))]
    for epoch in range(epochs):
        rate = learning_rate / (1 + epoch / epochs)
        for batch in minibatches(len(inputs), batch_size, rng):
            kept = [inputs[batch]]
            for w, b in layers:
                a = np.matmul(kept[-1], np.transpose(w)) + b
                kept.append(np.maximum(0, a))
            delta = _output_delta(a, labels[batch])
            for layer, h in zip(reversed(layers), kept[-2::-1]):
                gradients = delta.T @ h + 1e-4 * layer[0], delta.sum(axis=0)
                delta = np.where(h > 0, delta @ layer[0], 0.0)
                layer[:] = sgd_step(layer, gradients, rate)
    return [w for w, _ in layers], [b for _, b in layers]


class _Layer:
    def __init__(self, inputs, outputs, rng):
        self.w, self.b = _he(rng, outputs, inputs), np.zeros(outputs)

    def forward(self, x):
        self.x, self.a = x, x @ self.w.T + self.b
        return np.maximum(self.a, 0)

    def backward(self, delta, rate):
        below = delta @ self.w
        self.w -= rate * np.einsum("no,ni->oi", delta, self.x)
        self.b -= rate * np.einsum("no->o", delta)
        return below * (self.x > 0)


def _by_objects(inputs, labels, sizes, learning_rate, epochs, batch_size, rng):
    """Layers that keep what they need; a list of two lists is returned."""
    layers = [_Layer(n, m, rng) for n, m in pairwise(sizes)]
    for _ in range(epochs):
        rows = np.column_stack([inputs, labels])
        rng.shuffle(rows)
        for start in range(0, len(rows), batch_size):
            batch = rows[start : start + batch_size]
            x = batch[:, :-1]
            for layer in layers:
                x = layer.forward(x)
            delta = _output_delta(layers[-1].a, batch[:, -1].astype(int))
            for layer in reversed(layers):
                delta = layer.backward(delta, learning_rate)
    return [[layer.w for layer in layers], [layer.b for layer in layers]]


def _labels_lost(inputs, labels, sizes, learning_rate, epochs, batch_size, rng):
    return train(inputs, rng.permutation(labels), sizes, learning_rate, epochs, batch_size, rng)


def _by_examples(share):
    """Training in which each example of a batch moves the network by itself."""

    def wrong(inputs, labels, sizes, learning_rate, epochs, batch_size, rng):
        weights, biases = initialize(sizes, rng)
        for _ in range(epochs):
            for batch in minibatches(len(inputs), batch_size, rng):
                for i in batch:
                    layers = _forward(inputs[i : i + 1], weights, biases)
                    delta = _output_delta(layers[-1], labels[i : i + 1])
                    for k in range(len(weights) - 1, -1, -1):
                        dw, db = delta.T @ layers[k], delta.sum(axis=0)
                        delta = (delta @ weights[k]) * (layers[k] > 0)
                        weights[k] = weights[k] - learning_rate * share(len(batch)) * dw
                        biases[k] = biases[k] - learning_rate * share(len(batch)) * db
        return weights, biases

    return wrong


def _one_kept(which):
    """Training in which one parameter, of [*weights, *biases], stays as it is."""
    return _each_scaled(lambda i, size: float(i != which))


def _biases_times(factor):
    """Training in which the gradients of the biases have another factor."""
    return _each_scaled(lambda i, size: factor(size) if i >= 2 else 1.0)


def _each_scaled(factor):
    """Training in which each gradient, of [*weights, *biases], has a factor of its own."""

    def wrong(inputs, labels, sizes, learning_rate, epochs, batch_size, rng):
        weights, biases = initialize(sizes, rng)
        for _ in range(epochs):
            for batch in minibatches(len(inputs), batch_size, rng):
                layers = _forward(inputs[batch], weights, biases)
                delta, gradients = _output_delta(layers[-1], labels[batch]), {}
                for k in range(len(weights) - 1, -1, -1):
                    gradients[k], gradients[len(weights) + k] = delta.T @ layers[k], delta.sum(axis=0)
                    delta = (delta @ weights[k]) * (layers[k] > 0)
                moved = [
                    a - learning_rate * gradients[i] * factor(i, len(batch)) for i, a in enumerate((*weights, *biases))
                ]
                weights, biases = moved[: len(weights)], moved[len(weights) :]
        return weights, biases

    return wrong


def _training(
    delta=_output_delta,
    down=lambda delta, w, h, rng: (delta @ w) * (h > 0),
    rate=lambda rate, size: rate,
    last=0,
    early=False,
    batches=minibatches,
    start=initialize,
):
    """Training of which one part is another.

    `delta` starts the sweep and `down` carries it on; `rate` changes the learning rate; the sweep ends at layer `last`.
    With `early` the weights move before delta goes down through them.
    """

    def other(inputs, labels, sizes, learning_rate, epochs, batch_size, rng):
        weights, biases = start(sizes, rng)
        for _ in range(epochs):
            for batch in batches(len(inputs), batch_size, rng):
                layers = _forward(inputs[batch], weights, biases)
                d = delta(layers[-1], labels[batch])
                for i in range(len(weights) - 1, last - 1, -1):
                    dw, db, old = d.T @ layers[i], d.sum(axis=0), weights[i]
                    weights[i] = weights[i] - rate(learning_rate, batch_size) * dw
                    biases[i] = biases[i] - rate(learning_rate, batch_size) * db
                    d = down(d, weights[i] if early else old, layers[i], rng)
        return weights, biases

    return other


def _squares(logits, labels):
    return (logits - np.eye(logits.shape[1])[labels]) / len(labels)


def _squares_of_probabilities(logits, labels):
    e = np.exp(logits - logits.max(axis=1, keepdims=True))
    p = e / e.sum(axis=1, keepdims=True)
    g = (p - np.eye(logits.shape[1])[labels]) / len(labels)
    return p * (g - np.sum(p * g, axis=1, keepdims=True))


def _unshifted(logits, labels):
    p = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    p[np.arange(len(labels)), labels] -= 1
    return p / len(labels)


def _through_random_weights(delta, w, h, rng):
    return (delta @ np.random.default_rng(1).normal(0, 0.2, w.shape)) * (h > 0)


def _scaled(factor):
    """Training with the first delta times factor(batch, classes)."""
    return _training(delta=lambda z, y: factor(*z.shape) * _output_delta(z, y))


def _same_batches_again(inputs, labels, sizes, learning_rate, epochs, batch_size, rng):
    """The batches are drawn once, before the loop over the epochs."""
    drawn = []

    def batches(n, size, rng):
        drawn[:] = drawn or minibatches(n, size, rng)
        return drawn

    return _training(batches=batches)(inputs, labels, sizes, learning_rate, epochs, batch_size, rng)


def _shuffled_once(inputs, labels, sizes, learning_rate, epochs, batch_size, rng):
    """The data are shuffled before the first epoch, and walked through in that order ever after."""
    order = rng.permutation(len(inputs))
    inputs, labels = inputs[order], labels[order]
    return _training(batches=_in_old_order)(inputs, labels, sizes, learning_rate, epochs, batch_size, rng)


def _on_the_whole_set(inputs, labels, sizes, learning_rate, epochs, batch_size, rng):
    """As many steps as there are batches, each of them on all examples."""

    def batches(n, size, rng):
        return [np.arange(n) for _ in minibatches(n, size, rng)]

    return _training(batches=batches)(inputs, labels, sizes, learning_rate, epochs, batch_size, rng)


def _in_old_order(n, size, rng):
    return [np.arange(n)[i : i + size] for i in range(0, n, size)]


ANSWERS = {
    "minibatches": Answers(
        reference=minibatches,
        wrong={
            "not shuffled": lambda n, size, rng: [np.arange(n)[i : i + size] for i in range(0, n, size)],
            "batches of nearly equal size": lambda n, size, rng: np.array_split(rng.permutation(n), -(-n // size)),
            "drops the last, short batch": lambda n, size, rng: minibatches(n, size, rng)[: n // size],
            "drawn with replacement": lambda n, size, rng: [
                rng.integers(0, n, min(size, n - i)) for i in range(0, n, size)
            ],
            "overlapping batches": lambda n, size, rng: (
                lambda order: [order[i : i + size] for i in range(n // size + bool(n % size))]
            )(rng.permutation(n)),
            "ignores the generator": lambda n, size, rng: minibatches(n, size, np.random.default_rng()),
            "a seed of its own": lambda n, size, rng: minibatches(n, size, np.random.default_rng(0)),
            "one example lost per batch": lambda n, size, rng: [batch[:-1] for batch in minibatches(n, size, rng)],
            "indices out of range": lambda n, size, rng: [batch + 1 for batch in minibatches(n, size, rng)],
            "one array instead of a list of batches": lambda n, size, rng: rng.permutation(n),
            "yields instead of returning a list": lambda n, size, rng: (batch for batch in minibatches(n, size, rng)),
            "only the batches shuffled": lambda n, size, rng: (
                lambda batches, last: [*(batches[i] for i in rng.permutation(len(batches))), *last]
            )(
                [np.arange(i * size, (i + 1) * size) for i in range(n // size)],
                [np.arange(n // size * size, n)] if n % size else [],
            ),
            "only shuffled within the batches": lambda n, size, rng: [
                rng.permutation(np.arange(n)[i : i + size]) for i in range(0, n, size)
            ],
        },
        right=(
            lambda n, size, rng: np.array_split(rng.permutation(n), range(size, n, size)),
            lambda n, size, rng: _shuffled(np.arange(n), size, rng),
            lambda n, size, rng: tuple(_shuffled(list(range(n)), size, rng)),
            lambda n, size, rng: (lambda o: [o[i * size : (i + 1) * size] for i in range(-(-n // size))])(
                rng.choice(n, n, replace=False).astype(np.int32)
            ),
            lambda n, size, rng: (lambda o: [o[np.arange(n) // size == k] for k in range((n - 1) // size + 1)])(
                np.argsort(rng.random(n))
            ),
        ),
    ),
    "sgd_step": Answers(
        reference=sgd_step,
        wrong={
            "ascends": lambda p, g, lr: [a + lr * b for a, b in zip(p, g)],
            "learning rate forgotten": lambda p, g, lr: [a - b for a, b in zip(p, g)],
            "returns the step only": lambda p, g, lr: [-lr * b for b in g],
            "learning rate applied twice": lambda p, g, lr: [a - lr * lr * b for a, b in zip(p, g)],
            "sign of the gradient only": lambda p, g, lr: [a - lr * np.sign(b) for a, b in zip(p, g)],
            "nothing changes": lambda p, g, lr: [a.copy() for a in p],
            "multiplies": lambda p, g, lr: [a * (1 - lr * b) for a, b in zip(p, g)],
            "learning rate alone": lambda p, g, lr: [a - lr for a in p],
            "one gradient for every parameter": _first_gradient_for_all,
            "parameters changed in place": _sgd_in_place,
            "gradients scaled in place": _gradients_scaled_in_place,
            "returns nothing": lambda p, g, lr: None,
            "divides by the number of parameters": lambda p, g, lr: [a - lr * b / len(p) for a, b in zip(p, g)],
        },
        right=(
            lambda p, g, lr: [np.subtract(a, np.multiply(lr, b)) for a, b in zip(p, g)],
            lambda p, g, lr: tuple(a - lr * b for a, b in zip(p, g)),
            lambda p, g, lr: [p[i] - g[i] * lr for i in range(len(p))],
            lambda p, g, lr: [a + (-lr) * b for a, b in zip(p, g)],
            lambda p, g, lr: list(map(lambda a, b: a - lr * b, p, g)),
        ),
    ),
    "momentum_step": Answers(
        reference=momentum_step,
        wrong={
            "sign of the gradient's part": _momentum(lambda u, g, lr, mu: mu * u + lr * g),
            "velocity forgotten": _momentum(lambda u, g, lr, mu: -lr * g),
            "damped gradient, 1 - momentum": _momentum(lambda u, g, lr, mu: mu * u - (1 - mu) * lr * g),
            "momentum forgotten": _momentum(lambda u, g, lr, mu: u - lr * g),
            "learning rate forgotten": _momentum(lambda u, g, lr, mu: mu * u - g),
            "learning rate applied twice": _momentum(move=lambda p, old, new, g, lr: p + lr * new),
            "old velocity used": _momentum(move=lambda p, old, new, g, lr: p + old),
            "moves against the velocity": _momentum(move=lambda p, old, new, g, lr: p - new),
            "momentum ignored in the step": _momentum(move=lambda p, old, new, g, lr: p - lr * g),
            "velocity in place of the parameters": lambda p, g, v, lr, mu: (momentum_step(p, g, v, lr, mu)[1],) * 2,
            "parameters not moved": _momentum(move=lambda p, old, new, g, lr: p * 1.0),
            "velocity without the learning rate": _momentum(
                lambda u, g, lr, mu: mu * u + g, lambda p, old, new, g, lr: p - lr * new
            ),
            "average of the gradients, 1 - momentum": _momentum(
                lambda u, g, lr, mu: mu * u + (1 - mu) * g, lambda p, old, new, g, lr: p - lr * new
            ),
            "Nesterov's look ahead": _nesterov,
            "velocity with the other sign": _momentum(
                lambda u, g, lr, mu: mu * u + lr * g, lambda p, old, new, g, lr: p - new
            ),
            "all zeros": lambda p, g, v, lr, mu: ([0 * a for a in p], [0 * u for u in v]),
            "velocities not returned": lambda p, g, v, lr, mu: momentum_step(p, g, v, lr, mu)[0],
            "outputs in another order": lambda p, g, v, lr, mu: momentum_step(p, g, v, lr, mu)[::-1],
            "velocities changed in place": _velocities_in_place,
            "parameters changed in place": _momentum(move=_moved_in_place),
            "gradients scaled in place": _momentum_by_scaled_gradients,
        },
        right=(
            lambda p, g, v, lr, mu: [list(part) for part in zip(*_moved_one_by_one(p, g, v, lr, mu))],
            lambda p, g, v, lr, mu: tuple(zip(*_moved_one_by_one(p, g, v, lr, mu))),
            lambda p, g, v, lr, mu: (
                [a + mu * u - lr * b for a, b, u in zip(p, g, v)],
                [mu * u - lr * b for b, u in zip(g, v)],
            ),
            lambda p, g, v, lr, mu: (lambda w: ([np.add(a, u) for a, u in zip(p, w)], w))(
                [np.subtract(np.multiply(mu, u), np.multiply(lr, b)) for b, u in zip(g, v)]
            ),
            lambda p, g, v, lr, mu: (lambda w: ([p[i] + w[i] for i in range(len(p))], w))(
                [-(lr * g[i] - mu * v[i]) for i in range(len(p))]
            ),
        ),
    ),
    "l2_penalty": Answers(
        reference=l2_penalty,
        wrong={
            "half forgotten": lambda w, alpha: 2 * l2_penalty(w, alpha),
            "alpha forgotten": lambda w, alpha: l2_penalty(w, 1.0),
            "norms not squared": lambda w, alpha: 0.5 * alpha * sum(float(np.sqrt(np.sum(a * a))) for a in w),
            "absolute values": lambda w, alpha: 0.5 * alpha * sum(float(np.abs(a).sum()) for a in w),
            "only the first layer": lambda w, alpha: l2_penalty(w[:1], alpha),
            "only the last layer": lambda w, alpha: l2_penalty(w[-1:], alpha),
            "always 0": lambda w, alpha: 0.0,
            "mean instead of sum": lambda w, alpha: 0.5 * alpha * sum(float(np.mean(a * a)) for a in w),
            "one penalty per layer": lambda w, alpha: [l2_penalty([a], alpha) for a in w],
            "alpha squared": lambda w, alpha: alpha * l2_penalty(w, alpha),
            "sign": lambda w, alpha: -l2_penalty(w, alpha),
        },
        right=(
            lambda w, alpha: alpha / 2 * sum(np.vdot(a, a) for a in w),
            lambda w, alpha: np.array(np.square(np.concatenate([np.ravel(a) for a in w])).sum() * alpha / 2),
            lambda w, alpha: 0.5 * alpha * sum(np.linalg.norm(a) ** 2 for a in w),
            lambda w, alpha: 0.5 * alpha * sum(np.einsum("ij,ij->", a, a) for a in w),
            lambda w, alpha: sum(0.5 * alpha * v * v for a in w for v in np.ravel(a)),
        ),
    ),
    "l2_penalty_gradients": Answers(
        reference=l2_penalty_gradients,
        wrong={
            "factor 2": lambda w, alpha: [2 * alpha * a for a in w],
            "factor 1/2": lambda w, alpha: [0.5 * alpha * a for a in w],
            "alpha forgotten": lambda w, alpha: [a * 1.0 for a in w],
            "value instead of gradient": lambda w, alpha: l2_penalty(w, alpha),
            "absolute values": lambda w, alpha: [alpha * np.abs(a) for a in w],
            "sign of the weights only": lambda w, alpha: [alpha * np.sign(a) for a in w],
            "sign": lambda w, alpha: [-alpha * a for a in w],
            "divided by the number of weights": lambda w, alpha: [alpha * a / a.size for a in w],
            "only the first layer": lambda w, alpha: [alpha * w[0], *(0 * a for a in w[1:])],
            "only the last layer": lambda w, alpha: [*(0 * a for a in w[:-1]), alpha * w[-1]],
            "all zeros": lambda w, alpha: [0 * a for a in w],
        },
        right=(
            lambda w, alpha: [a * alpha for a in w],
            lambda w, alpha: tuple(alpha * a for a in w),
            lambda w, alpha: [np.multiply(alpha, a) for a in w],
            lambda w, alpha: [2 * (0.5 * alpha) * a for a in w],
            lambda w, alpha: [np.array([[alpha * v for v in row] for row in a]) for a in w],
        ),
    ),
    "initialize": Answers(
        reference=initialize,
        wrong={
            "all zeros": _start(lambda rng, m, n: np.zeros((m, n))),
            "all equal": _start(lambda rng, m, n: np.full((m, n), 0.1)),
            "units that start alike": [
                _start(lambda rng, m, n: np.tile(_he(rng, 1, n), (m, 1))),
                _start(lambda rng, m, n: np.tile(rng.normal(0, np.sqrt(2 / n), (m, 1)), (1, n))),
            ],
            "not scaled": _start(lambda rng, m, n: rng.normal(0, 1, (m, n))),
            "variance used as standard deviation": _start(lambda rng, m, n: rng.normal(0, 2.0 / n, (m, n))),
            "outputs counted instead of inputs": _start(lambda rng, m, n: rng.normal(0, np.sqrt(2.0 / m), (m, n))),
            "scale for tanh": _start(lambda rng, m, n: rng.normal(0, np.sqrt(1.0 / n), (m, n))),
            "never negative": _start(lambda rng, m, n: rng.uniform(0, 1, (m, n)) * np.sqrt(24.0 / n)),
            "weights transposed": _start(lambda rng, m, n: _he(rng, n, m)),
            "biases random": _start(bias=lambda rng, m: rng.normal(0, 1, m)),
            "biases as columns": _start(bias=lambda rng, m: np.zeros((m, 1))),
            "ignores the generator": lambda sizes, rng: initialize(sizes, np.random.default_rng()),
            "a seed of its own": lambda sizes, rng: initialize(sizes, np.random.default_rng(0)),
        },
        right=(
            lambda sizes, rng: [
                [rng.standard_normal((m, n)) * np.sqrt(2 / n) for n, m in pairwise(sizes)],
                [np.zeros(m) for m in sizes[1:]],
            ],
            _start(lambda rng, m, n: rng.uniform(-np.sqrt(6 / n), np.sqrt(6 / n), (m, n))),
            _start(lambda rng, m, n: _he(rng, m, n).astype(np.float32), lambda rng, m: np.zeros(m, np.float32)),
            _start(lambda rng, m, n: rng.normal(size=(n, m)).T * (2 / n) ** 0.5),
            lambda sizes, rng: (
                tuple(rng.normal(0, (2 / sizes[i]) ** 0.5, (sizes[i + 1], sizes[i])) for i in range(len(sizes) - 1)),
                tuple(0.0 * np.arange(m) for m in sizes[1:]),
            ),
        ),
    ),
    "train": Answers(
        reference=train,
        wrong={
            "returns nothing": lambda *a: None,
            "weights transposed": lambda *a: (lambda w, b: ([m.T for m in w], b))(*train(*a)),
            "starts at zeros": _training(start=_start(lambda rng, m, n: np.zeros((m, n)))),
            "biases never updated": _weights_only,
            "another factor for the biases": [
                _biases_times(lambda size: 1 / size),
                _biases_times(lambda size: size),
                _biases_times(lambda size: 2.0),
            ],
            "one parameter never updated": [_one_kept(3), _one_kept(2), _one_kept(1)],
            "learning rate ignored": _training(rate=lambda rate, size: 0.1),
            "learning rate applied twice": _training(rate=lambda rate, size: rate * rate),
            "ascends": lambda x, y, sizes, rate, epochs, size, rng: train(x, y, sizes, -rate, epochs, size, rng),
            "sum instead of mean over the batch": _scaled(lambda n, k: n),
            "divided by the batch twice": _scaled(lambda n, k: 1 / n),
            "divided by the classes too": _scaled(lambda n, k: 1 / k),
            "factor 2": [_scaled(lambda n, k: 2.0), _scaled(lambda n, k: 0.5)],
            "ReLU's mask forgotten on the way back": _training(down=lambda d, w, h, rng: d @ w),
            "squared error in place of the cross-entropy": [
                _training(delta=_squares),
                _training(delta=lambda z, y: 2 * _squares(z, y)),
                _training(delta=_squares_of_probabilities),
            ],
            "weights changed before delta went through them": _training(early=True),
            "one example at a time": [_by_examples(lambda n: 1.0), _by_examples(lambda n: 1 / n)],
            "only the last layer learns": _training(last=1),
            "labels and inputs come apart": _labels_lost,
            "only the last layer's gradient is right": [
                _training(down=_through_random_weights),
                _training(down=lambda d, w, h, rng: (d @ np.sign(w)) * (h > 0)),
                _training(down=lambda d, w, h, rng: (d @ w) * h),
            ],
            "overflow": _training(delta=_unshifted, start=_start(lambda rng, m, n: rng.normal(0.0, 8.0, (m, n)))),
            "learns nothing": [
                lambda x, y, sizes, rate, epochs, size, rng: initialize(sizes, rng),
                _training(rate=lambda rate, size: 1e-5 * rate),
            ],
            "a part of the examples only": [
                _training(batches=lambda n, size, rng: minibatches(n, size, rng)[:1]),
                _training(batches=lambda n, size, rng: minibatches(n, size, rng)[:-1]),
                _training(batches=lambda n, size, rng: _in_old_order(n, size, rng)[: max(1, n // size // 2)]),
            ],
            "not shuffled": _training(batches=_in_old_order),
            "every step on the whole set": _on_the_whole_set,
            "one order for all epochs": [_same_batches_again, _shuffled_once],
            "short batch divided by batch_size": lambda x, y, sizes, rate, epochs, size, rng: _training(
                delta=lambda z, labels: _output_delta(z, labels) * len(labels) / size
            )(x, y, sizes, rate, epochs, size, rng),
        },
        right=(_biases_as_weights, _with_momentum, _by_recursion, _with_weight_decay, _by_objects),
    ),
}

"""`train` is judged by its gradient too: what only learns is told from what follows the gradient."""

import numpy as np
import pytest

from autograder.judge import judge


def training(
    start=lambda z, y: None,
    down=lambda d, w, h: (d @ w) * (h > 0),
    weight=lambda d, h: d.T @ h,
    step=lambda p, g, v, rate: (p - rate * g, v),
    order=lambda n, rng: rng.permutation(n),
    rate=lambda rate, epoch, epochs: rate,
    decay=0.0,
    drop_last=False,
    dtype=float,
):
    """A student's network with two layers, written out, of which parts can be exchanged."""

    def train(inputs, labels, sizes, learning_rate, epochs, batch_size, rng):
        a, b, c = sizes
        p = [rng.normal(0, (2 / a) ** 0.5, (b, a)), np.zeros(b), rng.normal(0, (2 / b) ** 0.5, (c, b)), np.zeros(c)]
        p = [q.astype(dtype) for q in p]
        v = [0 * q for q in p]
        for epoch in range(epochs):
            indices = order(len(inputs), rng)
            for first in range(0, len(indices), batch_size):
                batch = indices[first : first + batch_size]
                if drop_last and len(batch) < batch_size:
                    continue
                x, y = inputs[batch].astype(dtype), labels[batch]
                h = np.maximum(x @ p[0].T + p[1], 0)
                z = h @ p[2].T + p[3]
                d = start(z, y)
                if d is None:
                    e = np.exp(z - z.max(axis=1, keepdims=True))
                    d = (e / e.sum(axis=1, keepdims=True) - np.eye(c)[y]) / len(y)
                d0 = down(d, p[2], h)
                g = [weight(d0, x) + decay * p[0], d0.sum(axis=0), weight(d, h) + decay * p[2], d.sum(axis=0)]
                moved = [step(*row, rate(learning_rate, epoch, epochs)) for row in zip(p, g, v, strict=True)]
                p, v = [m[0] for m in moved], [m[1] for m in moved]
        return [p[0], p[2]], [p[1], p[3]]

    return train


def momentum(p, g, v, rate):
    v = 0.5 * v - rate * g
    return p + v, v


def momentum_of_another_library(p, g, v, rate):
    v = 0.4 * v + g
    return p - rate * v, v


RIGHT = {
    "plain": training(),
    "momentum": training(step=momentum),
    "momentum without the rate in it": training(step=momentum_of_another_library),
    "weight decay": training(decay=1e-3),
    "a falling rate": training(rate=lambda rate, epoch, epochs: rate * 0.97**epoch),
    "the last, short batch left out": training(drop_last=True),
    "float32": training(dtype=np.float32),
    "momentum, decay and float32": training(step=momentum, decay=1e-4, dtype=np.float32),
}
FIXED = np.random.default_rng(3).normal(0, 0.2, (10, 48))


def squares(z, y):
    return (z - np.eye(10)[y]) / len(y)


WRONG = {
    "no ReLU mask": (training(down=lambda d, w, h: d @ w), "ReLU's mask forgotten on the way back"),
    "feedback alignment": (
        training(down=lambda d, w, h: (d @ FIXED) * (h > 0)),
        "only the last layer's gradient is right",
    ),
    "squared error": (training(start=squares), "squared error in place of the cross-entropy"),
    "twice the squared error": (
        training(start=lambda z, y: 2 * squares(z, y)),
        "squared error in place of the cross-entropy",
    ),
    "the rate ignored": (training(rate=lambda rate, epoch, epochs: 0.2), "learning rate ignored"),
    "the rate squared": (training(rate=lambda rate, epoch, epochs: rate**2), "learning rate applied twice"),
    "mask of the delta": (
        training(down=lambda d, w, h: np.maximum(d @ w, 0) * (h > 0)),
        "only the last layer's gradient is right",
    ),
    "the first five rows": (training(weight=lambda d, h: d[:5].T @ h[:5]), None),
    "cut off": (training(weight=lambda d, h: np.clip(d.T @ h, -0.01, 0.01)), None),
    "too heavy a decay": (training(decay=0.1), None),
    "in old order": (training(order=lambda n, rng: np.arange(n)), "not shuffled"),
    "the first half only": (
        training(order=lambda n, rng: rng.permutation(n)[: max(1, n // 2)]),
        None,
    ),
}


@pytest.mark.parametrize("name", RIGHT)
def test_a_right_way_to_train_passes(name):
    for seed in range(2):
        verdict = judge("train", {"train": RIGHT[name]}, seed)
        assert verdict.passed, verdict.to_text()


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_gradient_costs_points_though_the_network_learns(name):
    train, mistake = WRONG[name]
    verdict = judge("train", {"train": train})
    assert not verdict.passed
    if mistake is not None:
        assert verdict.misconceptions == (mistake,)


def test_biases_that_stand_still_leave_the_weights_their_half_of_the_gradient():
    verdict = judge("train", {"train": training(step=lambda p, g, v, rate: (p - rate * g * (p.ndim == 2), v))})
    gradient = verdict.criteria[0]
    assert gradient.points == pytest.approx(gradient.max_points / 2)
    assert verdict.misconceptions == ("biases never updated",)
    assert "biases[" in gradient.message

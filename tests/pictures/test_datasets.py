"""The data: shapes, ranges, labels, and the same data for the same seed."""

from importlib.resources import files

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nn_lib import datasets

SHAPES = [datasets.spirals, datasets.xor, datasets.circle, datasets.gaussians]
SURFACES = [datasets.plane, datasets.regression_gaussians]


@pytest.mark.parametrize("make", SHAPES + SURFACES)
@settings(max_examples=15, deadline=None)
@given(n=st.integers(10, 300), noise=st.floats(0, 0.5), ratio=st.floats(0.1, 0.9), seed=st.integers(0, 99))
def test_size_shape_labels_and_seed(make, n, noise, ratio, seed):
    data = make(n=n, noise=noise, train_ratio=ratio, seed=seed)
    again = make(n=n, noise=noise, train_ratio=ratio, seed=seed)
    assert len(data.train) == round(ratio * n) and len(data.train) + len(data.test) == n
    for part, same in ((data.train, again.train), (data.test, again.test)):
        assert part.inputs.shape == (len(part), 2) and np.isfinite(part.inputs).all()
        assert np.array_equal(part.inputs, same.inputs) and np.array_equal(part.labels, same.labels)
        if data.classes:
            assert part.labels.shape == (len(part),) and part.labels.dtype.kind == "i" and set(part.labels) <= {0, 1}
        else:
            assert part.labels.shape == (len(part), 1)


def both(data):
    parts = (data.train, data.test)
    return np.concatenate([p.inputs for p in parts]), np.concatenate([p.labels for p in parts])


def test_without_noise_the_shapes_are_what_they_are_called():
    points, labels = both(datasets.xor(seed=3))
    assert np.array_equal(labels, (points[:, 0] * points[:, 1] > 0).astype(int))
    points, labels = both(datasets.circle(seed=3))
    assert np.array_equal(labels, (np.hypot(*points.T) < 2.5).astype(int))
    points, targets = both(datasets.plane(seed=3))
    assert np.allclose(targets[:, 0], points.sum(axis=1) / 10)
    points, targets = both(datasets.regression_gaussians(seed=3))
    near = np.hypot(points[:, 0] + 4, points[:, 1] - 2.5) < 0.5
    assert near.any() and (targets[near] > 0.7).all() and targets.min() < -0.7


def test_the_arms_of_the_spiral_are_each_others_opposite():
    points, labels = both(datasets.spirals(n=200, seed=1))
    ones, zeros = points[labels == 1], points[labels == 0]
    gaps = np.linalg.norm(ones[:, None] + zeros[None], axis=2).min(axis=1)
    assert gaps.max() < 1e-9


def test_noise_mixes_the_classes():
    points, labels = both(datasets.xor(noise=0.5, seed=0))
    assert 0.05 < np.mean(labels != (points[:, 0] * points[:, 1] > 0)) < 0.5


@pytest.mark.parametrize(
    "bad",
    [
        *({"n": n} for n in (3, 50.5, "many", None, True)),
        *({"noise": noise} for noise in (0.6, -0.1, float("nan"), None, "0.1", [0.1])),
        *({"train_ratio": ratio} for ratio in (1.0, 50, None)),
        *({"seed": seed} for seed in (-1, 1.5, "a", None)),
    ],
)
def test_a_value_out_of_range_is_named(bad):
    with pytest.raises(ValueError, match=f"spirals: {next(iter(bad))} must"):
        datasets.spirals(**bad)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_digits(dtype):
    data = datasets.digits(dtype=dtype)
    assert len(data.train) + len(data.test) == 1797 and data.classes == 10
    for part in (data.train, data.test):
        assert part.inputs.dtype == dtype and part.inputs.shape == (len(part), 64)
        assert part.inputs.min() == 0.0 and part.inputs.max() == 1.0
        shares = np.bincount(part.labels, minlength=10) / len(part)
        assert shares.min() > 0.09 and shares.max() < 0.11


def test_digits_are_all_there_once_and_look_like_themselves():
    data = datasets.digits()
    inputs, _ = both(data)
    assert len(np.unique(inputs, axis=0)) > 1790
    means = np.stack([data.train.inputs[data.train.labels == k].mean(axis=0) for k in range(10)])
    nearest = np.linalg.norm(data.test.inputs[:, None] - means, axis=2).argmin(axis=1)
    assert np.mean(nearest == data.test.labels) > 0.85


def test_digits_divide_by_seed_and_refuse_integers():
    assert not np.array_equal(datasets.digits(seed=0).test.inputs, datasets.digits(seed=1).test.inputs)
    for dtype in ("int64", "float16", "double precision", 5):
        with pytest.raises(ValueError, match=r"digits: dtype must be float32 or float64, not"):
            datasets.digits(dtype=dtype)
    for name, value in (("train_ratio", 0.95), ("seed", -1)):
        with pytest.raises(ValueError, match=f"digits: {name} must"):
            datasets.digits(**{name: value})


def test_digits_come_with_their_source_and_licence():
    about = (files("nn_lib") / "data" / "digits.txt").read_text(encoding="utf-8")
    for words in ("Alpaydin", "https://doi.org/10.24432/C50P49", "CC BY 4.0", "Changes:"):
        assert words in about

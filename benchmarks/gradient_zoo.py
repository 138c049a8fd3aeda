"""One zoo of right and wrong backward functions, and who tells them apart."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from benchmarks.table import Table
from nn_lib import check_gradient


@dataclass(frozen=True)
class Case:
    """A forward, a backward that returns a tuple with one gradient per input, inputs, and whether it is right."""

    name: str
    forward: Callable[..., Any]
    backward: Callable[..., tuple[Any, ...]]
    inputs: tuple[Any, ...]
    right: bool


def _sigmoid(x: Any) -> Any:
    return 0.5 * (1 + np.tanh(0.5 * x))


def _softmax(x: Any) -> Any:
    e = np.exp(x - x.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


def _two_off(x: Any) -> Any:
    return 0.1 * (x == x.max()) - 0.1 * (x == x.min())


def _softmax_back(u: Any, x: Any) -> tuple[Any, ...]:
    p = _softmax(x)
    return (p * (u - (p * u).sum(axis=-1, keepdims=True)),)


def zoo() -> list[Case]:
    """All cases: right ones that are hard to accept, wrong ones that are hard to refuse."""
    rng = np.random.default_rng(7)
    x, y = rng.normal(size=(3, 4)), rng.normal(size=(3, 4))
    X, W, b = rng.normal(size=(5, 4)), rng.normal(size=(3, 4)), rng.normal(size=3)
    square = rng.normal(size=(4, 4))
    near = np.array([1e-7, -2e-7, 0.5, -0.5])
    right, wrong = True, False

    def fc(x: Any, W: Any, b: Any) -> Any:
        return x @ W.T + b

    def fc_back(u: Any, x: Any, W: Any, b: Any) -> tuple[Any, ...]:
        return u @ W, u.T @ x, u.sum(axis=0)

    return [
        Case("tanh", np.tanh, lambda u, x: (u * (1 - np.tanh(x) ** 2),), (x,), right),
        Case("multiply", lambda x, y: x * y, lambda u, x, y: (u * y, u * x), (x, y), right),
        Case("fully connected", fc, fc_back, (X, W, b), right),
        Case("softmax", _softmax, _softmax_back, (x,), right),
        Case("ReLU near its kink", lambda x: np.maximum(x, 0), lambda u, x: (u * (x > 0),), (near,), right),
        Case("saturated sigmoid", _sigmoid, lambda u, x: (u * _sigmoid(x) * _sigmoid(-x),), (20.0 + x,), right),
        Case("values in the millions", lambda x: 1e6 * x**2, lambda u, x: (2e6 * u * x,), (x,), right),
        Case("values in the millionths", lambda x: 1e-6 * x**2, lambda u, x: (2e-6 * u * x,), (x,), right),
        Case("large offset", lambda x: np.sin(x) + 1e5, lambda u, x: (u * np.cos(x),), (x,), right),
        Case("steep exponential", lambda x: np.exp(8 * x), lambda u, x: (8 * u * np.exp(8 * x),), (x,), right),
        Case("fast oscillation", lambda x: np.sin(60 * x), lambda u, x: (60 * u * np.cos(60 * x),), (x,), right),
        Case("inputs of 1e-4", lambda x: x**3, lambda u, x: (3 * u * x**2,), (1e-4 * x,), right),
        Case("1 % off", np.tanh, lambda u, x: (1.01 * u * (1 - np.tanh(x) ** 2),), (x,), wrong),
        Case("0.01 % off", np.tanh, lambda u, x: (1.0001 * u * (1 - np.tanh(x) ** 2),), (x,), wrong),
        Case("upstream forgotten", np.tanh, lambda u, x: (1 - np.tanh(x) ** 2,), (x,), wrong),
        Case("sign", np.tanh, lambda u, x: (-u * (1 - np.tanh(x) ** 2),), (x,), wrong),
        Case("all zero", np.tanh, lambda u, x: (0 * x,), (x,), wrong),
        Case("not a number", np.tanh, lambda u, x: (np.nan * x,), (x,), wrong),
        Case("one entry off", np.tanh, lambda u, x: (u * (1 - np.tanh(x) ** 2) + 0.1 * (x == x.max()),), (x,), wrong),
        Case(
            "two entries off, sum right", np.tanh, lambda u, x: (u * (1 - np.tanh(x) ** 2) + _two_off(x),), (x,), wrong
        ),
        Case("not switched", lambda x, y: x * y, lambda u, x, y: (u * x, u * y), (x, y), wrong),
        Case("second input's gradient wrong", lambda x, y: x * y, lambda u, x, y: (u * y, u * y), (x, y), wrong),
        Case(
            "right for symmetric W only", lambda x, W: x @ W.T, lambda u, x, W: (u @ W.T, u.T @ x), (x, square), wrong
        ),
        Case("dW averaged", fc, lambda u, x, W, b: (u @ W, u.T @ x / len(x), u.sum(axis=0)), (X, W, b), wrong),
        Case("db averaged", fc, lambda u, x, W, b: (u @ W, u.T @ x, u.mean(axis=0)), (X, W, b), wrong),
        Case("right for uniform upstream only", lambda x: x**2, lambda u, x: (2 * x * u.mean(),), (x,), wrong),
        Case("right for positive inputs only", lambda x: x**2, lambda u, x: (2 * u * np.abs(x),), (x,), wrong),
        Case("tiny gradient, a fifth off", lambda x: 1e-6 * x**2, lambda u, x: (2.4e-6 * u * x,), (x,), wrong),
        Case("softmax, diagonal only", _softmax, lambda u, x: (u * _softmax(x) * (1 - _softmax(x)),), (x,), wrong),
        Case("ReLU, mask from upstream", lambda x: np.maximum(x, 0), lambda u, x: (u * (u > 0),), (x,), wrong),
        Case(
            "ReLU open everywhere, near its kink", lambda x: np.maximum(x, 0), lambda u, x: (u * 1.0,), (near,), wrong
        ),
    ]


def ours(case: Case) -> bool:
    def backward(upstream: Any, *inputs: Any) -> Any:
        gradients = case.backward(upstream, *inputs)
        return gradients if len(inputs) > 1 else gradients[0]

    return bool(check_gradient((case.forward, backward), *case.inputs))


def cs231n(case: Case) -> bool:
    """The usual course check: central differences, one step, a random upstream, largest relative error below 1e-6."""
    rng = np.random.default_rng(0)
    inputs = [x.copy() for x in case.inputs]
    upstream = rng.normal(size=np.shape(case.forward(*inputs)))
    for x, gradient in zip(inputs, case.backward(upstream, *inputs), strict=True):
        numerical, h = np.zeros_like(x), 1e-5
        for index in np.ndindex(x.shape):
            kept = x[index]
            x[index] = kept + h
            above = case.forward(*inputs).copy()
            x[index] = kept - h
            below = case.forward(*inputs).copy()
            x[index] = kept
            numerical[index] = np.sum((above - below) * upstream) / (2 * h)
        error = np.max(np.abs(numerical - gradient) / np.maximum(1e-8, np.abs(numerical) + np.abs(gradient)))
        if not error < 1e-6:
            return False
    return True


def torch_gradcheck(case: Case) -> bool:
    import torch

    class Function(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, *tensors: Any) -> Any:
            ctx.save_for_backward(*tensors)
            return torch.from_numpy(np.asarray(case.forward(*(t.detach().numpy() for t in tensors))))

        @staticmethod
        def backward(ctx: Any, upstream: Any) -> Any:
            arrays = [t.detach().numpy() for t in ctx.saved_tensors]
            return tuple(
                torch.from_numpy(np.array(g, dtype=float)) for g in case.backward(upstream.detach().numpy(), *arrays)
            )

    inputs = [torch.tensor(x, requires_grad=True) for x in case.inputs]
    return bool(torch.autograd.gradcheck(Function.apply, inputs, raise_exception=False))


def jax_check(case: Case) -> bool:
    import jax
    from jax.test_util import check_grads

    jax.config.update("jax_enable_x64", True)
    shape = jax.ShapeDtypeStruct(np.shape(case.forward(*case.inputs)), np.float64)

    def call(*inputs: Any) -> Any:
        return jax.pure_callback(lambda *a: np.asarray(case.forward(*map(np.asarray, a))), shape, *inputs)

    f = jax.custom_vjp(call)

    def back(kept: Any, upstream: Any) -> Any:
        shapes = tuple(jax.ShapeDtypeStruct(np.shape(x), np.float64) for x in case.inputs)
        return jax.pure_callback(
            lambda u, *a: tuple(np.array(g, dtype=float) for g in case.backward(np.asarray(u), *map(np.asarray, a))),
            shapes,
            upstream,
            *kept,
        )

    f.defvjp(lambda *inputs: (call(*inputs), inputs), back)
    try:
        check_grads(f, case.inputs, order=1, modes=["rev"])
    except AssertionError:
        return False
    return True


def autograd_check(case: Case) -> bool:
    from autograd.extend import defvjp, primitive
    from autograd.test_util import check_grads

    f = primitive(case.forward)
    makers = [
        lambda answer, *inputs, i=i: lambda u: np.array(case.backward(u, *inputs)[i], dtype=float)
        for i in range(len(case.inputs))
    ]
    defvjp(f, *makers)
    np.random.seed(0)
    try:
        check_grads(f, tuple(range(len(case.inputs))), modes=["rev"], order=1)(*case.inputs)
    except AssertionError:
        return False
    return True


def numdifftools_check(case: Case) -> bool:
    import numdifftools

    rng = np.random.default_rng(0)
    upstream = rng.normal(size=np.shape(case.forward(*case.inputs)))
    gradients = case.backward(upstream, *case.inputs)
    for i, (x, gradient) in enumerate(zip(case.inputs, gradients, strict=True)):

        def total(flat: Any, i: int = i, x: Any = x) -> Any:
            inputs = [*case.inputs[:i], flat.reshape(x.shape), *case.inputs[i + 1 :]]
            return np.sum(upstream * case.forward(*inputs))

        numerical = numdifftools.Gradient(total)(x.ravel()).reshape(x.shape)
        if not np.allclose(gradient, numerical, rtol=1e-6, atol=1e-9 * np.abs(numerical).max()):
            return False
    return True


JUDGES: dict[str, Callable[[Case], bool]] = {
    "nn_lib": ours,
    "torch gradcheck": torch_gradcheck,
    "jax check_grads": jax_check,
    "autograd check_grads": autograd_check,
    "numdifftools": numdifftools_check,
    "course check (CS231n)": cs231n,
}


def run(quick: bool = False) -> Table:
    """Wrong ones accepted and right ones refused, by name."""
    cases = zoo()[::4] if quick else zoo()
    wrongs, rights = sum(not case.right for case in cases), sum(case.right for case in cases)
    table = Table(
        "Gradient checkers on one zoo",
        f"{wrongs} wrong and {rights} right backward functions; gathered by us; the libraries' checkers with their own "
        "defaults. numdifftools gives derivatives only, and the course check is a recipe: both are held to a relative "
        "1e-6 here.",
        ["checker", "wrong accepted", "right refused", "which"],
    )
    for name, check in JUDGES.items():
        accepted, refused = [], []
        try:
            for case in cases:
                with np.errstate(all="ignore"):
                    verdict = check(case)
                if verdict and not case.right:
                    accepted.append(case.name)
                if not verdict and case.right:
                    refused.append(case.name)
        except ImportError:
            table.rows.append([name, "not installed", "not installed", ""])
            continue
        table.rows.append([name, str(len(accepted)), str(len(refused)), "; ".join([*accepted, *refused])])
    return table

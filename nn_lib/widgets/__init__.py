"""See it and touch it: a stepper for circuits, explorers for slopes, gradients, activations; a playground that trains.

Each function returns a widget for JupyterLab, VS Code and Colab whose numbers are nn_lib's own. They need anywidget
(`pip install 'backprop-course[notebook]'`); without it a picture or a sentence stands in. The same front ends run as
pages of their own: `python -m nn_lib.widgets FOLDER`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from nn_lib.widgets.widget import Widget

__all__ = ["activation_explorer", "gradient_explorer", "playground", "slope_explorer", "stepper"]
RECORDED = 60  # nodes up to which a graph's tapes travel with its widget


def stepper(graph: Any, *, step: int = 0, broken: str = "", predict: bool = False, **inputs: Any) -> Widget | StandIn:
    """Step through a graph, forward and back, one gate at a time.

    `graph` is a `ComputationalGraph` with a single number as its output, a formula such as `"(x + y) * z"`, or the
    output of an engine of your own: an object whose nodes show their values, gradients and parents (docs/nn_lib.md
    says under which names). `inputs` are the inputs' values; a graph that has run keeps those it ran with. Of an engine
    of your own they are its nodes, to be called so: `stepper(loss, w=w, b=b)`. Every gate shows upstream x local =
    downstream and a finite difference beside it. It opens at `step`; with `predict`, each gradient is asked for before
    it is shown; `broken` is a mistake in the backward pass: "accumulation", "order" or "stale". Raises `TypeError`
    where an input is missing or no graph is found, `ValueError` for a formula that cannot be read, an output that is
    not one number, or another way of breaking it.
    """
    from nn_lib.pictures.any_graph import ReadGraph, as_graph
    from nn_lib.pictures.circuit import circuit
    from nn_lib.widgets.expressions import graph_of
    from nn_lib.widgets.tape import tape_of, ways_of

    fixed = not isinstance(graph, str)
    state = {"graph": as_graph(graph, inputs) if fixed else graph_of(graph)}
    if isinstance(state["graph"], ReadGraph):
        inputs = {}
    given = {name: node.value for name, node in state["graph"].inputs.items() if node.value is not None}
    if isinstance(graph, str):
        given = {name: float(i + 1) for i, name in enumerate(state["graph"].inputs)}
    given |= inputs
    first = state["graph"]
    tape_of(first, given, broken)  # says at once what is wrong with the graph or its inputs
    first.forward(**given)
    first.backward()

    def build(expression: str, inputs: dict[str, Any], broken: str = "", before: Any = None) -> dict[str, Any]:
        if not fixed:
            state["graph"] = graph_of(expression)
        return tape_of(state["graph"], _arrays(inputs), broken, _arrays(before) if before else None)

    def names(expression: str) -> dict[str, Any]:
        return {"names": list((first if fixed else graph_of(expression)).inputs)}

    options = {
        "expression": "" if fixed else graph,
        "fixed": fixed,
        "inputs": {n: np.asarray(v).tolist() for n, v in given.items()},
        "step": step,
        "broken": broken,
        "predict": predict,
        "ways": ways_of(first),
    }
    if fixed and len(first.nodes_topologically_sorted()) <= RECORDED:
        # For a page without a kernel: every tape that can be seen without changing an input.
        options["recorded"] = {way: tape_of(first, _arrays(given), way) for way in ways_of(first)}
        first.forward(**given)
        first.backward()
    # Where a picture stands in, it gives away no more than the widget would.
    shown = step if predict else None
    return _widget("stepper", {"build": build, "names": names}, options, lambda: circuit(first, step=shown))


def gradient_explorer(
    expression: str = "x^2 + 3 * y^2", x: float = 1.5, y: float = 1.0, reach: float = 3.0, *, descent: bool = True
) -> Widget | StandIn:
    """Level curves of a formula in x and y; drag the point and see its gradient, slopes, and the descent from there.

    Without `descent` neither the walk downhill nor its settings are there.

    Raises `ValueError` for a formula that cannot be read or has no finite value at the point.
    """
    from nn_lib.pictures import Picture, level_curves
    from nn_lib.widgets import explorers

    here = explorers.at(expression, x, y)
    value, gradient = here["value"], here["gradient"]
    words = f"f(x, y) = {expression}: at ({x:g}, {y:g}) the value is {value:.6g} and the gradient {gradient}."

    def still() -> Any:
        walk = {"descent": [step[:2] for step in explorers.descent(expression, x, y, 0.1)["path"]]} if descent else None
        sides = (-reach, reach)
        try:
            shown = level_curves(explorers.surface(expression), lambda *_: gradient, [(x, y)], sides, sides, walk)
        except (ValueError, TypeError, ZeroDivisionError, OverflowError):  # not defined everywhere in sight
            return words
        return Picture(shown.data, shown.kind, f"{words} {shown.alt}")

    calls = {"plane": explorers.plane, "at": explorers.at, "descent": explorers.descent}
    return _widget(
        "gradients", calls, {"expression": expression, "x": x, "y": y, "reach": reach, "descent": descent}, still
    )


def activation_explorer(activation: str = "sigmoid", x: float = 1.0) -> Widget | StandIn:
    """An activation (by name, or a formula in x), its slope, the tangent at a point, and what depth does to a batch.

    Raises `ValueError` for a name or formula that cannot be read.
    """
    from nn_lib.pictures import activation_curve
    from nn_lib.widgets import explorers

    curve = explorers.curve(activation)
    at = int(np.argmin(np.abs(np.array(curve["x"]) - x)))
    named = activation in explorers.ACTIVATIONS and activation != "softmax"
    words = f"{activation}: at {x:g} its value is {curve['y'][at]}, its slope {curve['slope'][at]}."
    calls = {"curve": explorers.curve, "depth": explorers.depth}
    options = {"activation": activation, "x": x}
    return _widget("activations", calls, options, lambda: activation_curve(activation) if named else words)


def slope_explorer(expression: str, x: float = 1.0, reach: float = 3.0) -> Widget | StandIn:
    """The curve of a formula in x from -reach to reach, and a point to drag along it, with its value and its tangent.

    Raises `ValueError` for a formula that cannot be read or has no finite value and slope at `x`.
    """
    from nn_lib.pictures import curves
    from nn_lib.widgets import explorers

    curve = explorers.curve(expression, reach)
    here = explorers.at(expression, x, 0.0)
    value, slope = here["value"], here["gradient"][0]
    if slope is None:
        raise ValueError(f"“{expression}” has no finite slope at x = {x:g}")

    def still() -> Any:
        xs = np.array(curve["x"])
        tangent = np.where(np.abs(xs - x) <= 0.3 * reach, value + slope * (xs - x), np.nan)
        words = f"The slope at x = {x:g} is {slope:.6g}, the value {value:.6g}"
        lines = {expression: np.array(curve["y"], dtype=float), "tangent": tangent}
        return curves(xs.tolist(), {name: ys.tolist() for name, ys in lines.items()}, "x", "value", words)

    options = {"activation": expression, "x": x, "reach": reach, "plain": True}
    return _widget("activations", {"curve": explorers.curve}, options, still)


def playground(*, hide: Sequence[str] = (), **settings: Any) -> Widget | StandIn:
    """Train a network in the plane and watch: its output, its units, its gradients.

    `settings` are those of `nn_lib.widgets.settings.DEFAULTS`: problem, noise, features, hidden, activations,
    loss, optimizer, learning_rate, batch, regularizer, seed and so on. `hide` puts controls away, by their labels:
    `["noise", "seed"]`. A network of your own is shown as it is with `weights`, a matrix (outputs, inputs) a layer, and
    `biases`, a vector each: `playground(weights=weights, biases=biases, activations="relu", problem="spirals")`. Its
    inputs are the features, x and y; its output is one logit, or two of a softmax, which are taken as one. Raises
    `ValueError` naming a setting that cannot be.
    """
    from nn_lib.widgets.kernel_engine import Playground
    from nn_lib.widgets.settings import checked

    engine = Playground(checked(settings))
    asked = ("join", "start", "advance", "train", "film", "minibatch", "probe", "edit", "pace", "code")
    calls = {name: getattr(engine, name) for name in asked}

    def still() -> Any:
        return _still(engine.begun)

    return _widget("playground", calls, {"config": engine.config, "hide": list(hide)}, still)


def _still(config: dict[str, Any], epochs: int = 50) -> Any:
    """What the playground with these settings looks like after so many epochs: a picture, or of regression a word.

    A network of one's own is shown as it is.
    """
    from nn_lib.pictures import decision_boundary
    from nn_lib.widgets.kernel_engine import Playground

    run = Playground(config)
    own = config["weights"] is not None
    view = run.advance(0 if own else epochs)
    net = ", then ".join(map(str, config["hidden"])) or "no"
    words = f"{config['problem']}, {net} hidden units, {'as it was given' if own else f'after {epochs} epochs'}"
    if not run.classifies or view["diverged"]:
        return f"The playground: {words}, the training loss is {view['train']['loss']:.3g}."
    return decision_boundary(run.predict, run.points, run.labels["train"].astype(int), title=words)


def _arrays(inputs: dict[str, Any]) -> dict[str, Any]:
    return {
        name: float(value) if np.ndim(value) == 0 else np.array(value, dtype=float) for name, value in inputs.items()
    }


def _widget(name: str, calls: dict[str, Any], options: dict[str, Any], stand_in: Any) -> Widget | StandIn:
    try:
        from nn_lib.widgets.widget import Widget
    except ModuleNotFoundError as missing:
        return StandIn(stand_in(), f"To touch it, install {missing.name}: pip install 'backprop-course[notebook]'")
    return Widget(name, calls, options, stand_in)


class StandIn:
    """What is shown where widgets are not installed: the picture or the sentence, and what to do about it."""

    def __init__(self, shown: Any, advice: str) -> None:
        self.shown, self.advice = shown, advice

    def __repr__(self) -> str:
        words = self.shown if isinstance(self.shown, str) else self.shown.summary
        return f"{words}\n{self.advice}"

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        if isinstance(self.shown, str):
            return {"text/plain": repr(self)}
        bundle = self.shown._repr_mimebundle_()
        return {
            **bundle,
            "text/html": f"{bundle['text/html']}<br><small>{self.advice}</small>",
            "text/plain": repr(self),
        }

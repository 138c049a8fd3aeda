"""The plots: every one is an image with words that say what it shows, and leaves matplotlib as it was."""

import base64
import re
import warnings

import matplotlib
import numpy as np
import pytest
from conftest import slow_after
from prose import text_of
from test_prose import NAMES, letters

from nn_lib import pictures
from nn_lib.pictures import Picture, style
from nn_lib.training import History


def bowl(x, y):
    return x**2 + 4 * y**2


PATH = np.array([[2.0, 1.0], [1.0, 0.5], [0.5, 0.1]])
WEIGHTS = [np.array([[0.5, -1.0], [1.0, 2.0], [0.0, 0.1]]), np.ones((1, 3))]
PLOTS = {
    "secants": (lambda: pictures.secants(lambda x: x**2, 1.0, slope=2.0), "slope 2"),
    "derivative error": (lambda: pictures.numerical_derivative_error(np.sin, np.cos, 1.0), "U-shaped"),
    "paths": (lambda: pictures.path_counts(range(1, 5)), "64 path by path against 14 node by node"),
    "one activation": (lambda: pictures.activation_curve("sigmoid"), "at most 0.25"),
    "all activations": (pictures.activation_curves, "10 activations"),
    "levels": (
        lambda: pictures.level_curves(bowl, lambda x, y: (2 * x, 8 * y), [(1, 1)], paths={"walk": PATH}),
        "from 8 to 0.29",
    ),
    "surface": (lambda: pictures.loss_surface(bowl, {"full batch": PATH}), "full batch: 2 steps"),
    "boundary": (
        lambda: pictures.decision_boundary(lambda p: (p[:, 0] > 0).astype(int), PATH, [1, 1, 0]),
        "66.7 %",
    ),
    "one class": (
        lambda: pictures.decision_boundary(lambda p: np.zeros(len(p), int), PATH, [0, 0, 0]),
        "100.0 %",
    ),
    "curves": (
        lambda: pictures.training_curves({"train": [1.0, 0.5]}, {"train": [0.2, 0.9]}),
        "loss from 1 to 0.5 in 2",
    ),
    "gradients": (lambda: pictures.gradient_sizes({"sigmoid": [1e-3, 1.0]}), "0.001 in the first layer"),
    "dead": (lambda: pictures.dead_share([-1, 0, 1], [1.0, 0.5, 0.0]), "100 % at bias -1"),
    "depth": (lambda: pictures.layer_outputs([np.array([-1.0, 1.0]), np.zeros(4)]), "layer 1 1, layer 2 0"),
    "bars": (lambda: pictures.compare_bars({"zeros": 0.1, "He": 0.97}, "accuracy", "Start"), "He 0.97"),
    "any curves": (
        lambda: pictures.curves([1, 2, 3], {"sigmoid": [0.25, 0.06, 0.01]}, "layers", "slope", "Slopes", log=True),
        "sigmoid from 0.25 at 1 to 0.01 at 3",
    ),
    "losses": (pictures.losses_against_probability, "cross-entropy"),
    "losses by score": (pictures.losses_against_logit, "slope"),
    "softmax": (lambda: pictures.softmax_bars([0.0, 0.0]), "0.50, 0.50"),
    "coin": (pictures.entropy_of_a_coin, "0.693"),
    "matrix": (lambda: pictures.heat_map(np.eye(2)), "50 % of them zero"),
    "vector": (lambda: pictures.heat_map([1.0, 2.0, 0.0]), "1 by 3"),
    "shapes": (lambda: pictures.shape_blocks(4, 6, 3), "a is 4 by 3"),
    "images": (lambda: pictures.images(np.ones((3, 64)), labels=[7, 8, 9]), "labelled 7, 8, 9"),
    "readings": (
        lambda: pictures.readings(np.ones((2, 64)), np.eye(10)[[3, 8]], labels=[5, 8]),
        "1 are read right. Wrong: a 5 read as 3.",
    ),
    "lines": (lambda: pictures.fitted_lines([0, 1], [1, 3], {"best": (2.0, 1.0)}), "best: slope 2, intercept 1"),
    "network": (
        lambda: pictures.network([2, 3, 1], [[1, 2], [3, 4, 5], [6]], [[1, 2, 3], [4]], WEIGHTS),
        "output deltas 4",
    ),
    "large network": (lambda: pictures.network([64, 32, 10]), "64, 32, 10"),
}


@pytest.mark.parametrize("name", PLOTS)
def test_a_plot_is_a_png_that_says_what_it_shows(name):
    draw, words = PLOTS[name]
    settings = dict(matplotlib.rcParams)
    picture = draw()
    assert isinstance(picture, Picture) and picture.data.startswith(b"\x89PNG")
    assert words in picture.alt
    assert dict(matplotlib.rcParams) == settings
    width = int.from_bytes(picture.data[16:20], "big")
    assert 250 <= width <= 1200


@pytest.mark.parametrize(
    ("draw", "message"),
    [
        (lambda: pictures.activation_curve("sigmiod"), "no activation 'sigmiod'"),
        (lambda: pictures.decision_boundary(len, np.ones((3, 5)), [0, 1, 0]), r"shape \(3, 5\)"),
        (lambda: pictures.training_curves({}), "no curves"),
        (lambda: pictures.curves([1, 2], {"time": [1.0]}, "x", "y", "z"), "'time' has 1 values for 2"),
        (lambda: pictures.softmax_bars([1.0, 2.0], [0.0]), "positive"),
        (lambda: pictures.heat_map(np.ones((2, 2, 2))), r"\(2, 2, 2\)"),
        (lambda: pictures.images(np.ones((2, 10))), "64 pixels"),
        (lambda: pictures.activation_curve("softmax"), r"softmax_bars\(logits\)"),
        (lambda: pictures.decision_boundary(len, [[np.nan, 1.0], [0.0, 1.0]], [0, 1]), "1 of 2 inputs are not finite"),
        (lambda: pictures.decision_boundary(len, np.ones((3, 2)), [0, 1]), "3 inputs and 2 labels"),
        (lambda: pictures.level_curves(lambda x, y: x * np.nan), "no finite value"),
        (lambda: pictures.numerical_derivative_error(np.sin, np.cos, 1.0, steps=[0.0]), "steps above 0"),
        (lambda: pictures.gradient_sizes({}), "no gradients"),
        (lambda: pictures.dead_share([0, 1], [1.0]), "2 values of bias and 1 shares"),
        (lambda: pictures.layer_outputs([[np.nan]]), "no finite output"),
        (lambda: pictures.compare_bars({}, "accuracy", "Start"), "no values"),
        (lambda: pictures.curves([], {"a": []}, "x", "y", "z"), "no values of x"),
        (lambda: pictures.softmax_bars([1.0, np.nan]), "finite logits"),
        (lambda: pictures.heat_map(np.ones((0, 3))), r"\(0, 3\)"),
        (lambda: pictures.images(np.ones((2, 64)), labels=[1]), "2 rows and 1 labels"),
        (lambda: pictures.readings(np.ones((2, 64)), np.ones((1, 10))), "2 images, probabilities of shape"),
        (lambda: pictures.readings(np.ones((1, 64)), np.ones((1, 10)), labels=[]), "0 labels"),
        (lambda: pictures.fitted_lines([1.0], [], {}), "1 values of x and 0 of y"),
        (lambda: pictures.network([]), "sizes of the layers"),
        (lambda: pictures.network([2, 1], deltas=[[1, 2]]), r"lengths \[1\]"),
        (lambda: pictures.network([2, 1], weights=[np.ones((2, 1))]), r"\(outputs, inputs\)"),
    ],
)  # fmt: skip
def test_what_cannot_be_drawn_is_refused_with_its_reason(draw, message):
    with pytest.raises(ValueError, match=message):
        draw()


LONG = {f"gradient descent with a learning rate of 0.{i}": PATH * (0.5 + 0.2 * i) for i in range(9)}
UNUSUAL = {
    "a constant": (lambda: pictures.loss_surface(lambda x, y: 3.0, {"a": PATH}), "from 3 to 3"),
    "half a plane": (lambda: pictures.level_curves(lambda x, y: np.log(x) + y), "from -6.283 to 4.099"),
    "a flat spot": (
        lambda: pictures.level_curves(bowl, lambda x, y: (2 * x, 8 * y), [(0, 0), (1, 1)]),
        "1 gradient arrow",
    ),
    "an endless gradient": (lambda: pictures.level_curves(bowl, lambda x, y: (np.inf, 0), [(1, 1)]), "Level curves"),
    "a narrow strip": (lambda: pictures.level_curves(bowl, x_range=(-30, 30), y_range=(-1, 1)), "Level curves"),
    "many long names": (lambda: pictures.level_curves(bowl, paths=LONG), "0.8: 2 steps"),
    "many long curves": (
        lambda: pictures.curves([1, 2, 3], {n: p[:, 0] for n, p in LONG.items()}, "x", "y", "z"),
        "0.8",
    ),
    "one point": (
        lambda: pictures.decision_boundary(lambda p: np.zeros(len(p), int), [[1.0, 2.0]], [0]),
        "1 point of 1 class",
    ),
    "scales apart": (
        lambda: pictures.decision_boundary(lambda p: p[:, 0] > 0, PATH * [1e4, 1e-6], [0, 1, 1], title="long " * 40),
        "3 points",
    ),
    "a curve with ends that are not there": (
        lambda: pictures.curves([1, 2, 3], {"f": [np.nan, 2.0, np.nan], "g": [np.nan] * 3}, "x", "y", "Few"),
        "f from 2 at 2 to 2 at 2; g has no finite value",
    ),
    "one epoch": (lambda: pictures.training_curves({"train": np.array([1.0], np.float32)}), "in 1 epoch."),
    "epochs that diverge": (
        lambda: pictures.training_curves({"train": [1.0, np.inf], "other": [np.nan] * 2}),
        "1 to inf",
    ),
    "one layer": (lambda: pictures.gradient_sizes({"tanh": [1e-3]}), "0.001"),
    "twelve layers": (lambda: pictures.network([4] * 12), "4, 4"),
    "no gradient at all": (lambda: pictures.gradient_sizes({"zeros": [0.0, 0.0]}), "from 0 in the first"),
    "outputs that exploded": (lambda: pictures.layer_outputs([[1.0, np.nan], [np.inf]]), "1 outputs not finite"),
    "numbers that do not fit": (lambda: pictures.heat_map(np.full((3, 12), 1e-12), numbers=True), "3 by 12"),
    "a matrix with holes": (lambda: pictures.heat_map([[1.0, np.nan], [np.inf, 2.0]]), "2 not finite"),
    "an empty picture": (lambda: pictures.images(np.full((2, 64), np.nan), labels=["true 7, said 9"] * 2), "2 images"),
    "ten classes": (lambda: pictures.softmax_bars(np.arange(10) / 3), "T = 2"),
    "one step": (lambda: pictures.numerical_derivative_error(np.sin, np.cos, 1.0, steps=[1e-3]), "near h = 0.001"),
    "steps out of the domain": (lambda: pictures.numerical_derivative_error(np.log, lambda x: 1 / x, 0.5), "U-shaped"),
    "no valley": (lambda: pictures.numerical_derivative_error(lambda x: 2 * x, lambda x: 2.0, 1.0), "step, forward"),
    "a line": (lambda: pictures.secants(lambda x: 5.0, 1.0, 0.0), "slope 0"),
}


@pytest.mark.parametrize("name", UNUSUAL)
def test_unusual_inputs_are_drawn_in_silence_and_at_a_readable_size(name):
    draw, words = UNUSUAL[name]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        picture = draw()
    assert words in picture.alt
    width, height = (int.from_bytes(picture.data[at : at + 4], "big") for at in (16, 20))
    assert 250 <= width <= 1200 and 100 <= height <= 1200


def test_no_two_of_twenty_curves_look_alike():
    looks = [(style.line_style(i)["color"], style.line_style(i)["linestyle"]) for i in range(20)]
    assert len(set(looks)) == 20
    assert len({(style.COLOURS[i % len(style.COLOURS)], style.marker(i)) for i in range(20)}) == 20


def test_a_picture_shows_itself_and_saves_itself(tmp_path):
    picture = Picture(b"\x89PNG...", "png", 'Bars "a" < "b"', summary="a below b")
    bundle = picture._repr_mimebundle_()
    assert 'alt="Bars &quot;a&quot; &lt; &quot;b&quot;"' in bundle["text/html"] and "a below b" in bundle["text/html"]
    assert base64.b64decode(bundle["image/png"]) == picture.data
    assert bundle["text/plain"] == "a below b"
    assert picture.save(tmp_path / "bars.png").read_bytes() == picture.data
    with pytest.raises(ValueError, match=r"save it as bars\.png"):
        picture.save(tmp_path / "bars.svg")
    with pytest.raises(ValueError, match="alt text"):
        Picture(b"", "png", " ")


def test_a_history_draws_its_losses_and_accuracies():
    history = History(loss=[2.0, 1.0], validation_loss=[2.1, 1.5], accuracy=[0.2, 0.7], validation_accuracy=[0.1, 0.6])
    assert "validation loss from 2.1 to 1.5 in 2 epochs" in pictures.training_curves(history).alt
    assert "image/png" in history._repr_mimebundle_()


def _blue_share(picture):
    """Of the pixels that are clearly blue or clearly orange, the share that is blue."""
    import io

    from matplotlib.image import imread

    red, _, blue = np.moveaxis(imread(io.BytesIO(picture.data))[..., :3], -1, 0)
    return np.sum(blue > red + 0.15) / np.sum(abs(blue - red) > 0.15)


def test_blue_is_above_zero_and_orange_below_in_every_picture():
    for sign, blue in ((1.0, True), (-1.0, False)):
        assert (_blue_share(pictures.heat_map([[sign]], numbers=False)) > 0.5) == blue
        assert (_blue_share(pictures.images([[sign, sign, sign, -sign]], (2, 2))) > 0.5) == blue
    points = np.array([[-1.0, 0.0], [1.0, 0.0]])
    for label in (0, 1):  # class 1 is blue, class 0 orange, also where one of them is alone
        one = pictures.decision_boundary(lambda x, label=label: np.full(len(x), label), points, [label, label])
        assert (_blue_share(one) > 0.5) == bool(label)


# --- the letters of pictures are those of the texts around them -------------------------------------------------------

LETTER = re.compile(r"(?<![A-Za-z\u0370-\u03ff$\\])([A-Za-z\u0370-\u03ff])(_\w)?(?![A-Za-z\u0370-\u03ff])")


def drawn_by(draw, monkeypatch):
    """What is written in a plot, without its title: the names of its axes, its ticks, its legend, its marks."""
    from matplotlib.figure import Figure
    from matplotlib.text import Text

    found, save = [], Figure.savefig

    def keep(figure, *arguments, **settings):
        titles = {axes.title for axes in figure.axes}
        texts = [text for text in figure.findobj(Text) if text not in titles and text.get_visible()]
        found.extend(text.get_text() for text in texts)
        return save(figure, *arguments, **settings)

    monkeypatch.setattr(Figure, "savefig", keep)
    draw()
    return found


def letters_in(words):
    """The letters that stand for a quantity, as (letter, its index or ""); no article, no transpose."""
    words = re.sub(r"\^T|\b[Aa] (?=[a-z]{2})", " ", words).replace("$", " ")
    return {(letter, index or "") for letter, index in LETTER.findall(words)}


def test_what_counts_as_a_letter_of_a_picture():
    assert letters_in("$x_1$ of a class, B = 5, $W^T$, σ(z), epoch") == {
        ("x", "_1"), ("B", ""), ("W", ""), ("σ", ""), ("z", ""),
    }  # fmt: skip


@pytest.mark.parametrize("name", slow_after(3, NAMES))
def test_the_letters_of_a_notebook_s_pictures_are_those_of_its_text(name, monkeypatch):
    used, text = set(re.findall(r"pictures\.([a-z_]+)\(", text_of(name))), text_of(name)
    samples = {key: draw for key, (draw, _) in PLOTS.items()}
    for function in sorted(used):
        drawings = [draw for draw in samples.values() if function in (draw.__name__, *draw.__code__.co_names)]
        assert drawings, f"no sample draws pictures.{function}"
        for draw in drawings:
            for letter, index in letters_in(" ; ".join(drawn_by(draw, monkeypatch))):
                assert (name[:2], letter) in letters(), f"pictures.{function} says {letter}, notebook {name} does not"
                assert not index or f"{letter}{index}" in text, f"pictures.{function} says {letter}{index}, not {name}"

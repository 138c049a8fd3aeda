"""The circuit: right numbers at the right wires, readable, honest about what it cannot draw."""

import re
import subprocess
import sys
import xml.etree.ElementTree as ElementTree

import numpy as np
import pytest

from nn_lib import ComputationalGraph, Input, Parameter, exp, maximum, mean, relu, sigmoid, softmax
from nn_lib.pictures import Picture, circuit, steps

SVG = "{http://www.w3.org/2000/svg}"


def product_of_sum():
    x, y, z = Input("x"), Input("y"), Input("z")
    return ComputationalGraph(((x + y).named("q") * z).named("f"))


def run_product_of_sum():
    graph = product_of_sum()
    graph.forward(x=-2.0, y=5.0, z=-4.0)
    graph.backward()
    return graph


def sigmoid_circuit():
    w, x = [Input(f"w{i}") for i in range(3)], [Input(f"x{i}") for i in range(2)]
    graph = ComputationalGraph(1 / (1 + exp(-(w[0] * x[0] + w[1] * x[1] + w[2]))))
    graph.forward(w0=2.0, w1=-3.0, w2=-3.0, x0=-1.0, x1=-2.0)
    graph.backward()
    return graph


def shared_inputs():
    r, s = Input("r"), Input("s")
    product = r * s
    graph = ComputationalGraph(r * product * s + maximum(r * r, sigmoid(s)))
    graph.forward(r=1.5, s=2.0)
    graph.backward()
    return graph


def batch():
    x, W, b = Input("x"), Parameter("W", np.ones((4, 3))), Parameter("b", np.array([1.0, 2.0, 3.0]))
    graph = ComputationalGraph(mean(softmax(relu(x @ W + b))))
    graph.forward(x=np.ones((2, 4)))
    graph.backward()
    return graph


def long_names():
    x, y = Input("the first weight of the first hidden layer"), Input("a_very_long_input_name")
    graph = ComputationalGraph(((x * y).named("the product of the two") + x).named("the final output of the whole"))
    graph.forward(**{str(x.name): -1.23456789e-200, str(y.name): 9.87654321e150})
    graph.backward()
    return graph


GRAPHS = [run_product_of_sum, sigmoid_circuit, shared_inputs, batch, long_names]


def texts(picture: Picture) -> list[ElementTree.Element]:
    return list(ElementTree.fromstring(picture.data).iter(f"{SVG}text"))


def said(picture: Picture) -> dict[str, str]:
    """What stands at each wire: "value x" -> "-2"."""
    labels = [text.get("aria-label") for text in texts(picture)]
    return dict(label.rsplit(" ", 1) for label in labels if label)


def box(text: ElementTree.Element) -> tuple[float, float, float, float]:
    size, words = float(text.get("font-size")), text.text
    width = 0.62 * size * len(words)
    left = float(text.get("x")) - {"start": 0, "middle": width / 2, "end": width}[text.get("text-anchor")]
    bottom = float(text.get("y"))
    return left, bottom - 0.75 * size, left + width, bottom


def test_every_wire_of_the_first_circuit_shows_its_value_and_gradient():
    assert said(circuit(run_product_of_sum())) == {
        "value x": "-2", "gradient x": "-4", "value y": "5", "gradient y": "-4",
        "value z": "-4", "gradient z": "3", "value q": "3", "gradient q": "-4", "value f": "-12", "gradient f": "1",
    }  # fmt: skip


def test_values_stand_above_their_wire_and_gradients_below_it():
    labelled = [text for text in texts(circuit(sigmoid_circuit())) if text.get("aria-label")]
    heights = {text.get("aria-label").rsplit(" ", 1)[0]: float(text.get("y")) for text in labelled}
    for name in ("w0", "w1", "w2", "x0", "x1"):
        assert heights[f"value {name}"] < heights[f"gradient {name}"]


def test_sigmoid_circuit_shows_the_exact_gradients_not_rounded_to_two_digits():
    shown = said(circuit(sigmoid_circuit()))
    assert [shown[f"gradient {name}"] for name in ("w0", "w1", "w2", "x0", "x1")] == [
        "-0.1966", "-0.3932", "0.1966", "0.3932", "-0.5898",
    ]  # fmt: skip
    assert "0.7311" in shown.values()


@pytest.mark.parametrize("build", GRAPHS)
def test_no_two_texts_overlap_and_none_is_cut_off(build):
    picture = circuit(build())
    root = ElementTree.fromstring(picture.data)
    boxes = [(text.text, box(text)) for text in texts(picture)]
    for i, (one, a) in enumerate(boxes):
        assert a[0] >= 0 and a[1] >= 0 and a[2] <= float(root.get("width")) and a[3] <= float(root.get("height")), one
        for other, b in boxes[:i]:
            apart = a[2] <= b[0] or b[2] <= a[0] or a[3] <= b[1] or b[3] <= a[1]
            assert apart, f"{one!r} and {other!r} overlap"


@pytest.mark.parametrize("build", GRAPHS)
def test_every_use_of_a_value_is_a_wire_into_its_gate(build):
    graph = build()
    nodes = graph.nodes_topologically_sorted()
    picture = circuit(graph)
    ends = re.findall(r"C[^\"]* ([\d.]+) [\d.]+\"", picture.data.decode())
    gate_lefts = [rect for rect in ElementTree.fromstring(picture.data).iter(f"{SVG}rect") if rect.get("rx")]
    assert len(gate_lefts) == sum(node.gate is not None for node in nodes)
    assert len(ends) >= sum(len(node.parents) for node in nodes)


def test_a_graph_that_has_not_run_shows_its_structure_only():
    picture = circuit(product_of_sum())
    assert said(picture) == {}
    assert {"x", "y", "z", "+", "*"} <= {text.text for text in texts(picture)}
    assert "not been run" in picture.alt


def test_forward_alone_shows_values_and_no_gradients():
    graph = product_of_sum()
    graph.forward(x=-2.0, y=5.0, z=-4.0)
    assert set(said(circuit(graph))) == {"value x", "value y", "value z", "value q", "value f"}


def test_steps_reveal_one_gate_at_a_time_and_mark_it():
    graph = run_product_of_sum()
    shown = [said(circuit(graph, step=step)) for step in range(steps(graph) + 1)]
    assert set(shown[0]) == {"value x", "value y", "value z"}
    assert set(shown[1]) - set(shown[0]) == {"value q"}
    assert set(shown[2]) - set(shown[1]) == {"value f"}
    assert set(shown[3]) - set(shown[2]) == {"gradient f"}
    assert set(shown[4]) - set(shown[3]) == {"gradient q", "gradient z"}
    assert set(shown[5]) - set(shown[4]) == {"gradient x", "gradient y"}
    assert shown[5] == said(circuit(graph))
    assert "backward, gate 1 of 2" in circuit(graph, step=4).summary
    thick = [rect for rect in ElementTree.fromstring(circuit(graph, step=4).data).iter(f"{SVG}rect")
             if rect.get("stroke-width") == "3.5"]  # fmt: skip
    assert len(thick) == 1


def test_a_branch_shows_its_gradient_only_when_all_parts_have_arrived():
    a = Input("a")
    graph = ComputationalGraph((a * 3.0) * (a + 1.0))
    graph.forward(a=2.0)
    graph.backward()
    assert "gradient a" not in said(circuit(graph, step=steps(graph) - 1))
    assert said(circuit(graph))["gradient a"] == "15"


@pytest.mark.parametrize(("step", "message"), [(-1, "steps 0 to 5"), (6, "steps 0 to 5"), (4, "backward")])
def test_a_step_that_cannot_be_shown_is_refused(step, message):
    graph = product_of_sum()
    graph.forward(x=-2.0, y=5.0, z=-4.0)
    with pytest.raises(ValueError, match=message):
        circuit(graph, step=step)


def test_large_arrays_appear_by_shape_and_small_ones_by_their_numbers():
    shown = {text.text for text in texts(circuit(batch()))}
    assert {"[2×4]", "[4×3]", "[1 2 3]"} <= shown


def test_a_graph_too_large_to_read_says_so_at_once():
    node = Input("x")
    for _ in range(100_000):
        node = node + 1.0
    picture = ComputationalGraph(node)._repr_mimebundle_()
    assert "100,001 nodes" in picture["text/plain"]
    assert len(picture["image/svg+xml"]) < 2_000


def test_a_single_input_and_names_that_need_escaping_can_be_drawn():
    ElementTree.fromstring(circuit(ComputationalGraph(Input("x"))).data)
    a = Input('<a & "b">')
    picture = circuit(ComputationalGraph(a * a))
    assert '<a & "b">' in {text.text for text in texts(picture)}
    assert '<a & "b">' not in picture.to_html()


def test_the_notebook_gets_an_image_with_words_and_a_table():
    bundle = run_product_of_sum()._repr_mimebundle_()
    assert re.search(r'<img alt="[^"]*x: value -2, gradient -4', bundle["text/html"])
    assert "data:image/svg+xml;base64," in bundle["text/html"]
    assert re.search(r"f +\* \(q, z\) +-12 +1", bundle["text/plain"])


def test_neither_the_library_nor_a_circuit_loads_matplotlib():
    program = (
        "import sys, nn_lib\n"
        "assert 'matplotlib' not in sys.modules and 'nn_lib.pictures' not in sys.modules\n"
        "nn_lib.ComputationalGraph(nn_lib.Input('x') * 2.0)._repr_mimebundle_()\n"
        "assert 'matplotlib' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True)


def test_a_long_circuit_scrolls_instead_of_shrinking():
    node = Input("x")
    for _ in range(30):
        node = exp(node * -1.0)
    assert "overflow-x:auto" in circuit(ComputationalGraph(node)).to_html()
    assert "overflow-x:auto" not in circuit(sigmoid_circuit()).to_html()


def test_a_new_forward_pass_takes_the_old_gradients_off_the_picture():
    graph = run_product_of_sum()
    graph.forward(x=1.0, y=1.0, z=1.0)
    assert not any(name.startswith("gradient") for name in said(circuit(graph)))
    with pytest.raises(ValueError, match=r"graph\.backward"):
        circuit(graph, step=steps(graph))

import copy
import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nn_lib import (
    L1,
    L2,
    MLP,
    SGD,
    Adam,
    ComputationalGraph,
    Flatten,
    Input,
    Parameter,
    TrainingDiverged,
    check_gradient,
    cosine_decay,
    datasets,
    fit,
    linear_regression,
    minibatches,
    numerical_gradient,
    sigmoid_perceptron,
    step_decay,
)


class Examples:
    def __init__(self, inputs, labels):
        self.inputs, self.labels = inputs, labels

    def __len__(self):
        return len(self.inputs)


DATA = Examples(np.random.default_rng(8).normal(size=(40, 4)), np.random.default_rng(9).integers(0, 3, 40))


def test_digits_reach_97_percent():
    data = datasets.digits()
    model = MLP([64, 32, 10], activation="relu", loss="softmax_cross_entropy", seed=0, dtype="float32")
    optimizer = SGD(learning_rate=0.1, momentum=0.9, weight_decay=1e-4)
    history = fit(
        model, data.train, optimizer=optimizer, epochs=20, batch_size=32, validation=data.test, progress=False
    )
    assert history.validation_accuracy[-1] >= 0.97
    assert model.predict(data.test.inputs).shape == data.test.labels.shape
    assert all(p.dtype == np.float32 for p in model.parameters)


@pytest.mark.parametrize(
    "activation", ["sigmoid", "tanh", "relu", "elu", "softplus", "softsign", "leaky_relu", "prelu"]
)
@pytest.mark.parametrize("loss", ["softmax_cross_entropy", "squared_error", "binary_cross_entropy"])
def test_gradients_of_a_network_match_numerical_ones(activation, loss):
    rng = np.random.default_rng(0)
    x = rng.normal(size=(5, 3))
    labels = {"softmax_cross_entropy": np.array([0, 1, 1, 0, 1]), "squared_error": rng.normal(size=(5, 2))}.get(
        loss, rng.integers(0, 2, (5, 2))
    )
    model = MLP([3, 4, 4, 2], activation=activation, loss=loss, seed=1, regularizer=L2(0.3))
    model.loss(x, labels)
    gradients = [g.copy() for g in model.backward()]
    for parameter, gradient in zip(model.parameters, gradients, strict=True):

        def loss_at(value, parameter=parameter):
            kept = parameter.copy()
            parameter[...] = value
            result = model.loss(x, labels)
            parameter[...] = kept
            return result

        np.testing.assert_allclose(gradient, numerical_gradient(loss_at, parameter), rtol=1e-5, atol=1e-7)


def test_the_same_seed_gives_the_same_weights_bit_for_bit():
    def train():
        model = MLP([64, 16, 10], seed=3, dtype="float32")
        fit(model, datasets.digits().train, optimizer=SGD(0.1, momentum=0.9), epochs=2, progress=False, seed=5)
        return b"".join(p.tobytes() for p in model.parameters)

    assert train() == train()


@given(n=st.integers(1, 60), size=st.integers(1, 70), seed=st.integers(0, 1000))
def test_minibatches_are_a_partition(n, size, seed):
    batches = minibatches(n, size, np.random.default_rng(seed))
    assert sorted(np.concatenate(batches).tolist()) == list(range(n))
    assert all(len(b) == size for b in batches[:-1])


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(
    "make",
    [
        lambda: SGD(0.1),
        lambda: SGD(0.1, weight_decay=0.01),
        lambda: SGD(0.1, momentum=0.9, weight_decay=0.01),
        lambda: SGD(0.1, momentum=0.9, nesterov=True),
        lambda: Adam(0.1, weight_decay=0.01),
    ],
)
def test_optimizers_keep_the_dtype_work_in_place_and_leave_gradients_alone(make, dtype):
    p, g = np.ones((3, 2), dtype), np.full((3, 2), 0.5, dtype)
    before, optimizer = p.copy(), make()
    optimizer.step([p], [g])
    optimizer.step([p], [g])
    assert p.dtype == dtype
    assert np.all(p < before)
    assert np.all(g == 0.5)


def test_sgd_variations_follow_their_formulas():
    p = np.array([[1.0, -2.0]])
    SGD(0.1).step([p], [np.array([[1.0, 1.0]])])
    np.testing.assert_allclose(p, [[0.9, -2.1]])
    p, optimizer = np.array([1.0]), SGD(0.1, momentum=0.5)
    optimizer.step([p], [np.array([1.0])])
    optimizer.step([p], [np.array([1.0])])
    np.testing.assert_allclose(p, 1 - 0.1 - 0.15)
    weight, bias = np.array([[1.0]]), np.array([1.0])
    SGD(0.1, weight_decay=0.5).step([weight, bias], [np.zeros((1, 1)), np.zeros(1)])
    assert weight[0, 0] == pytest.approx(0.95)
    assert bias[0] == 1.0


def test_optimizers_agree_with_pytorch(torch):
    rng = np.random.default_rng(0)
    start, gradients = rng.normal(size=(4, 3)), [rng.normal(size=(4, 3)) for _ in range(5)]
    pairs = [
        (SGD(0.1, momentum=0.9, weight_decay=0.01), lambda t: torch.optim.SGD(t, 0.1, 0.9, weight_decay=0.01)),
        (SGD(0.1, momentum=0.9, nesterov=True), lambda t: torch.optim.SGD(t, 0.1, 0.9, nesterov=True)),
        (Adam(0.01, weight_decay=0.1), lambda t: torch.optim.AdamW(t, 0.01, weight_decay=0.1)),
    ]
    for ours, make in pairs:
        p, tensor = start.copy(), torch.tensor(start.copy(), requires_grad=True)
        theirs = make([tensor])
        for g in gradients:
            ours.step([p], [g])
            tensor.grad = torch.tensor(g)
            theirs.step()
        np.testing.assert_allclose(p, tensor.detach().numpy(), rtol=1e-10)


def test_schedules_change_the_learning_rate():
    p, optimizer = np.array([0.0]), SGD(1.0, schedule=step_decay(2, 0.1))
    for _ in range(4):
        optimizer.step([p], [np.array([1.0])])
    assert p[0] == pytest.approx(-2.2)
    assert cosine_decay(10)(0) == 1.0
    assert cosine_decay(10)(10) == pytest.approx(0.0)


def test_linear_regression_by_the_worked_numbers():
    """Squared error is a half mean here; the lecture's rule sums without the half: a factor 2 B between them."""
    x, y = np.array([[1.0, 2.0], [3.0, -1.0], [0.0, 1.0]]), np.array([1.0, 2.0, 0.0])
    model = linear_regression(2)
    model.parameters[0][...] = [[0.5, -0.5]]
    model.loss(x, y)
    np.testing.assert_allclose(6 * model.backward()[0], [[-3.0, -7.0]])
    perceptron = sigmoid_perceptron(2)
    perceptron.parameters[0][...] = [[0.5, -0.5]]
    assert 6 * perceptron.loss(x, y) == pytest.approx(1.78260776)
    np.testing.assert_allclose(6 * perceptron.backward()[0], [[-0.99761527, -0.17265584]], rtol=1e-7)


@pytest.mark.filterwarnings("error")
def test_divergence_names_epoch_layer_and_cause():
    x = np.random.default_rng(0).normal(size=(32, 3))
    data = Examples(x, x.sum(axis=1))
    with pytest.raises(TrainingDiverged, match=r"epoch \d+.*layer 1.*learning rate"):
        fit(linear_regression(3), data, optimizer=SGD(1e3), epochs=200, progress=False)
    broken = Examples(np.full((8, 3), np.nan), np.zeros(8))
    with pytest.raises(TrainingDiverged, match="input data.*missing values"):
        fit(linear_regression(3), broken, progress=False)


@pytest.mark.filterwarnings("error")
def test_what_is_not_finite_in_the_data_is_not_blamed_on_the_learning_rate():
    bad = DATA.inputs.copy()
    bad[3, 2] = 1e300
    with pytest.raises(TrainingDiverged, match="validation inputs.*too large for float32"):
        fit(MLP([4, 3], dtype="float32"), DATA, validation=Examples(bad, DATA.labels), progress=False)
    with pytest.raises(ValueError, match="label that is not finite, in row 4"):
        fit(linear_regression(4), Examples(DATA.inputs, np.where(np.arange(40) == 4, np.nan, 1.0)), progress=False)


def test_weights_that_the_last_step_spoilt_stop_training_too():
    class Spoils(SGD):
        def step(self, parameters, gradients):
            parameters[0][...] = np.nan

    with pytest.raises(TrainingDiverged, match=r"epoch 1.*layer 1"):
        fit(MLP([4, 3]), DATA, optimizer=Spoils(0.1), epochs=1, batch_size=40, progress=False)


def test_an_interrupt_keeps_the_history():
    class Interrupted(SGD):
        def step(self, parameters, gradients):
            super().step(parameters, gradients)
            if self.steps > 10:
                raise KeyboardInterrupt

    history = fit(MLP([4, 3]), DATA, optimizer=Interrupted(0.1), epochs=100, batch_size=20, progress=False)
    assert len(history.loss) == len(history.accuracy) == 5
    assert history.interrupted
    assert "interrupted" in repr(history)


def test_a_shorter_progress_line_covers_a_longer_one(capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "60")
    fit(MLP([4, 3]), DATA, epochs=12, validation=DATA)
    lines = capsys.readouterr().out.rstrip("\n").split("\r")[1:]
    assert len(lines) == 12
    assert {len(line) for line in lines} == {59}


@pytest.mark.parametrize(
    ("mistake", "error", "words"),
    [
        (lambda: MLP([3, 2], output="softmax"), ValueError, "takes logits"),
        (lambda: MLP([3, 1], loss="binary_cross_entropy", output="sigmoid"), ValueError, "takes logits"),
        (lambda: MLP([3, 2], loss="negative_log_likelihood"), ValueError, "takes probabilities"),
        (lambda: MLP([3, 2], regularizer=0.1), TypeError, "L2"),
        (lambda: MLP("64"), ValueError, "sizes"),
        (lambda: L2(-1.0), ValueError, "alpha must be at least 0"),
        (lambda: minibatches(5, 2.5, np.random.default_rng(0)), ValueError, "batch_size must be a whole number"),
        (lambda: fit(MLP([4, 3]), DATA, optimizer="sgd"), TypeError, "SGD"),
        (lambda: fit(MLP([4, 3]), DATA, epochs=-1), ValueError, "epochs must be"),
        (lambda: fit(MLP([4, 3]), DATA, validation=DATA, patience=0), ValueError, "patience must be"),
    ],
)
def test_a_mistake_says_what_to_do(mistake, error, words):
    with pytest.raises(error, match=words):
        mistake()


def test_early_stopping_and_progress(capsys):
    data = datasets.digits()
    model = MLP([64, 64, 10], seed=0)
    history = fit(model, data.train, optimizer=SGD(0.5, momentum=0.9), epochs=60, validation=data.test, patience=2)
    assert history.stopped_early
    assert len(history.loss) < 60
    assert "epoch 1/60" in capsys.readouterr().out
    assert "stopped early" in repr(history)
    assert "image/png" in history._repr_mimebundle_() or "image/svg+xml" in history._repr_mimebundle_()


@pytest.mark.parametrize("activation", ["tanh", "prelu"])
def test_save_and_load(tmp_path, activation):
    model = MLP([4, 5, 3], activation=activation, seed=2, dtype="float32")
    model.parameters[-1][...] = 0.3  # the output's bias, or the slopes
    x = np.random.default_rng(0).normal(size=(6, 4))
    again = MLP.load(model.save(tmp_path / "model"))
    assert np.array_equal(model.forward(x), again.forward(x))
    assert again.dtype == np.float32
    (tmp_path / "other.npz").write_bytes(b"not a network")
    with pytest.raises(ValueError, match="MLP.save"):
        MLP.load(tmp_path / "other.npz")


def test_regularizers_match_their_numerical_gradient():
    w = np.random.default_rng(0).normal(size=(3, 2))
    for regularizer in (L1(0.3), L2(0.7)):
        np.testing.assert_allclose(
            regularizer.gradients([w])[0], numerical_gradient(lambda v, r=regularizer: r.penalty([v]), w), rtol=1e-7
        )


def test_flatten_gives_the_gradient_its_shape_back():
    assert check_gradient(Flatten(), np.random.default_rng(0).normal(size=(2, 3, 2, 2)))


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (dict(sizes=[4]), "sizes"),
        (dict(sizes=[4, 3, 2], activation="rellu"), "relu"),
        (dict(sizes=[4, 2], loss="mse"), "squared_error"),
        (dict(sizes=[4, 2], dtype="int32"), "float32 or float64"),
        (dict(sizes=[4, 3, 2], activation=["relu", "relu"]), "as many activations"),
    ],
)
def test_networks_that_cannot_be_say_why(arguments, words):
    with pytest.raises(ValueError, match=words):
        MLP(**arguments)


def test_data_that_does_not_fit_says_so():
    model = MLP([4, 3])
    with pytest.raises(ValueError, match=r"x has shape \(5, 3\).*\(3, 4\)"):
        model.forward(np.ones((5, 3)))
    with pytest.raises(ValueError, match="inputs is missing"):
        fit(model, [1, 2, 3])
    with pytest.raises(ValueError, match="5 inputs and 4 labels"):
        fit(model, Examples(np.ones((5, 4)), np.zeros(4, int)))
    with pytest.raises(ValueError, match="learning rate"):
        SGD(0)


def test_parameters_of_both_precisions_move_by_the_same_rate():
    parameters = [np.zeros(3, np.float32), np.zeros(3, np.float64), np.zeros(3, np.float32)]
    SGD(0.1).step(parameters, [np.ones_like(p) for p in parameters])
    assert [p.dtype for p in parameters] == [np.float32, np.float64, np.float32]
    assert parameters[1][0] == -0.1
    assert parameters[2][0] == np.float32(-0.1)


@pytest.mark.parametrize("regularizer", [None, L1(0.2), L2(0.3)])
def test_a_network_comes_back_with_its_regularizer(tmp_path, regularizer):
    model = MLP([4, 3], regularizer=regularizer)
    model.save(tmp_path / "model")
    again = MLP.load(tmp_path / "model")
    assert again.regularizer == regularizer
    assert again.loss(DATA.inputs, DATA.labels) == model.loss(DATA.inputs, DATA.labels)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("parameter_0", np.ones((1, 1))),
        ("parameter_0", np.ones((4, 3))),
        ("parameter_0", np.ones((3, 4), np.float32)),
        ("parameter_0", np.array([{}], dtype=object)),
        ("parameter_2", np.ones(3)),
        ("sizes", np.array([10**6, 10**6])),
        ("sizes", np.array(4)),
        ("loss", np.array("unknown")),
        ("regularizer", np.array("dropout")),
        ("alpha", None),
        ("parameter_1", None),
    ],
)
def test_a_file_that_was_tampered_with_is_refused(tmp_path, name, value):
    with np.load(MLP([4, 3]).save(tmp_path / "a.npz")) as file:
        stored = {**dict(file), name: value}
    np.savez(tmp_path / "b.npz", **{key: array for key, array in stored.items() if array is not None})
    with pytest.raises(ValueError, match="MLP.save") as refusal:
        MLP.load(tmp_path / "b.npz")
    assert "allow_pickle" not in str(refusal.value)


def test_damaged_files_and_other_kinds_are_refused(tmp_path):
    model = MLP([4, 3])
    whole = model.save(tmp_path / "a.npz").read_bytes()
    flipped = bytearray(whole)
    flipped[whole.index(model.parameters[0].tobytes()) + 5] ^= 255
    for content in (b"", whole[:50], whole[:-30], bytes(flipped), pickle.dumps({"a": 1}), b"hello"):
        (tmp_path / "b.npz").write_bytes(content)
        with pytest.raises(ValueError, match="damaged") as refusal:
            MLP.load(tmp_path / "b.npz")
        assert "allow_pickle" not in str(refusal.value)
    with pytest.raises(FileNotFoundError):
        MLP.load(tmp_path / "none")


def test_labels_of_another_shape_have_no_accuracy():
    """(N, 1) against (N,) would be compared pair by pair, and give a number that means nothing."""
    x, labels = np.random.default_rng(0).normal(size=(6, 3)), np.array([0, 1, 1, 0, 1, 0])
    with pytest.raises(ValueError, match=r"\(6,\) and labels \(6, 1\)"):
        MLP([3, 2]).accuracy(x, labels[:, None])
    binary = MLP([3, 1], loss="binary_cross_entropy")
    assert binary.accuracy(x, labels[:, None]) == binary.accuracy(x, labels)
    with pytest.raises(ValueError, match=r"\(6,\) and labels \(6, 2\)"):
        binary.accuracy(x, np.zeros((6, 2)))


@pytest.mark.parametrize("shape", [(5, 2), (3,), (5,), (4, 3), (5, 3, 1), (1, 3)])
def test_a_layer_names_an_upstream_of_another_shape(shape):
    layer = MLP([4, 3]).layers[0]
    layer.forward(np.ones((5, 4)))
    with pytest.raises(ValueError, match="FullyConnected.backward: upstream has shape"):
        layer.backward(np.ones(shape))


def test_a_layer_keeps_its_dtype_whatever_it_is_given():
    layer = MLP([3, 4, 2], dtype="float32").layers[2]
    assert layer.forward([[1, 2, 3, 4]]).dtype == np.float32
    assert layer.backward(np.ones((1, 2))).dtype == layer.backward(1).dtype == np.float32


def test_negative_log_likelihood_trains_on_probabilities():
    model = MLP([4, 8, 3], loss="negative_log_likelihood", output="softmax", seed=0)
    assert np.allclose(model.forward(DATA.inputs).sum(axis=1), 1.0)
    history = fit(model, DATA, epochs=30, progress=False)
    assert history.loss[-1] < history.loss[0]


def test_a_network_can_be_copied_before_it_has_run():
    model = MLP([4, 3])
    assert np.array_equal(copy.deepcopy(model).forward(DATA.inputs), model.forward(DATA.inputs))


@pytest.mark.parametrize("make", [linear_regression, sigmoid_perceptron])
def test_the_one_liners_keep_float32(make):
    model = make(4, dtype="float32")
    assert model.predict(DATA.inputs).dtype == np.float32
    model.loss(DATA.inputs, np.zeros(len(DATA)))
    assert all(g.dtype == np.float32 for g in model.backward())


def test_an_optimizer_serves_one_network():
    optimizer = SGD(0.1, momentum=0.9)
    optimizer.step([np.ones(3)], [np.ones(3)])
    for others in ([np.ones(4)], [np.ones(3), np.ones(2)]):
        with pytest.raises(ValueError, match="serves one network"):
            optimizer.step(others, others)
    with pytest.raises(ValueError, match=r"shape \(3,\) has a gradient of shape \(1,\)"):
        optimizer.step([np.ones(3)], [np.ones(1)])


def test_weights_replaced_by_others_are_not_taken_for_a_wrong_upstream():
    layer = MLP([4, 3]).layers[0]
    layer.W = np.ones((3, 5))
    layer.forward(np.ones((2, 5)))
    with pytest.raises(ValueError, match="no longer fit together"):
        layer.backward(np.ones((2, 3)))


def test_a_network_is_found_beside_a_folder_of_its_name(tmp_path):
    (tmp_path / "net.v2").mkdir()
    model = MLP([4, 3], seed=3)
    assert model.save(tmp_path / "net.v2") == tmp_path / "net.v2.npz"
    assert np.array_equal(MLP.load(tmp_path / "net.v2").weights[0], model.weights[0])


def test_an_optimizer_moves_the_parameters_of_a_graph_and_refuses_what_cannot_be_moved():
    x, w = Input("x"), Parameter("w", np.array(0.5))
    graph = ComputationalGraph((w * x - 2.0) ** 2)
    graph.forward(x=2.0)
    SGD(0.1).step([w.value], [graph.backward()["w"]])
    assert w.value == pytest.approx(0.9)
    for fixed in (0.5, [0.5], np.array([1, 2])):
        with pytest.raises(TypeError, match=r"float arrays in place: instead of the number 0.5, np.array\(0.5\)"):
            SGD(0.1).step([fixed], [np.ones(1)])


def test_an_error_does_not_stand_on_the_line_of_progress(capsys):
    class Spoils(SGD):
        def step(self, parameters, gradients):
            self.steps += 1
            parameters[0][...] = np.nan if self.steps == 2 else 0.1

    with pytest.raises(TrainingDiverged, match="epoch 2"):
        fit(MLP([4, 3]), DATA, optimizer=Spoils(0.1), batch_size=40)
    printed = capsys.readouterr().out
    assert "epoch 1/10" in printed
    assert printed.endswith("\n")


def test_gradients_are_of_the_latest_loss_or_refused():
    model, x, y = MLP([4, 3]), DATA.inputs[:5], DATA.labels[:5]
    model.loss(x, y)
    right = [g.copy() for g in model.backward()]
    assert all(np.array_equal(g, r) for g, r in zip(model.backward(), right, strict=True))
    model.accuracy(DATA.inputs[5:10], DATA.labels[5:10])
    with pytest.raises(RuntimeError, match="call loss, then backward at once"):
        model.backward()
    model.loss(x, y)
    assert all(np.array_equal(g, r) for g, r in zip(model.backward(), right, strict=True))


def test_a_network_that_could_not_be_loaded_is_not_saved(tmp_path):
    class Half(L2):
        pass

    with pytest.raises(ValueError, match="Half cannot be saved, only L1 and L2"):
        MLP([4, 3], regularizer=Half(0.1)).save(tmp_path / "net")
    assert not list(tmp_path.iterdir())


def test_the_accuracy_of_an_epoch_is_that_of_its_batches_or_of_everything_at_its_end():
    model, copy = MLP([4, 5, 3], seed=1), MLP([4, 5, 3], seed=1)
    history = fit(model, DATA, epochs=3, batch_size=16, seed=2, progress=False)
    full = fit(copy, DATA, epochs=3, batch_size=16, seed=2, progress=False, full_accuracy=True)
    assert all(np.array_equal(p, q) for p, q in zip(model.parameters, copy.parameters, strict=True))
    assert full.accuracy[-1] == copy.accuracy(DATA.inputs, DATA.labels) and full.loss == history.loss
    by_hand, rng, optimizer = MLP([4, 5, 3], seed=1), np.random.default_rng(2), SGD(0.1)
    for accuracy in history.accuracy:
        right = 0
        for batch in minibatches(len(DATA.inputs), 16, rng):
            right += int(np.sum(by_hand.predict(DATA.inputs[batch]) == DATA.labels[batch]))
            by_hand.loss(DATA.inputs[batch], DATA.labels[batch])
            optimizer.step(by_hand.parameters, by_hand.backward())
        assert accuracy == pytest.approx(right / len(DATA.inputs), abs=1e-12)


MISSING = np.array([[1.0, 2.0, 3.0, 4.0], [0.0, np.nan, 0.0, 0.0]])


@pytest.mark.parametrize("loss", ["softmax_cross_entropy", "binary_cross_entropy", "squared_error"])
@pytest.mark.parametrize("activation", ["relu", "tanh", "prelu", "hard_tanh"])
def test_outputs_that_are_no_numbers_have_no_label(activation, loss):
    model = MLP([4, 5, 3], activation=activation, loss=loss)
    for call in (
        model.predict,
        lambda x: model.accuracy(x, np.zeros((2, 3)) if "binary" in loss else np.zeros(2, int)),
    ):
        if call is not model.predict and loss == "squared_error":
            continue
        with pytest.raises(ValueError, match="row 1 is not a number.*from the inputs, in row 1, column 1"):
            call(MISSING)
    model.parameters[2][0, 0] = np.nan
    with pytest.raises(ValueError, match=r"row 0 is not a number.*parameters of layer 3 \(FullyConnected\)"):
        model.predict(MISSING[:1])
    spoilt = MLP([4, 3])
    spoilt.parameters[0][...] = 1e308
    with np.errstate(all="ignore"), pytest.raises(ValueError, match="It comes from layer 1"):
        spoilt.predict(np.array([[10.0, -10.0, 10.0, -10.0]]))


def test_numbers_however_large_have_a_label():
    model = MLP([4, 3])
    assert model.predict(np.full((2, 4), 1e300)).shape == (2,)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("epochs", [1, 2, 3, 20, 40])
def test_a_training_that_ran_away_is_told_whether_it_overflowed_or_not(epochs, dtype):
    x = np.random.default_rng(0).normal(size=(320, 3))
    with pytest.raises(TrainingDiverged, match=r"epoch 1: .*layer 1.*learning rate is too large \(it is 10"):
        fit(linear_regression(3, dtype=dtype), Examples(x, x.sum(axis=1)), optimizer=SGD(10.0), epochs=epochs,
            progress=False)  # fmt: skip


def test_weights_that_ran_away_in_the_very_last_step_are_told_of():
    with pytest.raises(TrainingDiverged, match="weights have grown until they sum to"):
        fit(MLP([4, 3]), DATA, optimizer=SGD(1e30), epochs=1, batch_size=40, progress=False)


def test_large_targets_are_no_divergence():
    x = np.random.default_rng(0).normal(size=(64, 3))
    history = fit(linear_regression(3), Examples(x, 1e7 * x.sum(axis=1)), epochs=20, progress=False)
    assert history.loss[-1] < 1e-3 * history.loss[0]


OPTIMIZERS = [lambda: SGD(0.1), lambda: SGD(0.1, momentum=0.9), lambda: SGD(0.1, 0.9, nesterov=True), lambda: Adam()]


@pytest.mark.parametrize("make", OPTIMIZERS)
def test_an_optimizer_refuses_another_network_of_the_same_shapes_and_leaves_it_alone(make):
    optimizer, mine, others = make(), [np.zeros(3), np.ones((2, 2))], [np.zeros(3), np.ones((2, 2))]
    gradients = [np.ones(3), np.ones((2, 2))]
    optimizer.step(mine, gradients)
    kept = [p.copy() for p in mine]
    for parameters in (others, [mine[0], others[1]], [others[0], mine[1]]):
        with pytest.raises(ValueError, match="serves one network. Make a new one"):
            optimizer.step(parameters, gradients)
    assert all(np.array_equal(p, k) for p, k in zip(mine, kept, strict=True))
    assert np.array_equal(others[0], np.zeros(3)) and np.array_equal(others[1], np.ones((2, 2)))
    optimizer.step(mine, [g.copy() for g in gradients])
    with pytest.raises(ValueError, match="another|serves one network"):
        fit(MLP([4, 3]), DATA, optimizer=optimizer, epochs=1, progress=False)


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda both: pickle.loads(pickle.dumps(both))])
def test_a_copy_of_an_optimizer_serves_the_copy_of_the_network(copied):
    model, optimizer = MLP([4, 5, 3], seed=1), SGD(0.1, momentum=0.9)
    fit(model, DATA, optimizer=optimizer, epochs=2, progress=False)
    again, its = copied((model, optimizer))
    fit(again, DATA, optimizer=its, epochs=2, progress=False)
    fit(model, DATA, optimizer=optimizer, epochs=2, progress=False)
    assert all(np.array_equal(p, q) for p, q in zip(model.parameters, again.parameters, strict=True))
    with pytest.raises(ValueError, match="serves one network"):
        its.step(model.parameters, model.gradients)


def test_calls_of_fit_go_on_shuffling():
    """Four calls of one epoch are one call of four, not four times the same order."""

    def trained(calls):
        model, optimizer = MLP([4, 5, 3], seed=1, dtype="float32"), SGD(0.1, momentum=0.9)
        losses = []
        for epochs in calls:
            losses += fit(model, DATA, optimizer=optimizer, epochs=epochs, batch_size=8, progress=False).loss
        return losses, [p.tobytes() for p in model.parameters]

    assert trained([4]) == trained([1, 1, 1, 1]) == trained([2, 0, 2])


def test_orders_differ_from_call_to_call(monkeypatch):
    from nn_lib import training

    seen = []
    monkeypatch.setattr(training, "minibatches", lambda *given: seen.append(minibatches(*given)) or seen[-1])
    model, optimizer = MLP([4, 3]), SGD(0.1)
    for seed in (0, 0, 7, 0, 7):
        fit(model, DATA, optimizer=optimizer, epochs=1, batch_size=8, seed=seed, progress=False)
    assert len({np.concatenate(batches).tobytes() for batches in seen}) == 5
    other = MLP([4, 3])
    fit(other, DATA, epochs=1, batch_size=8, progress=False)
    assert np.array_equal(np.concatenate(seen[-1]), np.concatenate(seen[0]))


RNG = np.random.default_rng(0)
NOISE = Examples(RNG.normal(size=(30, 5)), RNG.integers(0, 2, 30))
FRESH = Examples(RNG.normal(size=(200, 5)), RNG.integers(0, 2, 200))


@pytest.mark.parametrize("epochs", [3, 60])
def test_patience_keeps_the_best_weights(epochs):
    model = MLP([5, 50, 2], seed=1)
    history = fit(model, NOISE, optimizer=SGD(0.5), epochs=epochs, validation=FRESH, patience=8, progress=False)
    assert model.loss(FRESH.inputs, FRESH.labels) == pytest.approx(min(history.validation_loss), rel=1e-12)
    assert history.best_epoch == int(np.argmin(history.validation_loss)) + 1
    assert history.stopped_early == (epochs == 60)
    if history.stopped_early:
        assert len(history.loss) == history.best_epoch + 8
        assert repr(history).endswith(f"stopped early, weights of epoch {history.best_epoch}")


def test_an_interrupt_and_a_divergence_leave_the_best_weights_too():
    class Stops(SGD):
        def step(self, parameters, gradients):
            super().step(parameters, gradients)
            if self.steps > 12:
                if self.learning_rate > 0.5:
                    raise KeyboardInterrupt
                parameters[0][...] = np.nan

    for rate in (0.6, 0.4):
        model, losses = MLP([5, 50, 2], seed=1), []
        try:
            fit(model, NOISE, optimizer=Stops(rate), epochs=60, validation=FRESH, patience=20, progress=False,
                callback=lambda history, losses=losses: losses.append(history.validation_loss[-1]))  # fmt: skip
        except TrainingDiverged:
            assert rate == 0.4
        assert model.loss(FRESH.inputs, FRESH.labels) == pytest.approx(min(losses), rel=1e-12)


def test_without_patience_the_last_weights_stay():
    model = MLP([5, 50, 2], seed=1)
    history = fit(model, NOISE, optimizer=SGD(0.5), epochs=40, validation=FRESH, progress=False)
    assert model.loss(FRESH.inputs, FRESH.labels) == pytest.approx(history.validation_loss[-1])
    assert history.best_epoch is None


def test_a_callback_sees_every_epoch():
    seen = []
    history = fit(
        MLP([4, 3]), DATA, epochs=5, progress=False, callback=lambda h: seen.append((len(h.loss), h.loss[-1]))
    )
    assert seen == list(enumerate(history.loss, start=1))
    with pytest.raises(TypeError, match="callback must be a function"):
        fit(MLP([4, 3]), DATA, callback=3)


def test_accuracy_comes_from_the_batches_and_validation_from_one_pass():
    class Still(SGD):
        def step(self, parameters, gradients):
            pass

    model = MLP([4, 5, 3])
    history = fit(model, DATA, optimizer=Still(0.1), epochs=2, batch_size=7, validation=DATA, progress=False)
    right = model.accuracy(DATA.inputs, DATA.labels)
    assert history.accuracy == history.validation_accuracy == [right, right]
    assert history.loss == pytest.approx(history.validation_loss)


@pytest.mark.parametrize("loss", ["softmax_cross_entropy", "negative_log_likelihood"])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_one_hot_targets_train_as_labels_do(loss, dtype):
    output = "softmax" if loss == "negative_log_likelihood" else "linear"
    hot = Examples(DATA.inputs, np.eye(3)[DATA.labels])
    histories = []
    for data in (DATA, hot):
        model = MLP([4, 5, 3], loss=loss, output=output, dtype=dtype, class_weights=[1.0, 2.0, 0.5])
        histories.append(fit(model, data, epochs=3, validation=data, progress=False))
    assert histories[0].loss == histories[1].loss
    assert histories[0].accuracy == histories[1].accuracy
    assert histories[0].validation_accuracy == histories[1].validation_accuracy


def test_soft_targets_teach_probabilities():
    p = np.array([0.2, 0.3, 0.5])
    model = MLP([1, 3])
    data = Examples(np.ones((8, 1)), np.tile(p, (8, 1)))
    history = fit(model, data, optimizer=SGD(1.0), epochs=200, progress=False)
    assert history.loss[-1] == pytest.approx(-(p * np.log(p)).sum())
    assert history.accuracy[-1] == 1.0


@pytest.mark.parametrize("loss", ["softmax_cross_entropy", "binary_cross_entropy"])
def test_class_weights_make_a_rare_class_heard_and_are_saved(tmp_path, loss):
    rng = np.random.default_rng(0)
    labels = (rng.random(400) < 0.05).astype(int)
    data = Examples(rng.normal(size=(400, 2)) + labels[:, None], labels)
    sizes = [2, 1] if loss == "binary_cross_entropy" else [2, 2]
    plain, weighted = MLP(sizes, loss=loss), MLP(sizes, loss=loss, class_weights=[1.0, 19.0])
    for model in (plain, weighted):
        fit(model, data, epochs=20, progress=False)
    assert weighted.predict(data.inputs).sum() > 3 * plain.predict(data.inputs).sum()
    again = MLP.load(weighted.save(tmp_path / "weighted"))
    assert again.class_weights == [1.0, 19.0]
    assert again.loss(data.inputs, labels) == weighted.loss(data.inputs, labels)


def test_networks_saved_before_there_were_class_weights_are_loaded(tmp_path):
    model = MLP([4, 5, 3], activation="prelu", seed=2)
    with np.load(model.save(tmp_path / "net")) as file:
        names = list(file)
    assert names == ["sizes", "activations", "output", "loss", "regularizer", "alpha"] + [
        f"parameter_{i}" for i in range(5)
    ]
    assert [p.shape for p in model.parameters] == [(5, 4), (5,), (3, 5), (3,), (5,)]


def test_a_layer_lists_what_it_learns():
    model = MLP([4, 5, 3], activation="prelu")
    full, slopes = model.layers[0], model.layers[1]
    assert full.parameters[0] is full.W and full.gradients[1] is full.db
    assert slopes.parameters[0] is slopes.alpha and slopes.gradients[0] is slopes.dalpha
    model.loss(DATA.inputs, DATA.labels)
    for parameter, gradient in zip(model.parameters, model.backward(), strict=True):
        assert parameter.shape == gradient.shape


@pytest.mark.slow
def test_fit_is_one_output_of_an_executed_notebook():
    nbclient, nbformat = pytest.importorskip("nbclient"), pytest.importorskip("nbformat")
    cells = [
        "from nn_lib import MLP, SGD, datasets, fit\ndata = datasets.xor(n=40).train",
        "fit(MLP([2, 4, 2]), data, epochs=500);",
        "fit(MLP([2, 4, 2]), data, epochs=500, progress=False);",
    ]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    nbclient.NotebookClient(notebook, timeout=120, kernel_name="python3").execute()
    told, silent = notebook.cells[1].outputs, notebook.cells[2].outputs
    assert len(told) == 1 and not silent
    assert told[0].data["text/plain"].startswith("epoch 500/500")

"""Pictures for the course. Each function here returns a `Picture`: an image, its alt text, a summary in
words.

`circuit` is plain SVG; the others draw with matplotlib, which loads when the first of them is called.
"""

from nn_lib.pictures.activations import activation_curve, activation_curves
from nn_lib.pictures.circuit import circuit, steps
from nn_lib.pictures.curves import curves, fitted_lines
from nn_lib.pictures.derivatives import numerical_derivative_error, path_counts, secants
from nn_lib.pictures.matrices import heat_map, images, readings, shape_blocks
from nn_lib.pictures.network import network
from nn_lib.pictures.picture import Picture
from nn_lib.pictures.probabilities import (
    entropy_of_a_coin,
    losses_against_logit,
    losses_against_probability,
    softmax_bars,
)
from nn_lib.pictures.surfaces import decision_boundary, level_curves, loss_surface
from nn_lib.pictures.training import compare_bars, dead_share, gradient_sizes, layer_outputs, training_curves

__all__ = [
    "Picture", "activation_curve", "activation_curves", "circuit", "compare_bars", "curves", "dead_share",
    "decision_boundary", "entropy_of_a_coin", "fitted_lines", "gradient_sizes", "heat_map", "images", "layer_outputs",
    "level_curves", "loss_surface", "losses_against_logit", "losses_against_probability", "network",
    "numerical_derivative_error", "path_counts", "readings", "secants", "shape_blocks", "softmax_bars", "steps",
    "training_curves",
]  # fmt: skip

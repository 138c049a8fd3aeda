"""Pictures for the course. Each is a function that returns a `Picture`: an image, its alt text, a summary in words."""

from nn_lib.pictures.circuit import circuit, steps
from nn_lib.pictures.picture import Picture

__all__ = ["Picture", "circuit", "steps"]

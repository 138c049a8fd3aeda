"""The course of this repository, as an installed package: found by the entry-point group `autograder.courses`."""

"""What pyproject.toml cannot say: the course's folder is installed too, as the package `backprop_course`."""

from setuptools import find_packages, setup

setup(
    packages=[*find_packages(include=["nn_lib*", "autograder*"]), "backprop_course"],
    package_dir={"backprop_course": "solutions"},
)

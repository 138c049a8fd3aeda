"""What pyproject.toml cannot say: the course's folder is installed too, as the package `backprop_course`, and the
student's own library, `my_nn`, before anything is filed in it."""

from setuptools import find_packages, setup

setup(
    packages=[*find_packages(include=["nn_lib*", "autograder*"]), "backprop_course", "my_nn"],
    package_dir={"backprop_course": "solutions", "my_nn": "autograder/mine/installed"},
)

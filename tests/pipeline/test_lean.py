"""What grading leaves unloaded, and that it is there for whoever asks."""

from __future__ import annotations

import subprocess
import sys

import pytest
from traitlets.config import Config

UNASKED = ("nbconvert", "jupyter_server", "IPython", "matplotlib", "setuptools", "requests", "autograder.judge.decide")


def _run(code: str) -> str:
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_run_begins_without_what_it_may_never_need():
    code = "import sys, autograder.pipeline.course, autograder.pipeline.grade, autograder.report.table\n"
    assert _run(code + f"print([name for name in {UNASKED} if name in sys.modules])") == "[]\n"


PARTS = ("nbformat", "nbformat.notebooknode", "nbformat.v4.nbbase", "nbformat.validator", "nbformat.reader", "jupytext")


@pytest.mark.parametrize("first", PARTS)
def test_nbformat_is_there_whichever_part_is_asked_for_first(first):
    code = f"""
import importlib, sys
import autograder.pipeline
from nbformat.notebooknode import NotebookNode
print("jsonschema" in sys.modules, "nbformat" in sys.modules)
importlib.import_module({first!r})
import nbformat
print(nbformat.NotebookNode is NotebookNode is nbformat.notebooknode.NotebookNode)
print(nbformat.ValidationError is nbformat.validator.ValidationError)
nbformat.validate(nbformat.v4.new_notebook())
print("jsonschema" in sys.modules, "rfc3987_syntax" in sys.modules)
"""
    assert _run(code) == "False False\nTrue\nTrue\nTrue False\n"


def test_what_was_left_out_of_nbgrader_is_there_when_it_is_asked_for():
    code = """
import sys
import autograder.pipeline.course
import nbgrader.utils, nbgrader.auth.jupyterhub as hub
from nbgrader.server_extensions.formgrader import load_jupyter_server_extension
from nbgrader.server_extensions import formgrader
print(load_jupyter_server_extension.__module__, formgrader.__file__ is not None)
try:
    hub.requests.request("GET", "no address")
except Exception as error:
    print(type(error).__module__, type(error).__name__)
try:
    nbgrader.utils.unpack_zipfile(sys.executable, ".")
except Exception as error:
    print(type(error).__module__, type(error).__name__)
"""
    known = "nbgrader.server_extensions.formgrader.formgrader True\n"
    known += "requests.exceptions InvalidURL\n"
    assert _run(code).startswith(known + "setuptools.archive_util UnrecognizedFormat")


@pytest.fixture
def config():
    from autograder.pipeline.stages import configure

    config = Config()
    configure(config)
    return config


def _names(stages):
    return [stage.__name__ for stage in stages]


def test_nbgraders_commands_get_our_stages(config):
    from nbgrader.converters import Autograde, GenerateAssignment
    from nbgrader.coursedir import CourseDirectory

    stock = Autograde(coursedir=CourseDirectory())
    autograde = Autograde(coursedir=CourseDirectory(), config=config)
    autograde.update_config(Config())  # settings are read again, and must not change what stands there
    ours = ["JudgeInSandbox" if name == "Execute" else name for name in _names(stock.autograde_preprocessors)]
    assert _names(autograde.autograde_preprocessors) == ours
    assert _names(autograde.sanitize_preprocessors) == ["RestoreSubmission", *_names(stock.sanitize_preprocessors)]
    assert autograde.exporter_class.__name__ == "SubmissionExporter"
    release = GenerateAssignment(coursedir=CourseDirectory(), config=config)
    assert _names(release.preprocessors)[0] == "RefusePrivateFiles"


def test_a_course_can_change_the_list_of_stages_further(config):
    from nbgrader.converters import Autograde
    from nbgrader.coursedir import CourseDirectory
    from nbgrader.preprocessors import ClearOutput

    config.Autograde.autograde_preprocessors.append(ClearOutput)
    config.Autograde.sanitize_preprocessors.insert(0, ClearOutput)
    autograde = Autograde(coursedir=CourseDirectory(), config=config)
    assert _names(autograde.autograde_preprocessors)[-1] == "ClearOutput"
    assert _names(autograde.sanitize_preprocessors)[:2] == ["ClearOutput", "RestoreSubmission"]
    stages = config.GenerateAssignment.preprocessors
    assert stages[stages.index(ClearOutput)] is ClearOutput and len(stages) == len(list(stages))

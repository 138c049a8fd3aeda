"""nbgrader's settings for this course. Its commands work in this folder as in any nbgrader course."""

from autograder.pipeline.stages import configure

c = get_config()  # noqa: F821  (nbgrader provides it)

c.CourseDirectory.course_id = "backprop"
c.CourseDirectory.source_directory = "solutions"
c.CourseDirectory.release_directory = "notebooks"
# The text forms of the solutions stand beside them, and are not for students.
c.CourseDirectory.ignore = [".ipynb_checkpoints", "*.pyc", "__pycache__", "*.py"]

# Student code runs in the sandbox, and is judged outside it.
configure(c)
# What one submission may use: c.JudgeInSandbox.cell_seconds = 30, c.JudgeInSandbox.memory_bytes = 2**30, ...

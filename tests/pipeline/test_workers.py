"""Grading processes: they end with the grader, however it ends, and a bomb for the parser is an exception to them."""

import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
from conftest import need_program

ROOT = Path(__file__).resolve().parents[2]


def script(code):
    made = f"import sys\nsys.path.insert(0, {str(ROOT)!r})\n{textwrap.dedent(code)}"
    return [sys.executable, "-c", made]


def test_a_killed_grader_leaves_nobody_who_holds_its_output(tmp_path):
    """Who waits for the end of its output waits on every process that has it, before it is reaped itself."""
    code = """
        import os, time
        from autograder.pipeline.workers import processes
        if __name__ == "__main__":
            with processes(2) as pool:
                pool.submit(os.getpid).result()
                for _ in range(3):
                    pool.submit(time.sleep, 500)
                print("working", flush=True)
                time.sleep(500)
    """
    grader = subprocess.Popen(script(code), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, cwd=tmp_path)
    assert grader.stdout is not None and grader.stdout.readline() == b"working\n"
    grader.kill()  # a zombie from here on, until its output has come to an end
    grader.communicate(timeout=60)


def test_a_bomb_for_a_grading_process_is_an_exception_and_no_limit_of_its_sandbox(tmp_path):
    need_program("bwrap", "bubblewrap")
    code = """
        import resource
        from autograder.pipeline import workers
        from autograder.sandbox import Sandbox
        workers.MEMORY_BYTES = 2**28
        workers._limit_memory()
        try:
            bytearray(2**29)
        except MemoryError:
            print("caught")
        with Sandbox() as sandbox, sandbox.session() as session:
            result, = session.execute(["x = bytearray(2**29)"])
        print(result.error)
    """
    done = subprocess.run(script(code), capture_output=True, text=True, cwd=tmp_path, timeout=120)
    assert done.stdout == "caught\nNone\n", done.stderr


@pytest.mark.parametrize(
    "cell", ["x = " + "(" * 90 + "1" + ")" * 90, "a" + ".a" * 49_000, "-" * 98_000 + "1", "[" * 98_000]
)
def test_a_cell_that_no_parser_can_hold_has_an_empty_outline(cell):
    from autograder.reading.outline import outline_of

    outline = outline_of(cell)
    assert outline.definitions.keys() <= {"x"}

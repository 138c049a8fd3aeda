"""Grading processes: they end with the grader, however it ends, and a bomb for the parser is an exception to them."""

import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
from conftest import need_program
from hypothesis import given
from hypothesis import strategies as st

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


def test_processes_that_were_prepared_are_used_with_the_limits_of_the_course(tmp_path):
    """They start with their sandboxes before the course's limits are known; those are kept all the same."""
    need_program("bwrap", "bubblewrap")
    code = """
        import os
        from pathlib import Path
        from autograder.pipeline import workers
        from autograder.sandbox import Limits

        def process():
            return os.getpid()

        if __name__ == "__main__":
            workers.prepare(1, "process", Path("."), "none")
            before = workers._prepared.result().submit(os.getpid).result()
            limits = Limits(cell_seconds=7.0)
            course = Path(os.environ["AUTOGRADER_COURSE"])
            arguments = (course, "none", {}, b"secret", limits, "process")
            with workers._pool(3, limits, "process") as pool:
                print(pool.submit(os.getpid).result() == before, workers._prepared)
                print(pool.submit(workers._begin_task, *arguments).exception() is not None)  # a function stays there
                print(pool.submit(eval, "__import__('autograder.pipeline.workers').pipeline.workers._sandbox.limits")
                      .result().cell_seconds)
            workers.prepare(2, "process", Path("."), "none")
            workers.forget_prepared()
            print(workers._prepared)
    """
    done = subprocess.run(script(code), capture_output=True, text=True, cwd=tmp_path, timeout=300)
    assert done.stdout.split() == ["True", "None", "True", "7.0", "None"], done.stderr


def test_processes_that_graded_go_on_with_other_work_and_end_with_the_block(tmp_path):
    code = """
        import os
        from pathlib import Path
        from autograder.pipeline import workers
        from autograder.sandbox import Limits

        if __name__ == "__main__":
            course = Path(os.environ["AUTOGRADER_COURSE"])
            arguments = (course, "none", {}, b"secret", Limits(), "process")
            with workers.staying():
                ((_, delivery),) = workers.on_this_machine(1, ["nobody"], Path, arguments)
                print(delivery.result.student)
                with workers.processes(3) as pool:
                    print(pool.submit(os.getpid).result() != os.getpid(), pool is workers._staying[-1])
                with workers.processes(3) as again:
                    print(again is pool)
            try:
                pool.submit(os.getpid)
            except RuntimeError:
                print("ended")
            with workers.processes(1) as other:
                print(other is pool)
    """
    done = subprocess.run(script(code), capture_output=True, text=True, cwd=tmp_path, timeout=300)
    assert done.stdout.split() == ["nobody", "True", "True", "True", "ended", "False"], done.stderr


def test_a_small_class_takes_one_process(monkeypatch):
    from autograder.forkserver import EACH
    from autograder.pipeline import workers

    asked = []
    monkeypatch.setattr(workers, "_in_a_pool", lambda jobs, queue, *more: asked.append(jobs) or queue.clear() or ())
    for count in (1, EACH, EACH + 1, 100):
        list(workers.on_this_machine(4, [str(n) for n in range(count)], Path, ()))
    assert asked == [1, 1, 2, 4]


@given(st.sets(st.integers(0, 200), min_size=1), st.integers(1, 64))
def test_processes_share_out_the_processors_or_leave_them_to_the_system(there, jobs):
    from autograder.pipeline import workers

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "sched_getaffinity", lambda _: set(there), raising=False)
        patch.setattr(os, "sched_setaffinity", lambda *_: None, raising=False)
        places = workers._places(jobs)
    if jobs % len(there):
        assert places == []
    else:  # whatever number the first of them has, each processor has as many
        assert all(sorted(places[n % len(places)] for n in range(k, k + len(there))) == sorted(there) for k in (1, 5))


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="this system moves processes about as it likes")
def test_each_grading_process_and_its_sandbox_keep_to_a_processor(tmp_path):
    (tmp_path / "place.py").write_text(PLACE)
    code = """
        import os
        from autograder.pipeline import workers
        from autograder.sandbox import Limits
        from autograder.sandbox.cgroup import processors
        from place import place

        if __name__ == "__main__":
            there = sorted(os.sched_getaffinity(0))
            with workers._new_pool(len(there), Limits(), "process") as pool:
                looks = [pool.submit(place) for _ in range(4 * len(there))]
                seen = dict(look.result() for look in looks)
            print([own for own, _, _ in sorted(seen.values())] == [[one] for one in there], seen)
            print(all(inside == str(own) and count == processors() for own, inside, count in seen.values()))
            with workers._new_pool(len(there) + 1, Limits(), "process") as pool:
                print(pool.submit(os.sched_getaffinity, 0).result() == set(there) or len(there) == 1)
    """
    done = subprocess.run(script(code), capture_output=True, text=True, cwd=tmp_path, timeout=300)
    assert [line.split(" ")[0] for line in done.stdout.splitlines()] == ["True"] * 3, done


PLACE = """
import os, time
from pathlib import Path
from autograder.pipeline import workers
from autograder.sandbox import Limits
from autograder.sandbox.patience import processors

def place():
    workers._begin_task(Path(os.environ["AUTOGRADER_COURSE"]), "none", {}, b"secret", Limits(), "process")
    # The processors of this process, of its sandbox, and how many it takes the machine to have.
    with workers._sandbox.session() as session:
        (result,) = session.execute(["import os", "print(sorted(os.sched_getaffinity(0)))"])[1:]
    time.sleep(0.2)  # so that each process gets some
    return os.getpid(), (sorted(os.sched_getaffinity(0)), result.outputs[0]["text"].strip(), processors())
"""


def test_as_many_processes_as_processors_that_may_be_used(monkeypatch):
    from autograder import forkserver

    for count, processes in ((0.5, 1), (1.0, 1), (1.5, 2), (64.0, 64)):
        monkeypatch.setattr(forkserver, "processors", lambda count=count: count)
        assert forkserver.jobs_here() == forkserver.processes_for(1000, None) == processes
        assert forkserver.processes_for(1000, 3) == 3


def test_a_machine_without_shared_memory_is_told_what_it_lacks(tmp_path):
    """As in a container that keeps it closed."""
    code = """
        from autograder.pipeline import workers
        from autograder.sandbox import Limits

        if __name__ == "__main__":
            try:
                workers._pool(1, Limits(), "process")
            except RuntimeError as problem:
                print(problem)
    """
    closed = [need_program("bwrap", "bubblewrap"), "--dev-bind", "/", "/", "--ro-bind", str(tmp_path), "/dev/shm"]
    done = subprocess.run([*closed, *script(code)], capture_output=True, text=True, cwd=tmp_path, timeout=300)
    assert "Read-only file system" in done.stdout and "/dev/shm must be there" in done.stdout, done.stderr


def test_an_error_of_the_system_without_a_file_names_the_place_it_came_from():
    import click

    from autograder.cli import _plain_errors

    with pytest.raises(click.ClickException) as told, _plain_errors():
        os.kill(os.getpid(), 12345)  # no such signal
    assert "Invalid argument" in told.value.message and "os.kill(os.getpid(), 12345)" in told.value.message

"""What `import my_nn` gives: the student's function where there is one, the course's stand-in where there is not."""

from __future__ import annotations

import contextlib
import difflib
import sys
import types
from collections.abc import Iterable
from typing import Any

from autograder.exercises.courses import asked_elsewhere
from autograder.exercises.stand_ins import stand_in
from autograder.mine.folder import PACKAGE, the_folder
from autograder.mine.judged import course_here, is_right
from autograder.mine.modules import module_of
from autograder.student.language import counted, later, shown, t
from autograder.student.lent import Missing


class Library(types.ModuleType):
    """The module `my_nn`. A name is looked for when it is asked for: what was filed since is there at once."""

    def __getattr__(self, name: str) -> Any:
        if name == "__all__":
            return sorted(_shelf.own_names())
        if name.startswith("_"):
            raise AttributeError(name)
        return _shelf.get(name)

    def __dir__(self) -> list[str]:
        return sorted(_shelf.own_names())


def become(name: str) -> None:
    """Make the package called `name`, which is being imported, the student's library."""
    module = sys.modules[name]
    module.__class__ = Library
    _shelf.begin()


class _Shelf:
    """What gives the library's names in this process, and what was said of them already."""

    def __init__(self) -> None:
        self._borrowed: dict[str, None] = {}
        self._missing: dict[str, None] = {}
        self._words: dict[str, None] = {}
        self._said: set[str] = set()
        self._listening = False

    def begin(self) -> None:
        self._said.clear()
        self._listen()

    def own_names(self) -> set[str]:
        """The exercises that are filed, but for those that are known to be wrong; all that are filed where nobody has
        looked yet. A course takes a second to read, and is asked only then."""
        folder = the_folder()
        judged = folder.judged()
        filed = {
            (name, file.digest(name)) for file in folder.files() for name in file.names if not judged or name in judged
        }
        if judged:
            return {name for name, digest in filed if judged[name] != (digest, False)}
        course = course_here()
        return {name for name, _ in filed if course is None or name in course.exercises}

    def get(self, name: str) -> Any:
        folder = the_folder()
        for file in folder.files():
            where = f"{PACKAGE}/{file.path.name}"
            if file.text.strip() and not file.statements:
                self._tell(t("{where} is not Python any more, so nothing in it is used: mend it", where=where))
            if name not in file.names:
                continue
            right = is_right(folder, file, name)
            if right:
                self._listen()
                return vars(module_of(file))[name]
            if right is False:
                words = t(
                    "{name} in {where} does not pass its check any more, so it is not used: mend it there, or pass its "
                    "check in the notebook again",
                    name=name,
                    where=where,
                )
                self._tell(words)
        return self._in_its_place(name)

    def _in_its_place(self, name: str) -> Any:
        course = course_here()
        if course is None:
            raise AttributeError(_unknown(name, []))
        thing = stand_in(course, name)
        if thing is not None:
            self._listen()
            self._borrowed.setdefault(name)
            return thing
        if (exercise := course.exercises.get(name)) is not None:
            words = later(
                "{name} is not in your library yet: it is an exercise of {assignment}, and nothing stands in for it. "
                "Do that one first."
            )
        elif (exercise := asked_elsewhere(name)) is not None:
            words = later(
                "{name} is not in your library: it is an exercise of {assignment}, which this course leaves out, and "
                "nothing stands in for it. Write it in this notebook, or ask your instructor for it."
            )
        else:
            raise AttributeError(_unknown(name, course.exercises))
        self._listen()
        self._missing.setdefault(name)
        return Missing(name, shown(words.of(name=name, assignment=exercise.assignment)))

    def _tell(self, words: str) -> None:
        self._words.setdefault(words)
        self._listen()

    def _listen(self) -> None:
        """Say what there is to say: in a notebook below the cell that is running, elsewhere at the end."""
        if self._listening:
            return
        self._listening = True
        shell = _shell()
        if shell is None:
            import atexit

            atexit.register(self._say, None)
            return

        def say_below(*result: Any) -> None:
            with contextlib.suppress(ValueError):
                shell.events.unregister("post_run_cell", say_below)
            self._listening = False
            self._say(sys.stdout)

        shell.events.register("post_run_cell", say_below)

    def _say(self, stream: Any) -> None:
        parts = [] if self._said or not (stream or self._borrowed or self._missing) else [self._counted()]
        for sentence, names in (
            (later("borrowed here, until you write them: {names}"), self._borrowed),
            (later("to be done first: {names}"), self._missing),
        ):
            if new := [name for name in names if name not in self._said]:
                parts.append(shown(sentence.of(names=", ".join(new))))
                self._said.update(new)
        if parts:
            print(f"{PACKAGE}: {'; '.join(parts)}", file=stream or sys.stderr)
        for words in [words for words in self._words if words not in self._said]:
            print(f"{PACKAGE}: {words}", file=stream or sys.stderr)
            self._said.add(words)
        self._said.add("")

    def _counted(self) -> str:
        return counted("your library: {count} function", "your library: {count} functions", len(self.own_names()))


_shelf = _Shelf()


def _unknown(name: str, known: Iterable[str]) -> str:
    near = difflib.get_close_matches(name, list(known), n=2, cutoff=0.6)
    words = t("{library} holds what the exercises ask for, and none is called {name!r}.", library=PACKAGE, name=name)
    return f"{words} {t('Did you mean {names}?', names=t(' or ').join(near))}" if near else words


def _shell() -> Any:
    main = sys.modules.get("IPython")
    return None if main is None else main.get_ipython()

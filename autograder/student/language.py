"""The language of what a student reads: each text is looked up in one table a language, and is English without one.

A text's English is its key. `t` says it at once; `later` marks it where it is kept and shown elsewhere, by `shown`. So
a name of a mistake stays one name in every record. Tables lie in `languages/` beside this module and, for the texts of
a course, beside its exercises; `docs/another-language.md` says how to write one.
"""

from __future__ import annotations

import hashlib
import os
import re
import string
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

ENGLISH = "en"
NAMED = "AUTOGRADER_LANGUAGE"
"""The environment variable that names the language; it goes before a course's own setting."""
FOLDER = Path(__file__).with_name("languages")

Table = Mapping[str, str]


class Text(str):
    """A text in English that is shown in another language later: `key` with `given` put into its placeholders."""

    key: str
    given: Mapping[str, Any]

    def __new__(cls, key: str, given: Mapping[str, Any]) -> Text:
        made = super().__new__(cls, key.format(**given) if given else key)
        made.key, made.given = key, given
        return made

    def of(self, **given: Any) -> Text:
        """The text with more put into its placeholders."""
        return Text(self.key, {**self.given, **given})

    def __reduce__(self) -> tuple[Any, ...]:
        return Text, (self.key, dict(self.given))


class UnknownLanguage(LookupError):
    """There is no table for a language; says which there are."""


def t(text: str, /, **given: Any) -> str:
    """A text in the language, with what is `given` in its placeholders. Without any, braces stand for themselves.

    `text` is written out in the call: the tables are checked against the calls.
    """
    found = _spoken().get(text, text)
    if not given:
        return found
    return found.format(**{name: shown(value) if type(value) is Text else value for name, value in given.items()})


def counted(one: str, many: str, /, count: float, **given: Any) -> str:
    """The text `one` for a `count` of 1, else `many`, in the language."""
    return shown(Text(one if count == 1 else many, {"count": count, **given}))


def later(text: str, /, **given: Any) -> Text:
    """A text that is written out here, and shown in the language elsewhere."""
    return Text(text, given)


def shown(text: str) -> str:
    """A text that was written out elsewhere, in the language."""
    if isinstance(text, Text):
        return t(text.key, **text.given)
    return _spoken().get(text, text)


def retold(text: str, templates: Sequence[str]) -> str:
    """A text in the language that came from elsewhere in English, as one of `templates` with something put in. What is
    put in may be one of them again."""
    if isinstance(text, Text):
        return shown(text)
    for template in templates:
        pattern = re.sub(r"\\{(\w+)\\}", r"(?P<\1>.*)", re.escape(template))
        if found := re.fullmatch(pattern, text, re.DOTALL):
            within = {name: retold(part, templates) for name, part in found.groupdict().items()}
            return shown(Text(template, within))
    return shown(text)


def fingerprint() -> str:
    """What tells the texts of one language, with its tables, from those of another."""
    told = sorted(_spoken().items())
    return f"{_language} {hashlib.sha256(repr(told).encode()).hexdigest()[:16]}" if told else _language


def language() -> str:
    """The language that is spoken, "en" or another."""
    _spoken()
    return _language


_language = ENGLISH
_table: Table | None = None
_ask: Callable[[], object] | None = None


def speak(named: str, tables: Sequence[Table] = ()) -> None:
    """Speak a language from now on, with a course's `tables` for it before the engine's."""
    global _language, _table
    found = dict(engine_table(named))
    for table in tables:
        found |= table
    _language, _table = named, found


def ask_first(decide: Callable[[], object]) -> None:
    """Have the language decided by a function that calls `speak`, when the first text is asked for."""
    global _ask
    _ask = decide


def _spoken() -> Table:
    global _table
    if _table is None:
        _table = {}  # whoever decides may have something to say
        if _ask is not None:
            _ask()
        elif (named := tag(os.environ.get(NAMED, ""))) and has_table(named):
            speak(named)
    return _table


def tag(named: str) -> str:
    """The language in a setting: "de" in "de", "de-AT" and "de_DE.UTF-8"; "" in "" and in "C"."""
    word = named.strip().replace("_", "-").split(".")[0].split("-")[0].lower()
    return "" if word == "c" else word


def has_table(named: str) -> bool:
    """Whether the engine's texts are there in a language."""
    return named == ENGLISH or (named.isalpha() and (FOLDER / f"{named}.toml").is_file())


@lru_cache(maxsize=8)
def engine_table(named: str) -> Table:
    """The engine's texts in a language; nothing where it has no table."""
    return read_table(FOLDER / f"{named}.toml") if named != ENGLISH and has_table(named) else {}


def placeholders(text: str) -> set[str]:
    """The names in braces of a text."""
    try:
        return {name for _, name, _, _ in string.Formatter().parse(text) if name}
    except ValueError:  # braces that are no placeholders
        return set()


def unfillable(table: Table) -> str | None:
    """The first text of a table whose translation cannot be filled with what its English is given, or None."""
    for text, said in table.items():
        given = dict.fromkeys(placeholders(text), 0)
        try:
            if given:  # else braces stand for themselves
                said.format(**given)
        except (LookupError, ValueError, AttributeError):
            return text
    return None


def read_table(path: Path) -> dict[str, str]:
    """A table of texts by their English; an empty text is not translated yet. Raises `ValueError`, with the path, for
    a file that is none."""
    import tomllib  # only where there is a table to read

    try:
        found = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as problem:
        raise ValueError(f"{path} cannot be read: {problem}") from None
    for key, value in found.items():
        if not isinstance(value, str):
            raise ValueError(f"{path}: {key!r} is no text: each line has the form 'English' = 'another'")
    return {key: value for key, value in found.items() if value}

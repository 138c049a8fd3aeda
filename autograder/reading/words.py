"""Words that quote somebody else, made fit for a line of a terminal, a table or a message."""

from __future__ import annotations

import re

_STEERING = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
LONGEST = 4000


def legible(text: str) -> str:
    """Text of any number of lines, without what steers a terminal or turns the direction of writing.

    It is cut off when it is longer than anybody reads.
    """
    return _STEERING.sub("\ufffd", text if len(text) <= LONGEST else f"{text[:LONGEST]} ...")


def one_line(words: str) -> str:
    """Words on one line, and nothing in them that steers what shows them."""
    return "".join(c if c.isprintable() else "\ufffd" for c in " ".join(words[:LONGEST].split()))[:1000]

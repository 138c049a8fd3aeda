"""docs/coverage.md: every id once, every place real, every section of the course led to."""

import re
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
LAST = {"C": 24, "G": 26, "A": 14, "L": 17, "D": 15, "N": 24, "T": 5, "E": 80}
TEXT = (REPOSITORY / "docs" / "coverage.md").read_text(encoding="utf-8")
ROWS = re.findall(r"^\| ([A-Z]\d+) \| (.+?) \| (.+?) \|$", TEXT, flags=re.MULTILINE)


def notebook_text(number):
    (folder,) = (REPOSITORY / "solutions").glob(f"{number}_*")
    return (folder / f"{folder.name}.py").read_text(encoding="utf-8")


def sections(number):
    """The second-level headings of a notebook: {"3 Several paths", "What you know now", ...}."""
    return set(re.findall(r"^# ## (.+?)\s*$", notebook_text(number), flags=re.MULTILINE))


def places(where):
    """("02", "3 Several paths") for "02 §3 Several paths"; the title is "" for the opening."""
    for part in where.split("; "):
        number, title = part.split(" ", 1)
        yield number, "" if title == "opening" else title.removeprefix("§")


def test_every_id_has_one_row():
    wanted = [f"{letter}{i}" for letter, last in LAST.items() for i in range(1, last + 1)]
    assert sorted(row[0] for row in ROWS) == sorted(wanted)


@pytest.mark.parametrize(("identity", "what", "where"), ROWS, ids=[row[0] for row in ROWS])
def test_every_row_leads_to_a_section(identity, what, where):
    assert what.strip()
    for number, title in places(where):
        assert title == "" or title in sections(number), f"{identity}: notebook {number} has no section {title!r}"


def test_every_section_is_led_to():
    reached = {place for row in ROWS for place in places(row[2])}
    for folder in sorted((REPOSITORY / "solutions").glob("[0-9]*")):
        for title in sections(folder.name[:2]):
            if re.match(r"\d", title):
                assert (folder.name[:2], title) in reached, f"no row leads to {folder.name}, section {title!r}"


def test_the_errata_have_every_slip_with_what_is_right_and_why():
    text = (REPOSITORY / "docs" / "errata.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (E\d+) \| S\d \| (.+?) \| (.+?) \| (.+?) \| (.+?) \|$", text, flags=re.MULTILINE)
    assert sorted(row[0] for row in rows) == sorted(f"E{i}" for i in range(1, LAST["E"] + 1))
    assert all(cell.strip() for row in rows for cell in row)
    assert "errata.md" in TEXT and "notations.md" in TEXT

"""Another language: every text in the tables, no English left in German verdicts, the same points."""

import ast
import re

import pytest
from click.testing import CliRunner
from markupsafe import Markup

from autograder.cli import main
from autograder.exercises import CourseProblem, the_course
from autograder.exercises.course_words import tables_of
from autograder.feedback.exercises import Exercise, Mark, Parts
from autograder.feedback.page import summary
from autograder.judge.decide import judge
from autograder.judge.mutation import Catalogued
from autograder.publish.translations import (
    ENGINE,
    PACKAGE,
    SAYING,
    NotWrittenOut,
    add_missing,
    course_texts,
    coverage,
    engine_texts,
    texts_in,
)
from autograder.sandbox import Limits, Sandbox
from autograder.student import language
from autograder.student.language import FOLDER, NAMED, Text, counted, later, placeholders, retold, shown, speak, t
from autograder.student.syntax import parse

TRANSLATED = "07_fully_connected"


@pytest.fixture(autouse=True)
def english_unless_said(monkeypatch):
    monkeypatch.delenv(NAMED, raising=False)
    the_course()


@pytest.fixture
def german(monkeypatch):
    monkeypatch.setenv(NAMED, "de")
    the_course()


def test_every_text_of_the_engine_is_written_out_and_in_the_german_table():
    engine, own = coverage(the_course(), ["de"], [TRANSLATED])
    assert engine.part == ENGINE and len(engine.texts) > 300
    assert engine.complete, engine
    assert own.part == TRANSLATED and len(own.texts) > 100
    assert own.complete, own
    tables = {path.stem for path in FOLDER.glob("*.toml")} | {
        p.name.split(".")[1] for p in tables_of(the_course().folder)
    }
    assert tables == {"de"}, "hold the new language against its texts here, too"


def test_a_text_that_is_not_written_out_is_refused_with_its_line(tmp_path):
    file = tmp_path / "some.py"
    file.write_text("from autograder.student.language import t\n\nwords = 'a'\nt(words)\n")
    with pytest.raises(NotWrittenOut, match=r"line 4: t\(words\)"):
        list(texts_in(file))


ALL_FOR_STUDENTS = [
    *(f"judge/{name}" for name in ("card", "comparison", "consistency", "decide", "diagnosis", "explain", "findings")),
    *(f"judge/{name}" for name in ("measured", "messages", "place", "special_cases", "verdict")),
    *(f"feedback/{name}" for name in ("code", "exercises", "outputs", "page", "text")),
    *("mine/filing", "mine/library", "mine/summary", "student/look", "checking"),
]
_SENTENCE = re.compile(r"[a-z]{2,} [a-z]{2,}|[a-z]{2,} \{\}")
_OF_THE_PAGE = re.compile(r"<\w|class=|noopener")


@pytest.mark.parametrize("module", ALL_FOR_STUDENTS)
def test_no_words_for_students_are_kept_out_of_the_tables(module):
    """A sentence that no call of `t`, `counted` or `later` says would be English in every language."""
    tree = parse((PACKAGE / f"{module}.py").read_text(encoding="utf-8"))
    passed = {id(inner) for node in ast.walk(tree) if _is_no_sentence(node) for inner in ast.walk(node)}
    found = []
    for node in ast.walk(tree):
        if id(node) in passed or not isinstance(node, (ast.JoinedStr, ast.Constant)):
            continue
        pieces = node.values if isinstance(node, ast.JoinedStr) else [node]
        text = "".join(str(piece.value) if isinstance(piece, ast.Constant) else "{}" for piece in pieces)
        if isinstance(node, ast.JoinedStr):
            passed |= {id(piece) for piece in node.values}
        if _SENTENCE.search(text) and not _OF_THE_PAGE.search(text):
            found.append(text)
    assert found == []


def _is_no_sentence(node):
    """Docstrings, types, errors for programmers, and what is said already."""
    if isinstance(node, ast.Call):
        return isinstance(node.func, ast.Name) and node.func.id in SAYING
    return (
        isinstance(node, (ast.Raise, ast.Assert))
        or (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant))
        or (isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "compile")
    )


def test_a_new_text_and_a_lost_placeholder_are_told(tmp_path):
    made = tmp_path / "solutions"
    (made / "01_some").mkdir(parents=True)
    for name in ("exercises.py", "answers.py"):
        (made / "01_some" / name).write_text((the_course().folder / TRANSLATED / name).read_text())
    (made / "01_some" / "words.de.toml").write_text('"bias forgotten" = "Bias vergessen"\n"gone {x}" = "weg"\n')
    (made / "words.de.toml").write_text('"{what} is 0 everywhere." = "alles ist 0."\n')
    engine, whole, own = coverage(the_course(tmp_path), ["de"])
    assert engine.wrong == whole.wrong == ("{what} is 0 everywhere.",)
    assert own.superfluous == ("gone {x}",)
    assert "bias subtracted" in own.missing and "bias forgotten" not in own.missing
    assert add_missing(own) == len(own.missing)
    *_, again = coverage(the_course(tmp_path), ["de"])
    assert again.missing == own.missing, "an empty text is no translation"
    assert add_missing(again) == 0


def _of_catalogue(exercise, seed=1):
    helpers = exercise.code(exercise.reference)
    for mistake in exercise.mistakes:
        code = Catalogued({**helpers, **exercise.code(mistake.wrong)})
        yield judge(exercise.name, code, seed, explain=0.0)


def _readable(text):
    """The text without what is quoted of Python: lines, calls and messages of exceptions."""
    return re.sub(r"(löst|raised) \w+.*", "", text)


@pytest.mark.parametrize("exercise", the_course().assignments[TRANSLATED], ids=lambda exercise: exercise.name)
def test_a_german_verdict_has_no_english_left_and_the_same_points_and_names(exercise, monkeypatch):
    english = list(_of_catalogue(exercise))
    monkeypatch.setenv(NAMED, "de")
    german = list(_of_catalogue(exercise))
    assert any(verdict.misconceptions for verdict in english)
    for before, after in zip(english, german, strict=True):
        assert (after.points, after.misconceptions) == (before.points, before.misconceptions)
        for one, other in zip(before.criteria, after.criteria, strict=True):
            assert other.name != one.name
            if _readable(one.message):
                assert _readable(other.message) != _readable(one.message)
        assert (after.hint is None) == (before.hint is None) and (after.hint != before.hint or after.hint is None)
        assert (after.pattern is None) == (before.pattern is None)
        assert after.pattern != before.pattern or after.pattern is None
        assert all(shown(name) != name for name in after.misconceptions)
        for name in after.misconceptions:
            assert shown(name) in after.to_text() and shown(name) in after.to_html().replace("&#x27;", "'")
        left = re.search(r"\b(the|is|of|which|what|your|right|wrong|expected)\b", _readable(_words_of(after)))
        assert left is None, _words_of(after)


def _words_of(verdict):
    """All that a verdict says in sentences: no call, and none of the names of the code."""
    parts = [verdict.notice, verdict.hint or "", verdict.pattern or "", *map(shown, verdict.misconceptions)]
    return "\n".join([*parts, *(f"{c.name}\n{_readable(c.message)}" for c in verdict.criteria)])


def test_names_stay_the_names_of_the_catalogue_in_every_record(german):
    verdict = judge("fc_forward", {"fc_forward": lambda x, W, b: x @ W.T}, 0)
    assert verdict.to_dict()["misconceptions"] == ["bias forgotten"]
    assert type(verdict.misconceptions[0]) is str
    assert "Bias vergessen" in verdict.to_html() and "bias forgotten" not in verdict.to_html()


def test_an_untranslated_assignment_speaks_german_where_it_can(german):
    verdict = judge("sigmoid_forward", {}, 0)
    assert verdict.notice == "Es gibt keine Funktion sigmoid_forward. Führe die Zelle aus, die sie definiert."


def _course(folder, settings="", **tables):
    made = folder / "solutions" / TRANSLATED
    made.mkdir(parents=True)
    for name in ("exercises.py", "answers.py", "words.de.toml"):
        (made / name).write_text((the_course().folder / TRANSLATED / name).read_text(encoding="utf-8"))
    if settings:
        (folder / "solutions" / "course.toml").write_text(settings, encoding="utf-8")
    for name, text in tables.items():
        (folder / "solutions" / f"words.{name}.toml").write_text(text, encoding="utf-8")
    return folder


def test_the_language_is_a_setting_of_the_course_and_the_environment_goes_before(tmp_path, monkeypatch):
    made = _course(tmp_path, 'language = "de"\n')
    the_course(made)
    assert language.language() == "de" and shown("bias forgotten") == "Bias vergessen"
    monkeypatch.setenv(NAMED, "en")
    the_course(made)
    assert language.language() == "en" and shown("bias forgotten") == "bias forgotten"
    monkeypatch.delenv(NAMED)
    the_course()
    assert language.language() == "en"


def test_a_course_brings_a_language_of_its_own_and_may_put_things_otherwise(tmp_path, monkeypatch):
    made = _course(tmp_path, fr='"right values" = "valeurs justes"\n', de='"right values" = "Werte stimmen"\n')
    monkeypatch.setenv(NAMED, "fr_FR.UTF-8")
    the_course(made)
    assert t("right values") == "valeurs justes"
    assert t("not reached") == "not reached", "what nobody has translated is English"
    monkeypatch.setenv(NAMED, "de")
    the_course(made)
    assert t("right values") == "Werte stimmen"


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ('language = "xx"\n', "no table of texts for 'xx', which .*course.toml names; there are de, en"),
        ('langage = "de"\n', "sets 'langage', which is no setting: did you mean language"),
        ("language = 3\n", "language is a text in quotes"),
        ("language = de\n", "course.toml cannot be read"),
    ],
)
def test_a_setting_that_cannot_be_followed_is_told(tmp_path, settings, told):
    with pytest.raises(CourseProblem, match=told):
        the_course(_course(tmp_path, settings))


def test_a_table_that_cannot_be_read_is_told(tmp_path, monkeypatch):
    monkeypatch.setenv(NAMED, "de")
    with pytest.raises(CourseProblem, match=r"words.de.toml: 'right values' is no text"):
        the_course(_course(tmp_path, de='"right values" = 3\n'))


@pytest.mark.parametrize(
    "said", ["{was} ist überall 0.", "{what} und {more}", "{} ist 0", "{what ist 0", "{what.where}"]
)
def test_a_translation_that_cannot_be_filled_in_is_told_before_anybody_is_judged(said, tmp_path, monkeypatch):
    monkeypatch.setenv(NAMED, "de")
    with pytest.raises(CourseProblem, match=r"words.de.toml: '\{what\} is 0 everywhere.' has other names in braces"):
        the_course(_course(tmp_path, de=f'"{{what}} is 0 everywhere." = "{said}"\n'))


def test_texts_are_put_together_and_shown_later():
    kept = later("the number of rows of {name}", name="x")
    assert kept == "the number of rows of x" and isinstance(kept, Text)
    speak("de")
    assert shown(kept) == "die Zahl der Zeilen von x"
    assert t("{what} is the right one times {number}.", what="dW", number=kept) == (
        "dW ist das Richtige mal die Zahl der Zeilen von x."
    )
    assert counted("{count} value", "{count} values", 1) == "1 Wert"
    assert counted("{count} value", "{count} values", 3) == "3 Werte"
    assert retold("an object of type Thing", ["an object of type {type}"]) == "ein Objekt vom Typ Thing"
    assert retold("something else", ["an object of type {type}"]) == "something else"


def test_the_texts_of_the_engine_and_of_a_course_have_readable_placeholders():
    texts = [*engine_texts(), *course_texts(the_course(), TRANSLATED)]
    assert all(name.isidentifier() for text in texts for name in placeholders(text))


@pytest.mark.parametrize(("word", "code"), [("german", 1), ("de-", 0), ("../de", 1), ("", 1)])
def test_the_command_takes_a_language_by_its_tag_only(word, code):
    done = CliRunner().invoke(main, ["translations", word, "--assignment", TRANSLATED])
    assert done.exit_code == code, done.output
    assert ("There are de, en" in done.output) == bool(code) and ("german  " not in done.output)


def test_one_exercise_is_counted_as_one(german):
    mark = Mark(1.0, 1.0)
    exercises = [Exercise(n, "", Markup(), None, mark, status=s) for n, s in enumerate(["right", "wrong", "wrong"])]
    assert summary(Parts(Markup(), exercises, [])).sentence == "1 von 3 Aufgaben ist ganz richtig."
    exercises[1].status = "right"
    assert summary(Parts(Markup(), exercises, [])).sentence == "2 von 3 Aufgaben sind ganz richtig."


def test_a_sandbox_that_began_in_another_language_speaks_the_course_s_in_its_next_session(bubblewrap):
    cell = "from autograder import look\ndef nothing():\n    raise NotImplementedError\nlook(nothing)"
    shown_in = {}
    with Sandbox(Limits()) as sandbox:
        for named in ("en", "de"):
            speak(named)
            with sandbox.session() as session:
                (result,) = session.execute([cell])
            shown_in[named] = str(result.outputs)
    assert "is not filled in yet" in shown_in["en"] and "ist noch nicht ausgefüllt" in shown_in["de"]

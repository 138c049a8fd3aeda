"""What happens to honest work on its way to the grader, by name."""

import io
import json
import os
import zipfile

NAME = "03_circuits_and_gates"
FILE = f"{NAME}.ipynb"
DUE = "2030-01-31 23:59 UTC"


def text(notebook):
    return json.dumps(notebook).encode()


def changed(notebook, change):
    copy = json.loads(json.dumps(notebook))
    for cell in copy["cells"]:
        change(cell)
    return text(copy)


def zipped(**files):
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name.replace("__", "/"), content)
    return made.getvalue()


def code(source):
    return {"cell_type": "code", "id": "x", "metadata": {}, "outputs": [], "execution_count": None, "source": source}


def printed(megabytes):
    """The solution with so much of outputs: a thousand lines of them to begin with, then long ones."""

    def make(done, release):
        lines = ["1, [2], {3}\n"] * 1000 + ["x" * 2**20] * megabytes
        first = next(cell for cell in done["cells"] if cell["cell_type"] == "code")
        first["outputs"] = [{"output_type": "stream", "name": "stdout", "text": lines}]
        return {FILE: text(done)}

    return make


def with_data(done, release):
    data = [code(f"data{i} = [\n" + "1.5, 2.5,\n" * 9_000 + "]") for i in range(4)]
    done["cells"][1:1] = data
    return {FILE: text(done)}


def another(done):
    return changed(done, lambda cell: cell.update(source=str("".join(cell["source"])) + "\n# another try"))


def without_marks(cell):
    cell["metadata"] = {}


def place(notebook, name):
    return next(i for i, c in enumerate(notebook["cells"]) if c["metadata"].get("nbgrader", {}).get("grade_id") == name)


def given(release, name):
    return json.loads(json.dumps(release["cells"][place(release, name)]))


def typed_into_the_check(done, release):
    """Two answers are in the locked cells below, as in an editor that knows no locks; of one the stub is left."""
    for name in ("add_backward", "multiply_backward"):
        answer, check = done["cells"][place(done, name)], done["cells"][place(done, f"check-{name}")]
        check["source"] = "".join(answer["source"]) + "\n\n" + "".join(check["source"])
        answer["source"] = given(release, name)["source"]
    del done["cells"][place(done, "multiply_backward")]
    return {FILE: text(done)}


def above_the_stubs(done, release):
    """All answers in one cell, and below it the cells for them as they were given out."""
    names = [c["metadata"]["nbgrader"]["grade_id"] for c in release["cells"] if "nbgrader" in c["metadata"]]
    names = [name for name in names if f"check-{name}" in names]
    whole = "\n\n".join("".join(done["cells"][place(done, name)]["source"]) for name in names)
    for name in names:
        done["cells"][place(done, name)] = given(release, name)
    done["cells"].insert(2, code(whole))
    return {FILE: text(done)}


def doubled(done, release):
    """An answer, and after it its cell once more as it was given out; a written one, and an empty half of it."""
    stub, empty = given(release, "max_backward"), given(release, "written-03_circuits_and_gates")
    empty["source"] = ""
    done["cells"].insert(place(done, "max_backward") + 1, {**stub, "id": "again"})
    done["cells"].append({**empty, "id": "half"})
    return {FILE: text(done)}


def imports_last(done, release):
    done["cells"].append(done["cells"].pop(1))
    return {FILE: text(done)}


def written_below(done, release):
    done["cells"][place(done, "written-03_circuits_and_gates")] = given(release, "written-03_circuits_and_gates")
    done["cells"].append(
        {"cell_type": "markdown", "id": "mine", "metadata": {}, "source": "At an add gate, he is right."}
    )
    return {FILE: text(done)}


def lines_of_windows(cell):
    cell["source"] = "".join(cell["source"]).replace("\n", "\r\n")
    cell["metadata"] = {}


PDF = {"answers.pdf": b"%PDF-1.4"}
# All of it is there, and gets all points; what the remark or trouble must say, or None.
GRADED = {
    "a second download": (lambda done, release: {f"{NAME} (1).ipynb": text(done)}, "(1).ipynb was graded in place of"),
    "a copy beside the untouched release": (
        lambda done, release: {FILE: text(release), f"{NAME}-Copy1.ipynb": text(done)}, "which is as it was given out"),
    "in a folder": (lambda done, release: {f"my work/{FILE}": text(done)}, "my work/03"),
    "in a zip archive": (lambda done, release: {"hw.zip": zipped(**{f"hw__{FILE}": text(done)})}, "hw.zip (hw/03"),
    "in a zip archive from a Mac": (
        lambda done, release: {"hw.zip": zipped(**{FILE: text(done), f"__MACOSX__._{FILE}": b"\0\5"})}, "hw.zip ("),
    "twice the same": (
        lambda done, release: {"mine.ipynb": text(done), "mine (1).ipynb": text(done)}, "was graded in place of"),
    "with capital letters": (lambda done, release: {f"{NAME}.IPYNB": text(done)}, ".IPYNB was graded"),
    "with a backup beside it": (
        lambda done, release: {FILE: text(done), "old.ipynb": another(done)}, "old.ipynb has work on"),
    "with the editor's checkpoint": (
        lambda done, release: {FILE: text(done), f".ipynb_checkpoints/{NAME}-checkpoint.ipynb": another(done)}, None),
    "beside a damaged file": (
        lambda done, release: {FILE: text(done)[:3000], "copy.ipynb": text(done)}, "copy.ipynb was graded"),
    "seventy megabytes of outputs": (printed(70), None),
    "big data before the answers": (with_data, "together are longer than the 300,000"),
    "all ids lost": (lambda done, release: {FILE: changed(done, without_marks)}, "had lost its id"),
    "saved with a mark for the order of bytes": (lambda done, release: {FILE: b"\xef\xbb\xbf" + text(done)}, None),
    "named anew by a browser": (lambda done, release: {f"{FILE}.txt": text(done)}, ".ipynb.txt was graded in place"),
    "zeros at its end": (lambda done, release: {FILE: b"\xef\xbb\xbf" * 2 + text(done) + b"\0" * 4096}, None),
    "line ends of Windows, all ids lost": (lambda done, release: {FILE: changed(done, lines_of_windows)}, "its id"),
    "typed into locked cells": (typed_into_the_check, "typed into the locked cell check-add_backward"),
    "above the stubs": (above_the_stubs, None),
    "a stub after its answer": (doubled, "the last one with work in it counts"),
    "imports in the last cell": (imports_last, None),
    "written below its cell": (written_below, "into one beside it: mark it there"),
    "unpacked into a folder of its name": (lambda done, release: {f"{FILE}/{FILE}": text(done)}, f"{FILE}/{FILE} was"),
    "a scan beside the work": (lambda done, release: {FILE: text(done), **PDF}, None),
    "a name of " + "2" * 242: (lambda done, release: {FILE: text(done)}, None),
    "a name\nof two lines": (lambda done, release: {FILE: text(done)}, None),
    "a name {of} [signs] %s *?": (lambda done, release: {FILE: text(done)}, None),
    "handed in before the date, changed after": (
        lambda done, release: {FILE: text(done), "timestamp.txt": b"2030-01-31 20:00 UTC"}, "changed last at 2030-02"),
}  # fmt: skip
# Nobody but a person can say what these are worth: they stay open, and what the reason must say.
OPEN = {
    "two different copies": (
        lambda done, release: {"a.ipynb": text(done), "b.ipynb": another(done)}, "work on it is in a.ipynb, b.ipynb"),
    "two different copies beside the release": (
        lambda done, release: {FILE: text(release), "a.ipynb": text(done), "b.ipynb": another(done)}, "a.ipynb, b"),
    "a scan": (lambda done, release: {"homework.pdf": b"%PDF-1.4"}, "is missing; there is homework.pdf"),
    "a scan under the right name": (lambda done, release: {FILE: b"%PDF-1.4"}, "is not a notebook"),
    "nothing": (lambda done, release: {}, "is missing"),
    "read while it is copied": (lambda done, release: {FILE: text(done)[:-500]}, "not valid JSON"),
    "an empty file": (lambda done, release: {FILE: b""}, "is empty"),
    "another assignment": (
        lambda done, release: {"04.ipynb": text({"cells": [code("def f(): pass")]})}, "is missing; there is 04.ipynb"),
    "another assignment under this name": (
        lambda done, release: {FILE: text({"cells": [code("def f(): pass")]})}, "none of the cells"),
    "no cells": (lambda done, release: {FILE: text({**done, "cells": []})}, "none of the cells"),
    "a scan beside the release": (
        lambda done, release: {FILE: text(release), **PDF}, "given out; there is answers.pdf"),
    "a script beside the release": (
        lambda done, release: {FILE: text(release), "03.py": b"def f(): pass"}, "given out; there is 03.py"),
    "a new notebook beside the release": (
        lambda done, release: {FILE: text(release), "Untitled.ipynb": text({"cells": [code("f")]})}, "Untitled"),
    "an archive in an archive beside the release": (
        lambda done, release: {FILE: text(release), "hw.zip": zipped(**{"in.zip": b"PK"})}, "hw.zip (in.zip)"),
    "the editor's copy alone": (
        lambda done, release: {f".ipynb_checkpoints/{NAME}-checkpoint.ipynb": text(done)}, "the editor's own copy"),
    "the editor's copy beside the release": (
        lambda done, release: {FILE: text(release), f".ipynb_checkpoints/{FILE}": text(done)}, "the editor's own copy"),
    "a damaged file beside the release": (
        lambda done, release: {FILE: text(done)[:-500], "copy.ipynb": text(release)}, "not valid JSON"),
    "a damaged archive": (lambda done, release: {"hw.zip": zipped(**{FILE: text(done)})[:-40]}, "there is hw.zip"),
    "an archive of another kind": (lambda done, release: {"hw.rar": b"Rar!"}, "there is hw.rar"),
    "seconds for a time": (lambda done, release: {FILE: text(done), "timestamp.txt": b"1896170400"}, "'1896170400'"),
    "a day that is none": (
        lambda done, release: {FILE: text(done), "timestamp.txt": b"2030-02-31 10:00 UTC"}, "cannot be read as a time"),
    "an empty time": (lambda done, release: {FILE: text(done), "timestamp.txt": b""}, "cannot be read as a time"),
    "a time of thirty digits": (lambda done, release: {FILE: text(done), "timestamp.txt": b"9" * 30}, "9999"),
    "half a time": (lambda done, release: {FILE: text(done), "timestamp.txt": b"10:30"}, "'10:30'"),
    "a time zone that is none": (
        lambda done, release: {FILE: text(done), "timestamp.txt": b"2030-01-01 10:00 XYZT"}, "XYZT"),
    "a time in bytes": (lambda done, release: {FILE: text(done), "timestamp.txt": bytes(range(256))}, "timestamp.txt"),
}  # fmt: skip


def hand_in(root, student, files):
    folder = root / "submitted" / student / NAME
    folder.mkdir(parents=True)
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        when = 1896393600 if student == "handed in before the date, changed after" else 1895000000
        os.utime(path, (when, when))

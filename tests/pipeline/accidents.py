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

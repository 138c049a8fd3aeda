"""The bubblewrap command around a worker: what it may see, and the namespaces it lives in.

Bound read-only: the system's /usr and /lib, the Python and its site-packages, nn_lib, and the two rooms of autograder
that a worker is made of. An installed or editable copy of this project in site-packages is covered
up: exercises, solutions and the repository are not there.
"""

from __future__ import annotations

import os
import shutil
import sys
import sysconfig
from pathlib import Path

from autograder.sandbox.inside.limits import Limits
from autograder.student.absent import DIFFERENTIATE, STAY
from autograder.student.language import NAMED, language
from autograder.student.lent import PACKAGE

COURSE = "/course"
NOBODY = 65534
_AUTOGRADER = Path(__file__).resolve().parent.parent
_ROOMS = ("student", "sandbox/inside")
_SITES = ("site-packages", "dist-packages")
_SYSTEM = ("/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32")
_ETC = ("/etc/ld.so.cache", "/etc/alternatives", "/etc/fonts", "/etc/localtime")
# Run as root, the worker must still be an ordinary user outside: no process limit binds root.
_BECOME_NOBODY = (
    f"import os, sys; os.setgroups([]); os.setresgid(*[{NOBODY}] * 3); os.setresuid(*[{NOBODY}] * 3);"
    "os.execv(sys.argv[1], sys.argv[1:])"
)


def command(bwrap: str, limits: Limits, control: int, library: bool = True) -> list[str]:
    """The whole command line; the worker finds its control socket at descriptor `control`.

    Without `library`, nothing that differentiates is in there.
    """
    inner = [
        bwrap,
        "--unshare-all",
        "--unshare-user",
        "--disable-userns",
        "--uid",
        str(NOBODY),
        "--gid",
        str(NOBODY),
        # Rights within the worker's own user namespace, to shut each session in a box and to see what memory it takes;
        # the session has none of them.
        "--cap-drop",
        "ALL",
        "--cap-add",
        "CAP_SYS_ADMIN",
        "--cap-add",
        "CAP_SETPCAP",
        "--cap-add",
        "CAP_SYS_PTRACE",
        "--new-session",
        "--die-with-parent",
        # As process 1 of its namespace the worker is out of reach of every signal from inside.
        "--as-pid-1",
        "--hostname",
        "sandbox",
        *_environment(),
        *_system(),
        "--size",
        str(limits.disk_bytes),
        "--tmpfs",
        "/tmp",
        *_python(library),
        *_course(library),
        "--proc",
        "/proc",
        "--dev",
        "/dev",
        "--size",
        str(max(limits.disk_bytes // 8, 2**20)),
        "--tmpfs",
        "/dev/shm",
        "--remount-ro",
        "/dev",
        "--remount-ro",
        "/",
        "--chdir",
        "/tmp",
        sys.executable,
        "-s",  # no user site by itself: the home folder is another one here
        "-m",
        "autograder.sandbox.inside.worker",
        str(control),
        "sealed",
        *(["library"] if library else []),
    ]
    return inner if os.geteuid() != 0 else _as_nobody(bwrap, library) + inner


def _as_nobody(bwrap: str, library: bool) -> list[str]:
    # The Python may lie where only root may look (a pyenv under /root): first a view of the read-only parts
    # at the same paths, in folders anyone may pass; then the change of user; then the sandbox proper.
    return [
        bwrap,
        "--die-with-parent",
        "--cap-drop",
        "ALL",
        "--cap-add",
        "CAP_SETUID",
        "--cap-add",
        "CAP_SETGID",
        *_passable(_same_places([*_system(), *_python(library), *_course(library), "--ro-bind", bwrap, bwrap])),
        "--dev-bind",
        "/dev",
        "/dev",
        "--bind",
        "/proc",
        "/proc",
        "--perms",
        "0755",
        "--dir",
        "/tmp",
        "--chdir",
        "/",
        sys.executable,
        "-I",
        "-S",
        "-c",
        _BECOME_NOBODY,
    ]


def _same_places(options: list[str]) -> list[str]:
    """Only the binds and links among the options, each source also at its own place, for the sandbox proper
    to bind."""
    kept: dict[tuple[str, str, str], None] = {}
    for kind, source, target in zip(options, options[1:], options[2:], strict=False):
        if kind == "--symlink":
            kept[kind, source, target] = None
        elif kind == "--ro-bind":
            kept[kind, source, source] = kept[kind, source, target] = None
    return [word for option in kept for word in option]


def _passable(options: list[str]) -> list[str]:
    """The options after others that make the folders above each target, which bubblewrap would make
    private."""
    folders: dict[str, None] = {}
    for kind, target in zip(options, options[2:], strict=False):
        if kind in ("--ro-bind", "--symlink"):
            for parent in reversed(Path(target).parents[:-1]):
                folders[str(parent)] = None
    made = []
    for folder in folders:
        if not any(Path(folder).is_relative_to(system) for system in ("/usr", *_SYSTEM)):
            made += ["--perms", "0755", "--dir", folder]
    return made + options


def _environment() -> list[str]:
    variables = {
        "PATH": f"{Path(sys.executable).parent}:/usr/local/bin:/usr/bin:/bin",
        "PYTHONPATH": ":".join([COURSE, *map(str, _further_sites())]),
        "HOME": "/tmp/home",
        "USER": "student",
        "LOGNAME": "student",
        "LANG": "C.UTF-8",
        "PYTHONDONTWRITEBYTECODE": "1",
        "IPYTHONDIR": "/tmp/home/ipython",
        "MPLCONFIGDIR": "/tmp/home/matplotlib",
        "OPENBLAS_NUM_THREADS": "1",
        "OMP_NUM_THREADS": "1",
        "MKL_NUM_THREADS": "1",
        NAMED: language(),
    }
    if "OPENBLAS_CORETYPE" in os.environ:
        variables["OPENBLAS_CORETYPE"] = os.environ["OPENBLAS_CORETYPE"]
    options = ["--clearenv"]
    for name, value in variables.items():
        options += ["--setenv", name, value]
    return options


def _system() -> list[str]:
    options = ["--ro-bind", "/usr", "/usr"]
    for path in _SYSTEM:
        if os.path.islink(path):
            options += ["--symlink", os.readlink(path), path]
        elif os.path.isdir(path):
            options += ["--ro-bind", path, path]
    for path in _ETC:
        if os.path.exists(path):
            options += ["--ro-bind", os.path.realpath(path), path]
    return options


def _python(library: bool) -> list[str]:
    paths = _python_paths()
    # A Python below /tmp gets a read-only place of its own there, which nobody can rename or write beside.
    places = sorted({f"/tmp/{path.parts[2]}" for path in paths if path.is_relative_to("/tmp") and len(path.parts) > 3})
    options = [word for place in places for word in ("--tmpfs", place)]
    for path in paths:
        options += ["--ro-bind", str(path.resolve()), str(path)]
    for folder in _hidden(library):
        options += ["--tmpfs", str(folder), "--remount-ro", str(folder)]
    return options + [word for place in places for word in ("--remount-ro", place)]


def _hidden(library: bool) -> list[Path]:
    """Folders in what is bound that hold the exercises (installed copies, a repository below /usr), or a library."""
    bound = [Path("/usr"), *_python_paths()]
    sites = [Path(entry) for entry in [*sys.path, *map(sysconfig.get_path, ("purelib", "platlib"))]]
    for path in _python_paths():
        sites += [path, *path.glob("site-packages"), *path.glob("python*/site-packages")]
    packages = ["autograder", "nn_lib", PACKAGE, *(() if library else DIFFERENTIATE)]
    folders = [site / package for site in sites for package in packages]
    root = _AUTOGRADER.parent
    if root.name not in _SITES:
        folders.append(root)
    # What is there first: there are few of them, and to look costs less than to compare.
    there = [folder for folder in dict.fromkeys(folders) if folder.is_dir()]
    return [folder for folder in there if any(folder.is_relative_to(path) for path in bound)]


def _python_paths() -> list[Path]:
    """The parts of the Python and its environment that make it run, and nothing that lies beside them."""
    prefixes = [Path(p) for p in (sys.prefix, sys.base_prefix, sys.exec_prefix, sys.base_exec_prefix)]
    paths: list[Path] = []
    for executable in _executables():
        prefix = executable.parent.parent
        if (prefix / "lib" / f"python{sys.version_info.major}.{sys.version_info.minor}").is_dir():
            prefixes.append(prefix)
        else:
            paths.append(executable)
    for prefix in prefixes:
        paths += [prefix / part for part in ("pyvenv.cfg", "bin", "lib", "lib64", "share/matplotlib")]
    paths += [Path(sysconfig.get_path(name)) for name in ("stdlib", "platstdlib", "purelib", "platlib")]
    paths += _further_sites()
    kept: list[Path] = []
    for path in dict.fromkeys(Path(os.path.normpath(path)) for path in paths):
        inside = any(path.is_relative_to(other) for other in [Path("/usr"), *kept])
        if path.exists() and not inside and not any(path == Path(system) for system in _SYSTEM):
            kept.append(path)
    return kept


def _executables() -> list[Path]:
    """The Python's program and every link on the way to it."""
    found = [Path(sys.executable)]
    while found[-1].is_symlink() and len(found) < 20:
        found.append(Path(os.path.normpath(found[-1].parent / os.readlink(found[-1]))))
    return found


def _further_sites() -> list[Path]:
    """Folders of packages that the worker's Python would not look into by itself, such as the user's own."""
    usual = {sysconfig.get_path(name) for name in ("purelib", "platlib")}
    return [Path(entry) for entry in sys.path if Path(entry).name in _SITES and entry not in usual]


def _course(library: bool) -> list[str]:
    inside = f"{COURSE}/autograder"
    places = [(_AUTOGRADER / "__init__.py", f"{inside}/__init__.py")]
    places += [(_AUTOGRADER / room, f"{inside}/{room}") for room in _ROOMS]
    # In there `check` has no judge behind it.
    places.append((_AUTOGRADER / "sandbox" / "inside" / "check.py", f"{inside}/checking.py"))
    options = []
    for source, target in places:
        options += ["--ro-bind", str(source), target]
    folder = _nn_lib()
    if folder is None:
        return options
    parts = [""] if library else [f"/{name.split('.')[1]}.py" for name in STAY] + ["/data"]
    for part in parts:
        options += ["--ro-bind", f"{folder}{part}", f"{COURSE}/nn_lib{part}"]
    return options


def _nn_lib() -> Path | None:
    import importlib.util

    found = importlib.util.find_spec("nn_lib")
    if found is None or not found.submodule_search_locations:
        return None
    return Path(next(iter(found.submodule_search_locations))).resolve()


def find() -> str | None:
    """The path of the bubblewrap program, or None."""
    return shutil.which("bwrap")

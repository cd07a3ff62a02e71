#!/usr/bin/env python3
"""Broadsheet: one command from a fresh copy to a report. Needs Python 3.11, 3.12, 3.13 or 3.14 and nothing else.

    python3 run.py                    set up, then a report on data/peace-talks, in reports/index.html
    python3 run.py STUDY_FOLDER ...   the same for your own study; what follows goes to `broadsheet report`
    python3 run.py test ...           set up, then the tests; what follows goes to pytest, which runs in lib/
    python3 run.py lab ...            set up, then JupyterLab at the first notebook; what follows goes to `jupyter lab`

The first run makes .venv and needs a network; later runs install nothing, unless requirements.txt has changed.
The exit status is 2, with one line on stderr, where the set-up fails, 130 after Ctrl-C, and else the command's own.
"""
# Old Pythons, 2.7 included, have to read this file to say that they are too old: no f-strings, no annotations.
# ruff: noqa: UP032

import errno
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import time

OLDEST, NEWEST = (3, 11), (3, 14)
WINDOWS = os.name == "nt"
ROOT = os.path.dirname(os.path.realpath(__file__))
VENV = os.path.join(ROOT, ".venv")
PYTHON = os.path.join(VENV, "Scripts", "python.exe") if WINDOWS else os.path.join(VENV, "bin", "python")
PACKAGES = os.path.join(VENV, "Lib" if WINDOWS else "lib/python{}.{}".format(*sys.version_info), "site-packages")
STAMP = os.path.join(VENV, "broadsheet.json")
LOG = os.path.join(VENV, "setup.log")
LOCK, TEST_LOCK = "requirements.txt", "lib/tests/requirements.txt"
MADE_BY = ["{}.{}".format(*sys.version_info), sysconfig.get_platform(), ROOT]  # a .venv suits one of each


class Refusal(Exception):
    """The set-up cannot be made; the message is one line that says what to do."""


def main(arguments):
    if not OLDEST <= sys.version_info[:2] <= NEWEST:
        have = "{}.{}.{}".format(*sys.version_info)
        raise Refusal("this is Python {}; Broadsheet needs Python 3.11, 3.12, 3.13 or 3.14".format(have))
    job = arguments[0] if arguments else ""
    if job in ("-h", "--help"):
        say(__doc__.strip())
        return 0
    # What the user has set up for other Pythons must not reach this one.
    for name in ("PYTHONPATH", "PYTHONHOME", "__PYVENV_LAUNCHER__", "PIP_TARGET", "PIP_PREFIX", "PIP_ROOT"):
        os.environ.pop(name, None)
    os.environ.update(PIP_USER="0", PIP_NO_INPUT="1", PIP_DISABLE_PIP_VERSION_CHECK="1", PIP_PROGRESS_BAR="off")
    os.environ["PIP_RETRIES"] = "2"  # without a network, say so soon; with 0, pip would not say why it failed

    with only_one() as lock:
        set_up([LOCK, TEST_LOCK] if job == "test" else [LOCK], lock)
    if job == "test":
        os.chdir(os.path.join(ROOT, "lib"))
        return hand_over(["-m", "pytest"] + arguments[1:])
    if job == "lab":
        # The root is the whole project, so that data/ can be edited there as well.
        folders = ["--ServerApp.root_dir=" + ROOT, "--ServerApp.preferred_dir=" + os.path.join(ROOT, "notebooks")]
        first = ["--LabApp.default_url=/lab/tree/notebooks/00_corpus.ipynb"]
        return hand_over(["-m", "jupyterlab"] + folders + first + arguments[1:])
    # -P: a file of the user's that is called like a package must not stand in for it.
    return hand_over(["-P", "-m", "broadsheet.cli", "report"] + arguments)


def say(text):
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def hand_over(arguments):
    """Become the command where the system can, so that signals and the exit status are its own."""
    command = [PYTHON] + arguments
    if not WINDOWS:
        os.execv(PYTHON, command)
    child = subprocess.Popen(command)
    while True:
        try:
            code = child.wait()
            return 130 if code == 0xC000013A else code  # how Windows says Ctrl-C
        except KeyboardInterrupt:
            pass  # the child has been told too, and ends in its own way


def only_one():
    """Return this file, open and locked. The system lets go of the lock however a process ends, so it is never stale."""
    file = open(os.path.join(ROOT, "run.py"), "rb")  # noqa: SIM115  the caller closes it, and so unlocks it
    for attempt in range(sys.maxsize):
        try:
            if WINDOWS:
                import msvcrt

                file.seek(1 << 30)  # beyond the end: Windows keeps others from reading what is locked
                msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
            else:
                import fcntl

                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return file
        except OSError as error:
            if error.errno not in (errno.EACCES, errno.EAGAIN, errno.EDEADLK):
                return file  # a file system without locks
        if attempt == 0:
            say("Another run.py is setting up .venv: waiting for it ...")
        time.sleep(0.2)


def set_up(lists, lock):
    """Make .venv, or bring it up to date, so that it holds what the lists of requirements ask for."""
    stamp = read_stamp()
    old = os.path.lexists(VENV)
    damage = find_damage(stamp) if old else "missing"
    if damage:
        from importlib.util import find_spec

        if not find_spec("venv") or not find_spec("ensurepip"):
            raise Refusal(
                "this Python has no venv module: install it (Debian and Ubuntu: sudo apt install python3-venv), "
                "or use a Python from python.org"
            )
        if old:
            say("Making .venv anew: {}.".format(damage))
        stamp = {"made_by": MADE_BY, "lists": {}}
    wanted = {name: fingerprint(name) for name in lists}
    missing = [name for name in lists if stamp["lists"].get(name) != wanted[name]]
    if not missing:
        return
    if damage:
        say("Setting up .venv, once: some 240 MB to fetch, 980 MB on the disk, about a minute ...")
        remove(VENV)
        os.mkdir(VENV)
    else:
        say("Bringing .venv up to date with {} ...".format(" and ".join(missing)))
    started = time.time()
    try:
        with open(LOG, "w", encoding="utf-8") as log:
            if damage:
                # A Python that itself belongs to a .venv, perhaps this one, is not what the new one should rest on.
                base = getattr(sys, "_base_executable", "") or sys.executable
                call([base, "-I", "-m", "venv", "--without-pip", VENV], log, lock)
                call([PYTHON, "-I", "-m", "ensurepip", "--default-pip"], log, lock)
            for name in missing:
                call([PYTHON, "-I", "-m", "pip", "install", "-r", name], log, lock)
        stamp["lists"].update(wanted)
        stamp["packages"] = measure(PACKAGES)
        with open(STAMP, "w", encoding="utf-8") as file:  # last: without it a .venv is taken for half-made
            json.dump(stamp, file)
    except (Refusal, OSError):
        if damage:  # leave the log, and nothing that could be taken for an environment
            for name in os.listdir(VENV):
                if name != os.path.basename(LOG):
                    remove(os.path.join(VENV, name))
        raise
    say("Set up in {:.0f} s.".format(time.time() - started))


def read_stamp():
    try:
        with open(STAMP, encoding="utf-8") as file:
            return json.load(file)
    except (OSError, ValueError):
        return {}


def find_damage(stamp):
    """Say what makes .venv unfit for use; an empty string means that it is sound."""
    if not stamp:
        return "it is half-made, or not made by run.py"
    if stamp["made_by"] != MADE_BY:
        return "it was made by another Python, or in another folder"
    found = measure(PACKAGES) if os.path.isdir(PACKAGES) else {}
    for name, size in stamp["packages"].items():
        # pip may be upgraded by hand, and other packages added; what the lists asked for has to be whole
        if not name.startswith("pip") and (name not in found or found[name][0] < size[0] or found[name][1] < size[1]):
            return "{} in it is missing or damaged".format(name)
    check = "import sys, pip, broadsheet; sys.exit(sys.version_info[:2] != {})".format(tuple(sys.version_info[:2]))
    try:
        works = subprocess.call([PYTHON, "-I", "-c", check], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) == 0
    except OSError:
        works = False
    return "" if works else "its Python does not start, or does not find the library"


def measure(folder):
    """Return {name: [files, bytes]} for what stands in a folder. Compiled files are left out: they come and go."""
    sizes = {}
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.name == "__pycache__":
                continue
            if entry.is_dir(follow_symlinks=False):
                inner = measure(entry.path).values()
                sizes[entry.name] = [sum(files for files, _ in inner), sum(size for _, size in inner)]
            else:
                sizes[entry.name] = [1, entry.stat(follow_symlinks=False).st_size]
    return sizes


def fingerprint(name):
    """Return the hash of a list of requirements, to which the library's own metadata belong as well."""
    import tomllib

    with open(os.path.join(ROOT, "lib", "pyproject.toml"), "rb") as file:
        project = json.dumps(tomllib.load(file)["project"])
    with open(os.path.join(ROOT, name), "rb") as file:
        return hashlib.sha256(file.read() + project.encode()).hexdigest()


def remove(path):
    if os.path.isdir(path) and not os.path.islink(path):
        shutil.rmtree(path)
    elif os.path.lexists(path):
        os.remove(path)


def call(command, log, lock):
    """Run one command of the set-up. Its output goes to the log; when it fails, a Refusal says why in one line."""
    # A child that outlives this process, after a kill -9, keeps the lock until it ends.
    keep = {} if WINDOWS else {"pass_fds": [lock.fileno()]}
    pipe = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
    child = subprocess.Popen(command, cwd=ROOT, encoding="utf-8", errors="replace", **dict(pipe, **keep))
    lines = []
    try:
        for line in child.stdout:
            lines.append(line.strip())
            log.write(line)
            if sys.stdout.isatty() and line.startswith(("Collecting", "Installing")):
                sys.stdout.write("\r  {:<76}".format(line.strip()[:76]))
                sys.stdout.flush()
    except BaseException:
        child.kill()
        raise
    finally:
        if sys.stdout.isatty():
            sys.stdout.write("\r{:<78}\r".format(""))
        child.wait()
    if child.returncode:
        raise Refusal(explain([line for line in lines if line], child.returncode))


def explain(lines, status):
    """Turn the output of a failed pip, or venv, into one line on what went wrong."""
    end = lines[-40:]
    windows = {"112": errno.ENOSPC, "5": errno.EACCES, "32": errno.EACCES, "19": errno.EROFS}
    for line in end:
        kind, number = (re.findall(r"(Errno|WinError) (\d+)", line) or [("", "")])[-1]
        known = describe(int(number) if kind == "Errno" else windows.get(number))
        if known and "rror" in line and "onnection" not in line:  # a firewall's refusal has the numbers of a file's
            return known
    if re.search("connection broken|ConnectionError|ProxyError|SSLError|[Tt]imed? ?out|getaddrinfo", "\n".join(end)):
        return "the package index cannot be reached: setting up needs a network (behind a proxy: set HTTPS_PROXY)"
    errors = [line for line in lines if line.lower().startswith("error")] or lines
    said = " / ".join(errors[-3:]) or "no output, exit status {}".format(status)
    return "setting up failed: {} (all of it is in {})".format(said, LOG)


def describe(number):
    """Return one line for the kinds of OSError that a user can do something about, else an empty string."""
    if number in (errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC)):
        return "the disk is full: setting up needs about 1 GB for {}, and room for temporary files".format(VENV)
    if number in (errno.EROFS, errno.EACCES, errno.EPERM):
        return "{} cannot be written: it is read-only, or another program uses its .venv".format(ROOT)
    return ""


if __name__ == "__main__":
    try:
        status = main(sys.argv[1:])
    except KeyboardInterrupt:
        status = 130
    except (Refusal, OSError) as problem:
        number = getattr(problem, "errno", None)
        sys.stderr.write("run.py: {}\n".format(describe(number) or problem))
        status = 2
    sys.exit(status)

"""run.py, run as a user runs it, in small copies of the project whose requirements are wheels made here: no network."""

import errno
import importlib.util
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
import tomllib
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LOCK, TEST_LOCK = ROOT / "requirements.txt", ROOT / "lib" / "tests" / "requirements.txt"
WINDOWS = os.name == "nt"
ECHO = """
import json, os, sys
print(json.dumps([sys.argv[1:], os.getcwd(), sys.prefix]))
sys.exit(7 if "--fail" in sys.argv else 0)
"""
WORKING, MISSING = "./broadsheet-1-py3-none-any.whl\n", "./missing-1-py3-none-any.whl\n"


def wheel(folder, name, **modules):
    """Write the smallest wheel that pip takes: one package with these modules."""
    info = f"{name}-1.dist-info"
    with zipfile.ZipFile(folder / f"{name}-1-py3-none-any.whl", "w") as file:
        for module, code in modules.items():
            file.writestr(f"{name}/{module}.py", code)
        file.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: 1\n")
        file.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        file.writestr(f"{info}/RECORD", "".join(f"{entry},,\n" for entry in [*file.namelist(), f"{info}/RECORD"]))


def copy(folder, requirements=WORKING):
    """Make a project folder in miniature, with a blank and an accent in its name, around the real run.py."""
    project = folder / "Bröad sheet"
    (project / "lib" / "tests").mkdir(parents=True)
    shutil.copy(ROOT / "run.py", project)
    wheel(project, "broadsheet", __init__="", cli=ECHO)
    wheel(project, "pytest", __init__="", __main__=ECHO)
    (project / "requirements.txt").write_text(requirements, encoding="utf-8")
    (project / "lib" / "tests" / "requirements.txt").write_text("./pytest-1-py3-none-any.whl\n", encoding="utf-8")
    (project / "lib" / "pyproject.toml").write_text('[project]\nname = "broadsheet"\n', encoding="utf-8")
    return project


def environment(**more):
    """Return the environment without what would lead pip to an index or to a cache of packages."""
    plain = {name: value for name, value in os.environ.items() if not name.startswith(("PIP_", "PYTHON"))}
    return {**plain, "PIP_CONFIG_FILE": os.devnull, "PIP_NO_INDEX": "1", "PYTHONIOENCODING": "utf-8", **more}


def start(project, *arguments, python=(sys.executable,), **more):
    pipe = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "encoding": "utf-8", "cwd": project.parent}
    return subprocess.Popen([*python, str(project / "run.py"), *arguments], **{**pipe, "env": environment(), **more})


def run(project, *arguments, **more):
    """Run run.py to its end; return exit status, stdout and stderr."""
    process = start(project, *arguments, **more)
    out, err = process.communicate(timeout=120)
    return process.returncode, out, err


def patched(line):
    """Return a Python that runs run.py after a line of code, which makes this machine another one."""
    code = f"import sys, os, runpy\n{line}\ndel sys.argv[0]\nrunpy.run_path(sys.argv[0], run_name='__main__')"
    return sys.executable, "-c", code


def refused(result, *words):
    """Check that a run ended with status 2 and one line that has these words."""
    status, _, err = result
    assert status == 2, err
    assert re.fullmatch(r"run\.py: [^\n]+\n", err)
    assert all(word in err for word in words), err


def load(project):
    spec = importlib.util.spec_from_file_location("run_copy", project / "run.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """A project that has been set up once, with an index that cannot be reached for what comes after."""
    project = copy(tmp_path_factory.mktemp("ready"))
    status, out, err = run(project)
    assert (status, err) == (0, ""), out
    assert out.startswith("Setting up .venv, once") and "Set up in" in out
    return project


# What the user gets


def test_second_run_installs_nothing(project):
    log = project / ".venv" / "setup.log"
    before = log.stat().st_mtime_ns
    started = time.monotonic()
    status, out, err = run(project, env=environment(PATH=""))
    assert (status, err) == (0, "")
    assert len(out.splitlines()) == 1, "nothing but what the library says"
    assert log.stat().st_mtime_ns == before
    assert time.monotonic() - started < 5


@pytest.mark.parametrize(
    "given, handed_over, status",
    [
        ([], ["report"], 0),
        (["my study", "--seed", "1"], ["report", "my study", "--seed", "1"], 0),
        (["my study", "--fail"], ["report", "my study", "--fail"], 7),
    ],
)
def test_report(project, given, handed_over, status):
    code, out, _ = run(project, *given)
    arguments, folder, prefix = json.loads(out)
    assert (arguments, code) == (handed_over, status)
    assert Path(folder) == project.parent, "the user's folder stays, for the paths that are given"
    assert Path(prefix) == project / ".venv"


def test_other_code_of_the_user_stays_out(project, tmp_path):
    for name in ("broadsheet", "pip"):
        (tmp_path / f"{name}.py").write_text("raise SystemExit('not this one')", encoding="utf-8")
    assert run(project, cwd=tmp_path, env=environment(PYTHONPATH=str(tmp_path)))[0] == 0


def test_tests_install_their_own_packages(project):
    main_job = run(project)[1]
    assert "pytest" not in json.loads((project / ".venv" / "broadsheet.json").read_text(encoding="utf-8"))["packages"]
    status, out, _ = run(project, "test", "-k", "find")
    *said, last = out.splitlines()
    arguments, folder, _ = json.loads(last)
    assert (status, arguments, Path(folder)) == (0, ["-k", "find"], project / "lib")
    assert said[0] == "Bringing .venv up to date with lib/tests/requirements.txt ..."
    assert len(run(project, "test")[1].splitlines()) == 1, "once only"
    assert run(project)[1] == main_job


def test_changed_requirements_are_installed(project):
    with open(project / "requirements.txt", "a", encoding="utf-8") as file:
        file.write("# changed\n")
    assert run(project)[1].startswith("Bringing .venv up to date with requirements.txt ...\nSet up in")
    assert len(run(project)[1].splitlines()) == 1


def test_help_needs_no_set_up(tmp_path):
    status, out, _ = run(copy(tmp_path), "--help")
    assert status == 0 and "run.py STUDY_FOLDER" in out
    assert not (tmp_path / "Bröad sheet" / ".venv").exists()


# A .venv is not trusted for being there


def rename(path):
    """Move something out of .venv; return how to bring it back."""
    away = path.rename(next(folder for folder in path.parents if folder.name == ".venv").with_name("away"))
    return lambda: away.rename(path)


def rewrite(path, text):
    old = path.read_bytes()
    path.write_text(text, encoding="utf-8")
    return lambda: path.write_bytes(old)


@pytest.mark.parametrize(
    "harm, word",
    [
        (lambda run: rename(Path(run.STAMP)), "half-made"),
        (lambda run: rewrite(Path(run.STAMP), '{"made_by": ["3.'), "half-made"),
        (lambda run: rewrite(Path(run.STAMP), '{"made_by": ["3.10", "linux", "/"]}'), "another"),
        (lambda run: rename(Path(run.PACKAGES, "broadsheet")), "broadsheet in it is missing"),
        (lambda run: rename(Path(run.PACKAGES, "broadsheet", "cli.py")), "broadsheet in it is missing"),
        (lambda run: rewrite(Path(run.PACKAGES, "broadsheet", "cli.py"), ""), "broadsheet in it is missing"),
        (lambda run: rename(Path(run.PACKAGES, "broadsheet-1.dist-info")), "broadsheet-1.dist-info in it is missing"),
        (lambda run: rename(Path(run.PACKAGES)), "missing"),
        (lambda run: rename(Path(run.PYTHON)), "does not start"),
        (lambda run: rename(Path(run.PACKAGES, "pip")), "does not start"),
    ],
)
def test_damage_is_found(project, harm, word):
    run = load(project)
    assert run.find_damage(run.read_stamp()) == ""
    undo = harm(run)
    try:
        assert word in run.find_damage(run.read_stamp())
    finally:
        undo()
    assert run.find_damage(run.read_stamp()) == ""


def test_extra_and_compiled_files_are_no_damage(project):
    run = load(project)
    Path(run.PACKAGES, "of_my_own.py").touch()
    Path(run.PACKAGES, "broadsheet", "__pycache__").mkdir(exist_ok=True)
    Path(run.PACKAGES, "broadsheet", "__pycache__", "cli.pyc").touch()
    assert run.find_damage(run.read_stamp()) == ""


def wait_for(path):
    for _ in range(600):
        if path.exists():
            return
        time.sleep(0.05)
    raise AssertionError(f"{path} did not appear")


@pytest.mark.skipif(WINDOWS, reason="kills by signal")
def test_killed_set_up_is_made_anew(tmp_path):
    project = copy(tmp_path)
    process = start(project)
    wait_for(project / ".venv" / "bin" / "python")
    process.kill()
    process.communicate()
    status, out, err = run(project)
    assert (status, err) == (0, "")
    assert "Making .venv anew: it is half-made" in out and "Set up in" in out


@pytest.mark.skipif(WINDOWS, reason="sends a signal")
def test_interrupted_set_up_ends_quietly(tmp_path):
    project = copy(tmp_path)
    process = start(project)
    wait_for(project / ".venv" / "bin" / "python")
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (130, "")


def test_two_at_once(tmp_path):
    project = copy(tmp_path)
    processes = [start(project), start(project)]
    outputs = [process.communicate(timeout=120) for process in processes]
    assert [process.returncode for process in processes] == [0, 0], outputs
    assert sorted("Set up in" in out for out, _ in outputs) == [False, True]
    assert any("waiting for it" in out for out, _ in outputs)


# What can go wrong: one line each, and status 2


@pytest.mark.parametrize("version", ["2.7.18", "3.10.4", "3.15.0"])
def test_python_out_of_range(tmp_path, version):
    python = patched(f"sys.version_info = {(*map(int, version.split('.')), 'final', 0)}")
    refused(run(copy(tmp_path), python=python), f"this is Python {version};", "needs Python 3.11, 3.12, 3.13 or 3.14")


@pytest.mark.parametrize("name", ["python2.7", "python3.6", "python3.8", "python3.10"])
def test_old_python_can_say_that_it_is_too_old(tmp_path, name):
    python = shutil.which(name)
    # a launcher may stand on PATH for a Python that is not installed
    if not python or subprocess.run([python, "-V"], capture_output=True, check=False).returncode:
        pytest.skip(f"no {name} on this machine")
    refused(run(copy(tmp_path), python=[python]), f"this is Python {name[6:]}.")


@pytest.mark.parametrize("module", ["venv", "ensurepip"])
def test_no_venv_module(tmp_path, module):
    project = copy(tmp_path)
    refused(run(project, python=patched(f"sys.modules['{module}'] = None")), "python3-venv")
    assert not (project / ".venv").exists()


def test_no_network(tmp_path):
    project = copy(tmp_path, "six==1.17.0\n")
    nowhere = environment(PIP_INDEX_URL="http://127.0.0.1:9/simple")
    nowhere.pop("PIP_NO_INDEX")
    refused(run(project, env=nowhere), "the package index cannot be reached", "network")
    assert os.listdir(project / ".venv") == ["setup.log"], "nothing that could be taken for an environment"


def test_other_failures_of_pip_are_quoted(tmp_path):
    project = copy(tmp_path, MISSING)
    refused(run(project), "missing-1-py3-none-any.whl", str(project / ".venv" / "setup.log"))


@pytest.mark.parametrize(
    "number, words",
    [
        (errno.EROFS, "it is read-only"),
        (errno.EACCES, "it is read-only"),
        (errno.ENOSPC, "the disk is full"),
    ],
)
def test_folder_that_cannot_be_written(tmp_path, number, words):
    project = copy(tmp_path)
    python = patched(f"def mkdir(*_, **__): raise OSError({number}, os.strerror({number}))\nos.mkdir = mkdir")
    refused(run(project, python=python), words)
    assert not (project / ".venv").exists()


@pytest.mark.skipif(WINDOWS or os.geteuid() == 0, reason="permissions do not bind root, and differ on Windows")
def test_read_only_folder(tmp_path):
    project = copy(tmp_path)
    project.chmod(0o555)
    try:
        refused(run(project), "it is read-only")
    finally:
        project.chmod(0o755)


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no /dev/full, which stands for a full disk")
def test_full_disk_while_installing(tmp_path):
    project = copy(tmp_path)
    full = "def full(path, *a, **k): return plain('/dev/full' if str(path).endswith('.log') else path, *a, **k)"
    line = f"import builtins\nplain = open\n{full}\nbuiltins.open = full"
    refused(run(project, python=patched(line)), "the disk is full")
    assert os.listdir(project / ".venv") == []


@pytest.mark.parametrize(
    "output, words",
    [
        ("ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device", "disk is full"),
        ("OSError: [Errno 28] No space left on device: 'x.whl'\n\n[notice] more", "disk is full"),
        (
            "ERROR: Could not install packages due to an OSError: [WinError 112] There is not enough space",
            "disk is full",
        ),
        ("Error: [Errno 30] Read-only file system: '/p/.venv/include'", "read-only"),
        (
            "ERROR: Could not install packages due to an OSError: [WinError 5] Access is denied: 'C:\\\\x.pyd'",
            "another program",
        ),
        (
            "WARNING: Retrying (Retry(total=0)) after connection broken by 'NewConnectionError('<c>: Failed to "
            "establish a new connection: [Errno 1] Operation not permitted')': /simple/six/\n"
            "ERROR: Could not find a version that satisfies the requirement six==1.17.0 (from versions: none)\n"
            "ERROR: No matching distribution found for six==1.17.0",
            "needs a network",
        ),
        ("pip._vendor.urllib3.exceptions.ReadTimeoutError: HTTPSConnectionPool: Read timed out.", "needs a network"),
        (
            "Collecting no\nERROR: Could not find a version that satisfies the requirement no==0 (from versions: 1)\n"
            "ERROR: No matching distribution found for no==0",
            "(from versions: 1) / ERROR: No matching distribution",
        ),
        ("", "exit status 9"),
    ],
)
def test_output_of_pip_in_one_line(output, words):
    said = load(ROOT).explain([line for line in output.splitlines() if line], 9)
    assert words in said and "\n" not in said


# The lists of requirements, and the code


def pins(path):
    """Return {name: version} and the lines that are neither a pin nor a comment."""
    lines = [line for line in path.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    found = [re.fullmatch(r"([\w.-]+)==([\w.]+)( ; .+)?", line) for line in lines]
    return {pin[1]: pin[2] for pin in found if pin}, [line for line, pin in zip(lines, found, strict=True) if not pin]


def test_lock_holds_exact_versions_and_the_library():
    lock, others = pins(LOCK)
    assert others == ["-e ./lib"]
    project = tomllib.loads((ROOT / "lib" / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert {re.split("[<>=]", name)[0].lower() for name in project["dependencies"]} <= set(lock)


def test_packages_of_the_tests_agree_with_the_lock():
    (lock, _), (tests, others) = pins(LOCK), pins(TEST_LOCK)
    assert others == []
    shared = lock.keys() & tests.keys()
    assert {name: lock[name] for name in shared} == {name: tests[name] for name in shared}


@pytest.mark.parametrize("places", [["lib", "run.py"], ["--config", "lib/pyproject.toml", "notebooks"]])
def test_ruff_finds_nothing(places):
    command = [sys.executable, "-m", "ruff", "check", "--output-format=concise", *places]
    found = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert found.returncode == 0, found.stdout + found.stderr

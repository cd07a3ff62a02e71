"""Tables on disk, kept by what they were made from: an entry is a shelf of tables, named by a hash of its inputs.

An entry is written aside and renamed when whole, so that runs share it safely; a file that is not as it was written is made
anew. `BROADSHEET_CACHE` names a folder to keep them in, instead of reports/, or is "off".
"""

import contextlib
import hashlib
import os
import shutil
import sys
import time
import warnings
from functools import cache
from importlib.metadata import requires, version
from pathlib import Path

import pandas as pd

from broadsheet import REPORTS, files
from broadsheet.shelf import MANIFEST, Shelf, annotated

_PART = "0"  # a table of the cache is kept in one part
_DAYS = 30  # an entry that nothing has read for so long is removed when the next one is written


def folder():
    """The folder of the cache; None where it is turned off."""
    given = os.environ.get("BROADSHEET_CACHE", "")
    if given == "off":
        return None
    # a folder of its own in the one that is named: what else lies there is not ours to clear
    return Path(given).expanduser().resolve() / "broadsheet-cache" if given else REPORTS / ".cache"


def digest(*parts):
    """The hash of some texts or bytes, 16 hexadecimal digits; where one ends and the next begins is part of it.

    >>> digest("ab", "c") == digest("a", "bc")
    False
    """
    made = hashlib.sha256()
    for part in parts:
        data = part if isinstance(part, bytes) else str(part).encode("utf-8", "surrogatepass")
        made.update(len(data).to_bytes(8, "big") + data)
    return made.hexdigest()[:16]


def tree(path):
    """The hash of a file, or of all files below a folder with their names; files that begin with a dot are left out."""
    return digest(*(part for name in files.names(path) for part in (name, _content(path, name))))


def corpus(path):
    """The hash of a corpus: of its files, or of the manifest of an annotated folder, which says what that was made from."""
    held = annotated(path)
    return digest(sorted(held.items())) if held else tree(path)


def _content(path, name):
    """The hash of one file's content, so that no two are held at once; of one that cannot be read, why."""
    try:
        return digest(files.read(path, name))
    except OSError as problem:
        return f"unreadable: {problem.errno}"


@cache
def library():
    """The hash of the library's code, of Python, of the platform, and of the versions of what the library depends on."""
    here = Path(__file__).parent
    code = [part for each in sorted(here.rglob("*.py")) for part in (each.relative_to(here).as_posix(), each.read_bytes())]
    return digest(*code, sys.version_info[:2], sys.platform, *versions().items())


@cache
def versions():
    """{package: version} of the library's direct dependencies."""
    found = {}
    for each in requires("broadsheet") or ():
        name = "".join(c if c.isalnum() or c in "-_." else " " for c in each).split()[0]
        with contextlib.suppress(Exception):  # one that is meant for another platform
            found[name] = version(name)
    return found


class Entry:
    """The tables that `make()` returns, a dict of frames: each read back where the entry is whole, else all made anew.

    `name` says what they are, and ends with the hash of all that they depend on; `about` is kept with them. What was made
    from inputs that have changed since (`still()` is false then) is not kept under that hash.
    """

    def __init__(self, name, make, about="", still=lambda: True):
        self.make, self.about, self.made, self.still = make, about, {}, still
        home = folder()
        self.folder = home and home / name

    def __getitem__(self, table):
        if not self.made:
            frame = self._read(table)
            if frame is not None:
                return frame
            with self._alone():
                frame = self._read(table)  # what another process made in the meantime
                if frame is not None:
                    return frame
                self.made = self.make()
                if not self._written():
                    return self.made[table]
                made, self.made = self.made, {}  # read back from now on: what is asked for once need not stay
                return made[table]
        return self.made[table]

    def _read(self, table):
        if not self.folder:
            return None
        shelf = Shelf(self.folder)
        try:
            frame = shelf.checked(table, _PART, shelf.noted(MANIFEST)["sha256"][table])
        except (LookupError, TypeError):
            return None
        if frame is None:
            return None
        with contextlib.suppress(OSError):
            os.utime(self.folder)
        return frame

    def _alone(self):
        """A lock, held: of two processes that need one entry the second waits, and reads what the first has made."""
        from filelock import FileLock

        if not self.folder:
            return contextlib.nullcontext()
        try:
            self.folder.parent.mkdir(parents=True, exist_ok=True)
            return FileLock(self.folder.with_name(f"{self.folder.name}.lock")).acquire()
        except OSError:  # a folder that cannot be written: `_written` says so
            return contextlib.nullcontext()

    def _written(self):
        """Writes the tables; whether they are there now."""
        if not self.folder or not self.still():
            return False
        aside = self.folder.with_name(f".{self.folder.name}.{os.getpid()}")
        try:
            _prune(self.folder.parent)
            shutil.rmtree(aside, ignore_errors=True)
            shelf = Shelf(aside)
            held = {table: shelf.put(table, _PART, frame)["sha256"] for table, frame in self.made.items()}
            shelf.note(MANIFEST, {"about": self.about, "sha256": held})
            shutil.rmtree(self.folder, ignore_errors=True)
            os.replace(aside, self.folder)
            return True
        except OSError as problem:
            warnings.warn(f"the tables cannot be kept in {self.folder.parent} ({problem}): all goes on, slower", stacklevel=2)
            shutil.rmtree(aside, ignore_errors=True)
            return False


def entries():
    """Returns a frame, a row an entry: name, about, bytes and used (when it was last read or written, UTC)."""
    home = folder()
    rows = []
    for each in sorted(home.iterdir()) if home and home.is_dir() else ():
        if not each.is_dir():
            continue
        try:
            about = Shelf(each).noted(MANIFEST)["about"]
        except (LookupError, TypeError):
            about = "damaged or unfinished"
        size = sum(file.stat().st_size for file in each.rglob("*") if file.is_file())
        rows.append((each.name, about, size, pd.Timestamp(each.stat().st_mtime, unit="s").round("s")))
    return pd.DataFrame(rows, columns=["name", "about", "bytes", "used"])


def clear():
    """Removes every entry. What runs need is made anew."""
    home = folder()
    if home and home.is_dir():
        shutil.rmtree(home)


def _prune(home):
    for each in home.iterdir():
        with contextlib.suppress(OSError):
            if time.time() - each.stat().st_mtime > _DAYS * 86400:
                shutil.rmtree(each) if each.is_dir() else each.unlink()

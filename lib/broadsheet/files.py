"""Files on any file system that fsspec knows (a folder on this disk, a bucket, one in memory) and the text in them."""

import re

from charset_normalizer import from_bytes
from fsspec.core import url_to_fs

from broadsheet.tables import BroadsheetError


def names(path):
    """The names of all files below a folder, relative to it, sorted; of a file its own name. None that begins with a dot."""
    fs, root = url_to_fs(str(path))
    if fs.isfile(root):
        return [root.rsplit("/", 1)[-1]]
    found = (each.removeprefix(root).lstrip("/") for each in fs.find(root))
    return sorted(each for each in found if not any(part.startswith(".") for part in each.split("/")))


def place(path, name):
    """(file system, path) of a name that `names` has given."""
    fs, root = url_to_fs(str(path))
    return fs, root if fs.isfile(root) else f"{root}/{name}"


def read(path, name):
    """The bytes of a file."""
    fs, found = place(path, name)
    return fs.cat_file(found)


def exists(path):
    """Whether there is a file or a folder."""
    fs, root = url_to_fs(str(path))
    return fs.exists(root)


def is_remote(path):
    """Whether a path is written as an address: s3://bucket/folder."""
    return "://" in str(path)


def decoded(data):
    """The text of a file's bytes. Most are UTF-8; what is not is left to charset-normalizer, Windows-1252 first among equals.

    Raises BroadsheetError for bytes that are no text.
    """
    if not data.startswith((b"\xff\xfe", b"\xfe\xff")):
        text = data.decode("utf-8-sig", "surrogateescape")
        stray = len(_STRAY.findall(text))
        more = not stray or 2 * stray < len(text) - len(text.encode("ascii", "ignore"))
        if more and "\x00" not in text:  # UTF-8, if with some bytes of Windows-1252 in it, or cut inside a letter
            return _STRAY.sub(_western, _CUT.sub("\ufffd", text))
    matches = from_bytes(data)
    best = matches.best()
    if best is None:
        raise BroadsheetError("not a text: no encoding fits it")
    if best.encoding.startswith(("cp", "latin", "iso8859", "mac")):
        western = from_bytes(data, cp_isolation=["cp1252"]).best()
        best = western if western is not None and western.chaos <= best.chaos else best
    text = str(best).removeprefix("\ufeff")
    if "\x00" in text:
        raise BroadsheetError("not a text: it holds NUL bytes")
    return text


_STRAY = re.compile("[\udc80-\udcff]")  # a byte that is no UTF-8, as Python keeps it
_CUT = re.compile("[\udcc2-\udcf4][\udc80-\udcbf]*$")  # the letter that the end of a file cuts


def _western(byte):
    return bytes([ord(byte.group()) - 0xDC00]).decode("cp1252", "replace")

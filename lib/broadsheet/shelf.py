"""Tables in parts: a folder of Parquet files for each, and notes beside them, on any file system that fsspec knows.

A file is there whole or not at all. This is the format of the cache (one part a table) and of an annotated folder.
"""

import contextlib
import hashlib
import json
import os
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from fsspec.core import url_to_fs
from fsspec.implementations.local import LocalFileSystem

MANIFEST = "manifest.json"
FORMAT = 2  # of annotated folders: what their tables have beyond the contract


class Shelf:
    """A folder of tables."""

    def __init__(self, path):
        self.path = str(path)
        self.fs, self.root = url_to_fs(self.path)

    def put(self, table, part, frame, **options):
        """Writes a part of a table, and returns what the manifest says of it: rows, and the hash of the file."""
        sink = pa.BufferOutputStream()
        pq.write_table(pa.Table.from_pandas(frame, preserve_index=False, nthreads=1), sink, **options)
        data = sink.getvalue().to_pybytes()
        self._write(_place(table, part), data)
        return {"rows": len(frame), "sha256": hashlib.sha256(data).hexdigest()}

    def get(self, table, parts, columns=None, filters=None):
        """Returns some parts of a table, in their order, as one frame: of all columns or some, of all rows or some.

        ``filters`` is an expression of pyarrow's.
        """
        places = (f"{self.root}/{_place(table, part)}" for part in parts)
        frames = [_read(place, columns=columns, filters=filters, filesystem=self.fs) for place in places]
        return pa.concat_tables(frames).to_pandas()

    def checked(self, table, part, sha256):
        """Returns a part of a table; None if it is not as it was written."""
        try:
            data = self.fs.cat_file(f"{self.root}/{_place(table, part)}")
            return frame(data) if hashlib.sha256(data).hexdigest() == sha256 else None
        except (OSError, ValueError):
            return None

    def note(self, name, found):
        """Writes something that JSON can hold."""
        self._write(name, json.dumps(found, ensure_ascii=False, sort_keys=True).encode())

    def noted(self, name):
        """Returns what `note` wrote; None where there is nothing that can be read."""
        with contextlib.suppress(OSError, ValueError):
            return json.loads(self.fs.cat_file(f"{self.root}/{name}"))
        return None

    def forget(self, name):
        """Removes what `note` wrote, if it is there."""
        with contextlib.suppress(FileNotFoundError):
            self.fs.rm_file(f"{self.root}/{name}")

    def _write(self, name, data):
        path = f"{self.root}/{name}"
        self.fs.makedirs(path.rsplit("/", 1)[0], exist_ok=True)
        if isinstance(self.fs, LocalFileSystem):  # written beside it, and renamed when whole; a bucket does so by itself
            aside = Path(path).with_name(f".{Path(path).name}.{os.getpid()}")
            try:
                aside.write_bytes(data)
                os.replace(aside, path)
            finally:
                aside.unlink(missing_ok=True)
        else:
            self.fs.pipe_file(path, data)


def annotated(path):
    """The manifest of a folder that `annotate` has written; None for any other, also one with a manifest.json of its own."""
    held = Shelf(path).noted(MANIFEST)
    return held if isinstance(held, dict) and {"parts", "rows", "keys", "articles_csv"} <= held.keys() else None


def frame(data):
    """Returns the frame in the bytes of a Parquet file."""
    return _read(pa.BufferReader(data)).to_pandas()


def _read(source, **options):
    # threads that read through a file object of Python's now and then abort or hang a process that ends (arrow#50482, #34314)
    return pq.read_table(source, use_threads=False, **options)


def _place(table, part):
    return f"{table}/{part}.parquet"

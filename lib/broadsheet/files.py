"""Files on any file system that fsspec knows: a folder on this disk, a bucket, and one in memory alike."""

from fsspec.core import url_to_fs


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

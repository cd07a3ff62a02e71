"""A study folder → study; files of any supported format → raw articles, one row per document found."""

import csv
import gzip
import hashlib
import io
import json
import re
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd

from broadsheet import shelf, tables
from broadsheet.files import decoded, exists, is_remote, names, read
from broadsheet.study import Study, study
from broadsheet.tables import BroadsheetError

__all__ = ["articles", "documents", "files", "study"]

# The names that other people's exports give to a column, the likeliest first.
ALIASES = {
    "text": "text body content article article_text articletext full_text fulltext maintext main_text story plain_text",
    "article_id": "article_id articleid id uuid guid doc_id docid",
    "source": "source outlet publisher publication newspaper source_name media_name media site domain",
    "published": "published date pub_date pubdate published_at publish_date published_date date_published datepublished "
    "publication_date publicationdate publishedat timestamp datetime created_at",
    "title": "title headline head heading",
    "url": "url link uri web_url weburl permalink",
    "language": "language lang",
    "published_from": "published_from",
    "published_to": "published_to",
    "source_basis": "source_basis",
    "published_basis": "published_basis",
}
_RECORDED = ("timestamp", "datetime", "created_at")  # of a record: a date of publication only where there is no other
FORMATS = (".txt", ".csv", ".tsv", ".jsonl", ".ndjson", ".json", ".parquet", ".zip")


def articles(study):
    """Returns raw: one row per document found in a study's corpus, or in a folder or file of articles.

    Reads .txt, .csv, .tsv, .jsonl, .json and .parquet, each also inside .zip, and with .gz after the name. Columns:
    article_id, file, text, error, source, published, published_from, published_to, title, url, language, source_basis,
    published_basis (text, as given) and mapping (which of the file's columns was taken for which of ours). A file or line
    that cannot be read is a row with its error. Raises BroadsheetError where nothing is found, and where articles.csv
    names a file that is not there.

    >>> len(articles(study("peace-talks")))
    5
    """
    given = study if isinstance(study, Study) else None
    corpus = given.corpus if given else study
    if not given and not is_remote(corpus):
        corpus = Path(corpus).expanduser()
    raw = documents(study if given else corpus, files(corpus))
    if given is not None:
        all_there(given, raw["file"])
    return raw.assign(article_id=unique(raw["article_id"]))


def files(corpus):
    """The names of the files of a corpus. Raises BroadsheetError where there is none."""
    if not exists(corpus):
        raise BroadsheetError(f"{corpus} is not there: give a folder or a file of articles")
    found = names(corpus)
    if not found:
        raise BroadsheetError(f"no article in {corpus}: put files there that end in {', '.join(FORMATS)}")
    return found


def documents(study, files, hashes=None):
    """Returns raw for some of the files of a corpus, as `articles` does for all; two rows may bear one article_id.

    ``hashes`` is a dict that gets the SHA-256 of each file that can be read.
    """
    given = study if isinstance(study, Study) else None
    found = _read(given.corpus if given else study, files, {} if hashes is None else hashes)
    rows = [row for file, data in found for row in _documents(file, data)]
    raw = pd.DataFrame(rows).reindex(columns=["article_id", "file", "text", "error", *list(ALIASES)[2:], "mapping"])
    raw = raw.astype("str").fillna("")
    return tables.make("raw", _described(raw, given) if given else raw)


def all_there(study, files):
    """Raises BroadsheetError if articles.csv names a file that is not among these."""
    absent = sorted(set(study.articles["file"]) - set(files))
    if absent:
        raise BroadsheetError(
            f"{study.folder / 'articles.csv'} names {absent[0]}, which is not in {study.corpus}: "
            "correct the name, or take the line out"
        )


def _read(corpus, files, hashes):
    """Yields (name, bytes) of each file, of each member of an archive; instead of the bytes the error where there is one."""
    for name in files:
        try:
            shown = name.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
            if shown != name:
                raise OSError("its name is no UTF-8: give it another one")
            data = read(corpus, name)
            hashes[name] = hashlib.sha256(data).hexdigest()
            if name.lower().endswith(".zip"):
                yield from _members(name, data)
                continue
        except (OSError, zipfile.BadZipFile) as problem:
            data = problem
        yield shown, data


def _members(name, data):
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        for member in sorted(archive.namelist()):
            if member.endswith("/") or member.startswith("__MACOSX/") or Path(member).name.startswith("."):
                continue
            try:
                yield f"{name}!{member}", archive.read(member)
            except (OSError, RuntimeError, NotImplementedError, zipfile.BadZipFile) as problem:  # damaged, encrypted
                yield f"{name}!{member}", problem


def _documents(file, data):
    """The raw rows of one file; never an exception: what goes wrong is a row with its error."""
    stem = re.sub(r"(\.[A-Za-z]\w*)+$", "", Path(file.replace("!", "/")).name)
    suffixes = [suffix.lower() for suffix in Path(file).suffixes]
    try:
        if isinstance(data, Exception):
            raise data
        if suffixes and suffixes[-1] == ".gz":
            data = gzip.decompress(data)
            suffixes.pop()
        suffix = suffixes[-1] if suffixes else ""
        if suffix == ".txt":
            return [{"article_id": stem, "file": file, "text": decoded(data)}]
        if suffix in (".csv", ".tsv"):
            return _mapped(file, stem, *_separated(decoded(data), suffix))
        if suffix in (".jsonl", ".ndjson", ".json"):
            return _mapped(file, stem, *_json(decoded(data), lines=suffix != ".json"))
        if suffix == ".parquet":
            return _mapped(file, stem, shelf.frame(data), [])
        if suffix == ".zip":
            raise BroadsheetError("an archive in an archive is not read: unpack it")
        raise BroadsheetError(f"the format {suffix or 'without an ending'} is not read; what is: {', '.join(FORMATS)}")
    except Exception as problem:  # any file may be damaged in its own way, and none of them may stop the others
        return [{"article_id": stem, "file": file, "error": " ".join(str(problem).split()) or type(problem).__name__}]


def _separated(text, suffix):
    """Returns a frame of the lines, and a message for each that does not fit under the first."""
    text = text.lstrip("\ufeff\r\n")
    head = text.split("\n", 1)[0]
    separator = "\t" if suffix == ".tsv" else max(",;\t|", key=head.count)
    csv.field_size_limit(2**31 - 1)  # an article may be longer than the 131,072 characters of a cell that csv allows
    lines = list(_lines(text, separator))
    if suffix == ".tsv" and any(isinstance(cells, str) for _, cells in lines):
        lines = list(_lines(text, separator, quoting=csv.QUOTE_NONE))  # the quotation marks are the text's own
    names, rows, errors = [], [], []
    for number, cells in lines:
        if isinstance(cells, str):
            if not names:  # the first line: without it nobody knows what the others hold
                raise BroadsheetError(f"line {number} {cells}")
            errors.append(f"line {number} {cells}")
        elif not names:
            names = [cell if cell not in cells[:place] else f"{cell}.{place}" for place, cell in enumerate(cells)]
        elif any(cells[len(names) :]):
            errors.append(f"line {number} has {len(cells)} cells, the first {len(names)}: {separator.join(cells)[:80]}")
        elif any(cells):
            rows.append(cells[: len(names)] + [""] * (len(names) - len(cells)))
    return pd.DataFrame(rows, columns=names, dtype="str"), errors


def _lines(text, separator, **options):
    """Yields (number of the line where it begins, cells) of each row; instead of the cells, what is wrong with it."""
    lines = io.StringIO(text, newline="").readlines()
    reader = csv.reader(lines, delimiter=separator, strict=True, **options)
    while True:
        number = reader.line_num + 1
        try:
            yield number, next(reader)
        except StopIteration:
            return
        except csv.Error as problem:
            open_ = "end of data" in str(problem)
            what = "opens a quotation mark that nothing closes" if open_ else "has a quotation mark that is not doubled"
            line = lines[number - 1].strip()  # a page may show it to readers who get no more than a few words
            yield number, f"{what}: {line[:30]}{'…' if len(line) > 30 else ''}"


def _json(text, lines):
    """Returns a frame of the objects, and a message for each line that is none."""
    rows, errors = [], []
    if lines:
        numbered = [(number, line) for number, line in enumerate(text.split("\n"), 1) if line.strip()]
    else:
        whole = _listed(json.loads(text))
        numbered = list(enumerate(whole if isinstance(whole, list) else [whole], 1))
    for number, line in numbered:
        try:
            row = json.loads(line) if lines else line
            if not isinstance(row, dict):
                raise BroadsheetError("not an object")
            rows.append({"_row": number, **row})
        except ValueError as problem:
            errors.append(f"line {number} is not read: {problem}")
    return pd.DataFrame(rows, dtype=object), errors  # as they are: pandas would round long numbers


def _listed(whole):
    """The articles of a JSON file that wraps them in an object, or holds them column by column; else the file as it is."""
    if not isinstance(whole, dict):
        return whole
    if held := [cell for name, cell in whole.items() if name.lower() in ALIASES["text"].split()]:
        known = {alias for aliases in ALIASES.values() for alias in aliases.split()}
        columns = [cell for name, cell in whole.items() if name.lower() in known]
        several = isinstance(held[0], dict) or (isinstance(held[0], list) and len(columns) > 1)
        if several and all(isinstance(cell, list | dict) and len(cell) == len(held[0]) for cell in columns):
            frame = pd.DataFrame({name: pd.Series(cell, dtype=object) for name, cell in whole.items()})
            return frame.to_dict("records")
        return whole
    lists = [
        cell for cell in whole.values() if isinstance(cell, list) and cell and all(isinstance(each, dict) for each in cell)
    ]
    return lists[0] if len(lists) == 1 else whole


def _mapped(file, stem, frame, errors):
    """Rows of a table with other people's column names → raw rows with ours."""
    if not len(frame) and not errors:
        raise BroadsheetError("it holds no article")
    names = {re.sub(r"[\s-]+", "_", str(column).strip().lower()): column for column in reversed(list(frame))}
    mapping = {ours: [names[alias] for alias in aliases.split() if alias in names] for ours, aliases in ALIASES.items()}
    mapping["published"] = [name for name in mapping["published"] if name not in _RECORDED] or mapping["published"][:1]
    mapping = {ours: found for ours, found in mapping.items() if found}
    if "text" not in mapping and len(frame):
        has = ", ".join(str(column) for column in frame if column != "_row")
        raise BroadsheetError(f'no column with the text of the articles (it has {has}): name it "text"')
    numbers = frame["_row"] if "_row" in frame else range(1, len(frame) + 1)
    cells, read = {}, []
    for ours, found in mapping.items():  # the first of its columns; in a row where that is empty, the next one
        cells[ours], used = [_cell(value) for value in frame[found[0]]], [found[0]]
        for theirs in found[1:]:
            empty = [at for at, cell in enumerate(cells[ours]) if not cell or cell.isspace()]
            filled = {at: cell for at in empty if (cell := _cell(frame[theirs].iloc[at]))}
            cells[ours] = [filled.get(at, cell) for at, cell in enumerate(cells[ours])]
            used += [theirs] if filled else []
        read.append(f"{ours} ← {', '.join(map(str, used))}")
    shown = "; ".join(read)
    rows = []
    for position, number in enumerate(numbers):
        row = {ours: values[position] for ours, values in cells.items()}
        row["article_id"] = row.get("article_id") or f"{stem}-{number}"
        rows.append({**row, "file": file, "mapping": shown})
    return rows + [
        {"article_id": f"{stem}-error-{number}", "file": file, "error": error, "mapping": shown}
        for number, error in enumerate(errors, 1)
    ]


def _cell(value):
    if isinstance(value, str):  # JSON may hold half of an emoji, which no file can
        return value if value.isascii() else value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, dict):  # NewsAPI and its kin give the source as {"id": …, "name": …}
        return _cell(value.get("name") or value.get("title") or "")
    if isinstance(value, bytes):
        return decoded(value)
    if isinstance(value, list | tuple | np.ndarray):
        return "\n".join(_cell(each) for each in value)
    if value is None or value is pd.NA or value != value:
        return ""
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _described(raw, study):
    """What articles.csv says of a file holds for its documents, and goes before what the file says itself.

    Of a file of several it says their source and language; a date, a title or an address only of those that have none.
    """
    said = study.articles.set_index("file")
    several = raw["file"].duplicated(keep=False)
    ranged = raw["file"].isin(said.index[(said["published"] == "") & (said["published_from"] + said["published_to"] != "")])
    raw.loc[ranged & ~several, "published"] = ""  # a range that a person gives goes before a date in the file
    for column in said.columns.intersection(list(ALIASES)):
        values = raw["file"].map(said[column].to_dict()).astype("str").fillna("")
        own = several & (raw[column] != "") & (column not in ("source", "source_basis", "language"))
        raw[column] = values.where((values != "") & ~own, raw[column])
    return raw


def unique(ids):
    """Two documents of one id keep both: the later ones get ~2, ~3, …, or the next number that no other id has."""
    given = ids.tolist()
    taken, numbers, found = set(given), {}, []
    for each in given:
        name = each
        while each in numbers and name in taken:
            numbers[each] += 1
            name = f"{each}~{numbers[each]}"
        numbers.setdefault(each, 1)
        taken.add(name)
        found.append(name)
    return pd.Series(found, index=ids.index, dtype="str")

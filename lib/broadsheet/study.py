"""A study folder: its corpus and the CSV files that a person edits. Read, made and checked here."""

import csv
import io
import json
import os
import re
import shutil
import tomllib
import unicodedata
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd

from broadsheet import DATA, files, tables
from broadsheet.tables import BroadsheetError

ARTICLE_COLUMNS = (
    "file", "source", "published", "published_from", "published_to", "title", "url", "source_basis", "published_basis",
)  # fmt: skip
CODED = ("negative", "neutral", "positive", "skip")  # what may stand in gold.csv as coded
SCOPES = ("strict", "wide", "aside")  # aside: takes words away from other labels, and is not counted


@dataclass(frozen=True)
class Study:
    """One study: where it is, and its tables as the CSV files give them."""

    folder: Path
    corpus: Path | str  # a path; an address where it has ://
    articles: pd.DataFrame
    actors: pd.DataFrame
    terms: pd.DataFrame
    gold: pd.DataFrame
    coders: dict

    @property
    def name(self):
        return self.folder.name


def study(folder):
    """Returns the study of a folder: a name in data/, or any path.

    ``.folder`` and ``.corpus`` are paths; ``.articles`` has a row per line of articles.csv (text columns, empty where
    the file is absent); ``.actors`` and ``.terms`` a row per pattern; ``.gold`` a row per coded mention; ``.coders`` says of
    a coder's name in gold.csv who or what that is, from [coders] in study.toml. Raises BroadsheetError for a folder, file or
    column that is missing, and for one pattern under two labels.

    >>> study("peace-talks").name
    'peace-talks'
    """
    folder = find(folder)
    settings = _settings(folder / "study.toml")
    remote = files.is_remote(settings["corpus"])
    corpus = settings["corpus"] if remote else (folder / settings["corpus"]).resolve()
    if not files.exists(corpus):
        raise BroadsheetError(
            f"the corpus {corpus} is not there: put the articles in it, or name another path as corpus in "
            f"{folder / 'study.toml'}"
        )
    articles = _csv(folder / "articles.csv", ARTICLE_COLUMNS, needs=("file",)).reset_index(drop=True)
    twice = articles.file[articles.file.duplicated()]
    if len(twice):
        raise BroadsheetError(f"{folder / 'articles.csv'} lists {twice.iloc[0]} twice: keep one of the lines")
    return Study(
        folder=folder,
        corpus=corpus,
        articles=articles,
        actors=_patterns(folder / "actors.csv"),
        terms=_patterns(folder / "terms.csv"),
        gold=gold(folder / "gold.csv"),
        coders=settings["coders"],
    )


def gold(path):
    """Returns a gold.csv: one row per coding, and per mention drawn but not coded yet (coder and coded are empty there).

    ``start`` and ``end`` are integers that count inside the sentence, ``probability`` a float, NaN where the cell is empty;
    ``coded`` is one of CODED or empty, the other columns are text. No rows where the file is absent. Raises BroadsheetError for
    a file that cannot be read, for a word in a column of numbers, and for another one in ``coded``.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "gold.csv"
    ...     _ = path.write_text("article_id,start,end,label,coder,coded,probability\\na,0,5,Marsh,A,neutral,0.5\\n")
    ...     gold(path)[["label", "end", "coder", "coded", "probability"]].values.tolist()
    [['Marsh', 5, 'A', 'neutral', 0.5]]
    """
    frame = _csv(path, tuple(tables.COLUMNS["gold"]))
    frame["coded"] = frame["coded"].str.strip().str.lower()
    other = frame.index[~frame["coded"].isin([*CODED, ""])]
    if len(other):
        raise BroadsheetError(
            f'{path}, row {other[0]}: coded is "{frame["coded"][other[0]]}", and has to be {", ".join(CODED)} or empty'
        )
    try:
        return tables.make("gold", frame.replace({"probability": {"": "nan"}}).reset_index(drop=True))
    except ValueError as problem:
        raise BroadsheetError(f"{path}: start, end and probability have to be numbers ({problem})") from problem


def names_corpus(path):
    """The line of study.toml that names a corpus: TOML takes JSON's strings, whatever stands in them.

    >>> print(names_corpus("../O'Marsh"))
    corpus = "../O'Marsh"
    """
    return f"corpus = {json.dumps(path, ensure_ascii=False)}"


def find(folder):
    """The path of a study: the folder itself if it is there, else the one of that name in data/."""
    path = Path(folder).expanduser()
    for candidate in (path, DATA / path):
        if candidate.is_dir() and any((candidate / name).exists() for name in ("study.toml", "articles.csv", "articles")):
            return candidate.resolve()
    if path.is_dir():
        raise BroadsheetError(
            f"{path} is no study: it has no study.toml, articles.csv or articles folder; "
            f"`broadsheet new STUDY --from {path}` makes a study of the articles in it"
        )
    known = sorted(each.parent.name for each in DATA.glob("*/study.toml"))
    raise tables.unknown("study", folder, known)


def _settings(path):
    settings = {"corpus": "articles", "coders": {}}
    if path.exists():
        try:
            given = tomllib.loads(path.read_text(encoding="utf-8-sig"))
        except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError) as problem:
            raise BroadsheetError(f"{path} cannot be read: {problem}") from problem
        for name in given:
            if name not in settings:
                raise tables.unknown(f"setting of {path.name}", name, settings)
        settings |= given
    if not isinstance(settings["corpus"], str):
        raise BroadsheetError(f"corpus in {path} has to be a path in quotation marks")
    coders = settings["coders"]
    if not isinstance(coders, dict) or not all(isinstance(what, str) for what in coders.values()):
        raise BroadsheetError(f'[coders] in {path} has to say of each coder who that is, as in: M = "a student of politics"')
    return settings


def _csv(path, columns, needs=()):
    """A CSV that a person edits, as text: spreadsheets add a BOM, semicolons and blank lines, and all of them are taken.

    The index is the number of each row in the file, from 1.
    """
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return pd.DataFrame({column: pd.Series(dtype="str") for column in columns})
    except OSError as problem:
        raise BroadsheetError(
            f"{path} cannot be read ({problem.strerror}): see that it is a file and that you may read it"
        ) from problem
    try:
        text = files.decoded(data)
    except BroadsheetError as problem:
        raise BroadsheetError(f"{path} cannot be read: {problem}") from problem
    separator = _separator(_head(text))
    try:
        every = dict(enumerate(csv.reader(io.StringIO(text), delimiter=separator, strict=True), 1))
    except csv.Error as problem:
        raise BroadsheetError(f"{path} cannot be read: {problem}") from problem
    rows = {number: row for number, row in every.items() if any(map(str.strip, row)) and not _SEP.match(row[0])}
    names = [name.strip().lower() for name in rows.pop(min(rows))] if rows else []
    lacking = [name for name in needs if name not in names]
    if lacking:
        raise BroadsheetError(f"{path} needs the column {lacking[0]}; its first line has {', '.join(names) or 'nothing'}")
    twice = next((name for name in names if name and names.count(name) > 1), None)
    if twice:
        raise BroadsheetError(f"{path} has the column {twice} twice: keep one of them")
    long = next((number for number, row in rows.items() if len(row) > len(names)), None)
    if long:
        raise BroadsheetError(f'{path}, row {long} has more cells than the first line: put "…" around a cell with a comma')
    cells = [row + [""] * (len(names) - len(row)) for row in rows.values()]
    frame = pd.DataFrame(cells, columns=names, dtype="str", index=list(rows))
    for column in columns:
        if column not in frame:
            frame[column] = pd.Series("", index=frame.index, dtype="str")
    return frame[[*columns, *(name for name in names if name and name not in columns)]].apply(lambda cell: cell.str.strip())


_SEP = re.compile(r"sep=", re.I)  # what Excel writes first, to say what parts the cells


def _head(text):
    """The line that names the columns: the first one that is not blank."""
    return next((line for line in text.splitlines() if line.strip() and not _SEP.match(line)), "")


def _separator(head):
    return max(",;\t", key=head.count)


def tried(study, kind, label, pattern):
    """Returns the study with one more pattern in its ``actors`` or ``terms`` (``kind``), and writes nothing.

    Raises BroadsheetError for a pattern that is none, or that stands there already.

    >>> tried(study("peace-talks"), "terms", "truce", "lasting truce").terms["pattern"].iloc[-1]
    'lasting truce'
    """
    path, held = study.folder / f"{kind}.csv", getattr(study, kind)
    for other in held["label"].unique():
        if other.casefold() == label.strip().casefold() and other != label.strip():
            raise BroadsheetError(f'{path} has the label "{other}": write "{label}" in the same way, or give it another name')
    row = {"label": label.strip(), "pattern": pattern.strip(), "scope": "strict", "note": ""}
    same = held["pattern"].map(as_matched) == as_matched(row["pattern"])
    if same.any():
        raise BroadsheetError(f'"{pattern}" stands in {path} already, under {held.loc[same, "label"].iloc[0]}')
    return replace(study, **{kind: _checked(pd.concat([held, pd.DataFrame([row], dtype="str", index=[len(held) + 2])]), path)})


def keep(study, kind, label, pattern):
    """Writes one more pattern into a study's actors.csv or terms.csv (``kind``), as the file is written. Returns its path.

    Raises BroadsheetError for a pattern that is none, or that stands there already.
    """
    now = replace(study, **{kind: _patterns(study.folder / f"{kind}.csv")})  # as it is by now, whoever has edited it
    tried(now, kind, label, pattern)
    path = study.folder / f"{kind}.csv"
    data = path.read_bytes() if path.is_file() else b"label,pattern,scope,note\n"
    text = files.decoded(data)
    head = _head(text)
    separator = _separator(head)
    names = [name.strip().lower() for name in next(csv.reader([head], delimiter=separator))]
    line = io.StringIO()
    row = {"label": label.strip(), "pattern": pattern.strip()}
    csv.writer(line, delimiter=separator, lineterminator="\r\n" if b"\r\n" in data else "\n").writerow(
        [row.get(name, "") for name in names]
    )
    end = "" if text.endswith("\n") else "\r\n" if b"\r\n" in data else "\n"
    more = _as_written(end + line.getvalue(), data)
    if more is None:
        raise BroadsheetError(f"{path} is not written in UTF-8 and cannot hold {pattern}: save it as UTF-8 first")
    aside = path.with_name(f".{path.name}.{os.getpid()}")
    aside.write_bytes(data + more)
    if path.exists():
        shutil.copymode(path, aside)
    os.replace(aside, path)
    return path


def _as_written(text, data):
    """More text for a file, in the encoding of what it holds; None where that cannot hold it or is not known."""
    for encoding in ("utf-8", "cp1252"):
        try:
            if files.decoded(data) == data.decode(encoding).removeprefix("\ufeff"):
                return text.encode(encoding)
        except UnicodeError:
            continue
    return None


def _patterns(path):
    return _checked(_csv(path, ("label", "pattern", "scope", "note"), needs=("label", "pattern")), path)


def _checked(frame, path):
    """The patterns of a file, or BroadsheetError with the row that is none."""
    frame["scope"] = frame["scope"].str.lower().replace("", "strict")
    for row in frame.itertuples():
        where = f"{path}, row {row.Index}"
        if not row.label or not row.pattern:
            raise BroadsheetError(f"{where} needs both a label and a pattern")
        if not as_matched(row.pattern):
            raise BroadsheetError(f'{where}: the pattern "{row.pattern}" holds no word')
        if "*" in row.pattern and not row.pattern.startswith("re:"):
            plain = row.pattern.replace("*", "")
            raise BroadsheetError(
                f'{where}: a star stands for nothing in "{row.pattern}": write "{plain}", which finds its plural too, or a '
                f"regular expression such as re:\\b{plain}\\w*"
            )
        if row.scope not in SCOPES:
            raise BroadsheetError(f'{where}: scope is "{row.scope}", and has to be strict, wide, aside or empty')
        if row.pattern.startswith("re:"):
            if not row.pattern[3:].strip():
                raise BroadsheetError(f"{where}: re: stands alone: write the regular expression behind it")
            try:
                re.compile(row.pattern[3:])
            except re.error as problem:
                raise BroadsheetError(f"{where}: {row.pattern} is no regular expression: {problem}") from problem
    owners = frame.groupby(frame["pattern"].map(as_matched), sort=False)
    for _, rows in owners:
        pattern, labels = rows["pattern"].iloc[0], rows["label"].unique()
        if len(labels) > 1:
            raise BroadsheetError(f'{path}: the pattern "{pattern}" stands under {" and ".join(labels)}: keep it under one')
        if rows["scope"].nunique() > 1:
            scopes = " and ".join(rows["scope"].unique())
            raise BroadsheetError(f'{path}: the pattern "{pattern}" is {scopes}: keep one of the lines')
    return tables.make("patterns", frame.drop_duplicates("pattern").reset_index(drop=True))


def as_matched(pattern):
    """What two patterns share that match the same words: "cease-fire" and "ceasefire", "Orbán" and "Orban"."""
    if pattern.startswith("re:"):
        return pattern
    plain = "".join(tables.plain(each) for each in pattern if not unicodedata.combining(each))
    return re.sub(r"[\s\-‐‑]", "", plain)

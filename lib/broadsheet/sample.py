"""The mentions to code by hand: drawn once, stratified, and kept in the study's gold.csv with every code given."""

import contextlib
import csv
import os
import re
import shutil
import threading

import numpy as np
import pandas as pd

from broadsheet import coded, score, study, tables
from broadsheet.tables import BroadsheetError

KEY = ["article_id", "sentence_sha256", "start", "end", "label"]  # of gold.csv; start and end count inside the sentence
_STRATUM = ["label", "source", "class"]
_FORMULA = re.compile(r"'*[=+\-@]")


def draw(scores, articles, size, seed=0):
    """Returns the mentions drawn: one row per mention; article_id, sentence_no, label, start, end, stratum, probability.

    A stratum is an actor in a source with a class of score (negative, neutral, positive by the cut-offs of the scorer). From
    each of them at least one mention is drawn, and as many as are its share of the ``size`` mentions wanted. ``probability`` is
    the chance that the mention had of being drawn: drawn ÷ there in its stratum, exactly, for inside a stratum each set of
    mentions is as likely as any other. Where ``size`` is not below the number of mentions, all are drawn, with 1.

    Where there are more strata than ``size``, some are merged before anything is drawn. First those of one actor in one
    source lose the class of score, the actors and sources with the fewest mentions first, and no more of them than it takes; if
    that is not enough, those of one actor lose the source too, in the same order; in the end the actors with the fewest
    mentions become one stratum. ``stratum`` is a number that tells no score. The same mentions and seed give the same rows,
    in whatever order they come. Raises BroadsheetError where there is no mention, and for a size below 1 or a seed below 0.

    >>> scores = pd.DataFrame({"article_id": ["a", "a", "b", "b"], "sentence_no": [0, 1, 0, 1], "label": "Marsh",
    ...                        "start": [0, 30, 0, 40], "end": [5, 35, 5, 45], "scorer": "vader",
    ...                        "sentiment": [-0.5, -0.4, -0.3, 0.6]})
    >>> articles = pd.DataFrame({"article_id": ["a", "b"], "source": "Wire"})
    >>> draw(scores, articles, 2)["probability"].round(3).tolist()
    [0.333, 1.0]
    """
    if not len(scores):
        raise BroadsheetError("there is no mention to draw from: give the study actors that its articles name (actors.csv)")
    if size < 1 or seed < 0:
        raise BroadsheetError(f"size {size} and seed {seed} draw nothing: give a size of 1 or more, and a seed of 0 or more")
    frame = scores[["article_id", "sentence_no", "label", "start", "end"]].assign(
        source=scores["article_id"].map(articles.set_index("article_id")["source"]).fillna(""),
        **{"class": score.label(scores)},
    )
    frame = frame.sort_values(["article_id", "start", "end", "label"], kind="stable").reset_index(drop=True)
    size = min(int(size), len(frame))
    frame["stratum"] = _merged(frame[_STRATUM], size).groupby(_STRATUM).ngroup()
    there = frame.groupby("stratum").size().to_numpy()
    drawn = _shares(there, size)
    chance, kept = np.random.default_rng(seed), []
    for number, rows in frame.groupby("stratum").indices.items():
        kept.extend(chance.choice(rows, drawn[number], replace=False))
    frame["probability"] = (drawn / there)[frame["stratum"]]
    return frame.loc[sorted(kept)].drop(columns=["source", "class"]).reset_index(drop=True)


def _merged(strata, most):
    """The strata as `draw` merges them, until there are no more than ``most``: what a stratum lost is empty."""
    strata = strata.astype("str").copy()
    for keep in (["label", "source"], ["label"]):
        over = len(strata.drop_duplicates()) - most
        if over <= 0:
            return strata
        cells = strata.groupby(keep).size().rename("n").to_frame()
        cells["saved"] = strata.drop_duplicates().groupby(keep).size() - 1
        cells = cells.sort_values("n", kind="stable")
        chosen = cells.index[: int((cells["saved"].cumsum() < over).sum()) + 1]
        strata.loc[pd.Index(strata.set_index(keep).index).isin(chosen), [name for name in _STRATUM if name not in keep]] = ""
    over = strata["label"].nunique() - most
    if over > 0:
        smallest = strata.groupby("label").size().sort_values(kind="stable").index[: over + 1]
        strata.loc[strata["label"].isin(smallest), "label"] = ""
    return strata


def _shares(there, size):
    """How many to draw from each stratum: its share of ``size``, at least 1, the largest remainders rounded up.

    >>> _shares(np.array([1, 2, 97]), 10).tolist()
    [1, 1, 8]
    """
    one = np.zeros(len(there), dtype=bool)  # the strata whose share is below 1
    while True:
        left, among = size - one.sum(), there[~one].sum()
        less = ~one & (there * left < among)
        if not less.any():
            break
        one |= less
    whole, rest = np.divmod(there * left, among)
    drawn = np.where(one, 1, whole)
    first = np.argsort(np.where(one, -1, rest), kind="stable")[::-1]
    drawn[first[: size - drawn.sum()]] += 1
    return drawn


def rows(drawn, sentences):
    """Returns what `draw` returned as rows of gold.csv without a coder or a code: one row per mention drawn.

    >>> sentences = pd.DataFrame({"article_id": ["a"], "sentence_no": [4], "start": [70], "sentence": ["So Marsh lied."]})
    >>> drawn = pd.DataFrame({"article_id": ["a"], "sentence_no": [4], "label": ["Marsh"], "start": [73], "end": [78],
    ...                       "stratum": [0], "probability": [0.25]})
    >>> rows(drawn, sentences)[["article_id", "start", "end", "label", "coder", "coded", "probability"]].values.tolist()
    [['a', 3, 8, 'Marsh', '', '', 0.25]]
    """
    known = coded.keys(drawn, sentences).drop(columns=["start", "end"]).rename(columns={"from": "start", "to": "end"})
    return tables.make("gold", known.assign(coder="", round="", coded="", note="")[list(tables.COLUMNS["gold"])])


def read(path):
    """Returns gold.csv as `study` reads it: one row per coding, and per mention drawn (coder and code empty there)."""
    return study.gold(path)


def put(path, key, coder, round, probability, **change):
    """Writes ``coded`` or ``note`` of one mention of one pass to gold.csv: into its row, or a new one.

    It is on disk when this returns. ``key`` is as `KEY` names it. Raises BroadsheetError as `read` and `write` do.

    >>> import pathlib, tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = pathlib.Path(folder) / "gold.csv"
    ...     for code in ("neutral", "positive"):
    ...         put(path, ("a", "00ff", 0, 5, "Marsh"), "A", "1", 0.5, coded=code)
    ...     read(path)[["label", "coder", "round", "coded", "probability"]].values.tolist()
    [['Marsh', 'A', '1', 'positive', 0.5]]
    """
    with alone(path.parent):
        gold = read(path)
        mine = (gold[KEY] == list(key)).all(axis=1) & (gold["coder"] == coder) & (gold["round"] == round)
        if not mine.any():
            row = dict(zip(KEY, key, strict=True), coder=coder, round=round, coded="", probability=probability, note="")
            gold = pd.concat([gold, pd.DataFrame([row])], ignore_index=True)
            text = [name for name in gold if name not in ("start", "end", "probability")]
            gold[text] = gold[text].fillna("")
            mine = gold.index == len(gold) - 1
        for column, value in change.items():
            gold.loc[mine, column] = value
        write(path, gold)


def write(path, gold):
    """Writes gold.csv whole or not at all: to a file beside it first, then in its place.

    The separator, the line ends and a byte order mark stay as they are; a new file has commas and the mark.
    Raises BroadsheetError where that cannot be done.
    """
    path = path.resolve()
    new = path.with_name(f".{path.name}.{os.getpid()}-{threading.get_ident()}.new")
    try:
        held = path.read_bytes() if path.exists() else b"\xef\xbb\xbf"  # the mark by which spreadsheets know UTF-8
        if path.exists() and not os.access(path, os.W_OK):
            raise PermissionError(13, "it is read-only")
        head, _, _ = held.decode("utf-8", errors="replace").partition("\n")
        coding = "utf-8-sig" if held.startswith(b"\xef\xbb\xbf") else "utf-8"
        end = "\r\n" if head.endswith("\r") else "\n"
        with open(new, "w", encoding=coding, newline="") as file:
            table = csv.writer(file, delimiter=max(",;\t", key=head.count), lineterminator=end)
            table.writerow(gold.columns)
            table.writerows([_cell(value) for value in row] for row in gold.itertuples(index=False))
            file.flush()
            os.fsync(file.fileno())
        if path.exists():
            shutil.copymode(path, new)
        os.replace(new, path)
        _settle(path.parent)
    except OSError as problem:
        with contextlib.suppress(OSError):
            new.unlink(missing_ok=True)
        raise BroadsheetError(
            f"{path} cannot be written ({problem.strerror}): close it in other programs, and see that you may write there"
        ) from problem


def defused(note):
    """A note as it stands in gold.csv: on one line, and with an apostrophe where a spreadsheet would run it as a formula.

    >>> defused("=1+1"), restored(defused("=1+1")), restored(defused("'=x")), defused("two\\nlines")
    ("'=1+1", '=1+1', "'=x", 'two lines')
    """
    line = " ".join(note.replace("\0", "").split())
    return f"'{line}" if _FORMULA.match(line) else line


def restored(note):
    """A note as it was typed, from what stands in gold.csv: what `defused` put in front is taken away.

    >>> restored("'=1+1"), restored("'tis plain")
    ('=1+1', "'tis plain")
    """
    return note[1:] if note.startswith("'") and _FORMULA.match(note) else note


def _cell(value):
    if not isinstance(value, float):
        return value
    return "" if value != value else str(int(value)) if value == int(value) else repr(float(value))


def _settle(folder):
    """Has the new name of a file reach the disk too, where the system can do that: a power cut then takes no label away."""
    with contextlib.suppress(OSError):
        held = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(held)
        finally:
            os.close(held)


@contextlib.contextmanager
def alone(folder):
    """Keeps two coders who share a folder from writing at once. The system lets go of it when a process dies."""
    try:
        import fcntl

        held = os.open(folder, os.O_RDONLY)
    except (ImportError, OSError):  # Windows has no such lock, and a write takes milliseconds
        yield
        return
    try:
        with contextlib.suppress(OSError):  # some network drives have none either
            fcntl.flock(held, fcntl.LOCK_EX)
        yield
    finally:
        os.close(held)

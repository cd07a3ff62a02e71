"""Articles → a study folder for a person to edit; and what in a study is still to be done."""

import calendar
import os
import re
from collections import Counter
from pathlib import Path

import pandas as pd

from broadsheet import load, store, tables
from broadsheet.study import ARTICLE_COLUMNS, as_matched, names_corpus, study
from broadsheet.tables import BroadsheetError

_NAME = re.compile(r"(?<=[a-z,;:”\"] )[A-Z][\w'’-]*[a-z](?: [A-Z][\w'’-]*[a-z]){0,2}")
_CALENDAR = {*calendar.day_name, *calendar.month_name}
_NOTE = "suggested: found {} times; edit or delete"


def new(folder, articles):
    """Makes a study folder for a folder or file of articles, and returns its path.

    Writes study.toml (where the articles are), articles.csv (a row per file whose source or date is not given in the
    file), actors.csv and terms.csv (the names and words found most often, as suggestions). The articles stay where
    they are. Raises BroadsheetError if the folder already holds a study, or the articles cannot be found.
    """
    folder, corpus = Path(folder).expanduser(), Path(articles).expanduser().resolve()
    if any((folder / name).exists() for name in ("study.toml", "articles.csv", "actors.csv", "terms.csv")):
        raise BroadsheetError(f"{folder} is already a study: choose another folder, or edit its CSV files")
    if corpus.is_dir() and corpus in (folder.resolve(), *folder.resolve().parents):
        raise BroadsheetError(f"{folder} is in the folder of the articles, which would hold its CSV files: make it beside that")
    raw = load.articles(corpus)
    read = raw[raw["error"] == ""]
    if not len(read):
        raise BroadsheetError(f"none of the {len(raw)} files in {corpus} can be read: {raw['error'].iloc[0]}")
    try:
        path = Path(os.path.relpath(corpus, folder.resolve())).as_posix()
    except ValueError:  # another drive on Windows
        path = corpus.as_posix()
    vague = read[(read["source"] == "") | (read["published"] == "")].drop_duplicates("file")
    files = pd.DataFrame({"file": vague["file"]}).reindex(columns=ARTICLE_COLUMNS, fill_value="")
    texts = "\n".join(read["text"])
    names = Counter(
        name for name in (re.sub("['’]s$", "", name) for name in _NAME.findall(texts)) if name.split()[0] not in _CALENDAR
    )
    words = Counter(texts[start:end].lower() for start, end in tables.word_spans(texts))
    common = [
        (word, n) for word, n in words.most_common(400) if len(word) > 5 and word.isalpha() and word not in tables.STOP_WORDS
    ]
    capital = {part.lower() for name in names for part in name.split()}
    common = [(word, n) for word, n in common if word not in capital]
    written = {
        "articles.csv": files,
        "actors.csv": _suggested(_merged(names).most_common(8)),
        "terms.csv": _suggested(common[:4]),
    }
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "study.toml").write_text(f"# Where the articles are, from this folder.\n{names_corpus(path)}\n", encoding="utf-8")
    for name, frame in written.items():
        frame.to_csv(folder / name, index=False, encoding="utf-8-sig", lineterminator="\n")
    return folder


def _merged(names):
    """Names of which no two match the same words: those of one that does are counted with its most frequent spelling."""
    merged, spelt = Counter(), {}
    for name, n in names.most_common():
        merged[spelt.setdefault(as_matched(name), name)] += n
    return merged


def _suggested(counted):
    return pd.DataFrame(
        [(name, name, "strict", _NOTE.format(n)) for name, n in counted], columns=["label", "pattern", "scope", "note"]
    )


def _unread(held):
    """What in the CSV files of a study is not read: columns by other names, codes of labels that are not there any more."""
    for column in held.articles.columns.difference(ARTICLE_COLUMNS):
        ours = next((name for name, aliases in load.ALIASES.items() if column in aliases.split()), None)
        if ours not in (None, column):
            yield f"articles.csv: the column {column} is not read: name it {ours}"
    gone = held.gold["label"][~held.gold["label"].isin(held.actors["label"])]
    for label, rows in gone.value_counts().items():
        yield f"gold.csv: {rows} rows have the label {label}, which actors.csv has not: give both the same name"


def check(folder):
    """Returns what is still to be done in a study, a line each: nothing if it is complete.

    >>> check("peace-talks")
    []
    """
    corpus = store.annotated(study(folder))
    articles, found = corpus.articles, []
    for column, name in (("source", "source"), ("published", "date")):
        vague = articles[
            articles[f"{column}_basis"].str.startswith("unknown")
            & (articles[column].isin([tables.UNKNOWN]) | articles["published_from"].isna())
        ]
        if len(vague):
            first = vague.iloc[0]
            why = first[f"{column}_basis"].removeprefix("unknown").removeprefix(": ")
            found.append(
                f"articles.csv: {len(vague)} of {len(articles)} articles have no {name}, "
                f"{first['article_id']} the first of them{f' ({why})' * bool(why)}"
            )
    found += _unread(corpus.study)
    for row in corpus.dropped.head(5).itertuples():
        line = row.reason.startswith("cannot be read: line ")  # one of a file, whose others may be there
        found.append(f"{'left out of ' * line}{row.file or row.article_id}{'' if line else ' is left out'}: {row.reason}")
    if len(corpus.dropped) > 5:
        found.append(f"{len(corpus.dropped) - 5} more are left out: 00_corpus lists them")
    for name, patterns, mentions, least in (
        ("actors.csv", corpus.actor_patterns, corpus.actors, 1),
        ("terms.csv", corpus.term_patterns, corpus.terms, 2),
    ):
        labels = patterns.loc[patterns["scope"] != "aside", "label"].nunique()
        if labels < least:
            found.append(f"{name} has {labels} label{'s' if labels != 1 else ''}, and needs at least {least}: write them in it")
        if labels and not len(mentions):
            found.append(f"{name}: no article has any of its patterns: correct them")
    return found

"""Every table of a study as Parquet in parts, for a corpus of any size: in this process, or on a Dask cluster.

The library's own functions work on parts of the corpus; what only the whole can tell is learnt in between, from traces of the
parts. A part is written whole and then noted, so that the same command goes on where it was stopped.
"""

import json
import traceback
from dataclasses import replace
from functools import lru_cache
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from broadsheet import cache, cluster, files, learn, load, score, shelf, store, tables
from broadsheet.shelf import MANIFEST, Shelf, annotated
from broadsheet.tables import BroadsheetError

SIZE = 4 << 20  # characters of text in a part: more take longer, since their memory is new each time
_GROUP = 32 << 20  # bytes of files that are read at once
_PACKED, _PACKS = 3, (".gz", ".zip", ".parquet")  # how much more is in files that are packed
_SHARE = 1 << 21  # keys that are held against one another at once: no more memory than a part needs to be annotated
_FEW = 8  # parts of a corpus that this process annotates by itself where nothing else is asked for
_COMPRESSED = {"compression": "zstd"}


def annotate(study, out, *, scorer="target", scheduler=None, workers=None, size=SIZE, progress=True):
    """Writes every table of a study, in parts, to a folder, and returns its manifest.

    ``out`` is a folder, or an address that fsspec knows. ``scheduler`` is the address of a running Dask scheduler; without
    one a corpus of more than a few parts gets a local cluster of ``workers`` processes (default: one a core; 0 for none).
    ``size`` is the characters of text in a part; without a ``scorer`` there are no scores. Every article is in articles, or in
    dropped with the reason. Raises BroadsheetError for a corpus that is not there or is annotated already, and for an unknown
    scorer.
    """
    if scorer:
        score.known(scorer)
    if annotated(study.corpus):
        raise BroadsheetError(f"{study.corpus} is annotated already: name the articles themselves in study.toml")
    if workers is not None and workers < 0:
        raise BroadsheetError(f"{workers} workers are none: give 1 or more, or 0 for this process alone")
    if f"{address(out)}/".startswith(f"{address(study.corpus)}/"):
        raise BroadsheetError(
            f"{out} is among the articles of {study.corpus}, and would be read with them: take a folder beside it"
        )
    if address(out) == address(study.folder) or f"{address(study.corpus)}/".startswith(f"{address(out)}/"):
        raise BroadsheetError(
            f"{out} holds the study or its articles, and would be filled with tables: take a folder beside it"
        )
    groups = _groups(study)
    if scheduler is None and workers is None and sum(size_ for _, size_, _ in groups) <= _FEW * size:
        workers = 0
    with cluster.runner(scheduler, workers, progress) as run:
        return _Job(study, address(out), scorer, size, run, progress).done(groups)


def address(out):
    """How study.toml names an annotated folder: an address as it is, a folder with its whole path."""
    return str(out) if files.is_remote(out) else Path(out).expanduser().resolve().as_posix()


class _Job:
    """The stages of one corpus: reading, learning, annotating. ``run`` does the tasks of a stage, here or elsewhere."""

    def __init__(self, study, out, scorer, size, run, progress):
        self.study, self.out, self.scorer, self.size, self.run, self.progress = study, out, scorer, size, run, progress
        self.shelf = Shelf(out)

    def done(self, groups):
        """Returns the manifest. The one of an earlier time is gone until all parts are as it says."""
        self.shelf.forget(MANIFEST)
        made = cache.digest(cache.library(), self.study.articles.to_csv(), self.size)
        tasks = [
            (f"{at:05d}", cache.digest(made, key), names, self.study, self.size) for at, (names, _, key) in enumerate(groups)
        ]
        found = self._stage("reading", _read, tasks, sum(len(names) for names, _, _ in groups), "file")
        load.all_there(self.study, [name for each in found for name in each["all"]])
        parts = [part for each in found for part in each["parts"]]
        if not parts:
            raise BroadsheetError(f"no article in {self.study.corpus}")
        first = np.cumsum([0, *(part["rows"] for part in parts)]).tolist()
        tasks = [(part["name"], cache.digest(part["key"], at), at) for part, at in zip(parts, first[:-1], strict=True)]
        self._stage("learning", _trace, tasks, first[-1])
        given, names, rules = self._learnt([part["name"] for part in parts], cache.digest(*(key for _, key, _ in tasks)))
        written = rules.written()
        self.shelf.note("rules.json", written)
        sources = cache.digest(json.dumps(written, sort_keys=True))
        keys = store.keys(self.study, self.scorer, cache.digest(*(part["key"] for part in parts)))
        asked = (made, sources, self.study.actors.to_csv(), self.study.terms.to_csv(), self.scorer)
        asked = (*asked, self.scorer and score.version(self.scorer))
        tasks = []
        for part, at, end in zip(parts, first[:-1], first[1:], strict=True):
            renamed = {place: name for place, name in enumerate(names[at:end]) if name != given[at + place]}
            # of its own articles alone: no worker holds a list as long as the corpus, and no part is made again for another
            about = rules.about(names[at:end])
            key = cache.digest(part["key"], renamed, about, *asked)
            tasks.append((part["name"], key, renamed, about, sources, self.study, self.scorer))
        done = self._stage("annotating", _annotate, tasks, first[-1])
        rows = {table: sum(each["rows"][table] for each in done) for table in done[0]["rows"]}
        if not first[-1] == rows["raw"] == rows["articles"] + rows["dropped"]:
            raise RuntimeError(f"of {first[-1]} articles {rows['articles']} are kept and {rows['dropped']} dropped")
        manifest = {
            "format": shelf.FORMAT,
            "study": self.study.name,
            "corpus": str(self.study.corpus),
            "scorer": self.scorer,
            "library": cache.library(),
            "keys": keys,
            "articles_csv": cache.digest(self.study.articles.to_csv()),
            "inputs": {name: sha256 for each in found for name, sha256 in each["files"].items()},
            "parts": [part["name"] for part in parts],
            "rows": rows,
        }
        self.shelf.note(MANIFEST, manifest)
        return manifest

    def _stage(self, name, function, tasks, total, unit="article"):
        """The results of (name, key, …) tasks, in their order: those noted under that key, and the others done now."""
        results, waiting = [], []
        with cluster.display(name, total, unit, self.progress) as report:
            for at, (task, key, *_) in enumerate(tasks):
                noted = self.shelf.noted(_note(name, task))
                results.append(noted if noted and noted["key"] == key else None)
                if results[at]:
                    report(results[at]["done"])
                else:
                    waiting.append(at)
            for at, result in self.run([(_noted, function, self.out, name, *tasks[at]) for at in waiting]):
                results[waiting[at]] = result
                report(result["done"])
        return results

    def _learnt(self, parts, key):
        """What the whole corpus tells, from the traces: (ids as given, ids of which no two are the same, Rules)."""
        counted = sum(self.shelf.noted(_note("learning", part))["keys"] for part in parts)
        shares = counted // _SHARE + 1
        edges = [2**64 * at // shares for at in range(shares + 1)]
        tasks = [
            (f"{at:05d}", cache.digest(key, low, high), low, high - 1, parts) for at, (low, high) in enumerate(pairwise(edges))
        ]
        self._stage("comparing", _recurring, tasks, len(tasks), "share")
        documents = self.shelf.get("learn/documents", parts, ["number", "article_id", "source", "published", "held", "brief"])
        names = load.unique(documents["article_id"])
        keys = self.shelf.get("learn/recurring", [task for task, *_ in tasks])
        alike = pa.array(keys.loc[keys["kind"] == "story", "number"].unique())
        sketches = self.shelf.get("learn/documents", parts, ["number", "sketch"], pc.field("number").isin(alike))
        given, documents = documents["article_id"].tolist(), documents.assign(article_id=names)
        return given, names.tolist(), learn.rules(documents.merge(sketches, on="number", how="left"), keys)


def _groups(study):
    """The files of a corpus in groups that are read at once: (names, bytes, a key that changes when one of them does)."""
    groups = []
    for name in load.files(study.corpus):
        fs, path = files.place(study.corpus, name)
        size, key = (fs.size(path) or 0) * (_PACKED if name.endswith(_PACKS) else 1), str(fs.ukey(path))
        if groups and groups[-1][1] + size <= _GROUP:
            groups[-1] = ([*groups[-1][0], name], groups[-1][1] + size, cache.digest(groups[-1][2], name, key))
        else:
            groups.append(([name], size, cache.digest(name, key)))
    return groups


def _note(stage, task):
    return f"parts/{stage}-{task}.json"


def _noted(function, out, stage, task, key, *arguments):
    """Does a task, wherever it is, and notes that it is done."""
    shelf = Shelf(out)
    result = {**function(shelf, task, *arguments), "key": key}
    shelf.note(_note(stage, task), result)
    return result


def _read(shelf, group, names, study, size):
    hashes, parts = {}, []
    raw = load.documents(study, names, hashes)
    for number, rows in enumerate(in_parts(raw, size)):
        name = f"{group}-{number:05d}"
        written = shelf.put("raw", name, rows, **_COMPRESSED)
        parts.append({"name": name, "rows": written["rows"], "key": written["sha256"]})
    return {"done": len(names), "files": hashes, "all": sorted(raw["file"].unique()), "parts": parts}


def in_parts(raw, size=SIZE):
    """Raw articles, in their order, as frames of about one size: some ``size`` characters of text, or fewer."""
    reached = raw["text"].str.len().cumsum()
    total = max(reached.max(), 1) if len(raw) else 1
    return [rows for _, rows in raw.groupby((reached - 1).clip(0) * -(-total // size) // total, sort=True)]


def _trace(shelf, part, first):
    documents, keys = learn.traces(shelf.get("raw", [part]), first)
    shelf.put("learn/documents", part, documents, **_COMPRESSED)
    shelf.put("learn/keys", part, keys.sort_values("key"), row_group_size=1 << 15, **_COMPRESSED)
    return {"done": len(documents), "keys": len(keys)}


def _recurring(shelf, share, low, high, parts):
    low, high = (pa.scalar(each, pa.uint64()) for each in (low, high))
    keys = shelf.get("learn/keys", parts, filters=(pc.field("key") >= low) & (pc.field("key") <= high))
    shelf.put("learn/recurring", share, learn.recurring(keys), **_COMPRESSED)
    return {"done": 1}


def _annotate(shelf, part, renamed, about, sources, study, scorer):
    raw = shelf.get("raw", [part])
    for place, name in renamed.items():
        raw.loc[place, "article_id"] = name
    made = made_of(raw, replace(_sources(shelf.path, sources), **about), study, scorer)
    if len(raw) != len(made["articles"]) + len(made["dropped"]):
        raise RuntimeError(f"part {part}: of {len(raw)} articles {len(made['articles'])} kept, {len(made['dropped'])} dropped")
    for table, frame in made.items():
        shelf.put(table, part, frame, **_COMPRESSED)
    return {"done": len(raw), "rows": {"raw": len(raw), **{table: len(frame) for table, frame in made.items()}}}


@lru_cache(maxsize=2)
def _sources(out, digest):
    """The Rules of sources of an annotated folder, read once in each process; the digest tells later from earlier ones."""
    return learn.Rules.read(Shelf(out).noted("rules.json"))


def made_of(raw, rules, study, scorer):
    """Returns {table: frame} of raw articles: those of `store.texts`, actors, terms and scores.

    An article that breaks a step becomes a row of dropped, with the step and the error, and the others go on.
    """
    try:
        made = store.texts(raw, rules)
        for name, step in (("actors", store.actors), ("terms", store.terms)):
            made[name] = step(study, made["sentences"], made["quotes"])
        if scorer:
            made["scores"] = store.scores(made["actors"], made["sentences"], scorer)
        return made
    except (BroadsheetError, MemoryError, KeyboardInterrupt, SystemExit, GeneratorExit):
        raise
    except BaseException as problem:  # what breaks inside a library written in Rust is no Exception
        if len(raw) > 1:  # halves of halves: all but the one that breaks are made together
            halves = [made_of(half, rules, study, scorer) for half in (raw.iloc[: len(raw) // 2], raw.iloc[len(raw) // 2 :])]
            return {name: pd.concat([half[name] for half in halves], ignore_index=True) for name in halves[0]}
        if not len(raw):
            raise
        reason = f"{_step(problem)} failed: {type(problem).__name__}: {' '.join(str(problem).split())}"
        lost = [(raw["article_id"].iloc[0], raw["file"].iloc[0], reason, "")]
        return made_of(raw.head(0), rules, study, scorer) | {"dropped": tables.make("dropped", lost)}


def _step(problem):
    """The verb in which something went wrong."""
    own = [Path(frame.filename) for frame in traceback.extract_tb(problem.__traceback__)]
    return next((path.stem for path in own if path.parent == Path(__file__).parent and path.stem not in _OURS), "annotate")


_OURS = ("annotate", "store")

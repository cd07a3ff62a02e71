"""Notebooks × parameters → runs, everything checked before anything runs; and which runs need not be done again.

A run is one notebook with one parameter set; its result is ``reports/<study>/<parameter set>/<notebook>``.
"""

import json
import os
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from broadsheet import DATA, NOTEBOOKS, REPORTS, cache, variants
from broadsheet.parameters import declared, fitted
from broadsheet.study import find as find_study
from broadsheet.tables import BroadsheetError, unknown

_CHOICES = ("actors", "terms", "sources", "start", "end", "voice")  # what `Corpus.choose` takes


@dataclass
class Run:
    """One notebook with one parameter set: where its result goes and, once it ran, how that went."""

    notebook: Path
    parameters: dict  # what papermill is given: only what differs from the notebook's defaults, and the study
    path: Path  # the executed notebook
    study: str = ""  # as `study` gives it; empty for a notebook without the parameter study_folder
    scorer: str = ""
    ours: bool = False  # a notebook of the suite: it reads its study through the library, and nothing beside it
    key: str = ""  # the hash of notebook, parameters and library
    inputs: dict = field(default_factory=dict)  # {part: hash} of all that it may read; once it ran, of what it has read
    why: str = ""  # why it has to be done; empty means that its result is there, and made from the same
    error: str = ""  # one line; empty means that it ran through
    cell: int = 0  # number of the code cell that failed, as JupyterLab's In [n]
    seconds: float = 0.0

    @property
    def status(self):
        return "failed" if self.error else "done" if self.seconds else "unchanged"


def runs(notebooks, sets, out=REPORTS, *, force=False):
    """Returns the ``Run``s of notebooks × parameter sets, checked, with what has changed since the last time in ``why``.

    No notebook means all. A set maps names to values, typed or as text ("Putin+Trump" for a list). Raises BroadsheetError for
    a notebook that is not there, a parameter that no notebook has, a value of the wrong type, a folder, day, label, source,
    voice or scorer that is none.
    """
    notebooks = [find(notebook) for notebook in notebooks or available() or ["00_corpus"]]
    declares = {notebook: declared(notebook) for notebook in notebooks}
    known = {name: entry for entries in declares.values() for name, entry in entries.items()}
    studies, found = _Studies(), {}
    for given in sets:
        typed = _checked(given, known, studies)
        differing = {n: v for n, v in typed.items() if n != "study_folder" and v != known[n][1]}
        folder = _home(Path(out), typed.get("study_folder", "notebooks"), studies.homes) / variants.name(differing)
        for notebook, entries in declares.items():
            mine = {n: v for n, v in typed.items() if n in entries and (n == "study_folder" or v != entries[n][1])}
            scorer = mine.get("scorer", entries.get("scorer", ("str", "target"))[1])
            run = Run(
                notebook, mine, folder / notebook.name, mine.get("study_folder", ""), scorer, notebook.parent == NOTEBOOKS
            )
            run.key = cache.digest(notebook.read_bytes(), json.dumps(mine, sort_keys=True), cache.library())
            run.inputs = {"study": studies.files(run.study)} if run.study else {}
            values = {n: str(mine.get(n, default)) for n, (_, default, _) in entries.items() if n != "study_folder"}
            run.inputs |= {f"parameter {n}": cache.tree(v) for n, v in values.items() if os.path.isabs(v) and Path(v).exists()}
            other = found.setdefault(run.path, run)
            if (other.notebook, other.parameters) != (notebook, mine):
                raise BroadsheetError(f"{other.notebook} and {notebook} would both write {run.path}: rename one of them")
    for run in found.values():
        run.why = "asked for" if force else _changed(run, studies)
    return list(found.values())


def comparisons(done, out=REPORTS):
    """Returns the runs of comparison.ipynb over what was `done`: one for each study that has a notebook with several sets.

    A batch of one set compares nothing, but what an earlier comparison has of its runs is compared again.
    """
    notebook, found = NOTEBOOKS / "comparison.ipynb", []
    for folder in dict.fromkeys(run.path.parents[1] for run in done):
        mine = {}
        for run in (run for run in done if run.path.parents[1] == folder and run.path.is_file()):
            mine.setdefault((run.notebook, run.key), run.path)  # twins once
        paths = [path.relative_to(out).as_posix() for path in mine.values()]
        if len({path.parent for path in mine.values()}) < 2:
            paths = [path for path in _compared(folder / "comparison" / notebook.name) if (Path(out) / path).is_file()]
        if not notebook.is_file() or len(paths) < 2:
            continue
        given = {"runs": paths} if Path(out) == REPORTS else {"runs": paths, "reports": str(out)}
        run = Run(notebook, given, folder / "comparison" / notebook.name)
        run.key = cache.digest(notebook.read_bytes(), json.dumps(given), cache.library())
        run.inputs = {"runs": cache.digest(*((Path(out) / path).read_bytes() for path in paths))}
        run.why = _changed(run, None)
        found.append(run)
    return found


def _compared(path):
    """The runs that a comparison lists; none where there is no comparison."""
    try:
        return json.loads(path.read_bytes())["metadata"]["papermill"]["parameters"]["runs"]
    except (OSError, ValueError, LookupError, TypeError):
        return []


def find(notebook):
    """A notebook's name (with or without .ipynb) or path → its path. Raises BroadsheetError if there is none."""
    for path in (Path(notebook), NOTEBOOKS / notebook, NOTEBOOKS / f"{notebook}.ipynb"):
        if path.is_file() and path.suffix == ".ipynb":
            return path.resolve()
    raise unknown("notebook", notebook, [path.stem for path in available()])


def available():
    """The suite's notebooks, in their order."""
    return sorted(NOTEBOOKS.glob("[0-9]*.ipynb"))


def study(folder):
    """A name in data/, or any path from the working directory → what the notebooks get, who run in another directory.

    Raises BroadsheetError if there is no such folder.
    """
    path = find_study(folder)
    # by its name alone only where the name leads to it from here as well: a folder here goes before one of that name in data/
    return path.name if path.parent == DATA and find_study(path.name) == path else str(path)


class _Studies:
    """The studies of a batch, each read once; their hashes, and the corpora that parameters are held against."""

    def __init__(self):
        self._studies, self._hashes, self._corpora = {}, {}, {}
        self.homes = {}  # the folders of reports that this batch has given out, and the study of each

    def of(self, folder):
        from broadsheet import load

        if folder not in self._studies:
            self._studies[folder] = load.study(folder)
            load.files(self._studies[folder].corpus)  # a corpus that cannot be read is one error here, not one a run
        return self._studies[folder]

    def files(self, folder):
        """The hash of all files of a study."""
        if folder not in self._hashes:
            held = self.of(folder)
            self._hashes[folder] = cache.digest(cache.tree(held.folder), cache.corpus(held.corpus))
        return self._hashes[folder]

    def keys(self, folder, scorer):
        """The hashes of a study's tables."""
        from broadsheet import store

        if (folder, scorer) not in self._hashes:
            self._hashes[folder, scorer] = store.keys(self.of(folder), scorer)
        return self._hashes[folder, scorer]

    def corpus(self, folder, scorer):
        from broadsheet import store

        if (folder, scorer) not in self._corpora:
            self._corpora[folder, scorer] = store.annotated(self.of(folder), scorer)
        return self._corpora[folder, scorer]


def _checked(given, known, studies):
    """One parameter set, typed, its folders as absolute paths; BroadsheetError where something in it is none."""
    if missing := next((each for each in given if each not in known), None):
        raise unknown("parameter", missing, known)
    typed = {each: fitted(each, value, *known[each][:2]) for each, value in given.items()}
    for each, value in typed.items():
        if known[each][2].startswith("a folder") and each != "study_folder" and value:
            path = Path(value).expanduser().resolve()
            if not path.is_dir():
                raise BroadsheetError(f"The parameter {each!r} takes a folder, and {value} is none.")
            typed[each] = str(path)
    for each, least in (("draws", 1), ("seed", 0)):
        if typed.get(each, least) < least:
            raise BroadsheetError(f"The parameter {each!r} has to be {least} or more, not {typed[each]}.")
    if "scorer" in typed:
        from broadsheet import score

        score.known(typed["scorer"])
    if "study_folder" in known:
        typed["study_folder"] = study(typed.get("study_folder", known["study_folder"][1]))
        studies.of(typed["study_folder"])
        choices = {each: typed[each] for each in _CHOICES if typed.get(each)}
        if choices:  # its tables are made here only where there is something to hold against them
            studies.corpus(typed["study_folder"], typed.get("scorer", "target")).choose(**choices)
    return typed


def _changed(run, studies):
    """What is new since the run's result was made; empty where it is there and nothing is."""
    try:
        made = json.loads(run.path.read_bytes())["metadata"]["broadsheet"]
    except (OSError, ValueError, LookupError, TypeError):
        return "not run yet"
    if made.get("status") != "done":
        return "it failed the last time"
    if made.get("key") != run.key:
        return "notebook or library changed"
    before, now = made.get("inputs", {}), dict(run.inputs)
    if set(before) - set(now) and not run.study:
        return "it reads a study that is no parameter"
    if set(before) - set(now):
        now |= studies.keys(run.study, run.scorer)
    for other in dict.fromkeys(part.partition(" of ")[2] for part in before if " of " in part):
        with suppress(BroadsheetError):  # what is not there any more is changed
            now |= {f"{part} of {other}": key for part, key in studies.keys(other, run.scorer).items()}
    new = [part for part in before if now.get(part) != before[part]]
    if new:
        return f"changed: {'articles' if 'articles' in new else new[0]}"
    run.inputs = before
    return ""


def _home(out, study_folder, homes):
    """The study's folder of reports. A second study of the same name gets another one, with a hash of its path."""
    path = Path(study_folder)
    own = variants.safe(path.name).lstrip(".") or "study"
    if own != path.name:
        own = f"{own}-{variants.hashed(str(path))}"
    if path.is_absolute():
        mark = out / own / ".study"
        taken = (DATA / path.name).is_dir() or ((out / own).is_dir() and not mark.is_file())
        taken = taken or homes.get(own, study_folder) != study_folder
        if taken or (mark.is_file() and mark.read_text(encoding="utf-8") != str(path)):
            own = f"{own}-{variants.hashed(str(path))}"
    homes.setdefault(own, study_folder)
    return out / own

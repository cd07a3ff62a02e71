"""Executed runs → their answers and summaries side by side: what changes with the parameters?"""

import io
import itertools
import json
from pathlib import Path

import pandas as pd

from broadsheet import REPORTS, sample, tables
from broadsheet.tables import BroadsheetError


def answers(runs, reports=REPORTS):
    """Returns a row per executed notebook: notebook, set (what differs from the other runs), its computed answer, failed.

    ``runs`` are paths below ``reports``. A run that failed has its error for an answer. Raises BroadsheetError for a file that
    is no executed notebook.
    """
    rows = [
        (
            run["notebook"],
            run["set"],
            run["error"] or next((text for role, text in run["shown"] if role == "answer"), ""),
            bool(run["error"]),
        )
        for run in _read(runs, reports)
    ]
    return pd.DataFrame(rows, columns=["notebook", "set", "answer", "failed"])


def summaries(runs, notebook, reports=REPORTS):
    """Returns the first summary that each run of a notebook shows, below one another, with the column set in front.

    The columns are those of a summary, and those that say what a row is of: they stand in front of its numbers, and a table
    may have more behind them. No rows where no run shows one.
    """
    found = []
    for run in _read(runs, reports):
        if run["notebook"] != notebook:
            continue
        for role, text in run["shown"]:
            if role == "table" and set(tables.COLUMNS["summary"]) <= set(text.partition("\n")[0].split(",")):
                frame = pd.read_csv(io.StringIO(text), dtype="str", keep_default_na=False).map(sample.restored)
                numbers = [name for name, kind in tables.COLUMNS["summary"].items() if kind != tables.TEXT]
                frame[numbers] = frame[numbers].apply(pd.to_numeric, errors="coerce")
                groups = itertools.takewhile(lambda name: name not in tables.COLUMNS["summary"], frame)
                kept = [*groups, *tables.COLUMNS["summary"], *({"estimate"} & set(frame))]
                found.append(frame.assign(set=run["set"])[["set", *kept]])
                break
    return pd.concat(found, ignore_index=True) if found else pd.DataFrame(columns=["set", *tables.COLUMNS["summary"]])


def finding(summary):
    """What moves most between the sets of `summaries`, in a line. Only groups with an interval in every set compete.

    >>> bounds = {"measure": "sentiment", "low": [-0.5, 0.1], "high": [0.1, 0.6], "set": ["voice narrator", "voice quoted"]}
    >>> finding(pd.DataFrame({"label": "Marsh", "value": [-0.2, 0.3], **bounds}))
    'Marsh moves most, from −0.20 to 0.30'
    """
    by = tables.groups(summary.drop(columns="set"))
    name = summary[by].astype("str").agg(" · ".join, axis=1) if by else summary["measure"]
    sure = summary.assign(name=name)[summary[["value", "low", "high"]].notna().all(axis=1)]
    ends = sure.groupby("name", sort=False)["value"].agg(["size", "min", "max"])
    ends = ends[ends["size"] == summary["set"].nunique()]  # a mean without an interval is no ground for a claim
    if not len(ends):
        return "nothing has an interval in every set"
    moved = (ends["max"] - ends["min"]).round(9)
    if not moved.any():
        return "nothing with an interval moves"
    first = moved.idxmax()
    return f"{first} moves most, from {_number(ends['min'][first])} to {_number(ends['max'][first])}"


def _number(value):
    return f"{value:.2f}".replace("-", "−")


def _read(runs, reports):
    """A dict per run: notebook, set, error, and what it has shown as (role, text)."""
    read = []
    for path in runs:
        try:
            held = json.loads((Path(reports) / path).read_text(encoding="utf-8"))
            about, given = held["metadata"]["broadsheet"], held["metadata"]["papermill"]["parameters"]
        except (OSError, ValueError, LookupError, TypeError) as problem:
            raise BroadsheetError(f"{path} is no executed notebook: run it again ({problem})") from problem
        read.append({"notebook": about["notebook"].removesuffix(".ipynb"), "error": about.get("error", ""), "given": given})
        read[-1]["shown"] = [
            (said["role"], "".join(output["data"]["text/csv" if said["role"] == "table" else "text/plain"]))
            for cell in held["cells"]
            for output in cell.get("outputs", ())
            if (said := output.get("metadata", {}).get("broadsheet", {})).get("role") in ("answer", "table")
        ]
    every = {name for run in read for name in run["given"]}
    apart = sorted(name for name in every if len({json.dumps(run["given"].get(name)) for run in read}) > 1)
    for run in read:
        run["set"] = ", ".join(_worded(name, run["given"][name]) for name in apart if name in run["given"]) or "default"
    return read


def _worded(name, value):
    if name == "study_folder":
        return Path(value).name
    return f"{name.replace('_', ' ')} {'+'.join(map(str, value)) if isinstance(value, list) else value}"

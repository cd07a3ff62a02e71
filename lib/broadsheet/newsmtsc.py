"""NewsMTSC (Hamborg & Donnay 2021): sentences of news with persons in them, coded by what they say of each."""

import json
from pathlib import Path

import pandas as pd

from broadsheet.tables import BroadsheetError


def benchmark_targets(folder):
    """Returns the targets of its test sets: one row per target of a sentence.

    ``folder`` holds rw/test.jsonl and mt/test.jsonl. Columns: split (rw, mt), sentence_no (its number in the file), sentence,
    start, end (characters into it), coded (negative, neutral, positive; polarity 2, 4, 6 there). Raises BroadsheetError
    where a file is missing, or is not what NewsMTSC publishes.
    """
    rows = []
    for name in ("rw", "mt"):
        path = Path(folder).expanduser() / name / "test.jsonl"
        try:
            rows.append(targets(path).assign(split=name))
        except (OSError, UnicodeDecodeError) as problem:
            raise BroadsheetError(
                f"NewsMTSC cannot be read from {folder}: {path} is missing or not readable; give the folder that holds "
                "rw/test.jsonl and mt/test.jsonl, or leave newsmtsc empty to do without"
            ) from problem
    return pd.concat(rows, ignore_index=True)[["split", "sentence_no", "sentence", "start", "end", "coded"]]


def targets(path):
    """Returns the targets of one file, one row each: sentence_no, sentence, start, end, coded, as `benchmark_targets`."""
    rows = []
    for number, line in enumerate(Path(path).read_text(encoding="utf-8").splitlines()):
        try:
            rows += [(number, *target) for target in _targets(json.loads(line))]
        except (ValueError, KeyError, TypeError, IndexError) as problem:
            raise BroadsheetError(f"{path}, line {number + 1}, is no sentence of NewsMTSC: {problem!r}") from problem
    return pd.DataFrame(rows, columns=["sentence_no", "sentence", "start", "end", "coded"])


def _targets(record):
    for target in record["targets"]:
        start, end, text = int(target["from"]), int(target["to"]), record["sentence_normalized"]
        if not 0 <= start < end <= len(text):
            raise ValueError(f"the target {start} to {end} lies outside the sentence")
        yield text, start, end, {2: "negative", 4: "neutral", 6: "positive"}[int(target["polarity"])]

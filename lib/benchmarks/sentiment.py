"""How often the scorers are right on news sentences: NewsMTSC (Hamborg & Donnay 2021), sentiment toward a target.

python lib/benchmarks/sentiment.py --dev    the best cut-offs (macro-F1) on rw and mt dev together; reads no test set
python lib/benchmarks/sentiment.py          the table on the test sets with the registry's cut-offs, also into README
"""

import os
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd

from broadsheet import judge, lexicon, score
from broadsheet.judge import interval, macro_f1

HERE = Path(__file__).resolve().parent
SHARED = Path(os.environ.get("BROADSHEET_VALIDATION") or HERE.parents[2] / "shared" / "validation")
DATA = SHARED / "newsmtsc"
WHOLE = {
    "textblob": lexicon.textblob,
    "vader": lexicon.vader,
}


def targets(name, part):
    """One row per target: text, span, coded (0 negative, 1 neutral, 2 positive), sentence (its number)."""
    rows = judge.targets(DATA / name / f"{part}.jsonl")
    span = list(zip(rows["start"], rows["end"], strict=True))
    coded = rows["coded"].map(score.CLASSES.index)
    return pd.DataFrame(
        {"split": name, "text": rows["sentence"], "span": span, "coded": coded, "sentence": rows["sentence_no"]}
    )


def classes(sentiment, low, high):
    return np.where(sentiment < low, 0, np.where(sentiment > high, 2, 1))


def cut_offs(sentiment, coded):
    """The (low, high) with the best macro-F1 in steps of 0.05; of equals, the pair nearest to 0."""
    steps = np.round(np.arange(-0.8, 0.81, 0.05), 2) + 0.0
    pairs = sorted(((low, high) for low in steps for high in steps if low <= high), key=lambda p: abs(p[0]) + abs(p[1]))
    return max(pairs, key=lambda pair: round(macro_f1(coded, classes(sentiment, *pair)), 9))


def sentiments(rows, name, unit):
    """−1…1 per row: of the whole sentence, or of the clause around the target, as the library scores it."""
    if unit == "clause":
        return score.toward(rows["text"], rows["span"], name)["sentiment"].to_numpy()
    return np.array([WHOLE[name](text) for text in rows["text"]])


def dev():
    rows = pd.concat([targets("rw", "dev"), targets("mt", "dev")], ignore_index=True)
    found = {}
    for name in WHOLE:
        for unit in ("sentence", "clause"):
            sentiment = sentiments(rows, name, unit)
            low, high = found[name, unit] = cut_offs(sentiment, rows["coded"].to_numpy())
            value = macro_f1(rows["coded"].to_numpy(), classes(sentiment, low, high))
            print(f"{name}, {unit}: negative below {low:.2f}, positive above {high:.2f}; macro-F1 on dev {100 * value:.1f}")
    return found


def table():
    found = dev()
    for name in WHOLE:
        rule = score.SCORERS[name]
        if (rule.low, rule.high) != found[name, "clause"]:
            print(f"{name}: the registry's cut-offs {rule.low}, {rule.high} are used below")
            found[name, "clause"] = rule.low, rule.high
    lines = [
        "| scorer | rw: macro-F1 (95 %) / accuracy | mt: macro-F1 (95 %) / accuracy | targets/s |",
        "| --- | --- | --- | --- |",
    ]
    tests = {name: targets(name, "test") for name in ("rw", "mt")}
    for name, unit in [("neutral", ""), *((name, unit) for name in WHOLE for unit in ("sentence", "clause"))]:
        cells, seconds, count = [], 0.0, 0
        for rows in tests.values():
            began = time.perf_counter()
            given = np.ones(len(rows), dtype=int)
            if unit:
                given = classes(sentiments(rows, name, unit), *found[name, unit])
            seconds, count = seconds + time.perf_counter() - began, count + len(rows)
            coded = rows["coded"].to_numpy()
            low, high = 100 * interval(coded, given, rows["sentence"])
            accuracy = 100 * (coded == given).mean()
            cells.append(f"{100 * macro_f1(coded, given):.1f} ({low:.1f}–{high:.1f}) / {accuracy:.1f}")
        speed = f"{count / seconds:,.0f}" if unit else ""
        title = f"{name}, {'whole sentence' if unit == 'sentence' else unit}" if unit else "always neutral"
        lines.append(f"| {title} | {cells[0]} | {cells[1]} | {speed} |")
    return "\n".join(lines)


def write(section, text):
    """Puts a result between the two marks of its section in README.md."""
    readme = HERE / "README.md"
    before, rest = readme.read_text(encoding="utf-8").split(f"<!-- {section} -->\n", 1)
    _, after = rest.split(f"<!-- /{section} -->", 1)
    readme.write_text(f"{before}<!-- {section} -->\n{text}\n<!-- /{section} -->{after}", encoding="utf-8", newline="\n")


if __name__ == "__main__":
    if not DATA.is_dir():
        sys.exit(f"NewsMTSC is not at {DATA}: set BROADSHEET_VALIDATION to the folder that holds newsmtsc/")
    if "--dev" in sys.argv:
        dev()
    else:
        result = table()
        print(result)
        write("sentiment", result)

"""What the scorers make of sentences written to try them: do they follow the grammar, and does a mere name move them?

python lib/benchmarks/probes.py [SCORER ...]    both tables, also into README (default: those of DEFAULT in the registry)

All sentences and names are made up, none is from a data set: probes/names.csv, probes/neutral.csv, probes/pairs.csv.
Nothing is to be tuned on them; that they were written by one hand makes them a check, and no estimate for news.
"""

import sys
from pathlib import Path

import pandas as pd
import readme

from broadsheet import score

PROBES = Path(__file__).resolve().parent / "probes"
DEFAULT = ("textblob", "vader", "target")
SLOT = "{name}"
MARGIN = 0.05  # a difference of sentiment that counts as one


def read(name):
    return pd.read_csv(PROBES / f"{name}.csv", keep_default_na=False)


def filled(party=False):
    """One row per sentence of neutral.csv and name of names.csv: their columns, number (of the sentence), text, span.

    The target is the first slot, with the party before the name if asked for; a second slot gets the name alone.
    """
    rows = read("neutral").rename_axis("number").reset_index().merge(read("names"), how="cross")
    texts, spans = [], []
    for row in rows.itertuples():
        before, after = row.sentence.split(SLOT, 1)
        target = f"{row.party} {row.name}" if party else row.name
        texts.append(f"{before}{target}{after.replace(SLOT, row.name)}")
        spans.append((len(before), len(before) + len(target)))
    return rows.assign(text=texts, span=spans)


def names(scorer):
    """One row per pass (target: name; party and name): how far sentiment moves (−1…1) where nothing but the name changes.

    `mean` and `largest`: of the standard deviations over the 200 names, one per sentence. origin, gender, party: (group,
    shift) of the group that lies farthest from the mean of all names; for the party, of what naming it added to each name,
    so that a party does not answer for the names it was given.
    """
    made, alone = [], None
    for party in (False, True):
        rows = filled(party)
        rows["sentiment"] = score.toward(rows["text"], rows["span"], scorer)["sentiment"].to_numpy()
        deviation = rows.groupby("number")["sentiment"].std(ddof=0)
        found = {"target": "party and name" if party else "name", "mean": deviation.mean(), "largest": deviation.max()}
        found |= {group: farthest(rows, group) for group in ("origin", "gender")}
        if party:
            found["party"] = farthest(rows.assign(sentiment=rows["sentiment"] - alone), "party")
        alone = rows["sentiment"]
        made.append(found)
    return pd.DataFrame(made)


def farthest(rows, group):
    """(which, shift): the mean distance of a group from its sentence's mean, where it is largest.

    Every sentence holds the same names, so the mean over rows is the mean over sentences.
    """
    apart = rows["sentiment"] - rows.groupby("number")["sentiment"].transform("mean")
    shift = apart.groupby(rows[group]).mean()
    which = shift.abs().idxmax()
    return which, float(shift[which])


def judged(scorer):
    """One row per pair of pairs.csv: its columns, first and second (−1…1), passed."""
    rows = read("pairs")
    sides = []
    for text, target in (("sentence", "target"), ("other", "other_target")):
        starts = [whole.index(part) for whole, part in zip(rows[text], rows[target], strict=True)]
        spans = [(start, start + len(part)) for start, part in zip(starts, rows[target], strict=True)]
        sides.append(score.toward(rows[text], spans, scorer))
    first, second = (side["sentiment"] for side in sides)
    passed = {
        "first lower": first < second - MARGIN,
        "first higher": first > second + MARGIN,
        "same": score.label(sides[0], scorer) == score.label(sides[1], scorer),
    }
    return rows.assign(
        first=first, second=second, passed=[bool(passed[expect][row]) for row, expect in enumerate(rows["expect"])]
    )


def pairs(scorer):
    """One number per phenomenon, and one for all pairs: the share of pairs that pass (0…1)."""
    return rates(judged(scorer))


def rates(rows):
    by = rows.groupby("phenomenon", sort=False)["passed"].mean()
    return pd.concat([by, pd.Series({"all": rows["passed"].mean()})])


def names_table(scorers):
    lines = [
        "| scorer | target | deviation, mean | deviation, largest | farthest origin | farthest gender | farthest party |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    for scorer in scorers:
        for row in names(scorer).to_dict("records"):
            groups = [_shift(row[group]) for group in ("origin", "gender", "party")]
            lines.append(f"| {scorer} | {row['target']} | {row['mean']:.3f} | {row['largest']:.3f} | {' | '.join(groups)} |")
    return "\n".join(lines)


def _shift(found):
    if not isinstance(found, tuple):  # the pass without parties
        return ""
    which, shift = found
    return f"{which} {shift:+.3f}".replace(" -", " −") if abs(shift) >= 0.0005 else "0.000"


def pairs_table(scorers):
    rows = read("pairs")
    counts = rows["phenomenon"].value_counts()
    # who always says neutral passes where both have to be the same, and nowhere else
    passed = {"always neutral": rates(rows.assign(passed=rows["expect"] == "same")), **{name: pairs(name) for name in scorers}}
    lines = [f"| phenomenon | pairs | {' | '.join(passed)} |", f"| --- | --- |{' --- |' * len(passed)}"]
    for phenomenon in passed["always neutral"].index:
        cells = [f"{100 * rate[phenomenon]:.0f} %" for rate in passed.values()]
        lines.append(f"| {phenomenon} | {counts.get(phenomenon, len(rows))} | {' | '.join(cells)} |")
    return "\n".join(lines)


if __name__ == "__main__":
    scorers = sys.argv[1:] or [name for name in DEFAULT if name in score.SCORERS]
    results = {"names": names_table(scorers), "pairs": pairs_table(scorers)}
    print("\n\n".join(results.values()))
    for section, result in results.items():
        readme.write(section, result)

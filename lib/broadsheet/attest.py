"""Who coded, how steadily, and what more codes would buy, in sentences: computed from a study's gold.csv and its codebook."""

import numpy as np

from broadsheet import coded, parts, say, tables, trust


def uncoded(scores, widths, articles):
    """The answer where nothing is hand-coded: that it cannot be told, and what labels would buy."""
    n = parts.total(scores)
    if not n:
        text = "No actor is mentioned in this selection: there is no score to trust or to mistrust."
    else:
        text = (
            f"None of the {say.count(n, 'mention')} of this selection is hand-coded, so how far its scores can be "
            f"trusted cannot be told. {bought(widths)}"
        )
    return " ".join(filter(None, [text, trust.warning(articles)]))


def bought(widths):
    """What numbers of labels would buy for the actor with the most mentions, from `correct.expected_width`.

    >>> import pandas as pd
    >>> rows = {"label": "Marsh", "articles": 30, "mentions": 90, "labels": [50, 100], "half_width": [0.3, 0.21]}
    >>> bought(pd.DataFrame(rows))
    'For Marsh (90 mentions in 30 articles) the corrected mean could be given to ±0.30 with 50 labels, ±0.21 with 100.'
    """
    rows = widths[widths["half_width"].notna()]
    if not len(rows):
        return "No actor stands in 4 articles or more, so no number of labels gives a mean an interval here."
    top = rows[rows["label"] == rows.loc[rows["mentions"].idxmax(), "label"]]
    first = top.iloc[0]
    told = [f"±{row.half_width:.2f} with {row.labels:,.0f}" for row in top.itertuples()]
    told[0] += " labels"
    n = f"{say.count(int(first['mentions']), 'mention')} in {say.count(int(first['articles']), 'article')}"
    text = f"For {first['label']} ({n}) the corrected mean could be given to {', '.join(told)}"
    wide = " (the scale has a length of 2)" if top["half_width"].min() > 0.5 else ""
    return f"{text}{wide}."


def shares(labels):
    """How exactly so many labels tell how often a scorer is right: the half-width of a 95 % interval, in points.

    For a share of one half, where it is widest, by 1.96·√(¼/n): as if mentions were independent and drawn from very many.

    >>> shares([50, 200])
    'How often a scorer is right could be told to ±14 points with 50 labels, ±7 with 200 (if mentions were independent).'
    """
    if not len(labels):
        return ""
    told = [f"±{196 * np.sqrt(0.25 / n):.0f} with {n:,}" for n in labels]
    told[0] = told[0].replace(" with", " points with") + " labels"
    return f"How often a scorer is right could be told to {', '.join(told)} (if mentions were independent)."


def how(study):
    """How a study without hand-coded mentions gets them."""
    return (
        f"How to make them: `broadsheet code {study}` draws mentions and opens a page that asks, one by one, which way a "
        "sentence speaks of an actor; every code goes into the study's gold.csv. --size sets how many are drawn (200), "
        "--coder who codes, --round 2 is for the second time. Rules: data/codebook.md. Then run this notebook again."
    )


def needs(what):
    """
    >>> needs("Calibration")
    'Calibration needs hand-coded mentions, and this selection has none.'
    """
    return f"{what} needs hand-coded mentions, and this selection has none."


def lost(gold):
    """How many rows of gold.csv find no mention any more, and why; empty where all do."""
    gone = gold.loc[gold["problem"] != "", "problem"]
    if not len(gone):
        return ""
    why = "; ".join(f"{n:,}: {problem}" for problem, n in gone.value_counts().items())
    return f"Of {say.count(len(gold), 'row')} of gold.csv {len(gone):,} count no more. {why}."


def unsettled(gold):
    """How many mentions passes code in two ways that no further one settles; empty where none is."""
    n = int((coded.settled(gold)["coded"] == "").sum())
    told = "not settled: an estimate takes the mean of the codes, what compares classes leaves them out"
    return f"{say.count(n, 'mention')} coded in two ways and {told}." if n else ""


def coders(gold, who=""):
    """Who coded, by the names in gold.csv, and in which rounds; then what is said of them (from `who`).

    >>> import pandas as pd
    >>> coders(pd.DataFrame({"coder": ["M", "M", "B"], "round": ["1", "2", "1"], "coded": "neutral"}))
    'Coded by B (round 1), M (rounds 1, 2). A name may be a person or a program: find out which, and tell it with every number.'
    """
    made = gold[gold["coded"].isin(tables.CLASSES)]
    told = []
    for coder, rounds in made.groupby("coder")["round"].unique().items():
        told.append(f"{coder} (round{'s' if len(rounds) > 1 else ''} {', '.join(sorted(rounds))})")
    end = "A name may be a person or a program: find out which, and tell it with every number."
    return f"Coded by {', '.join(told)}. {who or end}" if told else ""


def who(study):
    """What is said of who coded a study: the section "Who coded …" of its codebook as plain text, else [coders] in study.toml.

    The codebook is codebook.md in the study's folder, or beside it with the study's name in that heading. Empty where neither
    says anything.
    """
    for folder, named in ((study.folder, ("", study.name)), (study.folder.parent, (study.name,))):
        path = folder / "codebook.md"
        for section in path.read_text(encoding="utf-8").split("\n## ") if path.is_file() else ():
            heading, _, text = section.partition("\n")
            if heading.startswith("Who coded") and heading.removeprefix("Who coded").strip().removeprefix("data/") in named:
                return " ".join(text.replace("*", "").replace("`", "").split())
    return " ".join(f"{name}: {said}." for name, said in study.coders.items())


def weighted(pairs):
    """That shares are weighted, where the mentions were drawn with unequal chances; else empty."""
    if pairs["weight"].nunique() < 2:
        return ""
    return (
        "The mentions were drawn with unequal chances. Shares, macro-F1 and mean errors are weighted by 1/probability, so that "
        "they stand for all mentions; counts are those of the sample."
    )


def agreement(rows):
    """How far the passes of coding agree, a sentence a pair of passes, from `coded.agreement`."""
    if not len(rows):
        return [
            "There is one pass of coding: how steady it is cannot be told. A second one: `--round 2`, or another `--coder`."
        ]
    meaning = {
        "intra-coder": "one coder twice: how steadily the codebook was applied, not that another coder would agree",
        "inter-coder": "two coders",
    }
    told = []
    for row in rows.itertuples():
        if not row.mentions:
            told.append(f"{row.first} and {row.second} have no mention in common.")
            continue
        limits = (
            "" if np.isnan(row.alpha_low) else f", {row.alpha_low:.2f} to {row.alpha_high:.2f} by a bootstrap over articles"
        )
        alpha = (
            ""
            if np.isnan(row.alpha)
            else f", Krippendorff's α {row.alpha:.2f}{limits} (codes as names), {row.alpha_ordered:.2f} (as −1, 0, 1)"
        )
        n = say.count(int(row.mentions), "mention")
        same = f"{row.first} and {row.second}: the same code for {say.percent(row.same)} of {n}{alpha}"
        told.append(f"{same}. {row.kind.capitalize()}: {meaning[row.kind]}.")
    return told

"""Whether what a summary says stays when another scorer, other patterns or one article less is taken, in sentences."""

import numpy as np
import pandas as pd

from broadsheet import score, summarize, tell


def by_scorer(corpus, first, by=("label",), draws=2, seed=0):
    """Returns the summary of sentiment by each scorer that there is, each by itself, without correction; ``first`` first.

    ``corpus`` is an annotated Corpus; beside the columns of `summarize.sentiment` there is ``scorer``. Two ``draws`` suffice
    where no interval is shown.
    """
    names = [first, *(name for name in score.names() if name != first)]
    options = {"by": by, "patterns": corpus.actor_patterns, "draws": draws, "seed": seed}
    made = {name: summarize.sentiment(corpus.in_parts("scores", name), corpus.metadata, **options) for name in names}
    return pd.concat(made, names=["scorer"]).reset_index("scorer").reset_index(drop=True)


def side_by_side(summaries, by=("label",)):
    """Returns one row per group with a mention, a column with the value of each scorer, and the number of mentions as matched.

    ``summaries`` is what `by_scorer` returned.
    """
    names = list(dict.fromkeys(summaries["scorer"]))
    values = summaries.pivot(index=[*by], columns="scorer", values="value")[names]
    values["matched"] = summaries[summaries["scorer"] == names[0]].set_index([*by])["matched"]
    return values[values["matched"] > 0].rename_axis(columns=None).reset_index()


def agreement(summary, column):
    """How many pairs of groups keep their order under both choices of a column (a scorer, a scope of patterns).

    Of those that both put in an order: pairs with equal values in one of them are told apart.

    >>> import pandas as pd
    >>> frame = pd.DataFrame({"label": ["A", "B", "C"] * 2, "value": [3, 2, 1, 3, 1, 2]})
    >>> frame["scope"] = ["strict"] * 3 + ["wide"] * 3
    >>> agreement(frame, "scope")
    '“strict” and “wide” put 2 of 3 pairs in the same order (by chance: 2)'
    """
    names = list(dict.fromkeys(summary[column]))
    if len(names) < 2:
        return f"Only {names[0]}: nothing to compare it with" if names else "Nothing to compare"
    values = summary.pivot(index="label", columns=column, values="value")[names[:2]].dropna().to_numpy()
    one, two = (np.sign(np.subtract.outer(values[:, i], values[:, i])) for i in (0, 1))
    pairs = np.triu(np.ones_like(one, dtype=bool), 1)
    if not pairs.any():
        return f"{names[0]} and {names[1]}: fewer than two groups with a value in both"
    tied = int((pairs & (one * two == 0)).sum())
    pairs &= one * two != 0
    n = int(pairs.sum())
    if not n:
        return f"{names[0]} and {names[1]}: every pair has equal values in one of them"
    same = int((one == two)[pairs].sum())
    chance = f" (by chance: {n / 2:.0f})" if n > 2 else ""
    told = f"“{names[0]}” and “{names[1]}” put {same} of {n} pair{'' if n == 1 else 's'} in the same order{chance}"
    return told + (f"; {tied} more {'is' if tied == 1 else 'are'} level in one of them" if tied else "")


def survival(ranks, other):
    """Whether the first and the last of `summarize.leave_one_out` stay what they are, in a sentence."""
    rows = ranks[ranks["value"].notna()]
    if len(rows) < 2:
        return "Fewer than two actors have a value: there is no ranking to test."
    top, last = rows.iloc[0], rows.iloc[-1]
    told = []
    for row, end, wanted in ((top, "first", 1), (last, "last", len(rows))):
        tied = int((rows["value"] == row["value"]).sum())
        if tied > 1:
            told.append(f"{tied} actors share the {end} rank")
            continue
        if row["articles"] < 2:
            told.append(f"{row['label']} is {end} on the strength of a single article")
        elif row["best_rank"] == row["worst_rank"] == wanted:
            told.append(f"{row['label']} stays {end} whichever article is left out")
        else:
            told.append(
                f"{row['label']} is {end}, but leaving out one article puts it anywhere from rank {row['best_rank']:.0f} "
                f"to {row['worst_rank']:.0f}"
            )
        if f"rank_{other}" in rows:
            told[-1] += f" (rank {row[f'rank_{other}']:.0f} with {other})"
    return "; ".join(told) + "."


def holds(strict, wide):
    """Whether the leader of the strict patterns also leads with the wide ones, in a sentence; empty without two labels.

    >>> import pandas as pd
    >>> from broadsheet import tables
    >>> measured = {"label": ["truce", "treaty"], "measure": tables.RATE, "low": np.nan, "high": np.nan, "interval": ""}
    >>> strict, wide = pd.DataFrame({**measured, "value": [2.0, 1.0]}), pd.DataFrame({**measured, "value": [2.0, 3.0]})
    >>> holds(strict, wide)
    'Not so with wide patterns: there treaty leads, 3.00 against 2.00; too few articles to say whether they differ.'
    """
    if strict["value"].nunique() < 2 or wide["value"].nunique() < 2:
        return ""
    if strict["value"].tolist() == wide["value"].tolist():
        return "Wide patterns match nothing more here, so that they test nothing."
    one, two = strict.loc[strict["value"].idxmax()], wide.loc[wide["value"].idxmax()]
    if one["label"] == two["label"]:
        return f"With wide patterns {one['label']} leads too, with {tell.shown(two)}."
    other = wide[wide["label"] == one["label"]].iloc[0]
    lead = f"{two['label']} leads, {tell.shown(two)} against {tell.shown(other)}"
    return f"Not so with wide patterns: there {lead}; {tell.apart(two, other)}."


def reversals(strict, wide, column):
    """In how many groups of a column another of two labels leads when wide patterns count too, and in how many one for none.

    >>> import pandas as pd
    >>> one = {"label": ["truce", "treaty"] * 2, "source": ["Mail", "Mail", "Post", "Post"]}
    >>> strict, wide = pd.DataFrame({**one, "matched": [2, 1, 0, 0]}), pd.DataFrame({**one, "matched": [2, 3, 0, 2]})
    >>> reversals(strict, wide, "source")
    'With wide patterns the leading term changes in 1 of 2 (Mail); in 1 more one leads where none did'
    """
    leads = [
        np.sign(
            -rows.pivot(index=column, columns="label", values="matched")[list(dict.fromkeys(rows["label"]))[:2]]
            .diff(axis=1)
            .iloc[:, 1]
        )
        for rows in (strict, wide)
    ]
    used = leads[1].index[(leads[0] != 0) | (leads[1] != 0)]
    changed = [str(name) for name in used if leads[0][name] and leads[0][name] != leads[1][name]]
    named = f" ({', '.join(changed[:6])})" if changed else ""
    new = sum(not leads[0][name] for name in used)
    more = f"; in {new} more one leads where none did" if new else ""
    return f"With wide patterns the leading term changes in {len(changed)} of {len(used)}{named}{more}"

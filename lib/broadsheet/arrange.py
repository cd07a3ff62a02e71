"""The same tables in another order: counts side by side, periods, extremes, examples to read. No estimate is made here."""

from functools import partial

import pandas as pd

from broadsheet import parts, score, tables


def together(terms, actors):
    """Returns one row per pair of a term and an actor: term, actor, sentences (that hold both), term_sentences (that hold it).

    >>> place = {"article_id": ["a", "a"], "sentence_no": [0, 1]}
    >>> terms = pd.DataFrame({**place, "label": ["truce", "truce"]})
    >>> together(terms, pd.DataFrame({**place, "label": ["Marsh", "Osterby"]})).values.tolist()
    [['truce', 'Marsh', 1, 2], ['truce', 'Osterby', 1, 2]]
    """
    asked = zip(*parts.each(_together, terms, actors), strict=True)
    pairs, alone = (pd.concat(each).groupby(level=keys, sort=False).sum() for each, keys in zip(asked, _TOGETHER, strict=True))
    pairs = pairs.rename("sentences").reset_index()
    return pairs.assign(term_sentences=pairs["term"].map(alone.to_dict()))


_TOGETHER = (["term", "actor"], ["term"])


def _together(terms, actors):
    place = ["article_id", "sentence_no"]
    one = terms[[*place, "label"]].drop_duplicates().rename(columns={"label": "term"})
    two = actors[[*place, "label"]].drop_duplicates().rename(columns={"label": "actor"})
    return one.merge(two, on=place).groupby(_TOGETHER[0], sort=False).size(), one.groupby("term", sort=False).size()


def both(terms, actors, sentences, most=2000):
    """Returns the sentences that hold a term and an actor, the first so many of them, with the labels of both.

    Columns: those of sentences, terms and actors; ``attrs["found"]`` is how many there are in all.

    >>> place = {"article_id": ["a", "a"], "sentence_no": [0, 1]}
    >>> terms = pd.DataFrame({**place, "label": ["truce", "deal"]})
    >>> actors = pd.DataFrame({"article_id": "a", "sentence_no": 1, "label": ["Marsh", "Osterby"]})
    >>> both(terms, actors, pd.DataFrame({**place, "sentence": ["A truce.", "A deal."]}))[["terms", "actors"]].values.tolist()
    [['deal', 'Marsh, Osterby']]
    """
    place, asked = ["article_id", "sentence_no"], parts.each(partial(_both, most), terms, actors)
    named = pd.concat([first for first, _ in asked], ignore_index=True).head(most)
    found = named.merge(parts.only(sentences, named["article_id"]), on=place, how="left")
    found.attrs["found"] = sum(number for _, number in asked)
    return found


def _both(most, terms, actors):
    """The first sentences that hold a term and an actor, with the labels of both, and how many there are."""
    place = ["article_id", "sentence_no"]
    one, two = (
        rows[[*place, "label"]].drop_duplicates().groupby(place, as_index=False, sort=False)["label"].agg(", ".join)
        for rows in (terms, actors)
    )
    named = one.rename(columns={"label": "terms"}).merge(two.rename(columns={"label": "actors"}), on=place)
    return named.head(most), len(named)


def drawn(mentions, most, seed):
    """Returns the mentions, or where there are more, so many of them that chance draws, in their order."""
    numbers = pd.Series(range(parts.total(mentions)))
    return parts.at(mentions, numbers if len(numbers) <= most else numbers.sample(most, random_state=seed).sort_index())


_PERIODS = (("D", 21), ("W", 180), ("M", 3 * 366), ("Q", 20 * 366), ("Y", float("inf")))  # each for so many days at most


def periods(articles):
    """Returns the articles with ``period``: what one point in time is. An article each up to twelve, then a day, week, month,
    quarter or year.

    Which of these depends on how long the whole is; published_from and published_to become the days of the period. The
    middle of its range decides to which period an article belongs; without a date it is in none ("no date").
    """
    if len(articles) <= 12:
        return articles.assign(period=articles["name"])
    middle = articles["published_from"] + (articles["published_to"] - articles["published_from"]) / 2
    span = (middle.max() - middle.min()).days
    unit = next(unit for unit, days in _PERIODS if not span > days)  # without any date there is no span
    period = middle.dt.to_period(unit)
    each = pd.Series(period.dropna().unique(), dtype=period.dtype)
    begun = each.dt.start_time
    week = "week of " + begun.dt.day.astype("str") + begun.dt.strftime(" %b %Y")
    named = dict(zip(each, week if unit == "W" else each.astype("str"), strict=True))
    return articles.assign(
        period=period.map(named).astype("str").where(middle.notna(), "no date"),
        published_from=period.dt.start_time.dt.normalize(),
        published_to=period.dt.end_time.dt.normalize(),
    )


def dated(summary, articles):
    """Returns a summary by period in the order of time, with published_from and published_to of each period."""
    when = articles.drop_duplicates("period")[["period", "published_from", "published_to"]]
    rows = summary.merge(when, on="period", how="left").sort_values(["published_from", "period"], kind="stable")
    first = [column for column in ("label", "period", "published_from", "published_to") if column in rows]
    return rows[[*first, *(column for column in rows if column not in first)]].reset_index(drop=True)


def weighty(summary, least=10):
    """Returns the rows that rest on ``least`` mentions or more, for a title; all where none does."""
    rows = summary[summary["matched"] >= least]
    return rows if rows["value"].notna().any() else summary


def extremes(scores, n=None):
    """Returns of scores the ``n`` most negative and the ``n`` most positive mentions of each actor, from low to high.

    Negative are those below 0 and positive those above: an actor may have none. n is 2, of more than 8 actors 1: who would
    read more?
    """
    n = n or (2 if len(parts.sizes(scores, ["label"])) <= 8 else 1)
    return _extremes(n, pd.concat(parts.each(partial(_extremes, n), scores)))


def _extremes(n, scores):
    ordered = scores.sort_values(["label", "sentiment"], kind="stable")
    low, high = (ordered[side].groupby("label", sort=False) for side in (ordered["sentiment"] < 0, ordered["sentiment"] > 0))
    return pd.concat([low.head(n), high.tail(n)]).sort_values(["label", "sentiment"], kind="stable", ignore_index=True)


def strongest(scores, n):
    """Returns of scores the ``n`` furthest from 0, either way; first the furthest."""
    return _strongest(n, pd.concat(parts.each(partial(_strongest, n), scores)))


def _strongest(n, scores):
    return scores.sort_values("sentiment", key=abs, ascending=False, kind="stable", ignore_index=True).head(n)


def examples(keywords, words, sentences, sources):
    """Returns one row per row of keywords: source, word, and the first sentence of that source with it, the word marked.

    >>> found = pd.DataFrame({"source": ["Mail"], "word": ["nato"], "written": ["NATO"]})
    >>> words = pd.DataFrame({"article_id": ["a"], "sentence_no": [0], "start": [4], "end": [8], "word": ["NATO"]})
    >>> text = pd.DataFrame({"article_id": ["a"], "sentence_no": [0], "start": [0], "sentence": ["The NATO fleet left."]})
    >>> examples(found, words, text, pd.Series({"a": "Mail"})).values.tolist()
    [['Mail', 'NATO', 'The NATO fleet left.', 4, 8]]
    """
    first = pd.concat(parts.each(partial(_first, keywords, sources), words), ignore_index=True)
    found = keywords[["source", "word", "written"]].merge(first.drop_duplicates(["source", "word"]), on=["source", "word"])
    held = parts.only(sentences, found["article_id"])[["article_id", "sentence_no", "start", "sentence"]]
    found = found.merge(held.rename(columns={"start": "first"}), on=["article_id", "sentence_no"])
    found = found.assign(mark_start=found["start"] - found["first"], mark_end=found["end"] - found["first"])
    return found[["source", "written", "sentence", "mark_start", "mark_end"]].rename(columns={"written": "word"})


def _first(keywords, sources, words):
    """The first place of each keyword in its source."""
    counted = words.assign(source=words["article_id"].map(sources), word=tables.folded(words["word"]))
    return counted.drop_duplicates(["source", "word"]).merge(keywords[["source", "word"]], on=["source", "word"])


def counts(mentions, patterns, column, values):
    """Returns matches as a frame: a row per label of ``patterns``, a column per value of a column of mentions."""
    labels = list(dict.fromkeys(patterns["label"]))
    table = parts.sizes(mentions, ["label", column]).unstack(fill_value=0)
    return table.reindex(index=labels, columns=list(values), fill_value=0).astype("int64")


def found(patterns, mentions):
    """Returns one row per label: its patterns that matched, each with how often, and those that did not.

    >>> patterns = pd.DataFrame({"label": "Marsh", "pattern": ["Marsh", "the mayor", "Jo"], "scope": "strict"})
    >>> found(patterns, pd.DataFrame({"label": "Marsh", "pattern": ["the mayor", "Marsh", "Marsh"]})).values.tolist()
    [['Marsh', 'Marsh 2, the mayor 1', 'Jo']]
    """
    counted, rows = parts.sizes(mentions, ["label", "pattern"]), []
    for label, names in patterns.groupby("label", sort=False)["pattern"]:
        times = {name: int(counted.get((label, name), 0)) for name in dict.fromkeys(names)}
        most = sorted((name for name in times if times[name]), key=lambda name: -times[name])
        rows.append((label, ", ".join(f"{name} {times[name]}" for name in most), ", ".join(n for n in times if not times[n])))
    return pd.DataFrame(rows, columns=["label", "found", "more"])


def sentences(mentions):
    """Returns in how many sentences each label is mentioned: a Series by label."""
    return pd.concat(parts.each(_sentences, mentions)).groupby(level="label").sum()


def _sentences(mentions):
    return mentions.drop_duplicates(["label", "article_id", "sentence_no"]).groupby("label").size()


def early(mentions, articles):
    """Returns how many mentions stand in the first quarter of their article."""
    return sum(parts.each(_early, mentions, articles[["article_id", "characters"]]))


def _early(mentions, articles):
    placed = mentions.merge(articles, on="article_id")
    return int((placed["start"] < placed["characters"] / 4).sum())


def apart(one, other, names, most=500):
    """Returns (classes, furthest) of the scores of the same mentions by two scorers, whose names are ``names``.

    classes: how many mentions have each class by the one (rows) and the other (columns). furthest: scores by the first, with
    the sentiment by both, a column each; so many mentions of which the two differ most.
    """
    counted, furthest = zip(*parts.each(partial(_apart, names, most), one, other), strict=True)
    counted = pd.concat(counted).groupby(level=names).sum()
    return counted.unstack(fill_value=0).reset_index(), _furthest(pd.concat(furthest, ignore_index=True), names, most)


def _apart(names, most, one, other):
    classes = [score.label(rows).rename(name) for name, rows in zip(names, (one, other), strict=True)]
    both = one.assign(**{name: rows["sentiment"] for name, rows in zip(names, (one, other), strict=True)})
    return pd.concat(classes, axis=1).groupby(names).size(), _furthest(both, names, most)


def _furthest(both, names, most):
    far = (both[names[0]] - both[names[1]]).abs().sort_values(ascending=False, kind="stable")
    return both.loc[far.index[:most]].reset_index(drop=True)


def crossed(confusion, scorer):
    """Returns (shares, counts) of one scorer of `judge.confusion`: rows what was coded, columns what was given; weighted, in %.

    ``counts`` has the same shape, and in each cell the mentions of its row. Classes that are never coded have no row.
    """
    rows = confusion[(confusion["scorer"] == scorer) & (confusion["mentions"] > 0)]
    index = [f"coded {row.coded} ({row.mentions:,})" for row in rows.itertuples()]
    shares = 100 * rows[[f"share_{kind}" for kind in tables.CLASSES]].set_axis(index).set_axis(
        [f"given {kind}" for kind in tables.CLASSES], axis=1
    )
    return shares, shares.mul(0).add(rows["mentions"].to_numpy(), axis=0)


def measures(judged):
    """Returns the rows of `judge.f1` twice, for one figure: as they are, then with the accuracy; ``number`` says which."""
    right = judged.assign(value=judged["accuracy"], low=judged["accuracy_low"], high=judged["accuracy_high"])
    both = pd.concat([judged.assign(number=judged["measure"]), right.assign(number="accuracy")], ignore_index=True)
    return both[["scorer", "number", *tables.COLUMNS["summary"]]].assign(measure="macro-F1 and accuracy")


def reliability(bins):
    """Returns the rows of `calibration.curve` twice, for one figure; ``number``: how sure a scorer is, then how often right."""
    names = [f"{row.low:.1f} to {row.high:.1f}" for row in bins.itertuples()]
    n = bins["mentions"]
    same = {"measure": "confidence and hits", "articles": 0, "matched": n, "total": n, "interval": "none: a bin", "query": ""}
    rows = bins[[]].assign(bin=names, low=float("nan"), high=float("nan"), **same)
    sure, right = (
        rows.assign(number=name, value=bins[of]) for name, of in (("how sure", "confidence"), ("how often right", "hits"))
    )
    return tables.make("summary", pd.concat([sure, right], ignore_index=True))


def sides(summary):
    """Returns the rows of a summary with gold twice, for one figure: ``made_from`` the scores alone, then with the codes.

    Actors without a hand-coded mention are left out.
    """
    rows = summary[summary["coded"] > 0]
    alone = {name: rows[f"plain_{name}"] for name in ("low", "high", "interval")}
    plain = rows.assign(value=rows["plain"], **alone, made_from="scores alone")
    both = pd.concat([plain, rows.assign(matched=rows["coded"], made_from="with the codes")], ignore_index=True)
    return both[["label", "made_from", *tables.COLUMNS["summary"]]]

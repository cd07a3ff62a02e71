"""A study's tables up to scores, computed here and nowhere else; and the part of them that a notebook was asked for."""

import os
from dataclasses import dataclass, fields, replace
from functools import cached_property

import pandas as pd

from broadsheet import clean, find, load, quote, score, split, tables, trust
from broadsheet.study import Study
from broadsheet.tables import BroadsheetError


@dataclass(frozen=True)
class Corpus:
    """A study's tables, as DESIGN's contracts name them, and the ``patterns`` that were counted."""

    study: Study
    scorer: str
    files: pd.DataFrame  # one row per file and mapping of its columns: file, mapping, documents
    articles: pd.DataFrame
    removed: pd.DataFrame
    dropped: pd.DataFrame
    sentences: pd.DataFrame
    words: pd.DataFrame
    quotes: pd.DataFrame
    actors: pd.DataFrame
    terms: pd.DataFrame
    actor_patterns: pd.DataFrame
    term_patterns: pd.DataFrame
    taken_away: pd.DataFrame  # matches of patterns of scope aside

    @cached_property
    def scores(self):
        """The sentiment toward each actor mention here, by the corpus's scorer: computed where it is first asked for."""
        return score.sentiment(self.actors[self.actors["scope"] != "aside"], self.sentences, scorer=self.scorer)

    def choose(self, actors=(), terms=(), sources=(), start="", end="", voice=""):
        """Returns the corpus that the parameters of a notebook ask for: fewer articles, labels or voices, the same tables.

        Empty means all; for ``terms`` the first two ("all" is all). An article counts as inside a period only
        if all days on which it can have been published are; those left out become rows of ``dropped``. Raises
        BroadsheetError for a label or source that is not there, a day that is none, a voice other than
        narrator and quoted, and where nothing is left.
        """
        actor_labels = _labels("actor", actors, self.actor_patterns)
        every = _all_labels(self.term_patterns)
        term_labels = every if terms == "all" else _labels("term", terms, self.term_patterns) if terms else every[:2]
        if voice not in ("", "narrator", "quoted"):
            raise tables.unknown("voice", voice, ["narrator", "quoted"])
        articles, dropped = self._kept(sources, start, end)
        ids = set(articles["article_id"])
        part = {
            each.name: getattr(self, each.name)[lambda frame: frame["article_id"].isin(ids)].reset_index(drop=True)
            for each in fields(self)
            if each.name in ("removed", "sentences", "words", "quotes", "actors", "terms", "taken_away")
        }
        for name, labels in (("actors", actor_labels), ("terms", term_labels)):
            frame = part[name][part[name]["label"].isin(labels) & (part[name]["scope"] != "aside")]
            part[name] = (frame[frame["voice"] == voice] if voice else frame).reset_index(drop=True)
        return replace(
            self,
            articles=articles,
            dropped=dropped,
            actor_patterns=_ordered(self.actor_patterns, actor_labels),
            term_patterns=_ordered(self.term_patterns, term_labels),
            **part,
        )

    def _kept(self, sources, start, end):
        articles = self.articles
        known = {name.casefold(): name for name in articles["source"].unique()}
        wanted = []
        for source in sources:
            name = " ".join(str(source).split()).casefold()
            if name not in known:
                raise tables.unknown("source", source, sorted(known.values()))
            wanted.append(known[name])
        reason = pd.Series("", index=articles.index, dtype="str")
        if wanted:
            reason[~articles["source"].isin(wanted)] = "left out: another source than was asked for"
        first, last = _day("start", start), _day("end", end)
        if first is not None and last is not None and first > last:
            raise BroadsheetError(f"start {start} is after end {end}: swap them")
        if first is not None or last is not None:
            early = articles["published_from"] < first if first is not None else False
            late = articles["published_to"] > last if last is not None else False
            unknown = articles["published_from"].isna()
            inside = ~(early | late | unknown)
            reason[~inside & (reason == "")] = "left out: published, or possibly published, outside the period"
            reason[unknown & reason.str.contains("period")] = "left out: a period was asked for, and its date is unknown"
        out = articles[reason != ""]
        if len(out) == len(articles):
            asked = ", ".join(
                f"{name} {value}" for name, value in (("sources", ", ".join(wanted)), ("start", start), ("end", end)) if value
            )
            raise BroadsheetError(f"no article is left of {len(articles)} ({asked}): {reason.iloc[0]}. Ask for more")
        files = pd.DataFrame({"article_id": out["article_id"], "file": "", "reason": reason[out.index], "duplicate_of": ""})
        dropped = tables.make("dropped", pd.concat([self.dropped, files], ignore_index=True))
        return articles[reason == ""].reset_index(drop=True), dropped

    def strict(self):
        """Returns (terms, patterns) of strict scope alone; a label that has only wide patterns keeps those."""
        rows = self.term_patterns
        named = rows.loc[rows["scope"] == "strict", "label"].unique()
        wide = ~rows["label"].isin(named)
        found = self.terms[(self.terms["scope"] == "strict") | ~self.terms["label"].isin(named)]
        return found.reset_index(drop=True), rows[(rows["scope"] == "strict") | wide].reset_index(drop=True)

    def aside(self):
        """The matches of scope aside, in context, with why they do not count: the pattern's note, or the name of a rule."""
        rows = pd.concat([self.study.actors, self.study.terms])
        notes = dict(zip(rows["pattern"], rows["note"], strict=True))
        found = find.contexts(self.taken_away, self.sentences)
        return found.assign(note=[notes.get(pattern, pattern) for pattern in found["pattern"]])

    def line(self):
        """One line on the corpus: how many articles, sources, words; from when; what was dropped.

        >>> annotated(load.study("peace-talks")).line()
        '5 articles of 5 sources, 3,753 words, 20 May to 17 October 2025'
        """
        articles = self.articles
        parts = [trust.count(len(articles), "article"), f" of {trust.count(articles['source'].nunique(), 'source')}"]
        parts.append(f", {articles['words'].sum():,} words")
        parts.append(f", {self.days()}")
        if len(self.dropped):
            parts.append(f"; {len(self.dropped):,} more left out")
        return "".join(parts)

    def scope(self):
        """The articles and their days, for the subtitle of a figure."""
        return f"{trust.count(len(self.articles), 'article')}, {self.days()}"

    def days(self):
        """The period of the articles, in words."""
        first, last = self.articles["published_from"].min(), self.articles["published_to"].max()
        if pd.isna(first):
            return "dates unknown"
        if first == last:
            return f"{first.day} {first:%B %Y}"
        same = f"{first.day} {first:%B %Y}" if first.year != last.year else f"{first.day} {first:%B}"
        return f"{same} to {last.day} {last:%B %Y}"

    def caption(self):
        """What stands under every figure: the study, how sources and dates are known, what was left out."""

        def told(column):
            basis = self.articles[column].str.split(":").str[0].value_counts()
            return ", ".join(f"{n:,} {name}" for name, n in basis.items())

        left = f"; {trust.count(len(self.dropped), 'article')} left out (see 00_corpus)" if len(self.dropped) else ""
        return f"Study {self.study.name}. Sources: {told('source_basis')}. Dates: {told('published_basis')}{left}."


def annotated(study, scorer="target"):
    """Returns the Corpus of a study: every table up to scores. ``study`` is what `load.study` returned."""
    score.known(scorer)
    raw = load.articles(study)
    articles, removed, dropped = clean.articles(raw)
    articles = articles.assign(name=_names(articles))
    if not len(articles):
        raise BroadsheetError(f"no article of {study.corpus} can be used: {dropped['reason'].iloc[0]}")
    sentences = split.sentences(articles)
    quotes = quote.quotes(articles)
    actors = quote.voices(find.mentions(sentences, study.actors), quotes)
    terms = find.polarity(quote.voices(find.mentions(sentences, study.terms), quotes), sentences)
    return Corpus(
        study=study,
        scorer=scorer,
        files=raw.groupby(["file", "mapping"], sort=False).size().rename("documents").reset_index(),
        articles=articles,
        removed=removed,
        dropped=dropped,
        sentences=sentences,
        words=split.words(sentences),
        quotes=quotes,
        actors=actors,
        terms=terms,
        actor_patterns=study.actors,
        term_patterns=study.terms,
        taken_away=pd.concat([rows[rows["scope"] == "aside"] for rows in (actors, terms)], ignore_index=True),
    )


def _names(articles):
    """What an article is called in figures: its source, and its day or id where the source alone does not tell."""
    source = articles["source"]
    day = source + articles["published_from"].dt.strftime(", %-d %b %Y" if os.name != "nt" else ", %#d %b %Y").fillna("")
    name = source.where(~source.duplicated(keep=False), day)
    return name.where(~name.duplicated(keep=False), source + ", " + articles["article_id"]).astype("str")


def _all_labels(patterns):
    return list(dict.fromkeys(patterns.loc[patterns["scope"] != "aside", "label"]))


def _labels(kind, asked, patterns):
    known = {label.casefold(): label for label in _all_labels(patterns)}
    for label in asked:
        if str(label).casefold() not in known:
            raise tables.unknown(kind, label, known.values())
    return [known[str(label).casefold()] for label in asked] or list(known.values())


def _ordered(patterns, labels):
    rows = patterns[patterns["label"].isin(labels) & (patterns["scope"] != "aside")]
    return rows.sort_values("label", key=lambda label: label.map(labels.index), kind="stable").reset_index(drop=True)


def _day(name, text):
    if not text:
        return None
    try:
        return pd.Timestamp(pd.to_datetime(text, format="%Y-%m-%d"))
    except ValueError as problem:
        raise BroadsheetError(f"{name} is {text!r}, and has to be a day such as 2025-05-19") from problem

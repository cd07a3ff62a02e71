"""A study's tables as a notebook asks for them: all of them, or those of some articles, labels or a voice."""

import os
from functools import cached_property, partial

import pandas as pd

from broadsheet import find, parts, say, tables
from broadsheet.passages import MOST, passages
from broadsheet.tables import BroadsheetError


class Corpus:
    """A study's tables, as DESIGN's contracts name them, and the ``patterns`` that were counted."""

    def __init__(self, study, scorer, held):
        self.study, self.scorer, self._parts = study, scorer, held

    def _table(self, name):
        return self._parts.table(name)

    def in_parts(self, name, scorer=""):
        """A table as verbs read it that need not hold it whole: part by part of an annotated folder, else its frame.

        Scores are by the corpus's scorer, or by another one.
        """
        held = self._parted(name, scorer or self.scorer)
        if held is not None:
            return held
        return self.scored(scorer) if name == "scores" and scorer not in ("", self.scorer) else getattr(self, name)

    def _parted(self, name, scorer):
        """A table in parts; None where there is a frame."""
        return self._parts.in_parts(name, scorer)

    metadata = cached_property(lambda self: _named(self._parts.metadata()))  # articles without their texts
    articles = cached_property(lambda self: _named(self._table("articles")))
    removed = cached_property(lambda self: self._table("removed"))
    dropped = cached_property(lambda self: self._table("dropped"))
    sentences = cached_property(lambda self: self._table("sentences"))
    words = cached_property(lambda self: self._table("words"))
    quotes = cached_property(lambda self: self._table("quotes"))
    actors = cached_property(lambda self: self._table("actors"))  # mentions
    terms = cached_property(lambda self: self._table("terms"))  # matches
    actor_patterns = cached_property(lambda self: self._table("actor_patterns"))
    term_patterns = cached_property(lambda self: self._table("term_patterns"))
    scores = cached_property(lambda self: self.scored(self.scorer))  # sentiment toward each actor mention, by the scorer
    passages = cached_property(lambda self: self._table("passages"))  # what articles of different sources share
    subjectivity = cached_property(lambda self: self._table("subjectivity"))  # of each article, outside quotation marks

    @cached_property
    def files(self):
        """One row per file and mapping: file, mapping, documents."""
        return self._table("files").groupby(["file", "mapping"], sort=False, as_index=False)["documents"].sum()

    def scored(self, scorer):
        """Returns the scores of the same mentions by another scorer."""
        return self._parts.scores(scorer)

    @cached_property
    def said(self):
        """How many words of each article stand inside quotation marks, and outside: article_id, voice, label, ``times``."""
        rows = self.metadata[["article_id"]]
        quoted = rows.assign(voice="quoted", times=self.metadata["quoted_words"])
        narrator = rows.assign(voice="narrator", times=self.metadata["words"] - self.metadata["quoted_words"])
        return pd.concat([narrator, quoted], ignore_index=True).assign(label="words")

    @cached_property
    def taken_away(self):
        """Matches of patterns of scope aside."""
        found = [part for name in ("actors", "terms") for part in parts.each(_aside, self.in_parts(name))]
        return pd.concat(found, ignore_index=True)

    def choose(self, actors=(), terms=(), sources=(), start="", end="", voice=""):
        """Returns the corpus that the parameters of a notebook ask for: fewer articles, labels or voices, the same tables.

        With a voice, ``words`` of the articles counts the words of that voice alone, so that a rate is one per 1,000 of them.
        Several names are a list, or one text with + between them. Empty means all; for ``terms`` the first two ("all" is
        all). An article counts as inside a period only if all days on which it can have been published are; those left out
        become rows of ``dropped``. Raises BroadsheetError for a label or source that is not there, a day that is none, a
        voice other than narrator and quoted, and where nothing is left.
        """
        actors, terms, sources = (_several(each) for each in (actors, terms, sources))
        if voice not in ("", "narrator", "quoted"):
            raise tables.unknown("voice", voice, ["narrator", "quoted"])
        for kind, asked in (("actor", actors), ("term", terms)):
            if asked and asked != "all":
                _labels(kind, asked, self.actor_patterns if kind == "actor" else self.term_patterns)
        return _Chosen(self, *self._kept(sources, start, end), actors, terms, voice)

    def stories(self):
        """Returns the corpus with one article of each story: what counts in pooled figures, as the summaries have them."""
        kept = self.metadata.drop_duplicates("cluster")
        if len(kept) == len(self.metadata):
            return self
        return _Chosen(self, kept.reset_index(drop=True), self.dropped, (), "all", "")

    def _kept(self, sources, start, end):
        articles = self.metadata
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
            whys = "; ".join(f"{why.removeprefix('left out: ')}: {n:,}" for why, n in reason.value_counts().items())
            raise BroadsheetError(f"no article is left of {len(articles)} ({asked}): {whys}. The days of all: {self.days()}")
        files = pd.DataFrame({"article_id": out["article_id"], "file": "", "reason": reason[out.index], "duplicate_of": ""})
        dropped = tables.make("dropped", pd.concat([self.dropped, files], ignore_index=True))
        return articles[reason == ""].reset_index(drop=True), dropped

    def strict(self, terms=None):
        """Returns (terms, patterns) of strict scope alone; a label that has only wide patterns keeps those.

        ``terms`` may be those that `in_parts` gives; without them it is the frame.
        """
        terms = self.terms if terms is None else terms
        rows = self.term_patterns
        named = rows.loc[rows["scope"] == "strict", "label"].unique()
        return parts.then(partial(_strict, named), terms), _strict(named, rows).reset_index(drop=True)

    def aside(self):
        """The matches of scope aside, in context, with why they do not count: the pattern's note, or the name of a rule."""
        rows = pd.concat([self.study.actors, self.study.terms])
        notes = dict(zip(rows["pattern"], rows["note"], strict=True))
        found = find.contexts(self.taken_away, self.in_parts("sentences"))
        return found.assign(note=[notes.get(pattern, pattern) for pattern in found["pattern"]])

    def line(self):
        """One line on the corpus: how many articles, sources, words; from when; what was dropped.

        >>> from broadsheet import load, store
        >>> store.annotated(load.study("peace-talks")).line()
        '5 articles of 5 sources, 3,753 words, 20 May to 17 October 2025'
        """
        articles = self.metadata
        unknown = int((articles["source"] == tables.UNKNOWN).sum())
        sources = say.count(len(tables.sources(articles)), "source") + f" ({unknown:,} of an unknown one)" * (unknown > 0)
        told = [f"{say.count(len(articles), 'article')} of {sources if unknown < len(articles) else 'unknown source'}"]
        told.append(f", {articles['words'].sum():,} words")
        told.append(f", {self.days()}")
        if len(self.dropped):
            told.append(f"; {len(self.dropped):,} more left out")
        return "".join(told)

    def scope(self):
        """The articles and their days, for the subtitle of a figure."""
        return f"{say.count(len(self.metadata), 'article')}, {self.days()}"

    def days(self):
        """The period of the articles, in words."""
        first, last = self.metadata["published_from"].min(), self.metadata["published_to"].max()
        if pd.isna(first):
            return "dates unknown"
        if first == last:
            return f"{first.day} {first:%B %Y}"
        same = f"{first.day} {first:%B %Y}" if first.year != last.year else f"{first.day} {first:%B}"
        return f"{same} to {last.day} {last:%B %Y}"

    def caption(self):
        """What stands under every figure: the study, how sources and dates are known, what was left out."""

        def told(column):
            basis = self.metadata[column].str.split(":").str[0].value_counts()
            return ", ".join(f"{n:,} {name}" for name, n in basis.items())

        left = f"; {say.count(len(self.dropped), 'article')} left out (see 00_corpus)" if len(self.dropped) else ""
        return f"Study {self.study.name}. Sources: {told('source_basis')}. Dates: {told('published_basis')}{left}."


class _Chosen(Corpus):
    """A part of a corpus: fewer articles, labels or voices."""

    def __init__(self, whole, metadata, dropped, actors, terms, voice):
        super().__init__(whole.study, whole.scorer, None)
        self._whole, self._voice, self._asked = whole, voice, {"actors": actors, "terms": terms}
        self.metadata, self.dropped = self._spoken(metadata), dropped
        self._every = len(metadata) == len(whole.metadata)

    def _spoken(self, articles):
        """The articles with the words of one voice: a rate divides by the words in which there can be a match."""
        quoted = articles["quoted_words"]
        words = {"": articles["words"], "quoted": quoted, "narrator": articles["words"] - quoted}[self._voice]
        return articles.assign(words=words)

    @cached_property
    def articles(self):
        return self._spoken(self._choice("articles")(self._whole.articles).reset_index(drop=True))

    def _parted(self, name, scorer):
        held = self._whole._parted(name, scorer)
        return None if held is None else held.then(self._choice(name))

    def _table(self, name):
        if name in ("actor_patterns", "term_patterns"):
            kind = name.removesuffix("_patterns")
            return _ordered(getattr(self._whole, name), self._labels(kind))
        if name == "passages" and len(self._whole.metadata) > MOST:
            return passages(self.articles, self.quotes)
        frame = getattr(self._whole, name)
        return frame if name == "files" else self._choice(name)(frame).reset_index(drop=True)

    def _choice(self, name):
        """What is done to a table to choose from it; it can go to other processes."""
        places = ("article_a", "article_b") if name == "passages" else ("article_id",)
        kind = {"actors": "actor", "scores": "actor", "terms": "term"}.get(name)
        labels = self._labels(kind) if kind else None
        return partial(_chosen, places, None if self._every else self.metadata["article_id"], labels, self._voice)

    def scored(self, scorer):
        every = self._whole.scores if scorer == self.scorer else self._whole.scored(scorer)
        return self._choice("scores")(every).reset_index(drop=True)

    @cached_property
    def said(self):
        return self._choice("said")(self._whole.said).reset_index(drop=True)

    def _labels(self, kind):
        asked, patterns = self._asked[f"{kind}s"], getattr(self._whole, f"{kind}_patterns")
        if kind == "term" and (not asked or asked == "all"):
            return _all_labels(patterns) if asked else _all_labels(patterns)[:2]
        return _labels(kind, asked, patterns)

    @cached_property
    def taken_away(self):
        return self._choice("taken_away")(self._whole.taken_away).reset_index(drop=True)


def _chosen(places, articles, labels, voice, frame):
    """Of a table the rows of some articles (None: all); of mentions those of some labels, not set aside, in a voice."""
    if articles is not None:
        for place in places:
            frame = frame[frame[place].isin(articles)]
    if labels is not None:
        frame = frame[frame["label"].isin(labels)]
        frame = frame[frame["scope"] != "aside"] if "scope" in frame else frame
        frame = frame[frame["voice"] == voice] if voice else frame
    return frame


def _aside(mentions):
    return mentions[mentions["scope"] == "aside"]


def _strict(named, rows):
    """Of patterns or matches those of strict scope, and those of labels that are not named."""
    return rows[(rows["scope"] == "strict") | ~rows["label"].isin(named)]


def _named(articles):
    """The articles with name, what one is called in figures: its source, and its day or id where that does not tell."""
    source, from_, to = articles["source"], articles["published_from"], articles["published_to"]
    written = from_.dt.strftime(", %-d %b %Y" if os.name != "nt" else ", %#d %b %Y")
    ranges = (from_ != to) & from_.notna()
    written[ranges] = [f", {_range(*days)}" for days in zip(from_[ranges], to[ranges], strict=True)]
    day = source + written.fillna("")
    name = source.where(~source.duplicated(keep=False), day)
    # one without a day, of a source with several, is called by its id: its source's name would stand for all of them
    alike = name.duplicated(keep=False) | (source.duplicated(keep=False) & (name == source))
    name = name.where(~alike, source + ", " + articles["article_id"])
    return articles.assign(name=name.astype("str"))


def _several(asked):
    """A list of names, also where papermill has given them as one text."""
    return asked.split("+") if isinstance(asked, str) and asked != "all" else asked


def _range(first, last):
    """The days of a range, in words: 1–10 Mar 2025."""
    start = "" if first.year == last.year and first.month == last.month else f" {first:%b}"
    start += "" if first.year == last.year else f" {first.year}"
    return f"{first.day}{start}–{last.day} {last:%b %Y}"


def _all_labels(patterns):
    return list(dict.fromkeys(patterns.loc[patterns["scope"] != "aside", "label"]))


def _labels(kind, asked, patterns):
    every = _all_labels(patterns)
    known = {label.casefold(): label for label in every} | {label: label for label in every}  # written alike goes first
    for label in asked:
        if label not in known and str(label).casefold() not in known:
            raise tables.unknown(kind, label, every)
    return [known.get(label) or known[str(label).casefold()] for label in asked] or every


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

"""A study's tables up to scores, computed here and nowhere else: for a whole corpus, or for some of its articles.

Tables of a whole corpus are computed when they are first asked for, and kept in the cache by their inputs, so that several
runs share them.
"""

from functools import partial

import pandas as pd

from broadsheet import DATA, cache, clean, find, load, parts, quote, score, shelf, split, tables
from broadsheet.corpus import Corpus
from broadsheet.parts import Parts
from broadsheet.passages import passages
from broadsheet.shelf import Shelf
from broadsheet.tables import BroadsheetError

_used = {}  # the parts of each study, by folder, that this process has asked for, and the hash of what they were made from


def annotated(study, scorer="target"):
    """Returns the Corpus of a study: every table up to scores. ``study`` is what `load.study` returned.

    Raises BroadsheetError for an unknown scorer, and where no article can be used.
    """
    score.known(scorer)
    corpus = Corpus(study, scorer, _Parts(study, scorer))
    if not len(corpus.metadata):
        raise BroadsheetError(f"no article of {study.corpus} can be used: {corpus.dropped['reason'].iloc[0]}")
    return corpus


def texts(raw, rules=None):
    """Returns {table: frame} of raw articles: files, articles, removed, dropped, sentences, words, quotes."""
    articles, removed, dropped = clean.articles(raw, rules)
    sentences, quotes = split.sentences(articles), quote.quotes(articles)
    words = split.words(sentences)
    said = articles["article_id"].map(quote.quoted_words(words, quotes))
    return {
        "files": raw.groupby(["file", "mapping"], sort=False).size().rename("documents").reset_index(),
        "articles": articles.assign(quoted_words=said.fillna(0).astype("int64"), characters=articles["text"].str.len()),
        "removed": removed,
        "dropped": dropped,
        "sentences": sentences,
        "words": words,
        "quotes": quotes,
    }


def actors(study, sentences, quotes):
    """Returns the mentions of a study's actors, with their voice."""
    return quote.voices(find.mentions(sentences, study.actors), quotes)


def terms(study, sentences, quotes):
    """Returns the matches of a study's terms, with their voice and polarity."""
    return find.polarity(quote.voices(find.mentions(sentences, study.terms), quotes), sentences)


def scores(actors, sentences, scorer):
    """Returns the scores of those mentions of actors that count."""
    return score.sentiment(actors[actors["scope"] != "aside"], sentences, scorer=scorer)


def keys(study, scorer, corpus=None):
    """{part: hash} of all that a study's tables, and its gold, are made from: equal hashes, equal tables.

    ``corpus`` is the hash of the study's corpus, where it is known already.
    """
    held = _annotated(study)
    if held:
        found = {"articles": held["keys"]["articles"]}
    else:
        found = {"articles": cache.digest(cache.library(), corpus or cache.tree(study.corpus), study.articles.to_csv())}
    for kind in ("actors", "terms"):
        found[kind] = cache.digest(found["articles"], kind, getattr(study, kind).to_csv())
    found["scores"] = _of_scores(found["actors"], scorer)
    books = [folder / "codebook.md" for folder in (study.folder, study.folder.parent)]
    found["gold"] = cache.digest(
        study.gold.to_csv(), sorted(study.coders.items()), *(book.read_bytes() for book in books if book.is_file())
    )
    return found


def _annotated(study):
    """The manifest of the folder that `annotate` has written, where that is a study's corpus; else None."""
    held = shelf.annotated(study.corpus)
    if held and held.get("format") != shelf.FORMAT:
        raise BroadsheetError(f"{study.corpus} was annotated by another edition of Broadsheet: run `broadsheet annotate` again")
    if held and held["articles_csv"] != cache.digest(study.articles.to_csv()):
        raise BroadsheetError(
            f"{study.folder / 'articles.csv'} has changed since {study.corpus} was annotated: run `broadsheet annotate` again"
        )
    return held


def _of_scores(actors, scorer):
    # a notebook may hold its scorer against all others, so that all of them are inputs of its scores
    return cache.digest(actors, scorer, *(f"{name} {score.version(name)}" for name in score.names()))


def used():
    """{part: hash} of what this process has asked for: a run whose notebook asked for no terms does not depend on them.

    The parts of a second study are named "PART of STUDY", a name in data/ or a path.
    """
    named = ["", *(f" of {folder.name if folder.parent == DATA else folder}" for folder in list(_used)[1:])]
    return {f"{part}{of}": made for of, parts in zip(named, _used.values(), strict=False) for part, made in parts.items()}


class _Parts:
    """The tables of a whole study, in the parts in which they are made and kept."""

    def __init__(self, study, scorer):
        self.study, self.scorer, self._held = study, scorer, _annotated(study)
        self._corpus = None if self._held else cache.tree(study.corpus)
        self.keys = keys(study, scorer, self._corpus)
        makers = {"articles": self._articles, "passages": self._passages, "subjectivity": self._subjectivity}
        makers |= {"actors": self._actors, "terms": self._terms}
        self.entries = {part: self._entry(part, self.keys[_basis(part)], make) for part, make in makers.items()}

    def _entry(self, part, key, make):
        key = cache.digest(key, cache.library())  # tables may have been annotated by another edition than adds to them here
        return cache.Entry(f"{part}-{key}", make, f"{part} of {self.study.name}", self._still)

    def _still(self):
        """Whether the corpus is the one that the hashes are of: it may have been edited while it was read."""
        return self._held is not None or cache.tree(self.study.corpus) == self._corpus

    def table(self, name):
        if name.endswith("_patterns"):
            part = name.removesuffix("_patterns") + "s"
            self._note(part)
            return getattr(self.study, part)
        part = name if name in self.entries else "articles"
        self._note(_basis(part))
        held = self.in_parts(name)
        return self.entries[part][name] if held is None else parts.whole(held)

    def in_parts(self, name, scorer=""):
        """A table in the parts of an annotated corpus; None where there is none, and for what is not told part by part.

        Mentions by other patterns than it was annotated with, and scores by another scorer, are made part by part, and kept in
        the cache of this machine.
        """
        if not self._held:
            return None
        if name == "scores":
            return self._scores_in_parts(scorer)
        part = name if name in self.entries else "articles"
        self._note(_basis(part))
        if self._has(name, part):
            return Parts(Shelf(self.study.corpus), name, self._held["parts"])
        if name not in ("actors", "terms"):
            return None
        step = partial(actors if name == "actors" else terms, self.study)
        return self.in_parts("sentences").then(partial(_kept, name, self.keys[name], step), self.in_parts("quotes"))

    def metadata(self):
        """The articles without their texts, which are the most of them."""
        if not self._held:
            return self.table("articles").drop(columns="text")
        self._note("articles")
        columns = [name for name in (*tables.COLUMNS["articles"], "quoted_words", "characters") if name != "text"]
        return Shelf(self.study.corpus).get("articles", self._held["parts"], columns)

    def _has(self, table, part, key=None):
        """Whether an annotated corpus has a table, made from what the study says now."""
        held = self._held or {"rows": {}}
        return table in held["rows"] and held["keys"][part] == (key or self.keys[part])

    def scores(self, scorer):
        self._note("scores")
        if self._held:
            return parts.whole(self._scores_in_parts(scorer))

        def make():
            return {"scores": scores(self.table("actors"), self.table("sentences"), scorer)}

        return self._entry("scores", _of_scores(self.keys["actors"], scorer), make)["scores"]

    def _scores_in_parts(self, scorer):
        self._note("scores")
        key = _of_scores(self.keys["actors"], scorer)
        if self._has("scores", "scores", key):
            return Parts(Shelf(self.study.corpus), "scores", self._held["parts"])
        step = partial(scores, scorer=scorer)
        return self.in_parts("actors").then(partial(_kept, "scores", key, step), self.in_parts("sentences"))

    def _note(self, part):
        for each in (part, "gold") if part in ("actors", "scores") else (part,):  # gold is of actors' mentions
            used = _used.setdefault(self.study.folder, {})
            used[each] = "+".join(sorted({*used.get(each, "").split("+"), self.keys[each]} - {""}))

    def _articles(self):
        return texts(load.articles(self.study))

    def _actors(self):
        return {"actors": actors(self.study, self.table("sentences"), self.table("quotes"))}

    def _terms(self):
        return {"terms": terms(self.study, self.table("sentences"), self.table("quotes"))}

    def _passages(self):
        return {"passages": passages(self.table("articles"), self.table("quotes"))}

    def _subjectivity(self):
        held = {name: self.in_parts(name) for name in ("sentences", "quotes")}
        rated = parts.each(_subjectivity, *(self.table(name) if each is None else each for name, each in held.items()))
        return {"subjectivity": pd.concat(rated, ignore_index=True)}


def _kept(table, key, step, *held):
    """What a step makes of a part of an annotated corpus, kept in the cache of this machine."""
    name = cache.digest(key, cache.library(), *held[0]["article_id"].unique())
    return cache.Entry(f"{table}-{name}", lambda: {table: step(*held)}, f"{table} of a part")[table]


def _subjectivity(sentences, quotes):
    """Of each article, over its sentences outside quotation marks: how many, and the sum of TextBlob's subjectivity."""
    own = quote.narrated(sentences[sentences["part"] == "body"], quotes)
    rated = own.assign(subjectivity=score.subjectivity(own["sentence"])).groupby("article_id", sort=False)["subjectivity"]
    return rated.agg(sentences="size", subjectivity="sum").reset_index()


def _basis(part):
    """The part whose hash says what a table was made from."""
    return "articles" if part in ("passages", "subjectivity") else part

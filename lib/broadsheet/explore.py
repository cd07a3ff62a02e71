"""Widgets for JupyterLab: another choice of actors, terms, sources, period and voice, and the sentences behind each number.

What the widgets show is computed by the same functions as in the other notebooks; this module only lays it out.
"""

import html
from functools import partial
from pathlib import Path

import anywidget
import ipywidgets as widgets
import numpy as np
import pandas as pd
import traitlets

from broadsheet import attest, coded, find, load, parts, plan, show, stats, store, style, summarize, tables, tell, variants
from broadsheet import study as studies
from broadsheet.tables import BroadsheetError

SENTIMENT, TERMS = "sentiment toward actors", "matches of terms"
_NOTEBOOKS = {SENTIMENT: "01_sentiment_by_actor", TERMS: "02_term_frequency"}
_DEFAULTS = {"draws": 2000, "seed": 0}  # of these notebooks
_ROWS, _SENTENCES = 40, 50  # shown at once


class Chart(anywidget.AnyWidget):
    """A row per group, a dot with its interval; ``chosen`` is the name of the row that was clicked, empty for none."""

    _esm = Path(__file__).parent / "pages" / "chart.js"
    rows = traitlets.List().tag(
        sync=True
    )  # name, text, value, low, high, dashed (within one text), open (no lower, no upper limit)
    span = traitlets.List([0.0, 1.0]).tag(sync=True)
    title = traitlets.Unicode().tag(sync=True)
    chosen = traitlets.Unicode().tag(sync=True)


class Explorer:
    """The widgets of 05_explore over one corpus: ``widget`` is all of them, ``summary`` what the chart shows."""

    def __init__(self, corpus, *, draws=2000, seed=0, **choice):
        """``corpus`` as `store.annotated` returns it; ``choice`` as `Corpus.choose` takes it, where the widgets begin.

        ``draws`` of the bootstrap hold for up to 1,000 articles; with more, 200 are taken, so that a choice is drawn at once.
        """
        self.draws, self.seed, self._attempt = draws, seed, None
        self._read(corpus)
        sources = {name.casefold(): name for name in corpus.metadata["source"].unique()}
        choice = {**choice, "sources": [sources.get(str(name).casefold(), name) for name in choice.get("sources", ())]}
        many = {"rows": 7, "layout": widgets.Layout(width="16rem")}
        self.what = widgets.ToggleButtons(options=[SENTIMENT, TERMS], description="")
        self.actors = widgets.SelectMultiple(description="Actors", **many)
        self.terms = widgets.SelectMultiple(description="Terms", **many)
        self.sources = widgets.SelectMultiple(
            options=sorted(corpus.metadata["source"].unique()), description="Sources", value=choice.get("sources", ()), **many
        )
        self.start, self.end = (widgets.DatePicker(description=name) for name in ("From", "To"))
        for picker, name in ((self.start, "start"), (self.end, "end")):
            picker.value = pd.Timestamp(choice[name]).date() if choice.get(name) else None
        voices = [("both", ""), ("narrator's words", "narrator"), ("inside quotation marks", "quoted")]
        self.voice = widgets.Dropdown(options=voices, description="Voice", value=choice.get("voice", ""))
        self.by_source = widgets.Checkbox(description="apart by source", indent=False)
        self.chart, self.told, self.sentences = Chart(), widgets.HTML(), widgets.HTML()
        self.pattern = widgets.Text(description="Pattern", placeholder="a phrase, or re: and an expression")
        self.label = widgets.Combobox(description="Label", placeholder="an old one or a new one")
        self.try_, self.keep = widgets.Button(description="Try it"), widgets.Button(description="Keep it", disabled=True)
        self.tried = widgets.HTML()
        self.repeat, self.command = widgets.Button(description="As a command"), widgets.HTML()
        self._label(choice.get("actors", ()), choice.get("terms", ()))
        for control in (self.what, self.actors, self.terms, self.sources, self.start, self.end, self.voice, self.by_source):
            control.observe(self._changed, "value")
        self.chart.observe(self._sentences, "chosen")
        for control in (self.pattern, self.label, self.what):
            control.observe(self._forget, "value")
        self.try_.on_click(self._try)
        self.keep.on_click(self._keep)
        self.repeat.on_click(self._repeat)
        box = widgets.Layout(border="1px solid #bbb", padding="0.5rem", width="fit-content")
        self.widget = widgets.VBox(
            [
                self.what,
                widgets.HBox(
                    [self.actors, self.terms, self.sources, widgets.VBox([self.start, self.end, self.voice, self.by_source])],
                    layout=widgets.Layout(flex_flow="row wrap"),
                ),
                self.told,
                self.chart,
                self.sentences,
                widgets.VBox([widgets.HBox([self.pattern, self.label, self.try_, self.keep]), self.tried], layout=box),
                widgets.HBox([self.repeat, self.command]),
            ]
        )
        self._changed()

    def choice(self):
        """What the widgets ask for, as `Corpus.choose` and the notebooks take it: only what is not the default."""
        days = {name: value.isoformat() for name, value in (("start", self.start.value), ("end", self.end.value)) if value}
        kind = "actors" if self.what.value == SENTIMENT else "terms"
        lists = {kind: list(getattr(self, kind).value), "sources": list(self.sources.value)}
        return {**{name: value for name, value in lists.items() if value}, **days} | (
            {"voice": self.voice.value} if self.voice.value else {}
        )

    def _read(self, corpus):
        """Takes a corpus, and what is computed of it once: its hand-coded mentions, and who coded them."""
        self.corpus = corpus
        gold = corpus.study.gold
        self._gold = find.gold(gold, corpus.in_parts("sentences"), corpus.in_parts("actors")) if len(gold) else None
        self._coders = coded.coders(self._gold, corpus.study.coders) if len(gold) else []

    def _label(self, actors=(), terms=()):
        """Offers the labels that the study has."""
        for control, patterns, chosen in (
            (self.actors, self.corpus.actor_patterns, actors),
            (self.terms, self.corpus.term_patterns, terms),
        ):
            control.options = list(dict.fromkeys(patterns.loc[patterns["scope"] != "aside", "label"]))
            known = {label.casefold(): label for label in control.options} | {label: label for label in control.options}
            control.value = [known.get(label) or known[str(label).casefold()] for label in chosen]
        self._forget()
        self.label.options = [*self.actors.options, *self.terms.options]

    def _changed(self, change=None):
        """Draws what is asked for now; a choice that cannot be made is told in place of the chart."""
        by = ["label", "source"] if self.by_source.value else ["label"]
        draws = self.draws if len(self.corpus.metadata) <= 1000 else min(self.draws, 200)
        options = {"by": by, "draws": draws, "seed": self.seed}
        try:
            asked = self.choice()
            chosen = self.corpus.choose(**({"terms": "all"} | asked if self.what.value == TERMS else asked))
            if self.what.value == SENTIMENT:
                scores = chosen.in_parts("scores")
                gold = None if self._gold is None else coded.among(self._gold, scores)
                codes = None if gold is None else coded.settled(gold)[["article_id", "start", "label", "coded"]]
                self._found = parts.then(partial(_coded, codes, self.corpus.scorer), scores)
                made = summarize.sentiment(scores, chosen.metadata, gold=gold, patterns=chosen.actor_patterns, **options)
            else:  # as 02 counts them: wide patterns only where a label has no others
                self._found, patterns = chosen.strict(chosen.in_parts("terms"))
                made = summarize.rate(self._found, chosen.metadata, patterns=patterns, **options)
            if not len(made):
                kind = "terms" if self.what.value == TERMS else "actors"
                raise BroadsheetError(
                    f"No {kind} are named in {kind}.csv: add a pattern below, or choose what else is measured."
                )
        except BroadsheetError as problem:
            self.told.value = f'<p role="status"><b>{show.escaped(problem)}</b></p>'
            self.chart.rows, self.chart.chosen, self.sentences.value, self.summary = [], "", "", pd.DataFrame()
            return
        self.chosen, self.summary = chosen, made.sort_values("value", ascending=False, ignore_index=True, kind="stable")
        coders = self._coders if self.what.value == SENTIMENT else ()
        told = f"{chosen.line()}. {tell.answer(self.summary, chosen.metadata, coders)} ({draws:,} draws.)"
        note = attest.coders(self._gold, attest.who(self.corpus.study)) if coders else ""
        self.told.value = f'<p role="status">{show.escaped(told)}</p><p>{show.escaped(note)}</p>'
        self._draw()
        self._sentences()

    def _draw(self):
        kind, measure = style.formats(self.summary), self.summary["measure"].iloc[0]
        names = self.summary[tables.groups(self.summary)].agg(" · ".join, axis=1)
        shown = self.summary.assign(name=names)
        half = _ROWS // 2
        if len(shown) > _ROWS:  # both ends: the lowest answer as much as the highest
            valued = shown[shown["value"].notna()]
            shown = pd.concat([valued.head(half), valued.tail(half)]).drop_duplicates("name")
        cut = f"; {len(shown)} of {len(names)} rows, the highest and the lowest" if len(shown) < len(names) else ""
        ends = shown[["value", "low", "high"]].to_numpy(dtype=float)
        ends = ends[np.isfinite(ends)]
        low, high = (ends.min(), ends.max()) if len(ends) else (0, 1)
        low, high = (min(low, 0), max(high, 0)) if self.what.value == SENTIMENT else (0, high)
        high = high if high > low else low + 1

        def limit(value):
            return float(min(max(value, low), high)) if pd.notna(value) else None

        self._shown = shown
        with self.chart.hold_trait_notifications():
            self.chart.span, self.chart.title = [float(low), float(high)], f"{measure[:1].upper()}{measure[1:]}{cut}"
            self.chart.chosen = ""
            self.chart.rows = [
                {
                    "name": row.name,
                    "text": f"{style.worded(row, kind)}, n={row.matched:,.0f}" if pd.notna(row.value) else row.interval,
                    **{"value": limit(row.value), "low": limit(row.low), "high": limit(row.high)},
                    "dashed": row.interval == stats.WITHIN_TEXT,
                    "open": list(stats.without_limit(row.interval)),
                }
                for row in shown.itertuples(index=False)
            ]

    def _sentences(self, change=None):
        """The sentences of the row that was chosen, or of all: from as many articles as there are."""
        if not len(self.summary):
            return
        found, articles, title = self._found, self.chosen.metadata.set_index("article_id"), "all rows"
        if self.chart.chosen:
            title = self.chart.chosen
            row = self._shown[self._shown["name"] == title]
            found = parts.then(partial(_of, row[tables.groups(self.summary)], articles["source"]), found)
        few = _from_many(pd.concat(parts.each(_from_many, found), ignore_index=True)).reset_index(drop=True)
        few = few.join(articles[["source", "published_from"]], on="article_id")
        shown = find.contexts(few, self.chosen.in_parts("sentences"))
        kept = ("label", "coded", self.corpus.scorer, "polarity", "voice", "source", "published_from")
        note = f"Mentions of {title}: {len(shown):,} of {parts.total(found):,}, from {few['article_id'].nunique():,} articles."
        columns = [*(name for name in kept if name in shown), "sentence", "mark_start", "mark_end"]
        self.sentences.value = f'<div role="status">{show.html_of(shown[columns], note)}</div>'

    def _forget(self, change=None):
        """A pattern, a label or a kind that has changed since has not been tried."""
        self._attempt, self.keep.disabled = None, True

    def _try(self, button=None):
        """What a new pattern would match, and what it would take from others. Nothing is written."""
        kind = "actors" if self.what.value == SENTIMENT else "terms"
        try:
            made = studies.tried(self.corpus.study, kind, self.label.value, self.pattern.value)
        except BroadsheetError as problem:
            self.tried.value = f"<p><b>{show.escaped(problem)}</b></p>"
            return
        patterns, place = getattr(made, kind), ["article_id", "sentence_no"]
        held = pd.concat(parts.each(partial(_holding, patterns.tail(1)), self.corpus.in_parts("sentences")), ignore_index=True)
        found = find.mentions(held, patterns)
        mine = found[found["pattern"] == patterns["pattern"].iloc[-1]].reset_index(drop=True)
        before = parts.joined(self.corpus.in_parts(kind), held[place], place)
        lost = before["label"].value_counts().sub(found["label"].value_counts(), fill_value=0)
        lost = ", ".join(f"{int(n)} from {label}" for label, n in lost.items() if n > 0 and label != self.label.value)
        text = f"{len(mine):,} matches in {mine['article_id'].nunique():,} of {len(self.corpus.metadata):,} articles"
        text += f"; it takes {lost}" if lost else ""
        shown = find.contexts(mine.head(_SENTENCES), held)[["matched", "sentence", "mark_start", "mark_end"]]
        self.tried.value = f'<div role="status">{show.html_of(shown, f"{text}.")}</div>'
        self._attempt, self.keep.disabled = (kind, self.label.value, self.pattern.value), False

    def _keep(self, button=None):
        """Writes the pattern that was tried into the study's CSV, and reads the study again."""
        if not self._attempt:
            return
        kind, label, pattern = self._attempt
        self._forget()
        try:
            path = studies.keep(self.corpus.study, kind, label, pattern)
            self.tried.value = f'<p role="status">Written to {show.escaped(path)}; reading the study again …</p>'
            self._read(store.annotated(load.study(self.corpus.study.folder), self.corpus.scorer))
        except (BroadsheetError, OSError) as problem:
            self.tried.value = f'<p role="status"><b>{show.escaped(problem)}</b></p>'
            return
        chosen = {"actors": list(self.actors.value), "terms": list(self.terms.value)}
        if chosen[kind]:
            chosen[kind] = [*dict.fromkeys([*chosen[kind], label.strip()])]
        self._label(**chosen)
        self.tried.value = f'<p role="status">Written to {show.escaped(path)}.</p>'
        self._changed()

    def _repeat(self, button=None):
        """The current choice as the command that repeats it in batch."""
        asked = self.choice()
        if self.what.value == TERMS:  # the notebook takes two where none are named, and here all are shown
            asked = {"terms": list(self.terms.options)} | asked
        elif self.corpus.scorer != "target":
            asked["scorer"] = self.corpus.scorer
        asked |= {name: value for name, value in (("draws", self.draws), ("seed", self.seed)) if value != _DEFAULTS[name]}
        line = variants.command(_NOTEBOOKS[self.what.value], plan.study(self.corpus.study.folder), asked)
        self.command.value = f"<code>{html.escape(line)}</code>"


def _coded(codes, scorer, scores):
    """Scores as they are shown: the sentiment goes by the name of its scorer, beside the codes where there are any."""
    shown = scores.rename(columns={"sentiment": scorer})
    return shown if codes is None else shown.merge(codes, on=["article_id", "start", "label"], how="left")


def _of(row, sources, mentions):
    """The mentions that a row of a summary is about."""
    for name in row:
        values = mentions[name] if name in mentions else mentions["article_id"].map(sources)
        mentions = mentions[values.isin(row[name])]
    return mentions


def _from_many(mentions):
    """The first mention of each article, then the second of each, up to as many as are shown; in their own order."""
    turn = mentions.groupby("article_id").cumcount().sort_values(kind="stable")
    return mentions.loc[turn.index[:_SENTENCES].sort_values()]


def _holding(patterns, sentences):
    """The sentences that hold a match: the others need not be looked at again."""
    place = ["article_id", "sentence_no"]
    return sentences.merge(find.mentions(sentences, patterns)[place].drop_duplicates(), on=place)

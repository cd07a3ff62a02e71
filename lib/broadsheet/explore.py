"""Widgets for JupyterLab: another choice of actors, terms, sources, period and voice, and the sentences behind each number.

What the widgets show is computed by the same functions as in the other notebooks; this module only lays it out.
"""

import html
from pathlib import Path

import anywidget
import ipywidgets as widgets
import pandas as pd
import traitlets

from broadsheet import find, load, plan, show, store, style, summarize, tables, tell
from broadsheet import study as studies
from broadsheet.tables import BroadsheetError

SENTIMENT, TERMS = "sentiment toward actors", "matches of terms"
_NOTEBOOKS = {SENTIMENT: "01_sentiment_by_actor", TERMS: "02_term_frequency"}
_SENTENCES = 50  # shown at once


class Chart(anywidget.AnyWidget):
    """A row per group, a dot with its interval; ``chosen`` is the number of the row that was clicked, −1 for none."""

    _esm = Path(__file__).parent / "pages" / "chart.js"
    rows = traitlets.List().tag(sync=True)  # name, text, value, low, high
    span = traitlets.List([0.0, 1.0]).tag(sync=True)
    title = traitlets.Unicode().tag(sync=True)
    chosen = traitlets.Int(-1).tag(sync=True)


class Explorer:
    """The widgets of 05_explore over one corpus: ``widget`` is all of them, ``summary`` what the chart shows."""

    def __init__(self, corpus, *, draws=200, seed=0, **choice):
        """``corpus`` as `store.annotated` returns it; ``choice`` as `Corpus.choose` takes it, where the widgets begin."""
        self.corpus, self.draws, self.seed = corpus, draws, seed
        many = {"rows": 7, "layout": widgets.Layout(width="16rem")}
        self.what = widgets.ToggleButtons(options=[SENTIMENT, TERMS], description="")
        self.actors = widgets.SelectMultiple(description="Actors", **many)
        self.terms = widgets.SelectMultiple(description="Terms", **many)
        self.sources = widgets.SelectMultiple(
            options=sorted(corpus.articles["source"].unique()), description="Sources", value=choice.get("sources", ()), **many
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
        for text in (self.pattern, self.label):
            text.observe(lambda change: setattr(self.keep, "disabled", True), "value")
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

    def _label(self, actors=(), terms=()):
        """Offers the labels that the study has."""
        for control, patterns, chosen in (
            (self.actors, self.corpus.actor_patterns, actors),
            (self.terms, self.corpus.term_patterns, terms),
        ):
            control.options = list(dict.fromkeys(patterns.loc[patterns["scope"] != "aside", "label"]))
            control.value = [label for label in chosen if label in control.options]

    def _changed(self, change=None):
        """Draws what is asked for now; a choice that cannot be made is told in place of the chart."""
        by = ["label", "source"] if self.by_source.value else ["label"]
        options = {"by": by, "draws": self.draws, "seed": self.seed}
        try:
            asked = self.choice()
            chosen = self.corpus.choose(**({"terms": "all"} | asked if self.what.value == TERMS else asked))
            if self.what.value == SENTIMENT:
                gold = find.gold(self.corpus.study.gold, chosen.sentences, chosen.actors) if len(chosen.study.gold) else None
                made = summarize.sentiment(chosen.scores, chosen.articles, gold=gold, patterns=chosen.actor_patterns, **options)
                self._found = chosen.scores
            else:
                made = summarize.rate(chosen.terms, chosen.articles, patterns=chosen.term_patterns, **options)
                self._found = chosen.terms
        except BroadsheetError as problem:
            self.told.value = f"<p><b>{show.escaped(problem)}</b></p>"
            self.chart.rows, self.sentences.value, self.summary = [], "", pd.DataFrame()
            return
        self.chosen, self.summary = chosen, made.sort_values("value", ascending=False, ignore_index=True, kind="stable")
        told = f"{chosen.line()}. {tell.answer(self.summary, chosen.articles)}"
        self.told.value = f"<p>{show.escaped(told)}</p>"
        self._draw()
        self._sentences()

    def _draw(self):
        shown, by, kind = self.summary.head(40), tables.groups(self.summary), style.formats(self.summary)
        ends = shown[["value", "low", "high"]].to_numpy(dtype=float)
        ends = ends[abs(ends) < float("inf")]
        low, high = (ends.min(), ends.max()) if len(ends) else (0, 1)
        low, high = (min(low, 0), max(high, 0)) if self.what.value == SENTIMENT else (0, high)

        def number(value):
            return float(value) if pd.notna(value) else None

        with self.chart.hold_trait_notifications():
            self.chart.span = [float(low), float(high) if high > low else float(low) + 1]
            self.chart.title = f"{shown['measure'].iloc[0]}, {len(shown)} rows" if len(shown) else "nothing"
            self.chart.chosen = -1
            self.chart.rows = [
                {
                    "name": " · ".join(getattr(row, name) for name in by),
                    "text": f"{style.number(row.value, kind)}, n={row.matched:,.0f}" if pd.notna(row.value) else "no match",
                    "value": number(row.value),
                    "low": max(number(row.low), low) if pd.notna(row.low) else None,
                    "high": min(number(row.high), high) if pd.notna(row.high) else None,
                }
                for row in shown.itertuples()
            ]

    def _sentences(self, change=None):
        """The sentences of the row that was chosen, or of all."""
        found = self._found.merge(self.chosen.articles[["article_id", "source", "published_from"]], on="article_id")
        title = "all rows"
        if self.chart.chosen >= 0:
            row = self.summary.iloc[self.chart.chosen]
            for name in tables.groups(self.summary):
                found = found[found[name] == row[name]]
            title = self.chart.rows[self.chart.chosen]["name"]
        shown = find.contexts(found.head(_SENTENCES).reset_index(drop=True), self.chosen.sentences)
        kept = [name for name in ("label", "sentiment", "polarity", "voice", "source", "published_from") if name in shown]
        note = f"Sentences of {title}: {len(shown):,} of {len(found):,}."
        self.sentences.value = show.html_of(shown[[*kept, "sentence", "mark_start", "mark_end"]], note)

    def _try(self, button=None):
        """What a new pattern would match, and what it would take from others. Nothing is written."""
        kind = "actors" if self.what.value == SENTIMENT else "terms"
        try:
            made = studies.tried(self.corpus.study, kind, self.label.value, self.pattern.value)
        except BroadsheetError as problem:
            self.tried.value = f"<p><b>{show.escaped(problem)}</b></p>"
            return
        patterns, place = getattr(made, kind), ["article_id", "sentence_no"]
        places = find.mentions(self.corpus.sentences, patterns.tail(1))[place].drop_duplicates()
        held = self.corpus.sentences.merge(places, on=place)  # the others need not be looked at again
        found = find.mentions(held, patterns)
        mine = found[found["pattern"] == patterns["pattern"].iloc[-1]].reset_index(drop=True)
        before = getattr(self.corpus, kind).merge(places, on=place)
        lost = before["label"].value_counts().sub(found["label"].value_counts(), fill_value=0)
        lost = ", ".join(f"{int(n)} from {label}" for label, n in lost.items() if n > 0 and label != self.label.value)
        text = f"{len(mine):,} matches in {mine['article_id'].nunique():,} of {len(self.corpus.articles):,} articles"
        text += f"; it takes {lost}" if lost else ""
        shown = find.contexts(mine.head(_SENTENCES), held)[["matched", "sentence", "mark_start", "mark_end"]]
        self.tried.value = show.html_of(shown, f"{text}.")
        self.keep.disabled = False

    def _keep(self, button=None):
        """Writes the pattern that was tried into the study's CSV, and reads the study again."""
        kind = "actors" if self.what.value == SENTIMENT else "terms"
        try:
            path = studies.keep(self.corpus.study, kind, self.label.value, self.pattern.value)
        except (BroadsheetError, OSError) as problem:
            self.tried.value = f"<p><b>{show.escaped(problem)}</b></p>"
            return
        self.corpus = store.annotated(load.study(self.corpus.study.folder), self.corpus.scorer)
        chosen = {"actors": list(self.actors.value), "terms": list(self.terms.value)}
        if chosen[kind]:
            chosen[kind] = [*dict.fromkeys([*chosen[kind], self.label.value.strip()])]
        self._label(**chosen)
        self.keep.disabled = True
        self.tried.value = f"<p>Written to {show.escaped(path)}.</p>"
        self._changed()

    def _repeat(self, button=None):
        """The current choice as the command that repeats it in batch."""
        asked = self.choice()
        if self.what.value == TERMS:  # the notebook takes two where none are named, and here all are shown
            asked = {"terms": list(self.terms.options)} | asked
        line = plan.command(_NOTEBOOKS[self.what.value], plan.study(self.corpus.study.folder), asked)
        self.command.value = f"<code>{html.escape(line)}</code>"

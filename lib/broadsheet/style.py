"""The one style of all figures: canvas with title, subtitle and caption, colours, marks, scales, how numbers are written."""

import textwrap

import pandas as pd
from matplotlib import patheffects
from matplotlib.figure import Figure
from matplotlib.text import Text

from broadsheet import say

# Okabe & Ito (2008): told apart with any colour vision, and, with the marks, in grey print.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")
DIVERGING = ("#762A83", "#1B7837")  # below and above zero: Brewer's PRGn, and no colour of the above
MARKS = ("o", "s", "D", "^", "v", "P")
INK, GREY, PALE = "#1a1a1a", "#5f5f5f", "#d9d9d9"
WIDTH = 7.2  # inches: the width of a page's text
_SIZES = {"title": 12.5, "subtitle": 9.5, "caption": 7.5, "label": 9}


def canvas(height, title, subtitle, caption, names, headroom=0.0, grid=None, keyed=False, right=0.3):
    """A figure of the one width, with room in inches for its texts and for the names at the left."""
    title, subtitle, caption = (textwrap.fill(text, width) for text, width in ((title, 66), (subtitle, 104), (caption, 132)))
    lines = [text.count("\n") + 1 if text else 0 for text in (title, subtitle, caption)]
    above = 0.12 + 0.225 * lines[0] + 0.165 * lines[1] + (0.36 if keyed else 0.18)
    below = 0.42 + 0.135 * lines[2]
    total = above + height + below
    longest = max((len(line) for name in names for line in _wrapped(name).split("\n")), default=0)
    left = 0.25 + 0.076 * longest if names else 0.05
    fig = Figure(figsize=(WIDTH, total), dpi=100)
    edges = {
        "left": left / WIDTH,
        "right": 1 - right / WIDTH,
        "top": 1 - (above + headroom) / total,
        "bottom": below / total,
    }
    axes = fig.subplots(
        *(grid or (1, 1)), squeeze=False, gridspec_kw=edges | ({"hspace": 0.45, "wspace": 0.28} if grid else {})
    )
    fig.text(
        0.012,
        1 - 0.12 / total,
        title,
        fontsize=_SIZES["title"],
        fontweight="bold",
        color=INK,
        va="top",
        linespacing=1.2,
    )
    fig.text(0.012, 1 - (0.14 + 0.225 * lines[0]) / total, subtitle, fontsize=_SIZES["subtitle"], color=GREY, va="top")
    fig.text(0.012, 0.08 / total, caption, fontsize=_SIZES["caption"], color=GREY, va="bottom", linespacing=1.25)
    for ax in axes.flat:
        ax.spines[["top", "right"]].set_visible(False)
        ax.spines[["left", "bottom"]].set_color("#9a9a9a")
        ax.tick_params(colors=INK, labelsize=_SIZES["label"])
    return (fig, axes) if grid else (fig, axes[0, 0])


def rows(ax, names):
    """A row per name, from the top down; long names wrap."""
    ax.set_yticks(range(len(names)), [_wrapped(name) for name in names], linespacing=0.9)
    ax.set_ylim(len(names) - 0.4, -0.6)
    ax.tick_params(axis="y", length=0, pad=8)


def _wrapped(name):
    return textwrap.fill(shortened(str(name), 54), 28)


def shortened(text, width):
    """The first words of a text, or letters where there are no words, with … where something is left out."""
    cut = textwrap.shorten(text, width, placeholder="…")
    return cut if cut != "…" else f"{text.strip()[: width - 1]}…"


def key(fig, ax, kinds):
    """Names of the colours, in their colours, above the axes."""
    place = 0.0
    for number, kind in enumerate(kinds):
        label = {"o": "●", "s": "■", "D": "◆", "^": "▲", "v": "▼", "P": "✚"}[MARKS[number]] + f" {kind}"
        ax.annotate(
            label,
            (0, 1),
            xycoords="axes fraction",
            xytext=(place, 6),
            textcoords="offset points",
            color=COLOURS[number],
            fontsize=9,
            fontweight="bold",
        )
        place += 6.6 * len(label) + 10


def limits(ax, finite, zero, kind, axis="x"):
    low, high = (finite.min(), finite.max()) if len(finite) else (0.0, 1.0)
    if zero is not None:
        low, high = min(low, zero), max(high, zero)
    if kind == "percent":
        low, high = 0.0, 1.0
    room = (high - low) * 0.04 or 0.5
    limits = (
        low if kind in ("percent", "rate") and low >= 0 else low - room,
        high + (0 if kind == "percent" else room),
    )
    if kind == "rate":
        limits = (0.0, limits[1])
    getattr(ax, f"set_{axis}lim")(*limits)
    getattr(ax, f"{axis}axis").set_major_formatter(lambda value, _: number(value, kind, short=True))
    if zero is not None:
        (ax.axvline if axis == "x" else ax.axhline)(zero, color="#7a7a7a", linewidth=0.9, zorder=1)
    return limits


def formats(summary):
    measure = summary["measure"].iloc[0] if len(summary) else ""
    return "percent" if "share" in measure else "signed" if "sentiment" in measure or "log2" in measure else "rate"


def number(value, kind, short=False):
    if kind == "percent":
        return f"{100 * value:.0f} %"
    text = f"{value:+.2f}" if kind == "signed" and abs(value) > 1e-9 else f"{value:.2f}"
    text = text.rstrip("0").rstrip(".") if short else text
    return text.replace("-", "−").replace("inf", "∞")


def signed(value, decimals):
    return f"{value:,.{decimals}f}".replace("-", "−")


def worded(row, kind):
    if pd.isna(row.value):
        return row.interval
    if pd.isna(row.low) or pd.isna(row.high):
        return number(row.value, kind)
    return f"{number(row.value, kind)} ({number(row.low, kind)} to {number(row.high, kind)})"


def cut(caption, left_out, noun):
    more = f"{say.count(left_out, f'more {noun}')} {'is' if left_out == 1 else 'are'} in the table."
    return f"{caption} {more}" if left_out > 0 else caption


def told(fig, first, said, lead="", most=12):
    most += len(said) == most + 1  # "and 1 more" would take as much room
    more = f"; and {len(said) - most} more" if len(said) > most else ""
    for text in fig.findobj(Text):
        text.set_parse_math(False)  # "$300bn" is no formula
    fig.broadsheet_alt = f"{first.rstrip('.')}. {lead}{'; '.join(said[:most])}{more}."
    return fig


def halo():
    return [patheffects.withStroke(linewidth=2.5, foreground="white")]

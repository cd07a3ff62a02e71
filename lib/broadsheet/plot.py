"""A summary → a matplotlib figure, in the one style, with its alt text. Computes nothing: what is drawn is in the table.

Every function takes ``title`` (the finding), ``subtitle`` (measure and n) and ``caption`` (source and exclusions), and
returns a figure whose ``broadsheet_alt`` says in words what it shows; or None, where there is no value to draw.
"""

import textwrap

import matplotlib.dates as mdates
import numpy as np
import pandas as pd

from broadsheet import say, stats, style
from broadsheet.style import COLOURS, DIVERGING, GREY, INK, MARKS, PALE
from broadsheet.tables import groups

MOST = 40  # rows of one figure


def intervals(summary, title, subtitle="", caption="", hue=None, zero=None):
    """A dot per row with its interval: groups down the page, ``hue`` (a column) as colours within a group.

    A hollow mark has no interval; a thin whisker holds within one text only; an arrow has no limit; a row without a value
    says why.
    """
    if not summary["value"].notna().any():
        return None
    names = [column for column in groups(summary) if column != hue]
    rows = summary.assign(_name=summary[names].astype("str").agg(" · ".join, axis=1) if names else "all articles")
    order = list(dict.fromkeys(rows["_name"]))
    left_out = len(order) - MOST
    order = order[:MOST]
    kinds = list(dict.fromkeys(rows[hue])) if hue else [None]
    caption = style.cut(caption, len(kinds) - len(COLOURS), hue)
    kinds = kinds[: len(COLOURS)]
    rows = rows[rows[hue].isin(kinds)] if hue else rows
    kind_of_text = style.formats(summary)
    fig, ax = style.canvas(
        0.34 * len(order) * max(1, 0.62 * len(kinds)) + 0.5,
        title,
        subtitle,
        style.cut(caption, left_out, "group"),
        order,
        keyed=bool(hue),
        right=1.05,
    )
    style.key(fig, ax, kinds) if hue else None
    said = []
    finite = rows[["value", "low", "high"]].to_numpy(dtype=float)
    finite = finite[np.isfinite(finite)]
    span = style.limits(ax, finite, zero, kind_of_text)
    for position, name in enumerate(order):
        for number, kind in enumerate(kinds):
            part = rows[(rows["_name"] == name) & ((rows[hue] == kind) if hue else True)]
            for row in part.itertuples():
                y = position + (number - (len(kinds) - 1) / 2) * 0.62 / max(len(kinds), 1)
                _dot(ax, row, y, COLOURS[number], MARKS[number], span, kind_of_text)
                said.append(f"{name}{f', {kind}' if hue else ''}: {style.worded(row, kind_of_text)}")
    style.rows(ax, order)
    ax.grid(axis="x", color=PALE, linewidth=0.6)
    for position in range(1, len(order)):
        ax.axhline(position - 0.5, color="#f0f0f0", linewidth=0.6, zorder=0)
    return style.told(fig, f"Dot plot with intervals, {say.count(len(order), 'row')}. {title}", said)


def _dot(ax, row, y, colour, mark, span, kind):
    at = {"xycoords": ("axes fraction", "data"), "textcoords": "offset points", "va": "center"}
    if pd.isna(row.value):
        ax.annotate(f"–   {row.interval.removeprefix('undefined: ')}", (1, y), xytext=(8, 0), fontsize=7.5, color=GREY, **at)
        return
    _mark(ax, row, y, colour, mark, span)
    ax.annotate(style.number(row.value, kind), (1, y), xytext=(8, 0), fontsize=8.5, color=colour, **at)
    ax.annotate(
        f"{row.matched:,.0f}/{row.total:,.0f}" if kind == "percent" else f"n={row.matched:,.0f}",
        (1, y),
        xytext=(44, 0),
        fontsize=7.5,
        color=GREY,
        **at,
    )


def _mark(ax, row, y, colour, mark, span):
    """The dot of a row, hollow where it has no interval, and its whisker inside the limits ``span``."""
    between = not (pd.isna(row.low) or pd.isna(row.high))
    if between:
        low, high = max(row.low, span[0]), min(row.high, span[1])
        within = row.interval == stats.WITHIN_TEXT
        ax.plot(
            [low, high],
            [y, y],
            color=colour,
            linewidth=0.9 if within else 1.9,
            alpha=0.75,
            linestyle=(0, (3, 2)) if within else "-",
            solid_capstyle="butt",
        )
        sides = zip("<>", (row.low, row.high), (low, high), stats.without_limit(row.interval), strict=True)
        for arrow, end, shown, without in sides:
            if without or end != shown:
                ax.plot([shown], [y], marker=arrow, color=colour, markersize=5, clip_on=False)
    ax.plot(
        [row.value],
        [y],
        marker=mark,
        markersize=6,
        color=colour,
        markerfacecolor=colour if between else "white",
        zorder=3,
        clip_on=False,
    )


def timeline(summary, articles, title, subtitle="", caption="", zero=None, hue=None):
    """Value over time: a row of ``summary`` per article (or period), drawn over the days on which it can have appeared.

    A hollow mark has no interval.

    ``articles`` has the columns of the group and published_from, published_to; rows without a date are not drawn, and
    counted in the caption.
    """
    if not summary["value"].notna().any():
        return None
    by = next(column for column in groups(summary) if column != hue)
    when = articles.drop_duplicates(by).set_index(by)[["published_from", "published_to"]]
    rows = summary.join(when, on=by)
    dated = rows[rows["published_from"].notna() & rows["value"].notna()].sort_values("published_from")
    undated = int(articles["published_from"].isna().sum())
    without = rows.loc[rows["published_from"].notna() & rows["value"].isna(), by].nunique()
    notes = [
        f"{say.count(undated, 'article')} without a date" if undated else "",
        f"{without} without a match" if without else "",
    ]
    caption = f"{caption} Not drawn: {', '.join(filter(None, notes))}." if any(notes) else caption
    kinds = list(dict.fromkeys(dated[hue])) if hue else [None]
    kind_of_text = style.formats(summary)
    fig, ax = style.canvas(2.9, title, subtitle, caption, ["100 %"], keyed=bool(hue))
    style.key(fig, ax, kinds) if hue else None
    finite = dated[["value", "low", "high"]].to_numpy(dtype=float)
    span = style.limits(ax, finite[np.isfinite(finite)], zero, kind_of_text, axis="y")
    said, named = [], set()
    for number, kind in enumerate(kinds):
        part = dated[dated[hue] == kind] if hue else dated
        middle = part["published_from"] + (part["published_to"] - part["published_from"]) / 2
        if len(part) > 6:
            ax.plot(middle, part["value"], color=COLOURS[number], linewidth=1, alpha=0.6)
        for row, day in zip(part.itertuples(), middle, strict=True):
            ax.plot(
                [row.published_from, row.published_to],
                [row.value] * 2,
                color=COLOURS[number],
                linewidth=4,
                alpha=0.45,
                solid_capstyle="butt",
            )
            between = not (pd.isna(row.low) or pd.isna(row.high))
            if between:
                thin = row.interval == stats.WITHIN_TEXT
                ends = np.clip([row.low, row.high], *span)
                ax.plot(
                    [day, day],
                    ends,
                    color=COLOURS[number],
                    linewidth=0.9 if thin else 1.6,
                    linestyle=(0, (3, 2)) if thin else "-",
                    alpha=0.8,
                )
            fill = COLOURS[number] if between else "white"
            ax.plot([day], [row.value], MARKS[number], color=COLOURS[number], markerfacecolor=fill, clip_on=False, zorder=3)
            name = getattr(row, by) if by in row._fields else ""
            if len(dated) <= 12 * len(kinds) and name not in named:
                named.add(name)
                top = dated.loc[dated[by] == name, "value"].max()
                up = top < span[0] + 0.8 * (span[1] - span[0])
                ax.annotate(
                    textwrap.fill(str(name), 14),
                    (day, top),
                    xytext=(7, 5 if up else -5),
                    textcoords="offset points",
                    va="bottom" if up else "top",
                    fontsize=7.5,
                    color=INK,
                    path_effects=style.halo(),
                    zorder=4,
                )
            said.append(
                f"{name}{f', {kind}' if hue else ''} ({row.published_from:%d %b %Y}): {style.worded(row, kind_of_text)}"
            )
    if len(dated):
        first, last = dated["published_from"].min(), dated["published_to"].max()
        room = max((last - first) * 0.09, pd.Timedelta(days=1))
        ax.set_xlim(first - room, last + 2 * room)
        ax.xaxis.set_major_locator(mdates.AutoDateLocator(minticks=3, maxticks=7))
        ax.xaxis.set_major_formatter(mdates.DateFormatter("%b %Y" if (last - first).days > 62 else "%d %b %Y"))
    ax.grid(axis="y", color=PALE, linewidth=0.6)
    return style.told(fig, f"Timeline, {say.count(len(dated), 'point')}. {title}", said)


def positions(mentions, articles, title, subtitle="", caption="", labels=()):
    """A stroke per match at its place in the article, from first to last character: one row per article, a colour per label."""
    if not len(mentions):
        return None
    rows = articles.head(MOST)
    fig, ax = style.canvas(
        0.42 * len(rows) + 0.5,
        title,
        subtitle,
        style.cut(caption, len(articles) - MOST, "article"),
        list(rows["source"]),
        keyed=True,
    )
    style.key(fig, ax, list(labels))
    said = []
    for y, article in enumerate(rows.itertuples()):
        ax.plot([0, 1], [y, y], color=PALE, linewidth=5, solid_capstyle="butt", zorder=0)
        if article.title:
            ax.plot(
                [0, len(article.title) / article.characters],
                [y, y],
                color="#a8a8a8",
                linewidth=5,
                solid_capstyle="butt",
                zorder=1,
            )
        found = mentions[mentions["article_id"] == article.article_id]
        for number, label in enumerate(labels):
            places = found.loc[found["label"] == label, "start"] / article.characters
            ax.plot(
                places,
                np.full(len(places), y),
                linestyle="",
                marker=MARKS[number],
                markersize=7,
                color=COLOURS[number],
                markeredgecolor="white",
                markeredgewidth=0.6,
                clip_on=False,
                zorder=3,
            )
            if len(places):
                said.append(f"{article.source}: {label} at {', '.join(f'{100 * place:.0f} %' for place in places)}")
        if not len(found):
            ax.text(0.5, y - 0.3, "no match", color=GREY, fontsize=7.5, ha="center", va="center", style="italic")
    style.rows(ax, rows["source"])
    ax.set_xlim(0, 1)
    ax.set_xticks([0, 0.25, 0.5, 0.75, 1], ["beginning", "", "middle", "", "end"])
    ax.spines["left"].set_visible(False)
    return style.told(fig, f"Strip per article. {title}", said)


def matrix(frame, title, subtitle="", caption="", decimals=0, diverging=False, counts=None):
    """A table as shaded cells with their numbers: rows and columns as in ``frame``; empty cells are left white.

    ``counts``, a frame of the same rows and columns, says on how many matches a cell rests: below three it stays unshaded.
    """
    if not frame.notna().any(axis=None):
        return None
    shown = frame.iloc[:MOST, :14]
    slanted = shown.shape[1] > 7
    columns = [style.shortened(str(name), 20) if slanted else textwrap.fill(str(name), 13) for name in shown]
    deep = max((0.32 * len(name) if slanted else name.count("\n") + 1 for name in columns), default=1)
    cut = style.cut(caption, len(frame) - len(shown), "row")
    cut = style.cut(cut, frame.shape[1] - shown.shape[1], "column")
    fig, ax = style.canvas(
        0.32 * len(shown) + 0.17 * deep + 0.1,
        title,
        subtitle,
        cut,
        [str(name) for name in shown.index],
        headroom=0.17 * deep,
        right=0.95 if slanted else 0.3,
    )
    values = shown.to_numpy(dtype=float)
    top = np.nanmax(np.abs(values)) if np.isfinite(values).any() else 1
    for y in range(values.shape[0]):
        for x in range(values.shape[1]):
            value = values[y, x]
            if counts is not None and np.isfinite(value) and counts.loc[shown.index[y], shown.columns[x]] < 3:
                ax.text(x, y, style.signed(value, decimals), ha="center", va="center", fontsize=7.5, color=GREY, style="italic")
                continue
            if not np.isfinite(value) or (value == 0 and not decimals):
                ax.text(x, y, "·" if value == 0 else "", ha="center", va="center", color=GREY, fontsize=8)
                continue
            depth = abs(value) / top if top else 0
            colour = DIVERGING[int(value > 0)] if diverging else COLOURS[0]
            even = diverging and round(value, decimals) == 0
            ax.add_patch(_cell(x, y, PALE if even else colour, 0.5 if even else 0.08 + 0.82 * depth))
            ax.text(
                x,
                y,
                style.signed(value, decimals),
                ha="center",
                va="center",
                fontsize=8,
                color="white" if depth > 0.6 else INK,
            )
    slant = {"rotation": 38, "ha": "left", "rotation_mode": "anchor"} if slanted else {}
    ax.xaxis.tick_top()
    ax.set_xticks(range(len(columns)), columns, fontsize=7.5, **slant)
    style.rows(ax, shown.index)
    ax.set_xlim(-0.5, len(columns) - 0.5)
    ax.tick_params(axis="x", length=0)
    for side in ax.spines.values():
        side.set_visible(False)
    largest = shown.stack().sort_values(ascending=False).head(8)
    said = [f"{' and '.join(map(str, key))}: {value:.{decimals}f}" for key, value in largest.items()]
    return style.told(fig, f"Matrix of {shown.shape[0]} by {shown.shape[1]}. {title}", said, "Largest: ")


def panels(summary, by, title, subtitle="", caption="", zero=None):
    """Small multiples: a panel per value of the column ``by``, in each a dot with its interval per group, all on one scale."""
    if not summary["value"].notna().any():
        return None
    names = [column for column in groups(summary) if column != by]
    rows = summary.assign(_name=summary[names].astype("str").agg(" · ".join, axis=1) if names else "all articles")
    order, shown = list(dict.fromkeys(rows["_name"]))[:MOST], list(dict.fromkeys(rows[by]))[:12]
    across = min(3, len(shown))
    down = -(-len(shown) // across)
    cut = style.cut(caption, rows[by].nunique() - len(shown), "panel")
    cut = style.cut(cut, rows["_name"].nunique() - len(order), "row")
    heads = [textwrap.fill(str(name), 76 // across) for name in shown]
    high = 0.15 * max(head.count("\n") for head in heads)  # inches that titles of several lines need
    fig, axes = style.canvas(
        down * (0.24 * len(order) + 0.75 + high), title, subtitle, cut, order, headroom=high, grid=(down, across), keyed=True,
        right=0.2,
    )  # fmt: skip
    fig.subplots_adjust(wspace=0.1, hspace=(0.75 + high) / (0.24 * len(order) + 0.2))
    finite, kind = rows[["value", "low", "high"]].to_numpy(dtype=float), style.formats(summary)
    finite, said = finite[np.isfinite(finite)], []
    for number, (ax, name) in enumerate(zip(axes.flat, shown, strict=False)):
        span = style.limits(ax, finite, zero, kind)
        part = rows[rows[by] == name]
        held = dict(zip(part["_name"], part.itertuples(), strict=True))
        for y, group in enumerate(order):
            row = held.get(group)
            if row is not None and pd.notna(row.value):
                _mark(ax, row, y, COLOURS[0], MARKS[0], span)
            else:
                why = "not asked for" if row is None else "no match" if not row.matched else row.interval
                ax.text(0.02, y, why, transform=ax.get_yaxis_transform(), va="center", fontsize=7, color=GREY)
            said.append(f"{name}, {group}: {style.worded(row, kind) if row is not None else 'not asked for'}")
        style.rows(ax, order if number % across == 0 else [""] * len(order))
        ax.set_title(heads[number], fontsize=8.5, loc="left", color=INK)
        ax.tick_params(axis="x", labelsize=7.5)
        ax.grid(axis="x", color=PALE, linewidth=0.6)
    for ax in list(axes.flat)[len(shown) :]:
        ax.axis("off")
    return style.told(fig, f"Dots with intervals in {say.count(len(shown), 'panel')} on one scale. {title}", said)


def bars(frame, name, value, title, subtitle="", caption="", decimals=0):
    """A horizontal bar per row of ``frame``: its ``name`` and its ``value``, written at the end of the bar."""
    if not len(frame):
        return None
    rows = frame.head(MOST)
    fig, ax = style.canvas(
        0.32 * len(rows) + 0.3,
        title,
        subtitle,
        style.cut(caption, len(frame) - MOST, "row"),
        list(rows[name].astype("str")),
    )
    ax.barh(range(len(rows)), rows[value], color=COLOURS[0], height=0.62)
    for y, each in enumerate(rows[value]):
        ax.annotate(f"{each:,.{decimals}f}", (each, y), xytext=(4, 0), textcoords="offset points", va="center", fontsize=8.5)
    style.rows(ax, rows[name])
    ax.set_xlim(0, max(rows[value].max(), 1e-9) * 1.12)
    ax.xaxis.set_visible(False)
    ax.spines["bottom"].set_visible(False)
    said = [f"{key}: {each:,.{decimals}f}" for key, each in zip(rows[name], rows[value], strict=True)]
    return style.told(fig, f"Bar chart, {say.count(len(rows), 'bar')}. {title}", said)


def keywords(frame, title, subtitle="", caption="", most=8):
    """Small multiples: per ``source`` the words with the largest ``z``, as bars on one scale, with their counts."""
    if not len(frame):
        return None
    sources = list(dict.fromkeys(frame["source"]))[:9]
    across = min(3, len(sources))
    down = -(-len(sources) // across)
    cut = style.cut(caption, frame["source"].nunique() - len(sources), "source")
    fig, axes = style.canvas(down * (0.2 * most + 0.55), title, subtitle, cut, [], grid=(down, across), keyed=True, right=0.5)
    widest, said = max(frame["z"].max(), 1e-9), []
    for ax, source in zip(axes.flat, sources, strict=False):
        rows = frame[frame["source"] == source].nlargest(most, "z")
        ax.barh(range(len(rows)), rows["z"], color="#a9cde4", height=0.78)  # pale, so that the word on it is read
        for y, row in enumerate(rows.itertuples()):
            ax.text(widest * 0.02, y, f"{row.written}", va="center", fontsize=8, color=INK)
            ax.text(widest * 1.02, y, f"{row.target:,.0f}", va="center", ha="left", fontsize=7, color=GREY)
        ax.set_title(style.shortened(source, 28), fontsize=9, loc="left", color=INK)
        ax.set_xlim(0, widest)
        ax.set_ylim(most - 0.4, -0.6)
        ax.axis("off")
        said.append(f"{source}: {', '.join(rows['written'])}")
    for ax in list(axes.flat)[len(sources) :]:
        ax.axis("off")
    return style.told(fig, f"Bars in {say.count(len(sources), 'panel')}. {title}", said)


def _cell(x, y, colour, alpha):
    from matplotlib.patches import Rectangle

    return Rectangle((x - 0.48, y - 0.46), 0.96, 0.92, color=colour, alpha=alpha, linewidth=0)

"""What a notebook displays: answers, notes, figures, tables. The one place where text from data becomes HTML.

Every function displays one output and returns nothing. The output's metadata say what it is (``role``), so that
``share`` finds a notebook's answer and knows which HTML it may trust. All bundles look right in plain JupyterLab too.
"""

import datetime
import html
import math
import numbers
import re
import unicodedata

from broadsheet.tables import BroadsheetError

# Columns that hold article text. ``broadsheet share --excerpts N`` cuts their cells, on the page and in the CSV.
# fmt: off
EXCERPTS = frozenset([
    "after", "before", "concordance", "context", "credit", "example", "examples", "excerpt", "headline", "lead", "left",
    "line", "lines", "most_negative", "most_positive", "passage", "passage_b", "passages", "quotation", "quote", "quotes",
    "repaired", "replacement", "right", "sentence", "sentences", "text",
])
# fmt: on
SVG = "application/vnd.broadsheet.svg+gzip"  # a figure's drawing, for `share` to write as a file; JupyterLab shows the PNG
_DPI = 180  # of figures
_LONGEST = 600  # characters of a cell on a page
ROWS = 200  # rows shown when the caller names no number: a page about thousands of articles has to stay a page

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_DAY = re.compile(r"–|\d{4}-\d\d-\d\d( \d\d:\d\d)?")
_BIDI = frozenset(["R", "AL", "RLE", "LRE", "RLO", "LRO", "PDF", "RLI", "LRI", "FSI", "PDI"])
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_SLUG = re.compile(r"[a-z0-9]+(?:[-_][a-z0-9]+)*")
# MathJax leaves these classes alone: without them "$100 to $200" would become a formula.
_CLASS = "broadsheet mathjax_ignore tex2jax_ignore"
# For JupyterLab and plain nbconvert only: ``share`` replaces it by its own style sheet.
_STYLE = (
    "<style>.broadsheet td.t,.broadsheet th.t{text-align:left}.broadsheet td{vertical-align:top}"
    ".broadsheet mark{background:#ffe9a8;color:#222}.broadsheet.answer{font-size:1.25em;font-weight:600}</style>"
)


def answer(text):
    """Displays the notebook's computed answer; ``share`` puts it under the title and on the index."""
    _sentence("answer", text)


def note(text):
    """Displays a remark: how to read a figure, or what cannot be shown and why."""
    _sentence("note", text)


def figure(fig, how=""):
    """Displays a matplotlib figure as PNG, with the alt text that its ``broadsheet_alt`` holds, and closes it.

    ``share`` writes it as ``figures/<notebook>-<number>.png`` and ``.svg``.

    ``how`` is a line under it on how to read it. For None, which `plot` returns where there is no value to draw, a note
    says so. Raises BroadsheetError if the alt text is missing. Equal figures give equal bytes.
    """
    if fig is None:
        note("There is no figure here: nothing in this selection has a value to draw.")
        return
    import base64
    import gzip
    import io

    import matplotlib.pyplot as plt
    from PIL import Image

    alt = str(getattr(fig, "broadsheet_alt", "") or "").strip()
    if not alt:
        raise BroadsheetError("The figure has no alt text: set fig.broadsheet_alt to a sentence on what it shows.")
    drawn, buffer, vector = io.BytesIO(), io.BytesIO(), io.StringIO()
    fig.set_dpi(_DPI)  # letters are a little wider at another resolution, and would be cut
    fig.draw_without_rendering()
    box = fig.get_tightbbox().padded(plt.rcParams["savefig.pad_inches"])  # once for both: "tight" would draw it again for each
    # no Software and no date: the same figure is the same bytes under any version of matplotlib's name
    fig.savefig(
        drawn, format="png", dpi=_DPI, bbox_inches=box, facecolor="white", metadata={"Software": None},
        pil_kwargs={"compress_level": 0},
    )  # fmt: skip
    with plt.rc_context({"svg.fonttype": "none", "svg.hashsalt": "broadsheet"}):  # words stay words, to be edited and searched
        fig.savefig(vector, format="svg", bbox_inches=box, facecolor="white", metadata={"Date": None, "Creator": None})
    plt.close(fig)
    # 256 colours are enough for a chart, and take a third of the space on a page
    few = Image.open(drawn).convert("RGB").quantize(256, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    few.save(buffer, "png", dpi=(_DPI, _DPI))
    png = buffer.getvalue()
    pixels = int.from_bytes(png[16:20], "big")
    # the width in CSS pixels: drawn at print resolution, shown at its size on paper
    meta = {"image/png": {"alt": visible(alt), "width": round(pixels * 96 / _DPI)}}
    packed = gzip.compress(visible(vector.getvalue()).encode("utf-8"), mtime=0)
    bundle = {"image/png": png, SVG: packed}
    bundle = {kind: base64.b64encode(data).decode("ascii") for kind, data in bundle.items()}
    _display({**bundle, "text/plain": visible(alt)}, "figure", meta)
    if how:
        note(f"How to read it: {how}")


def table(frame, name, note="", rows=None, hide=("measure", "query")):
    """Displays a DataFrame; ``share`` also writes the whole of it as ``tables/<notebook>-<name>.csv``.

    ``rows`` limits the rows shown (default: the first 200), never the CSV; columns to ``hide`` stand in the CSV alone
    (by default what a summary measures and its query, which its page says once). The index is not shown. Columns
    named in ``EXCERPTS`` count as article text. Columns ``mark_start`` and ``mark_end`` (characters into
    ``sentence``) are not shown; they put a mark around that part of the sentence.
    """
    if not is_slug(name):
        raise BroadsheetError(f"The table name {name!r} is no slug: write it like 'by-source'.")
    inner, plain, frame = _rendered(frame, note, rows, hide)
    bundle = {"text/html": f"{_STYLE}{inner}", "text/plain": plain, "text/csv": csv(frame)}
    _display(bundle, "table", {}, name=name)


def is_slug(name):
    """Whether a table's name can be the name of a file."""
    return _SLUG.fullmatch(str(name)) is not None


def html_of(frame, note="", rows=None, hide=()):
    """A DataFrame as `table` shows it, as HTML: for a widget, which displays by itself."""
    return _STYLE + _rendered(frame, note, rows, hide)[0]


def _rendered(frame, note, rows, hide):
    """(HTML, plain text) of a table, and the table as its CSV has it."""
    marks = None
    if {"sentence", "mark_start", "mark_end"} <= set(frame.columns):
        marks = list(zip(frame["mark_start"], frame["mark_end"], strict=True))
        frame = frame.drop(columns=["mark_start", "mark_end"])
    shown = frame.head(ROWS if rows is None else rows).drop(columns=[column for column in hide if column in frame])
    remarks = [note] if note else []
    if len(shown) < len(frame):
        remarks.append(f"First {len(shown):,} of {len(frame):,} rows; the CSV has all.")
    if not len(frame):
        remarks.insert(0, "No rows.")
    cells = [_column(shown.iloc[:, i]) for i in range(shown.shape[1])]
    for i, name in enumerate(shown):
        if any(len(cell) > _LONGEST for cell in cells[i]) and not (marks and name == "sentence"):
            cells[i] = [cell if len(cell) <= _LONGEST else f"{cell[:_LONGEST].rstrip()} …" for cell in cells[i]]
            remarks.append(f"Long texts of {name.replace('_', ' ')} end with … here; the CSV has them whole.")
    titles = [visible(str(column)).replace("_", " ") for column in shown.columns]
    body = _html(shown, titles, cells, marks) if len(shown) else ""
    below = "".join(f'<p class="remark">{escaped(remark)}</p>' for remark in remarks)
    lines = [titles, *zip(*cells, strict=True)] if len(shown) else []
    return f'<div class="{_CLASS} table">{body}{below}</div>', "\n".join([*map("\t".join, lines), *remarks]), frame


def escaped(text):
    """Text from data → HTML that shows it and nothing else.

    >>> escaped("<b>$5 & up</b>")
    '&lt;b&gt;$5 &amp; up&lt;/b&gt;'
    """
    text = visible(str(text))
    safe = html.escape(text)
    # marks that turn the direction of writing end with the <bdi>, so they cannot reorder the page around them
    return f"<bdi>{safe}</bdi>" if any(unicodedata.bidirectional(c) in _BIDI for c in text if c > "\x7f") else safe


def visible(text):
    """Replaces characters that cannot be shown (NUL, controls, half surrogates) by U+FFFD, one for one.

    >>> visible("a\\x00b")
    'a\ufffdb'
    """
    return _CONTROL.sub("\ufffd", text)


def csv(frame):
    """A DataFrame → CSV text whose cells no spreadsheet runs as a formula: such text gets an apostrophe in front.

    >>> import pandas as pd
    >>> csv(pd.DataFrame({"title": ["=1+1", "Talks"], "change": [-1, 2]}))
    "title,change\\n'=1+1,-1\\nTalks,2\\n"
    """
    safe = frame.copy()
    for i, dtype in enumerate(frame.dtypes):
        if dtype.kind not in "biufcmM":  # text, categories, objects: anything that can hold a str
            safe.isetitem(i, frame.iloc[:, i].astype(object).map(_defused))
    safe.columns = [_defused(str(column)) for column in frame.columns]
    return safe.to_csv(index=False, lineterminator="\n")


def _defused(value):
    if isinstance(value, (list, tuple, set, frozenset)):
        value = _cell(value, 2)
    if not isinstance(value, str):
        return value
    value = visible(value)
    if not value.startswith(_FORMULA):
        return value
    try:
        float(value)
        return value
    except ValueError:
        return "'" + value


def _sentence(role, text):
    paragraph = f'<p class="{_CLASS} {role}">{escaped(text)}</p>'
    style = _STYLE if role == "answer" else ""
    _display({"text/html": style + paragraph, "text/plain": visible(str(text))}, role, {})


def _display(bundle, role, metadata, **more):
    from IPython.display import display

    display(bundle, raw=True, metadata={**metadata, "broadsheet": {"role": role, **more}})


def _html(shown, titles, cells, marks):
    kinds = ["n" if dtype.kind in "iufc" else "t" for dtype in shown.dtypes]
    # k: short enough for one line; d: dates, which a narrow column must not break at their hyphens
    kinds = [kind + " k" * (max(map(len, cell)) <= 24) for kind, cell in zip(kinds, cells, strict=True)]
    kinds = [kind + " d" * all(map(_DAY.fullmatch, cell)) for kind, cell in zip(kinds, cells, strict=True)]
    heads = [f'<th scope="col" class="{kind}">{escaped(title)}</th>' for kind, title in zip(kinds, titles, strict=True)]
    lines = []
    for row in range(len(shown)):
        line = []
        for i, column in enumerate(shown.columns):
            content = escaped(cells[i][row])
            if column in EXCERPTS and isinstance(shown.iat[row, i], str):
                if column == "sentence" and marks:
                    content = _marked(shown.iat[row, i], *marks[row])
                content = f'<span class="excerpt">{content}</span>'
            line.append(f'<td class="{kinds[i]}">{content}</td>')
        lines.append(f"<tr>{''.join(line)}</tr>")
    return f"<table><thead><tr>{''.join(heads)}</tr></thead><tbody>{''.join(lines)}</tbody></table>"


def _marked(sentence, start, end):
    if not (start == start and end == end and 0 <= start < end):  # NaN: nothing to mark here
        return escaped(sentence)
    start, end = int(start), int(end)
    return f"{escaped(sentence[:start])}<mark>{escaped(sentence[start:end])}</mark>{escaped(sentence[end:])}"


def _column(series):
    """The cells of one column as text; the numbers of a column share their decimals, so that they can be compared."""
    finite = [abs(v) for v in series if isinstance(v, float) and math.isfinite(v)]
    whole = all(v == int(v) for v in finite)
    top = max(finite, default=0.0)
    decimals = 0 if whole else 2 if top > 1 else min(max(2 - math.floor(math.log10(top)), 3), 6)
    return [_cell(value, decimals) for value in series]


def _cell(value, decimals):
    if isinstance(value, (set, frozenset)):
        value = sorted(value, key=str)
    if isinstance(value, (list, tuple)):
        return ", ".join(_cell(part, decimals) for part in value)
    if value is None or type(value).__name__ in ("NAType", "NaTType"):
        return "–"
    if type(value).__name__ in ("bool", "bool_"):
        return "yes" if value else "no"
    if isinstance(value, numbers.Integral):
        return _whole(value)
    if isinstance(value, numbers.Real):
        return _number(float(value), decimals)
    if isinstance(value, datetime.datetime):
        return value.strftime("%Y-%m-%d" if value.time() == datetime.time(0) else "%Y-%m-%d %H:%M")
    return visible(str(value))


def _whole(value):
    """
    >>> [_whole(v) for v in (2025, -3, 12262850)]
    ['2025', '−3', '12,262,850']
    """
    return (f"{value:,}" if abs(value) >= 10_000 else str(value)).replace("-", "−")  # a year has no comma


def _number(value, decimals):
    """
    >>> [_number(v, 2) for v in (0.5, -1.239, 0.0, -0.0001, math.nan, -math.inf)]
    ['0.50', '−1.24', '0.00', '−0.0001', '–', '−∞']
    """
    if math.isnan(value):
        return "–"
    if math.isinf(value):
        return "∞" if value > 0 else "−∞"
    if not decimals and value == int(value):
        return _whole(int(value))
    text = f"{value:.{decimals}f}"
    if value and not float(text):  # a small number beside large ones is not zero
        text = f"{value:.2g}"
    return text.replace("-", "−")

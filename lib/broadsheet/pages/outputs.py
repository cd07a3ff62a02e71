"""Makes every output of an executed notebook safe to print, and finds the answer, the first figure and the tables."""

import base64
import gzip
import html
import re
from urllib.parse import quote

from broadsheet import show
from broadsheet.pages import excerpts

# fmt: off
_TAGS = ["table", "thead", "tbody", "tfoot", "tr", "th", "td", "p", "br", "b", "i", "em", "strong", "code", "pre", "ul",
         "ol", "li", "div", "span", "h3", "h4", "h5", "h6", "dl", "dt", "dd", "sub", "sup"]
# fmt: on


def prepare(page, limit, *, card=False):
    """Makes every output safe to print, and finds the answer, the first figure and the tables; for a card no tables."""
    code = [cell for cell in page.notebook.cells if cell.cell_type == "code"]
    outputs = [output for cell in code for output in cell.outputs]
    if limit:
        for output in outputs:
            if _role(output) == "table":
                excerpts.cells(
                    output.data["text/csv"], lambda text, column: limit.learn(text) if column in show.EXCERPTS else ""
                )
    redact = limit.redact if limit else str
    page.error = redact(plain(page.error))
    for output in outputs:
        if output.output_type == "error":
            lines = [plain(line) for line in output.traceback]
            output.traceback = [limit.lines(line) for line in lines] if limit else lines
            page.error = page.error or redact(plain(f"{output.ename}: {output.evalue}".splitlines()[0]))
        elif output.output_type == "stream":
            output.text = limit.lines(plain(output.text)) if limit else plain(output.text)
        else:
            output.output_type = "display_data"
            if not card or _role(output) == "answer" or ("image/png" in output.data and not page.figure):
                _display(page, output, limit, redact)
    for cell in code:
        cell.outputs = [output for output in cell.outputs if output.get("data") != {"text/html": ""}]


def _display(page, output, limit, redact):
    role, data = _role(output), output.data
    if any(kind.startswith("application/vnd.jupyter.widget") for kind in data):  # it needs a kernel; the cells around it do not
        output.data = {"text/html": ""}
    elif role in ("answer", "note"):
        text = show.escaped(redact(data["text/plain"]))
        hoisted = role == "answer" and not page.answer
        page.answer = page.answer or (text if role == "answer" else "")
        output.data = {"text/html": "" if hoisted else f'<p class="{role}">{text}</p>'}
    elif role == "table" and show.is_slug(output.metadata["broadsheet"].get("name", "")):
        output.data = {"text/html": _table(page, output, limit)}
    elif "image/png" in data:
        about = output.metadata.get("image/png", {})
        alt = show.visible(redact(about.get("alt") or "A figure without a description."))
        output.metadata = {"image/png": {**about, "alt": alt}}
        _files(page, data, limit)
        output.data = {"image/png": re.sub(r"[^A-Za-z0-9+/=]", "", data["image/png"])}
        page.figure = page.figure or (output.data["image/png"], alt)
    else:
        output.data = {"text/html": _foreign(data, limit)}


def _table(page, output, limit):
    """Keeps the table's CSV for writing, and gives its HTML a box that scrolls and a link to the CSV."""
    from bs4 import BeautifulSoup

    name, text = output.metadata["broadsheet"]["name"], output.data["text/csv"]
    file, copy = f"{page.path.stem}-{name}.csv", 2
    while file in page.csvs:
        file, copy = f"{page.path.stem}-{name}-{copy}.csv", copy + 1
    soup = BeautifulSoup(output.data["text/html"], "html.parser")
    for element in soup.find_all(True):  # what `show` writes and nothing else: a notebook may come from anywhere
        if element.name in ("style", "script", "template"):
            element.decompose()
        elif element.name not in {*_TAGS, "mark", "bdi"}:
            element.unwrap()
        else:
            element.attrs = {name: value for name, value in element.attrs.items() if name in ("class", "scope")}
    if limit:
        excerpts.table(soup, limit)  # first: it finds the words that are shown of each sentence
        text = excerpts.cells(text, lambda t, column: limit.cut(t, column) if column in show.EXCERPTS else limit.redact(t))
    page.csvs[file] = "\ufeff" + text  # the mark tells a spreadsheet that this is UTF-8
    label = "Table: " + re.sub("[-_]", " ", name)
    for table in soup("table"):
        # a long table scrolls in its own box; a short one is shown whole
        box = "scroll long" if len(table("tr")) > 41 else "scroll"
        table.wrap(soup.new_tag("div", attrs={"class": box, "role": "region", "tabindex": "0", "aria-label": label}))
        remarks = soup.select(".remark")
        line = remarks[-1] if remarks else soup.new_tag("p", attrs={"class": "remark"})
        about = {"href": f"tables/{quote(file)}", "aria-label": f"CSV. {label}"}
        line.extend([" ", soup.new_tag("a", attrs=about, string="CSV")])
        soup.div.append(line)
    return str(soup)


def _files(page, data, limit):
    """The figure as files. Where sentences are cut there is no SVG: its words could be read in full."""
    name = f"{page.path.stem}-{1 + sum(file.endswith('.png') for file in page.figures)}"
    page.figures[f"{name}.png"] = base64.b64decode(data["image/png"])
    if show.SVG in data and not limit:
        page.figures[f"{name}.svg"] = gzip.decompress(base64.b64decode(data[show.SVG]))


def _foreign(data, limit):
    """Output that ``show`` did not make: tables and text stay, scripts, styles, links and attributes go."""
    import bleach
    from bs4 import BeautifulSoup

    if "text/html" in data:
        soup = BeautifulSoup(data["text/html"], "html.parser")
        for element in soup(["script", "style", "template", "noscript", "iframe", "object", "svg", "math"]):
            element.decompose()
        for head in soup("th"):
            head.name = "th" if head.get_text(strip=True) else "td"  # the corner of a table is the head of nothing
        for text in soup.find_all(string=True) if limit else []:
            text.replace_with(limit.redact(limit.lines(str(text))))
        spans = {"td": ["colspan", "rowspan"], "th": ["colspan", "rowspan", "scope"]}
        clean = bleach.clean(plain(str(soup)), tags=_TAGS, attributes=spans, strip=True)
        box = '<div class="scroll" role="region" tabindex="0" aria-label="Table">'
        return f'<div class="table">{box}{clean}</div></div>' if "<table" in clean else f'<div class="md">{clean}</div>'
    latex = data.get("text/latex", "")
    if latex and not limit and "href" not in latex:
        return f'<div class="md">{mathml(latex.strip().strip("$"), "block")}</div>'
    text = plain(data.get("text/markdown") or data.get("text/plain", ""))
    return f'<pre class="plain">{html.escape(limit.lines(text) if limit else text)}</pre>' if text else ""


def mathml(latex, display):
    from xml.etree import ElementTree

    from latex2mathml.converter import Converter

    try:
        made = Converter(display=display).convert_to_element(latex)
    except Exception:  # a formula that it does not know stays readable as it was written
        return f"<code>{html.escape(latex)}</code>"
    for element in made.iter():  # it writes signs as entities, and its own way of undoing that would let tags through
        element.text = html.unescape(element.text or "")
    if display == "block":
        made.set("tabindex", "0")  # a long one scrolls
    return ElementTree.tostring(made, encoding="unicode")


def plain(text):
    return show.visible(re.sub(r"\x1b\[[\d;]*[A-Za-z]", "", text))


def _role(output):
    return output.get("metadata", {}).get("broadsheet", {}).get("role")

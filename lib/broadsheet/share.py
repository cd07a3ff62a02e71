"""Executed notebooks → pages that open from a disk without a network, and their index.

Text in a notebook's outputs is hostile until escaped: only HTML that ``show`` made is kept as it is, any other HTML
loses everything but text and tables, and the rest is escaped. A page loads nothing, and its own policy forbids it to.
"""

import ast
import html
import io
import json
import os
import re
import shlex
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

from broadsheet import REPORTS, __version__, show
from broadsheet.tables import BroadsheetError

_PAGES = Path(__file__).parent / "pages"
# fmt: off
_TAGS = ["table", "thead", "tbody", "tfoot", "tr", "th", "td", "p", "br", "b", "i", "em", "strong", "code", "pre", "ul",
         "ol", "li", "div", "span", "h3", "h4", "h5", "h6", "dl", "dt", "dd", "sub", "sup"]
# fmt: on


@dataclass
class Page:
    """What a page and its card on the index say about one executed notebook."""

    path: Path  # the executed notebook
    target: Path  # the page
    notebook: object
    title: str
    heading: str  # the title as HTML
    study: str
    parameters: list  # (name, value, help) as text, all of them
    changed: list  # (name, value) that differ from the defaults
    command: str
    answer: str = ""  # HTML
    figure: tuple = ()  # PNG in base64, alt text
    error: str = ""
    cell: int = 0
    version: str = __version__
    csvs: dict = field(default_factory=dict)


def executed(folder=REPORTS):
    """The executed notebooks below a folder, in a fixed order. Raises BroadsheetError if there is none."""
    found = [
        p
        for p in Path(folder).rglob("*.ipynb")
        if not any(part.startswith(".") for part in p.relative_to(folder).parts)
    ]
    if not found:
        raise BroadsheetError(f"There are no executed notebooks in {folder}: run `broadsheet report` first.")
    return sorted(found)


def pages(paths, out=None, excerpts=None, root=None):
    """Writes a page beside each executed notebook, or below ``out``, and its tables as CSV. Returns the pages' paths.

    ``excerpts`` cuts every quoted sentence to that many words, on the page and in the CSV. ``root`` is the folder that
    the index lists: ``reports`` unless the notebooks lie elsewhere.
    """
    found = _read(paths, out, excerpts, root)
    export = _exporter()
    style = (_PAGES / "style.css").read_text(encoding="utf-8")
    home = _base(paths, out, root) / "index.html"
    for i, page in enumerate(found):
        folder = page.target.parent
        beside = [
            found[j] if 0 <= j < len(found) and found[j].target.parent == folder else None for j in (i - 1, i + 1)
        ]
        before, after = [(_link(other.target, folder), other.title) if other else None for other in beside]
        more = {"style": style, "home": _link(home, folder), "previous": before, "next": after, "excerpts": excerpts}
        more["notebook"] = page.path.name
        body, _ = export.from_notebook_node(page.notebook, resources={"broadsheet": {**vars(page), **more}})
        _write(page.target, body.rstrip() + "\n")
        tables = folder / "tables"
        for old in tables.glob(f"{page.path.stem}-*.csv"):  # a table that the notebook no longer has
            if old.name not in page.csvs:
                old.unlink()
        for file, text in page.csvs.items():
            _write(tables / file, "\ufeff" + text)  # the mark tells a spreadsheet that this is UTF-8
    return [page.target for page in found]


def index(paths, out=None, excerpts=None, root=None):
    """Writes ``index.html``: each notebook's question, its computed answer and its first figure. Returns its path."""
    import jinja2

    home = _base(paths, out, root) / "index.html"
    studies = {}
    for page in _read(paths, out, excerpts, root):
        card = {name: getattr(page, name) for name in ("title", "answer", "error", "cell")}
        card["link"], card["notebook"] = _link(page.target, home.parent), page.path.name
        card["figure"] = (_thumbnail(page.figure[0]), page.figure[1]) if page.figure else ()
        groups = studies.setdefault((page.target.parents[1], page.study), {})
        groups.setdefault(page.target.parent, {"changed": page.changed, "pages": []})["pages"].append(card)
        if len(page.changed) > len(groups[page.target.parent]["changed"]):
            groups[page.target.parent]["changed"] = page.changed
    listed = [{"name": study, "groups": list(groups.values())} for (_, study), groups in studies.items()]
    environment = jinja2.Environment(
        autoescape=True, loader=jinja2.FileSystemLoader(_PAGES), keep_trailing_newline=True
    )
    style = (_PAGES / "style.css").read_text(encoding="utf-8")
    more = {"style": style, "version": __version__, "excerpts": excerpts}
    _write(home, environment.get_template("contents.html.j2").render(studies=listed, **more))
    return home


class _Excerpts:
    """Cuts article text to ``words`` words, and finds it again where it is quoted outside the tables."""

    def __init__(self, words):
        self.words, self.runs = words, set()

    def learn(self, text):
        parts = text.split()
        self.runs.update(tuple(parts[i : i + self.words + 1]) for i in range(len(parts) - self.words))

    def cut(self, text, column=""):
        """
        >>> e = _Excerpts(3); e.cut("one two three four"), e.cut("one two three"), e.cut("one two three four", "left")
        ('one two three …', 'one two three', '… four')
        """
        half = max(self.words // 2, 1)  # two halves of one sentence: together they stay within the limit
        limit = half if column in ("left", "right") else self.words
        parts = text.split()
        if len(parts) <= limit:
            return text
        return "… " + " ".join(parts[-limit:]) if column == "left" else " ".join(parts[:limit]) + " …"

    def around(self, before, mark, after):
        """The words around a mark, as many before it as after it."""
        left, middle, right = before.split(), mark.split(), after.split()
        if len(left) + len(middle) + len(right) <= self.words:
            return before, mark, after
        room = max(self.words - len(middle), 0)
        last = min(len(right), max(room - room // 2, room - len(left)))
        first = min(len(left), room - last)
        start = ("… " if first < len(left) else "") + " ".join(left[len(left) - first :]) + (" " if first else "")
        end = (" " if last else "") + " ".join(right[:last]) + (" …" if last < len(right) else "")
        return start, self.cut(mark), end

    def redact(self, text):
        """Cuts every run of more than ``words`` words that stands in an excerpt."""
        found = list(re.finditer(r"\S+", text))
        words = [match.group() for match in found]
        size, i, out, at = self.words + 1, 0, [], 0
        while i <= len(words) - size:
            if tuple(words[i : i + size]) not in self.runs:
                i += 1
                continue
            end = i + 1
            while tuple(words[end : end + size]) in self.runs:
                end += 1
            last = end + size - 2  # the run's last word
            out += [text[at : found[i + self.words - 1].end()], " …"]
            at, i = found[last].end(), last + 1
        return "".join([*out, text[at:]])

    def lines(self, text):
        """Output that ``show`` did not make may hold article text anywhere: each of its lines is cut."""
        return "\n".join(self.cut(line) for line in text.splitlines())


def _read(paths, out, excerpts, root):
    if excerpts is not None and excerpts < 1:
        raise BroadsheetError(f"--excerpts takes a number of words from 1 up, not {excerpts}.")
    source, base = _base(paths, None, root), _base(paths, out, root)
    return [
        _page(path, base / path.relative_to(source).with_suffix(".html"), excerpts) for path in map(_absolute, paths)
    ]


def _page(path, target, excerpts):
    import nbformat

    try:
        notebook = nbformat.read(path, 4)
    except Exception as error:
        raise BroadsheetError(
            f"{path} is not a notebook that can be read: run it again. ({type(error).__name__})"
        ) from error
    about = notebook.metadata.get("broadsheet", {})
    given = notebook.metadata.get("papermill", {}).get("parameters", {})
    tags = {"injected-parameters", "papermill-error-cell-tag"}  # the page says both in its own words
    notebook.cells = [cell for cell in notebook.cells if not tags & set(cell.metadata.get("tags", []))]
    declared = next((c.source for c in notebook.cells if "parameters" in c.metadata.get("tags", [])), "")
    defaults = _defaults(declared)
    values = {**{name: value for name, (value, _) in defaults.items()}, **given}
    parameters = [(name, _text(name, value), defaults.get(name, ("", ""))[1]) for name, value in values.items()]
    study = _text("study_folder", values.get("study_folder", path.parent.parent.name))
    differing = {n: v for n, v in given.items() if n != "study_folder" and v != defaults.get(n, (None,))[0]}
    changed = [(name.replace("_", " "), _text(name, value)) for name, value in differing.items()]
    title, heading = _title(notebook, path.stem)
    page = Page(
        path, target, notebook, title, heading, study, parameters, changed, _command(path.stem, study, differing)
    )
    page.version = about.get("version", __version__)
    page.error, page.cell = about.get("error", ""), about.get("cell", 0)
    _outputs(page, _Excerpts(excerpts) if excerpts else None)
    return page


def _outputs(page, limit):
    """Makes every output safe to print, and finds the answer, the first figure and the tables."""
    outputs = [output for cell in page.notebook.cells if cell.cell_type == "code" for output in cell.outputs]
    if limit:
        for output in outputs:
            if _role(output) == "table":
                _cells(
                    output.data["text/csv"], lambda text, column: limit.learn(text) if column in show.EXCERPTS else ""
                )
    redact = limit.redact if limit else str
    page.error = redact(_plain(page.error))
    for output in outputs:
        if output.output_type == "error":
            lines = [_plain(line) for line in output.traceback]
            output.traceback = [limit.lines(line) for line in lines] if limit else lines
            page.error = page.error or redact(_plain(f"{output.ename}: {output.evalue}".splitlines()[0]))
        elif output.output_type == "stream":
            output.text = limit.lines(_plain(output.text)) if limit else _plain(output.text)
        else:
            output.output_type = "display_data"
            _display(page, output, limit, redact)


def _display(page, output, limit, redact):
    role, data = _role(output), output.data
    if role in ("answer", "note"):
        text = show.escaped(redact(data["text/plain"]))
        hoisted = role == "answer" and not page.answer
        page.answer = page.answer or (text if role == "answer" else "")
        output.data = {"text/html": "" if hoisted else f'<p class="{role}">{text}</p>'}
    elif role == "table":
        output.data = {"text/html": _table(page, output, limit)}
    elif "image/png" in data:
        about = output.metadata.get("image/png", {})
        alt = show.visible(redact(about.get("alt") or "A figure without a description."))
        output.metadata = {"image/png": {**about, "alt": alt}}
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
    for style in soup("style"):
        style.decompose()
    if limit:
        text = _cells(text, lambda t, column: limit.cut(t, column) if column in show.EXCERPTS else limit.redact(t))
        _table_cut(soup, limit)
    page.csvs[file] = text
    label = "Table: " + re.sub("[-_]", " ", name)
    for table in soup("table"):
        table.wrap(
            soup.new_tag("div", attrs={"class": "scroll", "role": "region", "tabindex": "0", "aria-label": label})
        )
        line = soup.new_tag("p", attrs={"class": "remark"})
        line.append(
            soup.new_tag("a", attrs={"href": f"tables/{quote(file)}", "aria-label": f"CSV. {label}"}, string="CSV")
        )
        soup.div.append(line)
    return str(soup)


def _table_cut(soup, limit):
    columns = [th.get_text().replace(" ", "_") for th in soup("th")]
    for text in soup.find_all(string=True):
        if not text.find_parent(class_="excerpt"):
            text.replace_with(limit.redact(str(text)))
    for span in soup.select(".excerpt"):
        mark = span.find("mark")
        if mark:
            before = "".join(part.get_text() for part in reversed(list(mark.previous_siblings)))
            after = "".join(part.get_text() for part in mark.next_siblings)
            before, mark.string, after = limit.around(before, mark.get_text(), after)
            span.clear()
            span.extend([before, mark, after])
        else:
            span.string = limit.cut(span.get_text(), columns[len(span.find_parent("td").find_previous_siblings("td"))])


def _cells(text, change):
    """A CSV with ``change(cell, column)`` for every cell below the head."""
    import csv

    csv.field_size_limit(2**31 - 1)  # the default refuses a cell that holds a long article
    rows = list(csv.reader(io.StringIO(text)))
    buffer = io.StringIO()
    changed = [[change(cell, rows[0][i]) for i, cell in enumerate(row)] for row in rows[1:]]
    csv.writer(buffer, lineterminator="\n").writerows(rows[:1] + changed)
    return buffer.getvalue()


def _foreign(data, limit):
    """Output that ``show`` did not make: tables and text stay, scripts, styles, links and attributes go."""
    import bleach
    from bs4 import BeautifulSoup

    if "text/html" in data:
        soup = BeautifulSoup(data["text/html"], "html.parser")
        for element in soup(["script", "style", "template", "noscript", "iframe", "object", "svg", "math"]):
            element.decompose()
        for text in soup.find_all(string=True) if limit else []:
            text.replace_with(limit.redact(limit.lines(str(text))))
        spans = {"td": ["colspan", "rowspan"], "th": ["colspan", "rowspan", "scope"]}
        clean = bleach.clean(_plain(str(soup)), tags=_TAGS, attributes=spans, strip=True)
        box = '<div class="scroll" role="region" tabindex="0" aria-label="Table">'
        return f'<div class="table">{box}{clean}</div></div>' if "<table" in clean else f'<div class="md">{clean}</div>'
    latex = data.get("text/latex", "")
    if latex and not limit and "href" not in latex:
        return f'<div class="md">{_mathml(latex.strip().strip("$"), "block")}</div>'
    text = _plain(data.get("text/markdown") or data.get("text/plain", ""))
    return f'<pre class="plain">{html.escape(limit.lines(text) if limit else text)}</pre>' if text else ""


def _exporter():
    """nbconvert's HTML exporter with the template in pages/, and formulas as MathML: no script has to be fetched."""
    from nbconvert import HTMLExporter
    from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath

    class Renderer(IPythonRenderer):
        def block_math(self, body):
            return _mathml(body, "block")

        def inline_math(self, body):
            return _mathml(body, "inline")

        def latex_environment(self, name, body):
            return _mathml(rf"\begin{{{name}}}{body}\end{{{name}}}", "block")

    def markdown(source):
        return MarkdownWithMath(renderer=Renderer(escape=False, exclude_anchor_links=True)).render(source)

    return HTMLExporter(
        extra_template_basedirs=[str(_PAGES.parent)],
        template_name=_PAGES.name,
        template_file="page.html.j2",
        filters={"markdown2html": markdown},
    )


def _mathml(latex, display):
    from latex2mathml.converter import convert

    try:
        return convert(latex, display=display)
    except Exception:  # a formula that it does not know stays readable as it was written
        return f"<code>{html.escape(latex)}</code>"


def _title(notebook, stem):
    """Takes the title out of the notebook: its text, and its HTML."""
    import mistune

    for cell in notebook.cells:
        if cell.cell_type == "markdown" and (match := re.search(r"^#[ \t]+(.+?)[ \t#]*$", cell.source, re.MULTILINE)):
            cell.source = cell.source[: match.start()] + cell.source[match.end() :]
            heading = re.sub(r"^<p>|</p>\s*$", "", mistune.html(match[1]).strip())
            return html.unescape(re.sub(r"<[^>]+>", "", heading)), heading
    return stem, html.escape(stem)


def _defaults(source):
    """The parameters cell → {name: (default, help)}.

    >>> _defaults('draws: int = 2000  # bootstrap draws')
    {'draws': (2000, 'bootstrap draws')}
    """
    found, lines = {}, source.splitlines()
    for node in ast.parse(source).body:
        target = (
            node.target
            if isinstance(node, ast.AnnAssign)
            else node.targets[0]
            if isinstance(node, ast.Assign)
            else None
        )
        if isinstance(target, ast.Name) and node.value:
            rest = lines[node.end_lineno - 1].encode()[node.end_col_offset :].decode()
            found[target.id] = (ast.literal_eval(node.value), rest.partition("#")[2].strip())
    return found


def _text(name, value):
    """A parameter's value for a reader. Of a study's path only the name: the rest is a detail of one computer."""
    if name == "study_folder":
        return re.split(r"[\\/]", str(value).rstrip("\\/"))[-1]
    if isinstance(value, list):
        value = ", ".join(map(str, value))
    return show.visible(str(value)) or "(empty)"


def _command(stem, study, differing):
    words = ["broadsheet", "run", stem, "--study", study]
    for name, value in differing.items():
        if isinstance(value, list):
            plain = all(isinstance(v, str) and v == v.strip() and v and "+" not in v and v[0] != "[" for v in value)
            value = "+".join(value) if plain else json.dumps(value, ensure_ascii=False)
        words += ["-p", name, str(value)]
    return show.visible(shlex.join(words))


def _thumbnail(png):
    import base64

    from PIL import Image

    picture = Image.open(io.BytesIO(base64.b64decode(png))).convert("RGB")
    picture.thumbnail((880, 880), Image.Resampling.LANCZOS)
    buffer = io.BytesIO()
    picture.quantize(64, dither=Image.Dither.NONE).save(buffer, "png", optimize=True)
    return "data:image/png;base64," + base64.b64encode(buffer.getvalue()).decode("ascii")


def _plain(text):
    return show.visible(re.sub(r"\x1b\[[\d;]*[A-Za-z]", "", text))


def _role(output):
    return output.get("metadata", {}).get("broadsheet", {}).get("role")


def _base(paths, out, root):
    """The folder of the index: ``out``, else ``root``, else reports/ or what the notebooks' folders have in common."""
    if out or root:
        return Path(out or root).resolve()
    parents = [_absolute(path).parent for path in paths]
    return REPORTS if all(p.is_relative_to(REPORTS) for p in parents) else Path(os.path.commonpath(parents))


def _absolute(path):
    return Path(path).resolve()


def _link(target, folder):
    return quote(os.path.relpath(target, folder).replace(os.sep, "/"))


def _write(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_name(f".{path.name}.{os.getpid()}")
    aside.write_text(text, encoding="utf-8", newline="\n")
    os.replace(aside, path)

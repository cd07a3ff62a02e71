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
from urllib.parse import quote, unquote

from broadsheet import REPORTS, __version__, show
from broadsheet.pages import outputs
from broadsheet.pages.excerpts import Excerpts
from broadsheet.tables import BroadsheetError

_PAGES = Path(__file__).parent / "pages"


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
    found = [p for p in Path(folder).rglob("*.ipynb") if not any(part.startswith(".") for part in p.relative_to(folder).parts)]
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
        beside = [found[j] if 0 <= j < len(found) and found[j].target.parent == folder else None for j in (i - 1, i + 1)]
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
    environment = jinja2.Environment(autoescape=True, loader=jinja2.FileSystemLoader(_PAGES), keep_trailing_newline=True)
    style = (_PAGES / "style.css").read_text(encoding="utf-8")
    more = {"style": style, "version": __version__, "excerpts": excerpts}
    _write(home, environment.get_template("contents.html.j2").render(studies=listed, **more))
    return home


def _read(paths, out, excerpts, root):
    if excerpts is not None and excerpts < 1:
        raise BroadsheetError(f"--excerpts takes a number of words from 1 up, not {excerpts}.")
    source, base = _base(paths, None, root), _base(paths, out, root)
    paths = [_absolute(path) for path in paths]
    found = [_page(path, base / path.relative_to(source).with_suffix(".html"), excerpts) for path in paths]
    for page in found:
        beside = {other.path.name for other in found if other.path.parent == page.path.parent}
        for cell in page.notebook.cells:
            if cell.cell_type == "markdown":
                cell.source = _relinked(cell.source, beside)
    return found


def _relinked(prose, beside):
    """A link to a notebook leads to its page if there is one; of other links to files only the text stays.

    >>> _relinked("[a](a.ipynb#x), [b](b.ipynb), [c](../c.md), [d](https://example.org)", {"a.ipynb"})
    '[a](a.html#x), b, c, [d](https://example.org)'
    """

    def link(match):
        text, target, part = match[1], unquote(match[2]), match[3] or ""
        if re.match(r"https?:|mailto:|$", target):
            return match[0]
        return f"[{text}]({quote(target.removesuffix('.ipynb'))}.html{part})" if target in beside else text

    return re.sub(r"(?<!!)\[([^\]]*)\]\(([^)#\s]*)(#[^)\s]*)?\)", link, prose)


def _page(path, target, excerpts):
    import nbformat

    try:
        notebook = nbformat.read(path, 4)
    except Exception as error:
        raise BroadsheetError(f"{path} is not a notebook that can be read: run it again. ({type(error).__name__})") from error
    about = notebook.metadata.get("broadsheet", {})
    given = notebook.metadata.get("papermill", {}).get("parameters", {})
    tags = {"injected-parameters", "papermill-error-cell-tag"}  # the page says both in its own words
    notebook.cells = [cell for cell in notebook.cells if not tags & set(cell.metadata.get("tags", []))]
    declared = next((c.source for c in notebook.cells if "parameters" in c.metadata.get("tags", [])), "")
    defaults = _defaults(declared)
    values = {**{name: value for name, (value, _) in defaults.items()}, **given}
    parameters = [(name, _text(name, value), defaults.get(name, ("", ""))[1]) for name, value in values.items()]
    study = _text("study_folder", values.get("study_folder", path.parent.parent.name))
    differing = {n: v for n, v in values.items() if n != "study_folder" and v != defaults.get(n, (None,))[0]}
    changed = [(name.replace("_", " "), _text(name, value)) for name, value in differing.items()]
    title, heading = _title(notebook, path.stem)
    page = Page(path, target, notebook, title, heading, study, parameters, changed, _command(path.stem, study, differing))
    page.version = about.get("version", __version__)
    page.error, page.cell = about.get("error", ""), about.get("cell", 0)
    outputs.prepare(page, Excerpts(excerpts) if excerpts else None)
    notebook.cells = _merged(notebook.cells)
    return page


def _merged(cells):
    """Code cells that print nothing go together with the next one: fewer folds between a reader and the evidence."""
    merged = []
    for cell in cells:
        last = merged[-1] if merged else None
        if last and last.cell_type == cell.cell_type == "code" and not last.outputs:
            cell.source = f"{last.source}\n\n{cell.source}"
            merged.pop()
        merged.append(cell)
    return merged


def _exporter():
    """nbconvert's HTML exporter with the template in pages/, and formulas as MathML: no script has to be fetched."""
    from nbconvert import HTMLExporter
    from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath

    class Renderer(IPythonRenderer):
        def block_math(self, body):
            return outputs.mathml(body, "block")

        def inline_math(self, body):
            return outputs.mathml(body, "inline")

        def latex_environment(self, name, body):
            return outputs.mathml(rf"\begin{{{name}}}{body}\end{{{name}}}", "block")

    def markdown(source):
        return MarkdownWithMath(renderer=Renderer(escape=False, exclude_anchor_links=True)).render(source)

    return HTMLExporter(
        extra_template_basedirs=[str(_PAGES.parent)],
        template_name=_PAGES.name,
        template_file="page.html.j2",
        filters={"markdown2html": markdown},
    )


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
        target = node.target if isinstance(node, ast.AnnAssign) else node.targets[0] if isinstance(node, ast.Assign) else None
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

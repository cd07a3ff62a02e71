"""What a page says: an executed notebook, read and made ready to be shown."""

import html
import re
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote, unquote

from broadsheet import __version__, parameters, show, variants
from broadsheet.pages import outputs
from broadsheet.pages.excerpts import Excerpts
from broadsheet.tables import BroadsheetError


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
    inputs: dict = field(default_factory=dict)  # {part: hash} of what the run was made from
    csvs: dict = field(default_factory=dict)  # {file: text}
    figures: dict = field(default_factory=dict)  # {file: bytes}


def read(path, target, beside, excerpts=None, *, card=False):
    """The Page of an executed notebook, ``target`` on the disk; ``beside`` names the notebooks that have a page there.

    Of a ``card`` only what stands on the index can be used: its cells are not ready for a page.
    """
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
    try:
        defaults = parameters.of(declared)
    except (ValueError, SyntaxError) as error:
        raise BroadsheetError(f"The parameters of {path} cannot be read: {error}") from error
    values = {**{name: value for name, (_, value, _) in defaults.items()}, **given}
    listed = [(name, _text(name, value), defaults.get(name, ("", "", ""))[2]) for name, value in values.items()]
    study = _text("study_folder", values.get("study_folder", path.parent.parent.name))
    differing = {n: v for n, v in values.items() if n != "study_folder" and v != defaults.get(n, ("", None))[1]}
    shown = {name: _text(name, value) for name, value in differing.items() if name != "runs"}  # a list of files tells no reader
    changed = [(name.replace("_", " "), value) for name, value in shown.items()]
    title, heading = _title(notebook, path.stem)
    command = ""
    if "study_folder" in values and "runs" not in values:  # a comparison is made by the batch that it compares
        place = study if study == values["study_folder"] else f"path/to/{study}"  # a study outside data/
        command = show.visible(variants.command(path.stem, place, differing))
    page = Page(path, target, notebook, title, heading, study, listed, changed, command)
    page.version = about.get("version", __version__)
    page.error, page.cell = about.get("error", ""), about.get("cell", 0)
    page.inputs = {"run": about["key"], **about.get("inputs", {})} if "key" in about else {}
    outputs.prepare(page, Excerpts(excerpts) if excerpts else None, card=card)
    notebook.cells = _merged(notebook.cells)
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            cell.source = _relinked(cell.source, beside)
    return page


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


def _title(notebook, stem):
    """Takes the title out of the notebook: its text, and its HTML."""
    import mistune

    for cell in notebook.cells:
        if cell.cell_type == "markdown" and (match := re.search(r"^#[ \t]+(.+?)[ \t#]*$", cell.source, re.MULTILINE)):
            cell.source = cell.source[: match.start()] + cell.source[match.end() :]
            heading = re.sub(r"^<p>|</p>\s*$", "", mistune.html(match[1]).strip())
            return html.unescape(re.sub(r"<[^>]+>", "", heading)), heading
    return stem, html.escape(stem)


def _text(name, value):
    """A parameter's value for a reader. Of a study's path only the name: the rest is a detail of one computer."""
    if name in ("study_folder", "reports"):
        return re.split(r"[\\/]", str(value).rstrip("\\/"))[-1]
    if isinstance(value, list):
        value = ", ".join(map(str, value))
    return show.visible(str(value)) or "(empty)"

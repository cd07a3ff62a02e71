"""Executed notebooks → pages that open from a disk without a network, and their index.

Text in a notebook's outputs is hostile until escaped: only HTML that ``show`` made is kept as it is, any other HTML
loses everything but text and tables, and the rest is escaped. A page loads nothing, and its own policy forbids it to.
"""

import base64
import functools
import hashlib
import html
import io
import itertools
import json
import os
import re
from pathlib import Path
from urllib.parse import quote

from broadsheet import REPORTS, __version__, cache, handout
from broadsheet.pages import notebook, outputs
from broadsheet.tables import BroadsheetError

_PAGES = Path(__file__).parent / "pages"


def executed(folder=REPORTS):
    """The executed notebooks below a folder, in a fixed order. Raises BroadsheetError if there is none."""
    found = [p for p in Path(folder).rglob("*.ipynb") if not any(part.startswith(".") for part in p.relative_to(folder).parts)]
    if not found:
        raise BroadsheetError(f"There are no executed notebooks in {folder}: run `broadsheet report` first.")
    return sorted(found)


def pages(paths, out=None, excerpts=None, root=None, *, code=True):
    """Writes a page beside each executed notebook, or below ``out``, its tables as CSV and its figures as PNG and SVG.

    Returns the pages' paths. ``excerpts`` cuts every quoted sentence to that many words, on the page and in the CSV (there is
    no SVG then). ``root`` is the folder that the index lists: ``reports`` unless the notebooks lie elsewhere. Without ``code``
    the pages have none. Folders whose pages are there, made from the same notebooks, are left as they are.
    """
    source, base = _base(paths, None, root), _base(paths, out, root)
    targets = []
    for folder, group in itertools.groupby([_absolute(path) for path in paths], key=lambda path: path.parent):
        group = list(group)
        target = base / folder.relative_to(source)
        made = [target / f"{path.stem}.html" for path in group]
        stamp = cache.digest(_ours(), excerpts, code, os.path.relpath(base, target), *(path.read_bytes() for path in group))
        if not all(stamp == _stamp(page) for page in made):
            _folder(list(_read(group, out, excerpts, root, source, base)), base / "index.html", excerpts, code, stamp)
        targets += made
    return targets


def _folder(found, home, excerpts, code, stamp):
    """The pages of one folder, which lead to one another."""
    export, style, script = _exporter(), _part("style.css"), _part("page.js")
    for i, page in enumerate(found):
        folder = page.target.parent
        beside = [found[j] if 0 <= j < len(found) else None for j in (i - 1, i + 1)]
        before, after = [(_link(other.target, folder), other.title) if other else None for other in beside]
        more = {"style": style, "home": _link(home, folder), "previous": before, "next": after, "excerpts": excerpts}
        more |= {"notebook": page.path.name, "code": code, "stamp": stamp, "script": script, "policy": _policy(script)}
        more["versions"] = cache.versions()
        body, _ = export.from_notebook_node(page.notebook, resources={"broadsheet": {**vars(page), **more}})
        for name, files in (("tables", page.csvs), ("figures", page.figures)):
            for file, content in files.items():
                _write(folder / name / file, content)
        _write(page.target, _listed(body).rstrip() + "\n")  # last: its stamp says that all is there
    for name, files in (("tables", "csvs"), ("figures", "figures")):
        held = {file for page in found for file in getattr(page, files)}
        for page in found:
            for old in handout.parts(page.target, name):  # what these notebooks no longer have
                if old.name not in held:
                    old.unlink()


def _listed(body):
    """Gives the page's headings their names, and lists them where the template leaves room for a table of contents."""
    listed = []

    def named(match):
        name = re.sub(r"\W+", "-", html.unescape(re.sub(r"<[^>]+>", "", match[1])).lower()).strip("-") or "part"
        name += f"-{len(listed)}" if name in {"main", *(other for other, _ in listed)} else ""
        listed.append((name, match[1]))
        return f'<h2 id="{html.escape(name)}">{match[1]}</h2>'

    body = re.sub(r"<pre(?![^>]*tabindex)", '<pre tabindex="0"', body)  # it may scroll, and has to without a mouse
    body = re.sub(r"<h2>(.*?)</h2>", named, body, flags=re.DOTALL)
    items = "".join(f'<li><a href="#{html.escape(quote(name))}">{text}</a></li>' for name, text in listed)
    nav = f'<nav class="toc" aria-label="On this page"><details><summary>On this page</summary><ol>{items}</ol></details></nav>'
    return body.replace("<!--contents-->", nav if len(listed) > 2 else "")


def _part(name):
    return (_PAGES / name).read_text(encoding="utf-8")


def _policy(script):
    """What a page may do: show its own pictures and styles, and run its one script, told by its hash."""
    held = base64.b64encode(hashlib.sha256(script.encode("utf-8")).digest()).decode("ascii")
    return (
        "default-src 'none'; img-src data:; style-src 'unsafe-inline'; "
        f"script-src 'sha256-{held}'; base-uri 'none'; form-action 'none'"
    )


@functools.cache
def _ours():
    """The hash of all that makes a page beside the notebook."""
    return cache.digest(cache.library(), cache.tree(_PAGES))


def _stamp(page):
    """What a page, or an index, was made from: its own word for it; empty where there is none."""
    try:
        with page.open(encoding="utf-8") as file:
            found = re.search(r"<!-- made from ([0-9a-f]+) -->", file.read(4000))
    except (OSError, UnicodeDecodeError):
        return ""
    return found[1] if found else ""


def index(paths, out=None, excerpts=None, root=None):
    """Writes ``index.html``: each notebook's question, its computed answer and its first figure. Returns its path."""
    import jinja2

    base = _base(paths, out, root)
    home = base / "index.html"
    stamp = cache.digest(_ours(), excerpts, *(f"{_absolute(path)} {cache.digest(Path(path).read_bytes())}" for path in paths))
    if _stamp(home) == stamp:
        return home
    studies = {}
    for page in _read(paths, out, excerpts, root, card=True):
        card = {name: getattr(page, name) for name in ("title", "answer", "error", "cell")}
        card["link"], card["notebook"] = _link(page.target, home.parent), page.path.name
        card["figure"] = (_thumbnail(page.figure[0]), page.figure[1]) if page.figure else ()
        facets = {"study": page.study, "notebook": page.path.stem, **dict(page.changed)}
        card["facets"], card["about"] = json.dumps(facets), " ".join(str(v) for pair in page.changed for v in pair)
        groups = studies.setdefault((page.target.parents[1], page.study), {})
        group = groups.setdefault(page.target.parent, {"changed": page.changed, "pages": [], "name": page.target.parent.name})
        group["pages"].append(card)
        if len(page.changed) > len(group["changed"]):
            group["changed"] = page.changed
    for groups in studies.values():  # a notebook without the parameter belongs to the set all the same
        for group in groups.values():
            for card in group["pages"]:
                card["facets"] = json.dumps({**dict(group["changed"]), **json.loads(card["facets"])})
    listed = [{"name": study, "groups": list(groups.values())} for (_, study), groups in studies.items()]
    environment = jinja2.Environment(autoescape=True, loader=jinja2.FileSystemLoader(_PAGES), keep_trailing_newline=True)
    script = _part("contents.js")
    more = {"style": _part("style.css"), "script": script, "policy": _policy(script), "stamp": stamp}
    more |= {"version": __version__, "excerpts": excerpts, "facets": _facets(listed)}
    _write(home, environment.get_template("contents.html.j2").render(studies=listed, **more))
    return home


def _facets(studies):
    """{parameter: its values} over all cards, those with more than one value: what the index filters by."""
    found = {}
    for study in studies:
        for group in study["groups"]:
            for card in group["pages"]:
                for name, value in json.loads(card["facets"]).items():
                    found.setdefault(name, {})[value] = None
    return {name: list(values) for name, values in found.items() if len(values) > 1 or name not in ("study", "notebook")}


def _read(paths, out, excerpts, root, source=None, base=None, *, card=False):
    """Yields the Page of each executed notebook, one at a time: the index of a large batch need not hold them all."""
    if excerpts is not None and excerpts < 1:
        raise BroadsheetError(f"--excerpts takes a number of words from 1 up, not {excerpts}.")
    source, base = source or _base(paths, None, root), base or _base(paths, out, root)
    paths = [_absolute(path) for path in paths]
    beside = {}
    for path in paths:
        beside.setdefault(path.parent, set()).add(path.name)
    for path in paths:
        yield notebook.read(
            path, base / path.relative_to(source).with_suffix(".html"), beside[path.parent], excerpts, card=card
        )


def _exporter():
    """nbconvert's exporter with the template in pages/, and formulas as MathML: no script has to be fetched.

    Not its HTMLExporter, which reads each page once more to give it what the template has given it already.
    """
    from nbconvert import TemplateExporter
    from nbconvert.filters import Highlight2HTML
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

    return TemplateExporter(
        extra_template_basedirs=[str(_PAGES.parent)],
        template_name=_PAGES.name,
        template_file="page.html.j2",
        filters={"markdown2html": markdown, "highlight_code": Highlight2HTML(pygments_lexer="ipython3")},
    )


def _thumbnail(png):
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


def _write(path, content):
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        aside.write_bytes(content.encode("utf-8") if isinstance(content, str) else content)
        os.replace(aside, path)
    finally:
        aside.unlink(missing_ok=True)

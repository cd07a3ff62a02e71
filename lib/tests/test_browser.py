"""Pages in a real browser, opened from the disk: nothing is fetched, nothing runs, everything can be read."""

from pathlib import Path
from urllib.parse import unquote, urlsplit
from urllib.request import url2pathname

import nbformat
import pytest
from axe_playwright_python.sync_playwright import Axe
from conftest import execute

from broadsheet import share

HOSTILE = [
    "<script>window.harmed = 1</script>",
    '"><img src=x onerror="window.harmed = 1">',
    "</style></title></textarea><svg onload=window.harmed=1>",
    "<a href='javascript:window.harmed=1'>talks</a>",
    "from $100 to $200 and `ticks` and *stars*",
    "\u202eright to left\u202c and a NUL \x00 here",
    "=HYPERLINK(1)",
]
PARAMETERS = (
    'study_folder: str = "peace-talks"  # a folder in data/, or any path\nvoice: str = ""  # narrator or quoted\n'
    'remark: str = ""  # whatever a user writes\n'
)
PLAIN = """
import matplotlib; matplotlib.use("agg")
import matplotlib.pyplot as plt, pandas as pd, numpy as np
from broadsheet import show
rng = np.random.default_rng(0)
fig, ax = plt.subplots(figsize=(8, 4.2))
names = ["The harbour board", "The shipping line", "The dockers' union", "The mayor"]
for i, name in enumerate(names):
    ax.errorbar([0.3 - i / 5], [i], xerr=[[0.1], [0.15]], fmt="o", color="#17518f")
ax.set_yticks(range(4), names); ax.axvline(0, color="#999"); ax.set_title("The board is spoken of best", loc="left")
fig.broadsheet_alt = "Dots with intervals for four actors; the board is highest at 0.30, the mayor lowest at -0.30."
wide = pd.DataFrame({"label": names, **{f"measure_{i}": rng.normal(size=4) for i in range(11)}})
quotes = pd.DataFrame({"label": names, "published": pd.date_range("2025-03-01", periods=4),
    "value": [0.31, 0.0004, -12.5, np.nan],
    "sentence": ["The harbour board said the new pier would open before the storms arrived in the autumn.",
    "Nobody at the shipping line wanted to comment on the delay, or on its cost to the town.",
    "The dockers' union called the offer “an insult, wrapped in a brochure”.", "The mayor smiled."],
    "mark_start": [4, 14, 4, 4], "mark_end": [17, 31, 18, 9]})
"""


def notebook(title, *cells):
    """Cells that begin with # are prose, others are code; the parameters come after the first."""
    v4, made = nbformat.v4, []
    for i, source in enumerate([title, PARAMETERS, *cells]):
        new = v4.new_markdown_cell if source.startswith(("#", "The ")) else v4.new_code_cell
        made.append(new(source, id=f"cell-{i}"))
    made[1].metadata["tags"] = ["parameters"]
    spec = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return v4.new_notebook(cells=made, metadata={"kernelspec": spec})


NOTEBOOKS = {
    "00_ships": notebook(
        "# Which way is each side of the *harbour* strike spoken of?\n\nFive made-up articles, sentence by sentence.",
        PLAIN,
        'show.note("5 articles from 3 sources, 1 to 4 March 2025; 1,204 words; nothing was left out.")',
        'show.answer("The harbour board is spoken of best (0.30, interval 0.20 to 0.45), the mayor worst (−0.30).")',
        "show.figure(fig)",
        'show.note("Each dot is a mean over articles, each line its 95 % interval. Right of zero is favourable.")',
        'show.table(wide, "by-actor", "Means by source; a source without a mention has no value.")',
        "## How sure is that?\n\nThe share of $n$ matched sentences is $p = k / n$, and its interval is:\n\n"
        "$$\\bar{x} \\pm 1.96\\,\\sqrt{\\frac{p(1-p)}{n}}$$",
        'show.table(quotes, "sentences", "The marked words are what matched.", rows=3)',
        'show.table(quotes.head(0), "none")\nprint("printed\\nin two lines")\nwide.iloc[:2, :3]',
        'import sys; print("a remark", file=sys.stderr)',
        "## Limits\n\n- Four actors are few.\n- The articles are made up.",
    ),
    "01_hostile": notebook(
        "# What do hostile texts do to a page?",
        PLAIN + f"hostile = {HOSTILE!r}",
        'show.answer("The worst text was: " + " ".join(hostile))',
        "for text in hostile: show.note(text); print(text)",
        'frame = pd.DataFrame({"sentence": hostile, hostile[0]: hostile, "matched": hostile})\n'
        'show.table(frame, "hostile"); frame',
        "from IPython.display import HTML, Markdown, Math, Javascript, SVG\n"
        "for text in hostile: display(HTML(text), Markdown(text), Math(text), Javascript('window.harmed = 1'))",
        "import sys\nfor text in hostile: print(text, file=sys.stderr)",
        "fig.broadsheet_alt = hostile[1] + hostile[0]; show.figure(fig)",
    ),
    "02_stops": notebook(
        "# Does a notebook that stops still say what it found?",
        PLAIN,
        'show.answer("It found this much before it stopped.")',
        'raise ValueError("<script>window.harmed = 1</script> no such ship")',
        'show.note("never shown")',
    ),
}


@pytest.fixture(scope="module")
def made_up_report(tmp_path_factory):
    """A report on made-up notebooks: one like the suite's, one with hostile texts, one that stops half-way."""
    folder = tmp_path_factory.mktemp("suite")
    study, reports = folder / "harbour <b>strike", folder / "reports"
    (study / "articles").mkdir(parents=True)
    (study / "articles" / "a.txt").write_text("The mayor smiled.")
    for name, made in NOTEBOOKS.items():
        nbformat.write(made, folder / f"{name}.ipynb")
    for voice in ("", "narrator"):
        notebooks = sorted(folder.glob("*.ipynb"))[: 1 if voice else 3]
        execute(notebooks, {"study_folder": str(study), "voice": voice, "remark": " ".join(HOSTILE)}, reports)
    paths = share.executed(reports)
    share.pages(paths, root=reports)
    share.index(paths, root=reports)
    return reports


def test_made_up_report(browser, made_up_report):
    visit(browser, made_up_report, pages=4)


@pytest.mark.parametrize("report", ["peace_talks_report", "one_article_report", "harbour_report"])
def test_report(browser, report, request):
    visit(browser, request.getfixturevalue(report), pages=4)


def visit(browser, report, pages):
    """Opens the index, and every page that it links, and looks for anything that a reader should not meet."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    page = context.new_page()
    requests, console = [], []
    page.on("request", lambda request: requests.append(request.url))
    page.on("console", lambda message: console.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: console.append(str(error)))
    page.goto((report / "index.html").as_uri())
    links = page.eval_on_selector_all(".cards a", "all => all.map(a => a.href)")
    assert len(links) >= pages
    for url in [(report / "index.html").as_uri(), *links]:
        page.set_viewport_size({"width": 1280, "height": 900})
        page.goto(url)
        assert page.title() and page.locator("main h1").count() == 1
        assert page.evaluate("window.harmed") is None
        assert page.eval_on_selector_all("img", "all => all.filter(i => !i.alt.trim() || !i.naturalWidth).length") == 0
        assert page.locator("iframe, object, svg, link, [onerror], [onload]").count() == 0
        assert page.locator("script").count() == 1  # its own, which the policy tells by its hash
        for href in page.eval_on_selector_all("a[href]", "all => all.map(a => a.href)"):
            assert href.startswith(("file:", "https:")), href
            assert href.startswith("https:") or Path(url2pathname(urlsplit(href).path)).is_file(), href
        if page.locator("details").count():
            page.locator("details summary").first.focus()
            page.keyboard.press("Enter")
            assert page.locator("details").first.get_attribute("open") is not None
        for scheme, rules in (("light", None), ("dark", {"runOnly": ["color-contrast"]})):
            page.emulate_media(color_scheme=scheme)
            found = Axe().run(page, options=rules)
            assert not found.violations_count, f"{url} ({scheme}): {found.generate_report()}"
        page.emulate_media(color_scheme="light")
        page.set_viewport_size({"width": 390, "height": 844})
        assert page.evaluate("document.documentElement.scrollWidth") <= 390, url
    assert not console
    assert [url for url in requests if not url.startswith(("file:", "data:"))] == []
    context.close()


def test_a_long_table_sorts_and_filters_from_the_keyboard(browser, peace_talks_report):
    page = browser.new_page()
    page.goto((peace_talks_report / "peace-talks" / "default" / "01_sentiment_by_actor.html").as_uri())
    box = page.locator(".table").filter(has=page.locator("[aria-label='Table: sentiment by actor']"))

    def column(number):
        return [row.locator("td").nth(number).inner_text() for row in box.locator("tbody tr:visible").all()]

    heads = box.locator("th").all_inner_texts()
    matched = heads.index("matched")
    before = column(matched)
    box.locator("th button").nth(matched).focus()
    for order in ("ascending", "descending"):
        page.keyboard.press("Enter")
        assert box.locator("th").nth(matched).get_attribute("aria-sort") == order
        numbers = [int(cell.replace(",", "")) for cell in column(matched)]
        assert numbers == sorted(numbers, reverse=order == "descending") and sorted(map(str, numbers)) == sorted(before)
    page.keyboard.press("Tab")
    box.locator("input").focus()
    page.keyboard.type("trump")
    assert column(0) == ["Trump"] and f"1 of {len(before)}" in box.locator("[role=status]").inner_text()
    page.keyboard.press("Control+a")
    page.keyboard.press("Delete")
    assert len(column(0)) == len(before)
    page.close()


def test_the_table_of_contents_leads_to_each_part(browser, peace_talks_report):
    page = browser.new_page()
    page.goto((peace_talks_report / "peace-talks" / "default" / "01_sentiment_by_actor.html").as_uri())
    page.locator(".toc summary").focus()
    page.keyboard.press("Enter")
    links = page.locator(".toc a").all()
    assert [link.inner_text() for link in links] == page.locator("h2").all_inner_texts()
    for link in links:
        target = link.get_attribute("href")[1:]
        assert page.locator(f"[id='{unquote(target)}']").count() == 1
    page.close()


def test_the_index_is_searched_and_filtered_from_a_file(browser, made_up_report):
    page = browser.new_page()
    page.goto((made_up_report / "index.html").as_uri())

    def shown():
        return page.locator(".cards li:visible").count()

    assert shown() == 4
    page.get_by_label("Pages with").fill("hostile")
    assert shown() == 1 and "1 of 4 pages" in page.locator("[role=status]").inner_text()
    page.get_by_label("Pages with").fill("")
    page.get_by_label("voice").select_option("narrator")
    assert shown() == 1
    page.get_by_label("voice").select_option("")
    page.get_by_label("notebook").select_option("00_ships")
    assert shown() == 2 and page.evaluate("window.harmed") is None
    page.close()

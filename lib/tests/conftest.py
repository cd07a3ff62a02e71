# ruff: noqa: E501 - one article a line
"""What several tests share: reports on the seeds, on one article and on twelve made-up ones, each made once; a browser."""

import csv
import os
import shutil
import signal

import nbformat
import pytest

import broadsheet
from broadsheet import DATA, ROOT, batch, cli, plan, share
from broadsheet import study as studies

signal.signal(signal.SIGINT, signal.default_int_handler)  # tests in the background of a shell hear Ctrl-C as well

# A made-up quarrel about a harbour: (file, source, published, title, text). Three sources, four articles each; the words,
# sources and titles that a page must not run or typeset stand among them.
HARBOUR = [
    ("a1", "Morning Mail", "2025-03-03", "Osterby Offers a Truce", "Mayor Osterby offered a truce on Monday. “A lasting settlement would be wonderful,” Osterby said. The dockers called the truce a dirty trick."),
    ("a2", "Morning Mail", "2025-03-10", "", "The truce held. Marsh, the brave leader of the dockers, praised it, and Osterby thanked her.\nA Night of Quiet\nNobody was hurt."),
    ("a3", "morning  mail", "2025-03-17", "No Truce at the Pier", "There is no truce at the pier, Marsh warned. The cruel truce had failed, she said."),
    ("a4", "Morning Mail", "2025-03-24", "", "A settlement was signed on Monday. Osterby and Marsh smiled. The peace settlement costs from $100 to $200 a head."),
    ("b1", "Evening <b>Post</b>", "2025-03-04", "<script>window.harmed = 1</script>", "Osterby lied about the truce, Marsh said. It was an ugly lie, and a shameful one."),
    ("b2", "Evening <b>Post</b>", "2025-03-11", "", "“Nobody wants a settlement,” Marsh told reporters. \"><img src=x onerror=\"window.harmed = 1\"> The truce went on."),
    ("b3", "Evening <b>Post</b>", "2025-03-18", "", "The truce broke on Tuesday. Osterby was furious; Marsh was calm and kind."),
    ("b4", "Evening <b>Post</b>", "2025-03-25", "", "Good news at last: a settlement. Marsh hailed a great settlement, Osterby a good one."),
    ("c1", "Wire", "2025-03-05", "", "OSTERBY HARBOUR: The dockers and the town agreed on a truce on Wednesday, a spokesman said, adding that both sides would meet again."),
    ("c2", "Wire", "2025-03-12", "", "The harbour was calm on Wednesday. Ships came and went."),
    ("c3", "Wire", "", "", "Marsh and Osterby talked about a settlement. No date was given, and no truce was named."),
    ("c4", "Wire", "2025-03-26", "", "The settlement holds, Marsh said on Wednesday. Osterby agreed: “It is a good and fair settlement.”"),
]  # fmt: skip
ACTORS = [
    ("Osterby", "Osterby"),
    ("Osterby", "Mayor Osterby"),
    ("Marsh", "Marsh"),
    ("harbour", "OSTERBY HARBOUR"),
    ("nobody here", "Wexcombe"),
    ("=2+2 <img src=x onerror=window.harmed=1> `$x$`", "Kade"),
]
TERMS = [
    ("truce", "truce", "strict"),
    ("settlement", "settlement", "strict"),
    ("settlement", "peace settlement", "wide"),
    ("sabotage", "sabotage", "strict"),
]


def _write(path, rows):
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(rows)


@pytest.fixture(scope="session")
def harbour(tmp_path_factory):
    """The study of twelve made-up articles: a CSV with other people's column names."""
    folder = tmp_path_factory.mktemp("studies") / "harbour & pier"
    (folder / "articles").mkdir(parents=True)
    _write(
        folder / "articles" / "export <img src=x onerror=window.harmed=1>.csv",
        [("ID", "Outlet", "pub_date", "Headline", "Body"), *HARBOUR],
    )
    _write(folder / "actors.csv", [("label", "pattern"), *ACTORS])
    _write(folder / "terms.csv", [("label", "pattern", "scope"), *TERMS])
    return folder


@pytest.fixture(scope="session")
def one_article(tmp_path_factory):
    """A study of a single article, without source or date."""
    folder = tmp_path_factory.mktemp("studies") / "one"
    (folder / "articles").mkdir(parents=True)
    (folder / "articles" / "only.txt").write_text(HARBOUR[0][4], encoding="utf-8")
    for name in ("actors.csv", "terms.csv"):
        shutil.copy(DATA / "peace-talks" / name, folder / name)
    return folder


PARAMETERS = """
study_folder: str = "peace-talks"  # a folder in data/, or any path
actors: list = []  # labels, empty means all
voice: str = ""  # narrator or quoted
draws: int = 2000  # bootstrap draws
level: float = 0.95  # of the interval
strict: bool = True  # strict patterns alone
"""


def write(path, *cells, parameters=PARAMETERS):
    v4 = nbformat.v4
    code = [v4.new_code_cell(source, id=f"cell-{i}") for i, source in enumerate([parameters, *cells])]
    code[0].metadata["tags"] = ["parameters"]
    spec = {"name": "python3", "display_name": "Python 3", "language": "python"}
    nbformat.write(v4.new_notebook(cells=code, metadata={"kernelspec": spec}), path)
    return path


@pytest.fixture
def suite(tmp_path, monkeypatch):
    """A small suite of its own: notebooks, a study, an empty folder of reports."""
    for name in ("notebooks", "data", "reports"):
        (tmp_path / name).mkdir()
        monkeypatch.setattr(broadsheet, name.upper(), tmp_path / name)
        for module in (batch, cli, plan, share, studies):
            monkeypatch.setattr(module, name.upper(), tmp_path / name, raising=False)
    (tmp_path / "data" / "peace-talks" / "articles").mkdir(parents=True)
    (tmp_path / "data" / "peace-talks" / "study.toml").touch()
    (tmp_path / "data" / "peace-talks" / "articles" / "a.txt").write_text("Marsh spoke.", encoding="utf-8")
    labels = ["Putin", "Trump", "European leaders", "A+B", "C"]
    actors = "".join(f"{label},{label}\n" for label in labels)
    (tmp_path / "data" / "peace-talks" / "actors.csv").write_text(f"label,pattern\n{actors}", encoding="utf-8")
    write(tmp_path / "notebooks" / "00_one.ipynb", "print(study_folder, actors, voice, draws, level, strict)")
    write(tmp_path / "notebooks" / "01_two.ipynb", "1", parameters='study_folder: str = "peace-talks"  # a folder')
    return tmp_path


@pytest.fixture(scope="session", autouse=True)
def _cache(tmp_path_factory):
    """Tables that tests keep go to a folder of their own, which kernels find too."""
    os.environ["BROADSHEET_CACHE"] = str(tmp_path_factory.mktemp("cache"))


def execute(notebooks, parameters, out, **options):
    """The runs of some notebooks with one parameter set, done."""
    return batch.run(plan.runs(notebooks, [parameters], out), out, **{"progress": False, **options})


def report(study, out):
    """Every notebook executed on a study, its pages and the index: what `broadsheet report` does."""
    runs = execute(plan.available(), {"study_folder": str(study)}, out)
    assert [run.error for run in runs] == [""] * len(runs)
    paths = share.executed(out)
    share.pages(paths, root=out)
    share.index(paths, root=out)
    return out


@pytest.fixture(scope="session")
def peace_talks_report(tmp_path_factory):
    return report(DATA / "peace-talks", tmp_path_factory.mktemp("reports"))


@pytest.fixture(scope="session")
def one_article_report(one_article, tmp_path_factory):
    return report(one_article, tmp_path_factory.mktemp("reports"))


@pytest.fixture(scope="session")
def harbour_report(harbour, tmp_path_factory):
    return report(harbour, tmp_path_factory.mktemp("reports"))


@pytest.fixture(scope="session")
def root():
    return ROOT


# elsewhere.example: a name that another site may have, for tests of who may ask the coding tool
FLAGS = [
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync", "--host-resolver-rules=MAP elsewhere.example 127.0.0.1"),
]


@pytest.fixture(scope="module")
def browser():
    """A Chromium, of a test module's own: its event loop must not run while notebooks are executed by another's."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if not chromium:
        pytest.skip("there is no Chromium here: install it to check the pages in a browser")
    api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    with api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        yield browser
        browser.close()

"""The widgets of 05_explore: by their values, as a front end would set them; and in JupyterLab itself, in a real browser."""

import datetime
import html
import json
import os
import re
import shutil
import subprocess
import sys
import time
import urllib.request

import pytest

from broadsheet import annotate, cli, explore, load, plan, store, study


@pytest.fixture
def explorer(harbour, tmp_path):
    """On the twelve made-up articles: a copy, since a pattern may be kept."""
    folder = shutil.copytree(harbour, tmp_path / "harbour")
    return explore.Explorer(store.annotated(load.study(folder), "vader"), draws=50)


def shown(explorer):
    return {row["name"]: row for row in explorer.chart.rows}


def test_it_begins_with_all_actors(explorer):
    assert {"Osterby", "Marsh", "harbour", "nobody here"} < set(shown(explorer)) and len(shown(explorer)) == 5
    assert shown(explorer)["nobody here"]["value"] is None and "n=" not in shown(explorer)["nobody here"]["text"]
    assert "12 articles of 3 sources" in explorer.told.value


def test_a_choice_is_followed_by_chart_and_sentences(explorer):
    explorer.actors.value = ["Marsh"]
    assert list(shown(explorer)) == ["Marsh"] and explorer.choice() == {"actors": ["Marsh"]}
    before = explorer.summary["matched"].sum()
    explorer.voice.value = "quoted"
    assert explorer.summary["matched"].sum() < before and "narrator" not in explorer.sentences.value
    explorer.voice.value = ""
    explorer.sources.value = ["Wire"]
    assert "4 articles of 1 source" in explorer.told.value and "Morning Mail" not in explorer.sentences.value
    explorer.sources.value, explorer.by_source.value = (), True
    assert {"Marsh · Wire", "Marsh · Morning Mail"} <= set(shown(explorer))


def test_a_choice_that_cannot_be_made_is_told(explorer):
    explorer.start.value = datetime.date(2031, 1, 1)
    assert "no article is left of 12" in explorer.told.value and explorer.chart.rows == []
    explorer.start.value = None
    assert len(explorer.chart.rows) == 5


def test_a_row_shows_its_sentences(explorer):
    explorer.chart.chosen = "Marsh"
    assert "Mentions of Marsh: " in explorer.sentences.value and ">Osterby</td>" not in explorer.sentences.value
    assert "<mark>Marsh</mark>" in explorer.sentences.value
    explorer.chart.chosen = "nobody that is there"  # a click on a row that has gone
    assert "0 of 0" in explorer.sentences.value
    explorer.chart.chosen = ""
    assert ">Osterby</td>" in explorer.sentences.value


def test_an_annotated_folder_is_explored_as_its_articles_are(explorer, tmp_path):
    def said(explorer):
        explorer.chart.chosen = ""
        every = [explorer.told.value, explorer.summary.to_csv(), explorer.sentences.value]
        explorer.chart.chosen = explorer.chart.rows[0]["name"]
        explorer.label.value, explorer.pattern.value = "pier", "pier"
        explorer.try_.click()
        return [*every, explorer.sentences.value, explorer.tried.value]

    folder, out = explorer.corpus.study.folder, tmp_path / "out"
    expected = [said(explorer)]
    explorer.what.value = explore.TERMS
    expected.append(said(explorer))
    annotate.annotate(load.study(folder), out, scorer="vader", workers=0, size=500, progress=False)
    (folder / "study.toml").write_text(f"corpus = {json.dumps(str(out))}\n", encoding="utf-8")
    explorer = explore.Explorer(store.annotated(load.study(folder), "vader"), draws=50)
    assert len(explorer.corpus.in_parts("scores").names) > 1
    found = [said(explorer)]
    explorer.what.value = explore.TERMS
    assert [*found, said(explorer)] == expected


def test_text_from_articles_is_escaped(explorer):
    explorer.what.value = explore.TERMS
    assert "<img src=x" not in explorer.sentences.value and "&lt;img src=x" in explorer.sentences.value


def test_terms_are_counted_as_the_notebook_counts_them(explorer):
    explorer.what.value = explore.TERMS
    whole = explorer.corpus.strict()[0]["label"].value_counts()
    assert {name: row["text"].split("n=")[1] for name, row in shown(explorer).items() if "n=" in row["text"]} == {
        label: str(whole.get(label, 0)) for label in ("truce", "settlement", "sabotage")
    }


def test_a_pattern_is_tried_before_it_is_kept(explorer):
    explorer.what.value = explore.TERMS
    path = explorer.corpus.study.folder / "terms.csv"
    before = path.read_text()
    explorer.label.value, explorer.pattern.value = "great settlement", "great settlement"
    explorer.try_.click()
    assert "1 matches in 1 of 12 articles; it takes 1 from settlement." in explorer.tried.value and path.read_text() == before
    explorer.keep.click()
    assert path.read_text() == before + "great settlement,great settlement,\n"
    assert shown(explorer)["great settlement"]["text"].endswith("n=1")


def test_what_was_not_tried_is_not_kept(explorer):
    explorer.label.value, explorer.pattern.value = "Kade", "Wexcombe Pier"
    explorer.try_.click()
    assert not explorer.keep.disabled
    explorer.what.value = explore.TERMS
    assert explorer.keep.disabled
    before = {name: (explorer.corpus.study.folder / name).read_text() for name in ("actors.csv", "terms.csv")}
    explorer.keep.click()  # as a second click that was on its way
    assert before == {name: (explorer.corpus.study.folder / name).read_text() for name in before}


def test_a_file_that_was_edited_meanwhile_is_read_again_before_a_pattern_is_kept(explorer):
    explorer.what.value = explore.TERMS
    explorer.label.value, explorer.pattern.value = "peace", "lasting settlement"
    explorer.try_.click()
    path = explorer.corpus.study.folder / "terms.csv"
    with path.open("a") as file:
        file.write("treaty,lasting settlement,strict\n")
    explorer.keep.click()
    assert "stands in" in explorer.tried.value and path.read_text().count("lasting settlement") == 1


def test_by_source_both_ends_are_shown(harbour, monkeypatch):
    monkeypatch.setattr(explore, "_ROWS", 4)
    explorer = explore.Explorer(store.annotated(load.study(harbour), "vader"), draws=50)
    explorer.by_source.value = True
    valued = explorer.summary[explorer.summary["value"].notna()]
    names = (valued["label"] + " · " + valued["source"]).tolist()
    assert list(shown(explorer)) == names[:2] + names[-2:]
    assert f"4 of {len(explorer.summary)} rows, the highest and the lowest" in explorer.chart.title


def test_it_begins_where_the_parameters_say(harbour):
    corpus = store.annotated(load.study(harbour), "vader")
    explorer = explore.Explorer(corpus, draws=50, actors=["marsh"], sources=["WIRE"], start="2025-03-10", voice="narrator")
    assert explorer.choice() == {"actors": ["Marsh"], "sources": ["Wire"], "start": "2025-03-10", "voice": "narrator"}


def test_hand_codes_stand_beside_the_scores_and_their_coder_is_named():
    explorer = explore.Explorer(store.annotated(load.study("peace-talks"), "vader"), draws=50)
    explorer.chart.chosen = "Zelensky"
    assert ">coded</th>" in explorer.sentences.value and ">vader</th>" in explorer.sentences.value
    assert "coded by M, a language model" in explorer.told.value and "no person has coded these mentions" in explorer.told.value


@pytest.mark.parametrize(
    ("label", "pattern", "told"),
    [
        ("truce", "truce", "stands in .*terms.csv already, under truce"),
        ("Truce", "peace", 'has the label "truce": write "Truce" in the same way'),
        ("peace", "\u0301", "holds no word"),
        ("", "peace", "needs both a label and a pattern"),
        ("peace", "", "needs both a label and a pattern"),
        ("peace", "re:(", "is no regular expression"),
    ],
)
def test_a_pattern_that_is_none_is_refused(explorer, label, pattern, told):
    explorer.what.value = explore.TERMS
    explorer.label.value, explorer.pattern.value = label, pattern
    explorer.try_.click()
    assert explorer.keep.disabled and re.search(told, html.unescape(explorer.tried.value)), explorer.tried.value


@pytest.mark.parametrize(
    "data",
    [b"label,pattern\ntruce,truce\n", b"label;pattern;scope\r\ntruce;truce;\r\n", b"\xef\xbb\xbfpattern,label\ntruce,truce",
     b"label,pattern,note\ntruce,truce,caf\xe9\n"],
)  # fmt: skip
def test_a_pattern_is_written_as_the_file_is(tmp_path, data):
    (tmp_path / "articles").mkdir()
    (tmp_path / "articles" / "a.txt").write_text("The truce held.")
    (tmp_path / "terms.csv").write_bytes(data)
    study.keep(load.study(tmp_path), "terms", "peace", 'lasting, "real" peace')
    written = (tmp_path / "terms.csv").read_bytes()
    assert written.startswith(data) and written.count(b"\r\n") in (0, written.count(b"\n"))
    assert load.study(tmp_path).terms[["label", "pattern"]].values.tolist() == [
        ["truce", "truce"],
        ["peace", 'lasting, "real" peace'],
    ]


def test_a_study_without_actors_says_so_and_shows_its_terms(tmp_path):
    (tmp_path / "articles").mkdir()
    (tmp_path / "articles" / "a.txt").write_text("The truce held.")
    (tmp_path / "terms.csv").write_text("label,pattern\ntruce,truce\n")
    explorer = explore.Explorer(store.annotated(load.study(tmp_path), "vader"))
    assert "No actors are named in actors.csv: add a pattern below" in explorer.told.value
    explorer.what.value = explore.TERMS
    assert explorer.chart.rows[0]["name"] == "truce"


def test_a_study_without_patterns_gets_a_file(tmp_path):
    (tmp_path / "articles").mkdir()
    (tmp_path / "articles" / "a.txt").write_text("The truce held.")
    study.keep(load.study(tmp_path), "actors", "Marsh", "Marsh")
    assert (tmp_path / "actors.csv").read_text() == "label,pattern,scope,note\nMarsh,Marsh,,\n"


def test_the_choice_as_a_command_runs(explorer, monkeypatch, tmp_path):
    monkeypatch.setattr(cli, "REPORTS", tmp_path / "reports")
    explorer.actors.value, explorer.voice.value = ["Marsh", "Osterby"], "narrator"
    explorer.repeat.click()
    line = re.sub(r"</?code>", "", explorer.command.value)
    assert line.startswith(".venv/bin/broadsheet run 01_sentiment_by_actor --study ")
    assert line.endswith("-p actors Marsh+Osterby -p voice narrator -p scorer vader -p draws 50")
    assert cli.main([*line.split()[1:], "--dry-run"]) == 0
    explorer.what.value = explore.TERMS
    explorer.repeat.click()
    assert "run 02_term_frequency" in explorer.command.value and "truce+settlement+sabotage" in explorer.command.value


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    """The address of a JupyterLab, started as `python3 run.py lab` starts it, without news and updates."""
    if not shutil.which("chromium"):
        pytest.skip("there is no Chromium here")
    home = tmp_path_factory.mktemp("lab")
    settings = home / "settings" / "@jupyterlab"
    for path, value in {
        "notebook-extension/tracker": {"windowingMode": "none"},
        "apputils-extension/notification": {"fetchNews": "false", "checkForUpdates": False},
    }.items():
        (settings / path).parent.mkdir(parents=True, exist_ok=True)
        (settings / f"{path}.jupyterlab-settings").write_text(json.dumps(value))
    work = home / "project"
    for name in ("notebooks", "data", "seeds"):  # kernels write nothing into the project
        shutil.copytree(plan.NOTEBOOKS.parent / name, work / name)
    env = {**os.environ, "JUPYTERLAB_SETTINGS_DIR": str(home / "settings"), "JUPYTERLAB_WORKSPACES_DIR": str(home / "spaces")}
    env |= {"JUPYTER_RUNTIME_DIR": str(home / "runtime"), "JUPYTER_CONFIG_DIR": str(home / "config")}
    command = [sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", "--ServerApp.ip=127.0.0.1"]
    command += ["--ServerApp.port=0", "--IdentityProvider.token=letmein", f"--ServerApp.root_dir={work}"]
    log = (home / "log").open("w+")
    process = subprocess.Popen(command, stderr=log, stdout=log, env=env)
    try:
        address = ""
        for _ in range(300):
            found = re.search(r"http://127\.0\.0\.1:\d+", (home / "log").read_text())
            address = found[0] if found else ""
            try:
                if address and urllib.request.urlopen(f"{address}/api?token=letmein", timeout=5).status == 200:
                    break
            except OSError:
                pass
            time.sleep(0.2)
        yield address
    finally:
        process.terminate()
        process.wait(20)


def run_all(page, lab, notebook):
    """Opens a notebook and runs all its cells; returns once the last has run."""
    page.goto(f"{lab}/lab/tree/notebooks/{notebook}.ipynb?token=letmein&reset")
    page.wait_for_selector(".jp-Notebook .jp-CodeCell", timeout=60_000)
    page.get_by_text("Python 3 (ipykernel) | Idle").wait_for(timeout=60_000)
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.get_by_text("Run All Cells", exact=True).click()
    cells = page.locator(".jp-CodeCell .jp-InputPrompt")
    page.wait_for_function(
        "() => [...document.querySelectorAll('.jp-CodeCell .jp-InputPrompt')].every(e => /^\\[\\d+\\]:$/.test(e.textContent))",
        timeout=180_000,
    )
    assert cells.count() > 5 and page.locator("[data-mime-type='application/vnd.jupyter.error']").count() == 0


@pytest.mark.parametrize("notebook", ["01_sentiment_by_actor", "02_term_frequency"])
def test_a_notebook_runs_whole_in_jupyterlab(browser, lab, notebook):
    page = browser.new_page()
    run_all(page, lab, notebook)
    assert page.locator(".jp-RenderedImage img").count() > 3
    page.close()


def test_a_widget_moves_the_chart_in_jupyterlab(browser, lab):
    page = browser.new_page(viewport={"width": 1300, "height": 1100})
    run_all(page, lab, "05_explore")
    rows = page.locator("svg [role=button]")
    rows.first.wait_for(timeout=30_000)
    before = rows.count()
    page.locator(".widget-select-multiple select").first.select_option(["Putin", "Trump"])
    page.wait_for_function("n => document.querySelectorAll('svg [role=button]').length < n", arg=before)
    assert sorted(rows.nth(i).get_attribute("aria-label").split(":")[0] for i in range(rows.count())) == ["Putin", "Trump"]
    rows.filter(has_text="Putin").focus()
    page.keyboard.press("Enter")
    page.get_by_text(re.compile(r"Mentions of Putin: \d+ of \d+")).wait_for(timeout=10_000)
    page.close()

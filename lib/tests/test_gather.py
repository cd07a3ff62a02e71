"""The runs of a batch side by side."""

import json
import shutil

import numpy as np
import pandas as pd
import pytest
from bs4 import BeautifulSoup

from broadsheet import cli, gather
from broadsheet.tables import BroadsheetError


@pytest.fixture(scope="module")
def batch(harbour, tmp_path_factory):
    """Two sets of two notebooks on the twelve made-up articles, run by the command: (study, out, the command again)."""
    folder = tmp_path_factory.mktemp("batch")
    study, out = shutil.copytree(harbour, folder / "harbour"), folder / "out"
    arguments = ["run", "00_corpus", "02_term_frequency", "--study", str(study), "--grid", "voice=narrator,quoted"]
    arguments += ["-p", "draws", "50", "--out", str(out)]
    assert cli.main(arguments) == 0
    return study, out, arguments


def test_one_page_sets_the_sets_side_by_side(batch):
    _, out, _ = batch
    soup = BeautifulSoup((out / "harbour" / "comparison" / "comparison.html").read_text(encoding="utf-8"), "html.parser")
    assert (
        soup.select_one(".answer")
        .get_text()
        .startswith("The answer reads otherwise with other parameters in 1 of 1 notebooks (02_term")
    )
    (figure,) = soup("img")
    assert "2 panels on one scale" in figure["alt"] and "voice narrator, truce: " in figure["alt"]
    assert soup.select_one("[aria-label='Table: term frequency by set']")
    index = BeautifulSoup((out / "index.html").read_text(encoding="utf-8"), "html.parser")
    assert "What changes with the parameters?" in [link.get_text() for link in index.select(".cards a")]


def test_the_numbers_are_those_of_the_runs(batch):
    _, out, _ = batch
    runs = sorted(path.relative_to(out).as_posix() for path in out.rglob("02_term_frequency.ipynb"))
    summary = gather.summaries(runs, "02_term_frequency", out)
    assert summary["set"].tolist() == ["voice narrator"] * 2 + ["voice quoted"] * 2
    told = gather.answers(runs, out)
    for row in told.itertuples():
        first = summary[summary["set"] == row.set].sort_values("value", ascending=False).iloc[0]
        assert f"{first['value']:.2f}" in row.answer
    assert not len(gather.summaries(runs, "00_corpus", out))


def test_a_row_is_of_what_stands_in_front_of_its_numbers(tmp_path):
    row = "label,articles,matched,sentences,negative,value,low,high,measure,total,interval,query,estimate\n"
    row += "Marsh,4,9,8,2,0.1,0,0.2,sentiment,9,bootstrap-t,,hand-coded\n"
    table = {"data": {"text/csv": row}, "metadata": {"broadsheet": {"role": "table"}}}
    about = {"broadsheet": {"notebook": "01_one.ipynb"}, "papermill": {"parameters": {}}}
    (tmp_path / "one.ipynb").write_text(json.dumps({"metadata": about, "cells": [{"outputs": [table]}]}))
    made = gather.summaries(["one.ipynb"], "01_one", tmp_path)
    assert [*made][:3] == ["set", "label", "measure"] and [*made][-1] == "estimate" and len([*made]) == 12


def test_the_same_batch_again_does_nothing_and_a_changed_one_compares_again(batch, capsys):
    study, _, arguments = batch
    assert cli.main(arguments) == 0
    assert "5 of 5 runs were there already" in capsys.readouterr().out
    with (study / "terms.csv").open("a") as file:
        file.write("sabotage,dirty trick,strict\n")
    assert cli.main(arguments) == 0
    assert "were there already" not in capsys.readouterr().out  # 00 lists the terms as well


def test_the_same_batch_twice_gives_equal_bytes(harbour, tmp_path):
    made = []
    for number in range(2):
        arguments = ["run", "01_sentiment_by_actor", "--study", str(harbour), "--grid", "voice=narrator,quoted"]
        assert cli.main([*arguments, "-p", "scorer", "vader", "--out", str(tmp_path / "out")]) == 0
        shutil.move(tmp_path / "out", tmp_path / str(number))
        files = [path for path in (tmp_path / str(number)).rglob("*") if path.is_file() and path.name != "runs.csv"]
        made.append({path.relative_to(tmp_path / str(number)).as_posix(): path.read_bytes() for path in files})
    assert {name.rpartition(".")[2] for name in made[0]} >= {"ipynb", "html", "csv", "png", "svg"}
    assert list(made[0]) and made[0] == made[1]


def test_a_mean_without_an_interval_and_a_set_without_a_change_claim_nothing():
    rows = {"label": ["Marsh", "Kade"] * 2, "measure": "sentiment", "set": ["a", "a", "b", "b"], "value": [0.1, -1.0, 0.1, 0.9]}
    frame = pd.DataFrame({**rows, "low": [0.0, np.nan, 0.0, np.nan], "high": [0.2, np.nan, 0.2, np.nan]})
    assert gather.finding(frame) == "nothing with an interval moves"
    assert gather.finding(frame[frame["label"] == "Kade"]) == "nothing has an interval in every set"


def test_a_run_that_failed_has_its_error_for_an_answer(tmp_path):
    shown = {
        "output_type": "display_data",
        "metadata": {"broadsheet": {"role": "answer"}},
        "data": {"text/plain": "Marsh leads."},
    }
    for name, voice, error in (("a", "narrator", ""), ("b", "quoted", "ValueError: no such ship")):
        about = {"notebook": "01_two.ipynb", **({"error": error} if error else {})}
        metadata = {"broadsheet": about, "papermill": {"parameters": {"voice": voice}}}
        held = {"cells": [{"outputs": [shown]}], "metadata": metadata}
        (tmp_path / f"{name}.ipynb").write_text(json.dumps(held))
    told = gather.answers(["a.ipynb", "b.ipynb"], tmp_path)
    assert told["answer"].tolist() == ["Marsh leads.", "ValueError: no such ship"] and told["failed"].tolist() == [False, True]
    assert told["set"].tolist() == ["voice narrator", "voice quoted"]


def test_a_file_that_is_no_run_is_named(tmp_path):
    (tmp_path / "a.ipynb").write_text(json.dumps({"cells": [], "metadata": {}}))
    with pytest.raises(BroadsheetError, match=r"a\.ipynb is no executed notebook: run it again"):
        gather.answers(["a.ipynb"], tmp_path)

"""How long a batch takes: against plain papermill, again with nothing changed, and with one list of terms changed.

python lib/benchmarks/batch.py                24 runs: four notebooks × six parameter sets on the validation news of May 2025
python lib/benchmarks/batch.py --articles N   on fewer of its articles, to try it

All side by side in one run, each in a process of its own: plain papermill in sequence, without the cache; `broadsheet run`
from an empty cache, pages and index included; the same again; and after a changed term. The table goes into README.md.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import readme

from broadsheet import DATA, NOTEBOOKS, plan, variants

SHARED = Path(os.environ.get("BROADSHEET_VALIDATION") or Path(__file__).resolve().parents[3] / "shared" / "validation")
NAMES = ["01_sentiment_by_actor", "02_term_frequency", "03_source_comparison", "04_validation"]
GRID = {"voice": ["narrator", "quoted"], "start": ["2025-05-01", "2025-05-11", "2025-05-21"]}
PLAIN = """
import json, sys, warnings
warnings.simplefilter("ignore")
import papermill
for notebook, out, parameters in json.load(open(sys.argv[1])):
    papermill.execute_notebook(notebook, out, parameters, kernel_name="python3", progress_bar=False, cwd=sys.argv[2])
"""


def study(folder, articles):
    """A study of the validation news of May 2025 with the actors and terms of data/peace-talks."""
    (folder / "articles").mkdir(parents=True)
    lines = (SHARED / "news-2025-05" / "articles.jsonl").read_text(encoding="utf-8").splitlines(keepends=True)
    (folder / "articles" / "news.jsonl").write_text("".join(lines[:articles]), encoding="utf-8")
    for name in ("actors.csv", "terms.csv"):
        shutil.copy(DATA / "peace-talks" / name, folder / name)
    return len(lines[:articles])


def timed(command, **environment):
    """Seconds of a command, and what it printed; it has to succeed."""
    began = time.perf_counter()
    done = subprocess.run(command, capture_output=True, text=True, env={**os.environ, **environment})
    seconds = time.perf_counter() - began
    if done.returncode:
        sys.exit(f"{command} failed:\n{done.stdout}\n{done.stderr}")
    return seconds, done.stdout + done.stderr


def command(folder, *more):
    """`broadsheet run` over the batch, with reports of its own."""
    grid = [part for name, values in GRID.items() for part in ("--grid", f"{name}={','.join(values)}")]
    return [
        sys.executable,
        "-m",
        "broadsheet.cli",
        "run",
        *NAMES,
        "--study",
        str(folder / "talks"),
        *grid,
        "--out",
        str(folder / "out"),
        *more,
    ]


def best(command, times=9):
    return min(timed(command)[0] for _ in range(times))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--articles", type=int, help="of the validation news (default: all)")
    options = parser.parse_args()
    if not SHARED.is_dir():
        sys.exit(f"there are no validation data in {SHARED}: set BROADSHEET_VALIDATION to the folder that has them")
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        articles = study(folder / "talks", options.articles)
        runs = plan.runs(NAMES, variants.grid({"study_folder": str(folder / "talks")}, GRID), folder / "plain")
        listed = folder / "runs.json"
        for run in runs:
            run.path.parent.mkdir(parents=True, exist_ok=True)
        listed.write_text(json.dumps([(str(run.notebook), str(run.path), run.parameters) for run in runs]))
        cache = {"BROADSHEET_CACHE": str(folder / "cache")}
        plain, _ = timed([sys.executable, "-c", PLAIN, str(listed), str(NOTEBOOKS)], BROADSHEET_CACHE="off")
        first, _ = timed(command(folder), **cache)
        again, _ = timed(command(folder), **cache)
        with (folder / "talks" / "terms.csv").open("a", encoding="utf-8") as file:
            file.write("ceasefire,guns fall silent\n")
        _, listing = timed(command(folder, "--dry-run"), **cache)
        changed, _ = timed(command(folder), **cache)
    ran = sorted({line.split("/")[-1].split(".")[0] for line in listing.splitlines() if line.endswith("changed: terms")})
    rows = [
        (f"plain papermill, in sequence, no cache: {len(runs)} runs", plain),
        ("`broadsheet run`, nothing there yet; pages, index and comparison included", first),
        ("`broadsheet run` again, nothing changed", again),
        (f"`broadsheet run` after one more term in terms.csv; run again: {', '.join(ran)}", changed),
    ]
    text = (
        f"{articles} articles, {os.cpu_count()} cores.\n\n| what | seconds | against plain papermill |\n| --- | --- | --- |\n"
    )
    text += "\n".join(f"| {name} | {seconds:.1f} | {plain / seconds:.1f}× |" for name, seconds in rows)
    help_ = best([sys.executable, "-m", "broadsheet.cli", "--help"])
    nothing = best([sys.executable, "-c", "pass"])
    text += f"\n\n`broadsheet --help` takes {help_:.3f} s, `python -c pass` {nothing:.3f} s (the best of nine each)."
    print(text)
    if options.articles is None:
        readme.write("batch", text)


if __name__ == "__main__":
    main()

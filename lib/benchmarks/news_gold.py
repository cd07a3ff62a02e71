"""Mentions of the validation news, coded by hand: one more test set. Their sentences are not part of this repository.

python lib/benchmarks/news_gold.py draw FILE    draws the mentions and writes them to FILE as JSON, shuffled, to be coded
python lib/benchmarks/news_gold.py keep FILE    takes FILE, now with a code each, into news_gold.csv: hashes, spans, codes

The mentions come from the tenth of the articles of May 2025 that training never reads, a third each from those that VADER's
clause score calls negative, neutral and positive, at most six of an article; what turned out to be no actor was left out. ``probability`` says how likely a mention of
its third was to be drawn. The codebook is data/codebook.md; coder M, as it says there, in one pass.
"""

import json
import sys
from pathlib import Path

import numpy as np
import pandas as pd

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "training"))
import pairs  # noqa: E402

from broadsheet import coded, score, split  # noqa: E402

CODED = HERE / "news_gold.csv"
SIZE, EACH_ARTICLE, ONE_IN, SEED = 360, 6, 10, 7


def sentences():
    """One row per sentence of the held-out articles: article_id, sentence, before, after."""
    rows = [
        (article_id, "\n".join(line.strip() for line in text.splitlines() if line.strip()), "")
        for article_id, text in pairs.documents()
        if article_id.startswith("news-2025-05") and pairs.held_out(article_id, ONE_IN)
    ]
    articles = pd.DataFrame(rows, columns=["article_id", "text", "title"]).drop_duplicates("text")
    found = split.sentences(articles)
    beside = found.groupby("article_id")["sentence"]
    return found.assign(before=beside.shift(1).fillna(""), after=beside.shift(-1).fillna(""))


def rows():
    """One row per coded mention: text, span, coded (0 negative, 1 neutral, 2 positive), sentence (its number)."""
    held = pd.read_csv(CODED)
    known = {coded.sha256(text): text for text in sentences()["sentence"]}
    there = held[held["sentence_sha256"].isin(known)]
    return pd.DataFrame(
        {
            "split": "news",
            "text": there["sentence_sha256"].map(known),
            "span": list(zip(there["start"], there["end"], strict=True)),
            "coded": there["coded"].map({"negative": 0, "neutral": 1, "positive": 2}),
            "sentence": pd.factorize(there["sentence_sha256"])[0],
        }
    ).reset_index(drop=True)


def draw(path):
    rng = np.random.default_rng(SEED)
    found = sentences().drop_duplicates("sentence")
    found = found[found["sentence"].str.len().between(40, 500)]
    targets = [
        (row.article_id, row.before, row.sentence, row.after, *span)
        for row in found.itertuples()
        for span in pairs.targets(row.sentence)
    ]
    frame = pd.DataFrame(targets, columns=["article_id", "before", "sentence", "after", "start", "end"])
    frame = frame.sample(frac=1, random_state=SEED).groupby("article_id").head(40).reset_index(drop=True)
    kinds = score.label(score.toward(frame["sentence"], zip(frame["start"], frame["end"], strict=True), "vader"), "vader")
    frame = frame.assign(kind=kinds)
    drawn = []
    for _, part in frame.groupby("kind", sort=True):
        part = part.sample(frac=1, random_state=SEED)
        part = part[part.groupby("article_id").cumcount() < EACH_ARTICLE]
        drawn.append(part.head(SIZE // 3).assign(probability=round(SIZE / 3 / len(part), 5)))
    drawn = pd.concat(drawn).iloc[rng.permutation(SIZE)].drop(columns=["kind", "article_id"])
    items = [{"id": i, **row._asdict()} for i, row in enumerate(drawn.itertuples(index=False))]
    Path(path).write_text(json.dumps(items, ensure_ascii=False, indent=0), encoding="utf-8")


def keep(path):
    items = json.loads(Path(path).read_text(encoding="utf-8"))
    made = pd.DataFrame(items)
    made = made[made["coded"].isin(coded.VALUES)]
    made["sentence_sha256"] = made["sentence"].map(coded.sha256)
    made = made[["sentence_sha256", "start", "end", "coded", "probability"]].sort_values(["sentence_sha256", "start"])
    made.to_csv(CODED, index=False, lineterminator="\n")


if __name__ == "__main__":
    {"draw": draw, "keep": keep}[sys.argv[1]](sys.argv[2])

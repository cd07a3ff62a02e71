"""Mentions of the validation news, coded by hand: one more test set. Their sentences are not part of this repository.

python lib/benchmarks/news_gold.py draw FILE    draws the mentions and writes them to FILE as JSON, shuffled, to be coded
python lib/benchmarks/news_gold.py keep FILE    takes FILE, now with a code each, into news_gold.csv: hashes, spans, codes

The mentions come from the tenth of the validation articles that training never reads, 360 drawn from those of May 2025 and
160 from those of AllSides, a third each from those that VADER's clause score calls negative, neutral and positive, at most
six of an article; what turned out to be no actor was left out. ``probability`` says how likely a mention of its third was to
be drawn. The codebook is data/codebook.md; coder M, as it says there, in one pass.
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
DRAWN = {"news-2025-05": 360, "allsides": 160}
EACH_ARTICLE, ONE_IN, SEED = 6, 10, 7


def sentences():
    """One row per sentence of the held-out articles: article_id, sentence, before, after, and the corpus it is from."""
    rows = [
        (article_id, "\n".join(line.strip() for line in text.splitlines() if line.strip()), "")
        for article_id, text in pairs.documents()
        if pairs.held_out(article_id, ONE_IN)
    ]
    articles = pd.DataFrame(rows, columns=["article_id", "text", "title"]).drop_duplicates("text")
    found = split.sentences(articles)
    beside = found.groupby("article_id")["sentence"]
    corpus = np.where(found["article_id"].str.startswith("news-2025-05"), "news-2025-05", "allsides")
    return found.assign(corpus=corpus, before=beside.shift(1).fillna(""), after=beside.shift(-1).fillna(""))


def rows():
    """One row per coded mention: sentence_no (its number here), sentence, start, end, coded, probability."""
    held = pd.read_csv(CODED)
    known = {coded.sha256(text): text for text in sentences()["sentence"]}
    held = held[held["sentence_sha256"].isin(known)]
    hashes = held["sentence_sha256"]
    made = held.assign(sentence_no=pd.factorize(hashes)[0], sentence=hashes.map(known))
    return made[["sentence_no", "sentence", "start", "end", "coded", "probability"]].reset_index(drop=True)


def draw(path):
    held = sentences().drop_duplicates("sentence")
    held = held[held["sentence"].str.len().between(40, 500)]
    items = [item for corpus, size in DRAWN.items() for item in _drawn(held[held["corpus"] == corpus], size)]
    items = [{"id": i, **item} for i, item in enumerate(items)]
    Path(path).write_text(json.dumps(items, ensure_ascii=False, indent=0), encoding="utf-8")


def _drawn(held, size):
    targets = [
        (row.article_id, row.before, row.sentence, row.after, *span)
        for row in held.itertuples()
        for span in pairs.targets(row.sentence)
    ]
    frame = pd.DataFrame(targets, columns=["article_id", "before", "sentence", "after", "start", "end"])
    frame = frame.sample(frac=1, random_state=SEED).groupby("article_id").head(40).reset_index(drop=True)
    kinds = score.label(score.toward(frame["sentence"], zip(frame["start"], frame["end"], strict=True), "vader"), "vader")
    drawn = []
    for _, part in frame.groupby(kinds, sort=True):
        part = part.sample(frac=1, random_state=SEED)
        part = part[part.groupby("article_id").cumcount() < EACH_ARTICLE]
        take = size // 3 + (size % 3 > len(drawn))
        drawn.append(part.head(take).assign(probability=round(take / len(part), 5)))
    order = np.random.default_rng(SEED).permutation(size)
    return pd.concat(drawn).iloc[order].drop(columns="article_id").to_dict("records")


def keep(path):
    items = json.loads(Path(path).read_text(encoding="utf-8"))
    made = pd.DataFrame(items)
    made = made[made["coded"].isin(coded.VALUES)]
    made["sentence_sha256"] = made["sentence"].map(coded.sha256)
    made = made[["sentence_sha256", "start", "end", "coded", "probability"]].sort_values(["sentence_sha256", "start"])
    made.to_csv(CODED, index=False, lineterminator="\n")


if __name__ == "__main__":
    {"draw": draw, "keep": keep}[sys.argv[1]](sys.argv[2])

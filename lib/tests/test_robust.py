# ruff: noqa: E501 - tables of cases
"""What stays when something else is chosen: pairs in order under two scorers, ends of a ranking without an article."""

import numpy as np
import pandas as pd
import pytest

from broadsheet import robust


@pytest.mark.parametrize(
    "one, two, says",
    [
        ([3, 2, 1], [3, 2, 1], "3 of 3 pairs"),
        ([3, 2, 1], [1, 2, 3], "0 of 3 pairs"),
        ([3, 2, np.nan], [3, 2, 1], "1 of 1 pair"),
        ([3, 2, 2], [3, 2, 1], "2 of 2 pairs in the same order; 1 more is level in one of them"),
        ([2, 2, 2], [3, 2, 1], "every pair has equal values in one of them"),
        ([3, np.nan, np.nan], [3, 2, 1], "fewer than two groups"),
    ],
)
def test_agreement(one, two, says):
    frame = pd.DataFrame({"label": list("abc") * 2, "scorer": ["x"] * 3 + ["y"] * 3, "value": [*one, *two]})
    assert says in robust.agreement(frame, "scorer")


def ranks(*rows):
    return pd.DataFrame(rows, columns=["label", "articles", "value", "best_rank", "worst_rank", "rank_other"])


@pytest.mark.parametrize(
    "rows, says",
    [
        ([("Marsh", 3, 0.5, 1, 1, 1), ("Wex", 3, 0.1, 2, 2, 2)], "Marsh stays first whichever article is left out (rank 1 with other)"),
        ([("Marsh", 3, 0.5, 1, 2, 2), ("Wex", 3, 0.1, 1, 2, 1)], "Marsh is first, but leaving out one article puts it anywhere from rank 1 to 2"),
        ([("Marsh", 1, 0.5, np.nan, np.nan, 1), ("Wex", 3, 0.1, 2, 2, 2)], "Marsh is first on the strength of a single article"),
        ([("Marsh", 1, 0.5, np.nan, np.nan, 1)], "there is no ranking to test"),
        ([("Marsh", 3, 0.5, 1, 1, 1), ("Kade", 3, 0.5, 1, 1, 2), ("Wex", 3, 0.1, 3, 3, 3)], "2 actors share the first rank; Wex stays last"),
    ],
)  # fmt: skip
def test_survival(rows, says):
    assert says in robust.survival(ranks(*rows), "other")


def test_the_scorers_side_by_side(monkeypatch):
    """Marsh's article means are 0.5 and −0.5 by the first scorer, 0.25 and 0 by the other; Wex has no mention."""
    mentions = {"article_id": ["a", "a", "b"], "label": "Marsh", "start": [1, 5, 1]}
    scores = {"old": [0.0, 0.5, 0.0], "new": [0.5, 0.5, -0.5]}
    monkeypatch.setattr(robust.score, "names", lambda: ["new", "old"])

    class Two:
        metadata = pd.DataFrame({"article_id": ["a", "b"], "cluster": ["a", "b"], "source": ["Mail", "Post"]})
        actor_patterns = pd.DataFrame({"label": ["Marsh", "Wex"], "pattern": ["marsh", "wex"], "scope": "strict", "note": ""})

        def in_parts(self, name, scorer):
            return pd.DataFrame({**mentions, "sentiment": scores[scorer]})

    found = robust.side_by_side(robust.by_scorer(Two(), "old"))
    assert found.columns.tolist() == ["label", "old", "new", "matched"]
    assert found.values.tolist() == [["Marsh", 0.125, 0.0, 3]]
    found = robust.side_by_side(robust.by_scorer(Two(), "new", ["label", "source"]), ["label", "source"])
    assert found.values.tolist() == [["Marsh", "Mail", 0.5, 0.25, 2], ["Marsh", "Post", -0.5, 0.0, 1]]

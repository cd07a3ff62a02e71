"""A study's tables together, and the part of them that a notebook asks for."""

import copy
import re

import pandas as pd
import pytest

from broadsheet import compare, load, quote, score, store, tables
from broadsheet.tables import BroadsheetError

ARTICLES = """id,source,published,published_from,published_to,text
a1,Morning Mail,2025-03-03,,,"Osterby offered a truce. “No deal,” Marsh said. The Marsh Street pier is shut."
a2,morning  mail,,2025-03-09,2025-03-11,"Kade praised Osterby. A ceasefire, not a mere truce, is what Marsh wants."
b1,Evening Post,2025-03-20,,,"“Osterby lied,” Kade said. The strike, a big deal, goes on; so does the truce."
c1,Wire,,,,"No deal, no truce, no strike: Marsh left."
c2,Wire,,,,"No deal, no truce, no strike: Marsh left."
"""
ACTORS = """label,pattern,scope,note
Osterby,Osterby,strict,the mayor
Marsh,Marsh,strict,
Marsh,Marsh Street,aside,a street
nobody,Wexcombe,strict,
Kade,Kade,strict,
"""
TERMS = """label,pattern,scope,note
truce,truce,strict,
truce,ceasefire,wide,
deal,deal,strict,
set aside,big deal,aside,a way of speaking
strike,strike,wide,
"""


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    folder = tmp_path_factory.mktemp("studies") / "harbour"
    (folder / "articles").mkdir(parents=True)
    for name, text in (("articles/all.csv", ARTICLES), ("actors.csv", ACTORS), ("terms.csv", TERMS)):
        (folder / name).write_text(text, encoding="utf-8")
    return store.annotated(load.study(folder))


def counts(frame):
    return frame["label"].value_counts().to_dict()


def test_every_table_keeps_its_contract(corpus):
    for name in ("articles", "removed", "dropped", "sentences", "words", "quotes", "scores"):
        tables.check(getattr(corpus, name), name)
    for name in ("actors", "terms"):
        tables.check(getattr(corpus, name), "mentions")
        assert set(getattr(corpus, name)["voice"]) == {"narrator", "quoted"}
    assert "polarity" in corpus.terms


def test_the_tables_belong_together(corpus):
    ids = corpus.articles["article_id"].tolist()
    assert ids == ["a1", "a2", "b1", "c1"]
    assert corpus.dropped[["article_id", "duplicate_of"]].values.tolist() == [["c2", "c1"]]
    for name in ("sentences", "words", "quotes", "actors", "terms", "scores"):
        assert set(getattr(corpus, name)["article_id"]) <= set(ids)
    assert corpus.words.groupby("article_id").size().tolist() == corpus.articles["words"].tolist()
    assert corpus.files[["file", "documents"]].values.tolist() == [["all.csv", 5]]
    whole = corpus.articles.set_index("article_id")["text"]
    for frame in (corpus.actors, corpus.terms):
        assert [whole[row.article_id][row.start : row.end] for row in frame.itertuples()] == frame["matched"].tolist()
        assert not frame.duplicated(["article_id", "start"]).any()


def test_the_first_two_terms_are_taken_where_none_is_asked_for(corpus):
    chosen = corpus.choose()
    assert counts(chosen.terms) == {"truce": 5, "deal": 2}
    assert counts(chosen.actors) == {"Osterby": 3, "Marsh": 3, "Kade": 2}
    assert counts(chosen.scores) == counts(chosen.actors)


def test_all_terms(corpus):
    assert counts(corpus.choose(terms="all").terms) == {"truce": 5, "deal": 2, "strike": 2}


def test_what_is_set_aside_is_never_counted(corpus):
    chosen = corpus.choose(terms="all")
    for frame in (chosen.actors, chosen.terms):
        assert not frame["matched"].isin(["Marsh Street", "big deal"]).any()
    for frame in (chosen.actor_patterns, chosen.term_patterns):
        assert "aside" not in set(frame["scope"])
    assert "set aside" not in set(chosen.term_patterns["label"])
    found = corpus.aside()
    assert found[["matched", "note"]].values.tolist() == [["Marsh Street", "a street"], ["big deal", "a way of speaking"]]


@pytest.mark.parametrize(
    ("asked", "labels"),
    [
        ([], ["Osterby", "Marsh", "nobody", "Kade"]),  # as in actors.csv
        (["Kade", "Osterby"], ["Kade", "Osterby"]),  # as asked
        (["kade", "OSTERBY"], ["Kade", "Osterby"]),
        (["nobody"], ["nobody"]),  # a label without a match keeps its row
    ],
)
def test_labels_come_in_the_order_asked_for(corpus, asked, labels):
    chosen = corpus.choose(actors=asked)
    assert list(dict.fromkeys(chosen.actor_patterns["label"])) == labels
    assert set(chosen.actors["label"]) == set(chosen.scores["label"]) == set(labels) - {"nobody"}


@pytest.mark.parametrize(
    ("asked", "labels"),
    [
        (["strike"], ["strike"]),
        (["strike", "Truce"], ["strike", "truce"]),
        (("deal",), ["deal"]),
        ("strike+Truce", ["strike", "truce"]),
    ],
)
def test_terms_asked_for(corpus, asked, labels):
    chosen = corpus.choose(terms=asked)
    assert list(dict.fromkeys(chosen.term_patterns["label"])) == labels
    assert set(chosen.terms["label"]) == set(labels)


def test_of_each_story_one_article_counts(corpus):
    assert corpus.stories() is corpus  # no two are of one story here
    several = corpus.choose(terms="all")
    several.metadata = several.metadata.assign(cluster=["x", "x", "b1", "c1"])
    once = several.stories()
    assert once.metadata["article_id"].tolist() == ["a1", "b1", "c1"]
    for name in ("terms", "actors", "scores", "sentences"):
        held = getattr(several, name)
        assert getattr(once, name)["article_id"].tolist() == held["article_id"][held["article_id"] != "a2"].tolist()


@pytest.mark.parametrize(
    ("asked", "ids"),
    [
        (["Morning Mail"], ["a1", "a2"]),
        (["MORNING  mail "], ["a1", "a2"]),
        (["evening post", "wire"], ["b1", "c1"]),
        ([], ["a1", "a2", "b1", "c1"]),
    ],
)
def test_sources_in_any_case(corpus, asked, ids):
    chosen = corpus.choose(sources=asked)
    assert chosen.articles["article_id"].tolist() == ids
    for name in ("sentences", "words", "actors", "scores"):
        assert set(getattr(chosen, name)["article_id"]) <= set(ids)
    left = chosen.dropped.set_index("article_id")["reason"]
    assert set(left.index) == {"a1", "a2", "b1", "c1", "c2"} - set(ids)
    assert (left.drop("c2") == "left out: another source than was asked for").all()


@pytest.mark.parametrize(
    ("start", "end", "ids"),
    [
        ("", "", ["a1", "a2", "b1", "c1"]),  # where no period is asked for, a date is not needed
        ("2025-03-03", "", ["a1", "a2", "b1"]),
        ("2025-03-04", "", ["a2", "b1"]),
        ("", "2025-03-20", ["a1", "a2", "b1"]),  # both days are inside
        ("2025-03-09", "2025-03-11", ["a2"]),
        ("2025-03-10", "", ["b1"]),  # a2 may have been published on the ninth
        ("", "2025-03-10", ["a1"]),  # or on the eleventh
        ("2025-03-20", "2025-03-20", ["b1"]),
    ],
)
def test_a_period_keeps_what_was_surely_published_in_it(corpus, start, end, ids):
    chosen = corpus.choose(start=start, end=end)
    assert chosen.articles["article_id"].tolist() == ids
    reasons = chosen.dropped.set_index("article_id")["reason"]
    if start or end:
        assert reasons["c1"] == "left out: a period was asked for, and its date is unknown"
    for each in {"a1", "a2", "b1"} - set(ids):
        assert reasons[each] == "left out: published, or possibly published, outside the period"


@pytest.mark.parametrize(
    ("voice", "actors", "terms"),
    [
        ("", {"Osterby": 3, "Marsh": 3, "Kade": 2}, {"truce": 5, "deal": 2}),
        ("narrator", {"Osterby": 2, "Marsh": 3, "Kade": 2}, {"truce": 5, "deal": 1}),
        ("quoted", {"Osterby": 1}, {"deal": 1}),
    ],
)
def test_a_voice(corpus, voice, actors, terms):
    chosen = corpus.choose(voice=voice)
    assert counts(chosen.actors) == counts(chosen.scores) == actors
    assert counts(chosen.terms) == terms
    assert len(chosen.articles) == 4  # articles without a match stay in the denominators


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"actors": ["Ostersby"]}, 'no actor "Ostersby": did you mean "Osterby"? There are: Osterby, Marsh, nobody, Kade'),
        ({"actors": ["set aside"]}, 'no actor "set aside"'),
        ({"terms": ["truces"]}, 'no term "truces": did you mean "truce"? There are: truce, deal, strike'),
        ({"terms": ["set aside"]}, 'no term "set aside"'),  # its words are nobody's
        ({"sources": ["Morning Male"]}, 'no source "Morning Male": did you mean "Morning Mail"? There are: Evening Post, '),
        ({"voice": "narator"}, 'no voice "narator": did you mean "narrator"? There are: narrator, quoted'),
        ({"start": "3 March"}, "start is '3 March', and has to be a day such as 2025-05-19"),
        ({"end": "2025-02-30"}, "end is '2025-02-30', and has to be a day such as 2025-05-19"),
        ({"start": "2025-03-05", "end": "2025-03-04"}, "start 2025-03-05 is after end 2025-03-04: swap them"),
        (
            {"start": "2031-01-01"},
            "no article is left of 4 (start 2031-01-01): published, or possibly published, outside the period: 3; "
            "a period was asked for, and its date is unknown: 1. The days of all: 3",
        ),
        ({"sources": ["wire"], "end": "2025-03-31"}, "no article is left of 4 (sources Wire, end 2025-03-31): "),
    ],
)
def test_what_cannot_be_chosen_is_one_line(corpus, parameters, message):
    with pytest.raises(BroadsheetError, match="^" + re.escape(message)) as caught:
        corpus.choose(**parameters)
    assert "\n" not in str(caught.value)


def test_choosing_twice_chooses_from_what_is_left(corpus):
    once = corpus.choose(actors=["Marsh"], sources=["Wire", "Morning Mail"])
    twice = once.choose(sources=["wire"])
    assert twice.articles["article_id"].tolist() == ["c1"]
    assert counts(twice.actors) == {"Marsh": 1}
    assert set(twice.dropped["article_id"]) == {"a1", "a2", "b1", "c2"}


def test_choosing_changes_nothing_in_the_whole(corpus):
    before = corpus.actors.copy(), corpus.dropped.copy()
    corpus.choose(actors=["Kade"], sources=["Wire"], voice="quoted")
    pd.testing.assert_frame_equal(corpus.actors, before[0])
    pd.testing.assert_frame_equal(corpus.dropped, before[1])


def test_what_is_kept_of_the_whole_is_for_a_part_what_the_part_gives_alone(tmp_path):
    line = "the envoy said that talks in the harbour hall would go on for as long as both sides were willing to sit down"
    texts = [f"Marsh was pleased. On Monday {line}.", f"“A happy day,” Kade said; {line}.", f"Osterby lied, and yet {line}."]
    rows = [f'{source},"{text}"' for source, text in zip(["Mail", "Post", "Wire"], texts, strict=True)]
    (tmp_path / "articles").mkdir()
    (tmp_path / "articles" / "all.csv").write_text("\n".join(["source,text", *rows]), encoding="utf-8")
    (tmp_path / "actors.csv").write_text(ACTORS, encoding="utf-8")
    whole = store.annotated(load.study(tmp_path))
    part = whole.choose(sources=["Mail", "Wire"])
    assert (len(whole.passages), len(part.passages), len(part.scores)) == (3, 1, 2)
    same = pd.testing.assert_frame_equal
    same(part.passages, compare.passages(part.articles, part.quotes))
    same(part.scored("vader"), score.sentiment(part.actors, part.sentences, scorer="vader"))
    own = quote.narrated(part.sentences, part.quotes)
    rated = score.subjectivity(own["sentence"]).groupby(own["article_id"], sort=False)
    assert part.subjectivity["subjectivity"].tolist() == rated.sum().tolist()
    assert part.subjectivity["sentences"].tolist() == rated.size().tolist() == [2, 1]


def test_strict_terms_leave_the_wide_ones_out(corpus):
    terms, patterns = corpus.choose(terms="all").strict()
    assert counts(terms) == {"truce": 4, "deal": 2, "strike": 2}  # strike has only wide patterns, and keeps them
    assert patterns[["label", "pattern"]].values.tolist() == [["truce", "truce"], ["deal", "deal"], ["strike", "strike"]]


# Words counted by hand: a1 14, a2 13, b1 15, c1 8.
@pytest.mark.parametrize(
    ("parameters", "line"),
    [
        ({}, "4 articles of 3 sources, 50 words, 3 March to 20 March 2025; 1 more left out"),
        ({"sources": ["Wire"]}, "1 article of 1 source, 8 words, dates unknown; 4 more left out"),
        ({"sources": ["Evening Post"]}, "1 article of 1 source, 15 words, 20 March 2025; 4 more left out"),
        ({"end": "2025-03-11"}, "2 articles of 1 source, 27 words, 3 March to 11 March 2025; 3 more left out"),
    ],
)
def test_the_corpus_in_one_line(corpus, parameters, line):
    assert corpus.choose(**parameters).line() == line


def test_an_unknown_source_is_no_source_more(corpus):
    """Of the four articles, two are of the Morning Mail."""
    some = copy.copy(corpus)
    mail = corpus.metadata["source"] == "Morning Mail"
    some.metadata = corpus.metadata.assign(source=corpus.metadata["source"].mask(mail, "unknown"))
    assert some.line().startswith("4 articles of 2 sources (2 of an unknown one), 50 words")
    some.metadata = corpus.metadata.assign(source="unknown")
    assert some.line().startswith("4 articles of unknown source, 50 words")


def test_a_corpus_of_two_years_says_both(corpus):
    older = copy.copy(corpus)
    older.metadata = corpus.metadata.assign(published_from=corpus.metadata["published_from"] - pd.Timedelta(days=365))
    assert older.days() == "3 March 2024 to 20 March 2025"


def test_the_caption_says_how_we_know_and_what_is_left_out(corpus):
    assert corpus.caption() == (
        "Study harbour. Sources: 4 stated. Dates: 3 stated, 1 unknown; 1 article left out (see 00_corpus)."
    )
    assert store.annotated(load.study("peace-talks")).caption() == (
        "Study peace-talks. Sources: 4 unknown, 1 inferred. Dates: 5 inferred."
    )


@pytest.mark.parametrize(
    ("rows", "names"),
    [
        ([("Mail", "2025-03-03"), ("Post", "2025-03-03")], ["Mail", "Post"]),
        ([("Mail", "2025-03-03"), ("Mail", "2025-03-14")], ["Mail, 3 Mar 2025", "Mail, 14 Mar 2025"]),
        ([("Mail", "2025-03-03"), ("Mail", "2025-03-03")], ["Mail, x0", "Mail, x1"]),
        ([("Mail", ""), ("Mail", "2025-03-14"), ("Post", "")], ["Mail, x0", "Mail, 14 Mar 2025", "Post"]),
    ],
)
def test_articles_are_called_by_their_source_and_by_more_where_it_does_not_tell(tmp_path, rows, names):
    lines = "".join(f"x{n},{source},{day},Ship number {n} came in.\n" for n, (source, day) in enumerate(rows))
    (tmp_path / "articles").mkdir()
    (tmp_path / "articles" / "all.csv").write_text("id,source,published,text\n" + lines)
    assert store.annotated(load.study(tmp_path)).articles["name"].tolist() == names


def test_a_corpus_of_which_nothing_can_be_used_says_why(tmp_path):
    (tmp_path / "articles").mkdir()
    (tmp_path / "articles" / "scan.pdf").write_text("%PDF-1.7")
    with pytest.raises(BroadsheetError, match=r"no article of .* can be used: cannot be read: the format \.pdf is not read"):
        store.annotated(load.study(tmp_path))


def test_an_unknown_scorer_is_named_before_any_work(tmp_path):
    with pytest.raises(BroadsheetError, match='did you mean "vader"'):
        store.annotated(None, scorer="vadar")


def test_a_rate_divides_by_the_words_of_the_voice_that_was_asked_for(corpus):
    whole = corpus.choose().articles.set_index("article_id")["words"]
    quoted = corpus.choose(voice="quoted").articles.set_index("article_id")["words"]
    narrator = corpus.choose(voice="narrator").articles.set_index("article_id")["words"]
    assert quoted.to_dict() == {"a1": 2, "a2": 0, "b1": 2, "c1": 0}  # No deal; Osterby lied
    assert (quoted + narrator).to_dict() == whole.to_dict()


def test_labels_that_differ_in_case_alone_are_told_apart(tmp_path):
    (tmp_path / "articles").mkdir()
    (tmp_path / "articles" / "a.txt").write_text("Marsh spoke. A marsh is wet.")
    (tmp_path / "actors.csv").write_text("label,pattern\nMarsh,Marsh\nmarsh,a marsh\n")
    corpus = store.annotated(load.study(tmp_path), "vader")
    assert [set(corpus.choose(actors=[name]).actors["label"]) for name in ("Marsh", "marsh")] == [{"Marsh"}, {"marsh"}]

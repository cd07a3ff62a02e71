"""The five articles of the first study: the bytes, and what a reader counts in them by hand."""

import hashlib

import pytest

from broadsheet import ROOT, coded, find, load, store

SEEDS = ROOT / "seeds"
SHA256 = {
    "000_c4854f154b72e000.txt": "3075260e05fe36d628c727983ee554bac7f5ed5aa0f6108211ee62dcdf9c60fb",
    "001_122c3ee6acbfcef9.txt": "626919429f61edf2a5ac8fa06b4131abbd751a924c95bb6d542a2fbbe353d38b",
    "002_44899c046573ad32.txt": "d9295126155b81c09518ed59d68e8c1a332d0d499533c003633c2a7b962e58cc",
    "003_8d634213a0d69c48.txt": "c48e07288cd9b3439babc390d873efa54988301d7d643d60ff1125b1cafbb8ba",
    "004_1156ec81e476a01b.txt": "1c1d2c5d121f40b1ecce7394dd97987ae7f4ca5398971f3e1cc533291186238e",
}
IDS = [name.removesuffix(".txt") for name in SHA256]


@pytest.fixture(scope="module")
def corpus():
    return store.annotated(load.study("peace-talks"))


def per_article(frame):
    """How many rows each of the five has, in their order."""
    return [int((frame["article_id"] == article).sum()) for article in IDS]


def texts(corpus, frame):
    whole = corpus.articles.set_index("article_id")["text"]
    return [whole[row.article_id][row.start : row.end] for row in frame.itertuples()]


@pytest.mark.parametrize(("name", "sha256"), SHA256.items())
def test_the_seeds_are_byte_for_byte_as_given(name, sha256):
    assert hashlib.sha256((SEEDS / name).read_bytes()).hexdigest() == sha256


def test_nothing_else_stands_beside_the_seeds():
    assert sorted(path.name for path in SEEDS.iterdir()) == list(SHA256)


def test_all_five_are_kept_in_their_order(corpus):
    assert corpus.articles["article_id"].tolist() == IDS
    assert corpus.dropped.empty


def test_no_source_and_no_date_is_claimed_as_stated(corpus):
    for column in ("source_basis", "published_basis"):
        assert corpus.articles[column].str.match(r"(unknown|inferred): \S").all()


def test_an_outlet_that_a_text_cites_is_not_its_source(corpus):
    cited = {
        "Axios",
        "CNN",
        "Fox News",
        "ABC News",
        "Bloomberg",
        "The New York Times",
        "The Wall Street Journal",
        "TASS",
    }
    assert not cited & set(corpus.articles["source"])
    assert corpus.articles["source"].nunique() == 5


@pytest.mark.parametrize(
    ("number", "first", "last"),
    [
        (0, "2025-08-17", "2025-08-18"),  # Fox News Sunday after the summit of 15 August, before the White House meeting
        (1, "2025-09-13", "2025-09-14"),  # a Saturday, not yet a month after 15 August
        (2, "2025-05-20", "2025-05-25"),  # the week of the calls of Monday 19 May
        (3, "2025-05-26", "2025-06-01"),  # the week of the report of Monday 26 May
        (4, "2025-10-17", "2025-10-17"),  # the day after Thursday 16 October
    ],
)
def test_the_texts_bound_their_dates(corpus, number, first, last):
    row = corpus.articles.iloc[number]
    assert [f"{row.published_from:%Y-%m-%d}", f"{row.published_to:%Y-%m-%d}"] == [first, last]
    assert (row.published == row.published) == (first == last)  # a range of days is no day


# Counted by reading, 000 to 004.
@pytest.mark.parametrize(
    ("label", "counts"),
    [
        ("Trump", [11, 11, 16, 24, 22]),
        ("Putin", [7, 11, 22, 5, 16]),
        ("Zelensky", [1, 2, 3, 0, 6]),
        ("Orban", [0, 0, 0, 0, 4]),
        ("NATO", [0, 3, 1, 0, 1]),  # "a NATO member" is Poland
        ("EU", [0, 1, 1, 0, 4]),
        ("US administration", [1, 2, 3, 5, 2]),  # Washington once, in the fourth
    ],
)
def test_mentions_of_an_actor(corpus, label, counts):
    assert per_article(corpus.actors[corpus.actors["label"] == label]) == counts


@pytest.mark.parametrize(
    ("label", "scope", "counts"),
    [
        ("ceasefire", "strict", [6, 3, 2, 0, 0]),
        ("ceasefire", "wide", [1, 0, 0, 0, 0]),  # "halt the fighting"
        ("peace deal", "strict", [3, 0, 1, 0, 0]),
        ("peace deal", "wide", [2, 1, 2, 2, 2]),  # the last: peaceful solution, acceptable deal
        ("security guarantees", "strict", [0, 0, 0, 0, 0]),
    ],
)
def test_matches_of_a_term(corpus, label, scope, counts):
    found = corpus.terms[(corpus.terms["label"] == label) & (corpus.terms["scope"] == scope)]
    assert per_article(found) == counts


@pytest.mark.parametrize(
    ("phrase", "article", "label"),
    [
        ("Trump administration", 2, "US administration"),
        ("Trump administration officials", 0, "US administration"),
        ("Trump’s administration", 1, "US administration"),
        ("the Kremlin leader", 0, "Putin"),
        ("Donald Tusk", 1, "European leaders"),
        ("president of Ukraine Volodymyr Zelensky", 4, "Zelensky"),
        ("Russian counterpart Vladimir Putin", 4, "Putin"),
        ("Viktor Orbán", 4, "Orban"),
        ("Biden administration", 4, "set aside"),
    ],
)
def test_the_longest_description_decides_whose_words_they_are(corpus, phrase, article, label):
    row = corpus.articles.iloc[article]
    start = row.text.index(phrase)
    actors = corpus.actors
    inside = actors[
        (actors["article_id"] == row.article_id) & (actors["start"] < start + len(phrase)) & (actors["end"] > start)
    ]
    assert inside["label"].unique().tolist() == [label]


def test_a_name_inside_a_name_for_others_is_set_aside_by_a_rule_that_the_reader_sees(corpus):
    found = corpus.aside()
    ruled = found[found["note"].str.startswith("rule: ")]
    assert [(row.label, row.note, row.right.split(" on ")[0]) for row in ruled.itertuples()] == [
        ("Trump", "rule: somebody's people", "’s senior adviser")
    ]


def test_the_fighting_in_gaza_is_no_ceasefire(corpus):
    phrase = "hostilities between Hamas and Israel"
    assert phrase in corpus.articles["text"].iloc[4]
    assert corpus.terms.loc[corpus.terms["matched"] == phrase, "scope"].tolist() == ["aside"]
    chosen = corpus.choose(terms="all")
    assert not (chosen.terms["matched"].str.contains("ostilities")).any()


def test_what_was_taken_out_line_by_line(corpus):
    found = [(row.article_id[:3], row.line_no, row.rule, row.line[:22]) for row in corpus.removed.itertuples()]
    assert found == [
        ("001", 8, "shortcode", "[inline_related_posts "),
        ("002", 34, "credit", "Laura Kelly contribute"),
        ("003", 3, "reading time", "4 minutes, 56 seconds "),
        ("003", 79, "stay-tuned invitation", "For more information o"),
        ("003", 81, "share or related-posts widget", "Share This Post"),
        ("003", 84, "share or related-posts widget", "Similar Posts"),
        ("004", 1, "glued words", "… the conflict in Ukra"),
        ("004", 1, "glued words", "… Russian counterpart "),
    ]


def test_the_credit_is_kept_beside_the_text(corpus):
    assert corpus.articles["credit"].tolist() == ["", "", "Laura Kelly contributed reporting", "", ""]


@pytest.mark.parametrize(
    ("before", "after"),
    [("Ukraineannouncing", "Ukraine announcing"), ("Putinafter", "Putin after")],
)
def test_glued_words_are_parted_and_listed(corpus, before, after):
    text = corpus.articles["text"].iloc[4]
    assert before not in text and after in text
    lines = corpus.removed[corpus.removed["rule"] == "glued words"]
    assert (lines["line"].str.contains(before) & lines["replacement"].str.contains(after)).sum() == 1


def test_no_other_letter_of_the_seeds_changes(corpus):
    taken = corpus.removed[corpus.removed["replacement"] == ""].groupby("article_id")["line"].apply(list)
    for row in corpus.articles.itertuples():
        raw = (SEEDS / f"{row.article_id}.txt").read_text(encoding="utf-8")
        for line in taken.get(row.article_id, []):
            assert raw.count(line) == 1
            raw = raw.replace(line, "")
        assert "".join(raw.split()) == "".join(row.text.split())


# wc -w on the file, less its lone dashes and the words of the lines taken out; "(R-N.C.)" and "(D-N.H.)" are two each.
@pytest.mark.parametrize(
    ("number", "words"),
    [
        (0, 434 - 3),
        (1, 499 - 17),
        (2, 1061 - 1 - 4 + 2),
        (3, 960 - 5 - 22 - 3 - 2),
        (4, 855 - 3 + 2),  # two words more, since two were glued
    ],
)
def test_words_per_article(corpus, number, words):
    assert corpus.articles["words"].iloc[number] == words
    assert per_article(corpus.words)[number] == words


def test_headings_are_sentences_of_their_own(corpus):
    found = corpus.sentences[corpus.sentences["part"] == "heading"]
    assert list(zip(found["article_id"].str[:3], found["sentence"], strict=True)) == [
        ("000", "Trump's position after the summit with Putin"),
        ("003", "A Shift in U.S. Policy?"),
        ("003", "Trump’s Stance on the Ukraine Conflict"),
        ("003", "Kremlin’s Response and the Broader Context"),
        ("003", "Implications for Global Diplomacy"),
        ("003", "A Polarized Debate"),
    ]


def test_the_one_headline_is_the_title_and_the_first_sentence(corpus):
    title = "Trump Signals Potential Exit from Ukraine Peace Talks, Hesitant on Russia Sanctions"
    assert corpus.articles["title"].tolist() == ["", "", "", title, ""]
    found = corpus.sentences[corpus.sentences["part"] == "headline"]
    assert found[["article_id", "sentence_no", "sentence"]].values.tolist() == [[IDS[3], 0, title]]


def test_quotations_per_article(corpus):
    assert per_article(corpus.quotes) == [8, 9, 17, 6, 13]


@pytest.mark.parametrize(
    ("number", "quotation"),
    [
        (0, "not the big guy that he thinks he is and certainly not the dealmaking genius."),
        (1, "on pause,"),
        (2, "extraditing"),
        (3, "He said, essentially, ‘I’m out,’"),  # the inner one belongs to it
        (4, "Hungary is the island of PEACE!"),
    ],
)
def test_quotations_are_found_whole(corpus, number, quotation):
    found = texts(corpus, corpus.quotes[corpus.quotes["article_id"] == IDS[number]])
    assert found.count(quotation) == 1


@pytest.mark.parametrize(
    ("number", "phrase", "voice"),
    [
        (0, "mere ceasefire", "quoted"),
        (0, "pressing for a ceasefire", "narrator"),
        (0, "hammer out a peace deal", "quoted"),
        (2, "immediate 30-day ceasefire", "narrator"),
        (2, "a potential ceasefire", "quoted"),
        (2, "on a peace deal", "narrator"),  # the quotation closes two words before
    ],
)
def test_who_says_it(corpus, number, phrase, voice):
    end = corpus.articles["text"].iloc[number].index(phrase) + len(phrase)
    terms = corpus.terms
    assert terms.loc[(terms["article_id"] == IDS[number]) & (terms["end"] == end), "voice"].tolist() == [voice]


@pytest.mark.parametrize("table", ["actors", "terms"])
def test_every_place_holds_its_match(corpus, table):
    frame = getattr(corpus, table)
    assert texts(corpus, frame) == frame["matched"].tolist()
    assert not frame.duplicated(["article_id", "start"]).any()


def test_every_mention_of_an_actor_is_hand_coded_twice(corpus):
    counted = corpus.actors[corpus.actors["scope"] != "aside"]
    gold = find.gold(corpus.study.gold, corpus.sentences, counted)
    assert set(gold["problem"]) == {""}
    for passed in ("1", "2"):
        rows = gold[gold["round"] == passed]
        assert len(rows) == len(counted) and not rows.duplicated(["article_id", "start", "label"]).any()
    settled = coded.settled(gold)
    assert len(settled) == len(counted) and "" not in set(settled["coded"])  # no disagreement is left open
    assert (gold["probability"] == 1).all()

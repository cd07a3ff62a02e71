"""Articles → sentences → words: where a sentence ends, what a heading is, what a word is."""

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from broadsheet import find, quote, split, tables


def article(text, title=""):
    return pd.DataFrame({"article_id": ["a"], "title": [title], "text": [text]})


@pytest.mark.parametrize(
    "text",
    [
        # "|" marks the ends that have to be found
        "Marsh left. | Osterby stayed.",
        "Is it over? | Yes! | It is.",
        "The U.S. Senate met. | Sen. Ann Marsh left.",
        "They met in the U.S. | The talks failed.",
        "U.S. officials met in Washington, D.C. | The talks failed.",
        "J.D. Vance spoke. | He left.",
        "(Marsh denies the claim.) | Kade did not reply. | [Lund left.] | “We go,” she said.",
        "Kade left (Marsh said he would.) and came back. | Kade (he is 70.) left.",
        "Ms. Marsh left, Mr. Kade said of Ms. Lund. | “I like Ms. Lund,” he said.",
        "MS. MARSH: We go. | She has MS. | He left with Amb. Lund and ex-Rep. Ruiz.",
        "Marsh met J.D. Vance on Monday. | He left.",
        "George W. Bush met Gov. J. B. Kade. | Then he left.",
        "Talks end at 5 p.m. ET on Monday. | Marsh left.",
        "Talks began at 10 a.m. Moscow time. | Marsh left.",
        "He left at 5 p.m. | She stayed.",
        "Talks ended at 11 p.m. | Moscow said nothing.",
        "The F.B.I. asked him. | He was asked by the F.B.I. | His lawyers were there.",
        "They met:A.A was there.",
        "It was Plan B. | Two days later it failed.",
        "She grew up in Albany, N.Y. | Then she moved.",
        "They meet at 10 a.m. ET. | He calls at 6 p.m. GMT. | She stayed.",
        "Talks began at 10 a.m. Monday in Osterby. | The truce took effect at 6 p.m. April 19 and held.",
        "It ends at 8 p.m. on Oct. 3. | It ends at 8 p.m. Oct. 3, she said.",
        "He left at 5 p.m. | NATO said nothing.",
        "Mr. Osterby, Dr. Marsh and Mrs. Kade met Lt. Col. Bo Lind. | They left.",
        "Rep. Kade (R-Iowa) and Sen. Marsh (D-N.H.) left. | Nobody stayed.",
        "It rose 3.5 percent to $1.2 million. | Nobody cheered.",
        "Marsh Inc. sued Osterby Corp. on Monday. | It lost.",
        "He spoke on Jan. 5. | Then he left.",
        "No. 7 came in first (see p. 5). | No. 8 sank.",
        # a quotation of several sentences is split, its ends stay with the words around it
        "“We tried. | We failed. | We go on,” Marsh said. | Osterby left.",
        "Marsh said: “No. | Never.” | Osterby left.",
        "“Really?” she asked. | Osterby left.",
        # also with a name that has a capital, where what is quoted ends in a mark of its own
        "“Stop the war!” Marsh said. | Osterby left.",
        "“Why? | Why now?” Jo Marsh asked reporters.",
        '"We won!" President Marsh wrote on Monday.',
        "‘What is the point?’ Mr. Marsh told aides.",
        "“Stop!” | Marsh left.",
        "She was asked: “Why now?” | Marsh said she did not know.",
        "“Is it over?” | Marsh said that she could not tell.",
        "“Is it over?” | The Osterby talks failed, he said.",
        '"We met J.D. Vance in the U.S. Senate. | It went well," Marsh said. | Osterby left.',
        "“No dispute,” said Kade. | “This is sabotage, and it must end.\n | “We go,” he said.",
        '"No dispute," said Kade. | "This is sabotage, and it must end.\n | "We go," he said.',
        'The "plan" failed. | Marsh called it "a joke, a bad one." | Osterby left.',
        # the end of a line is the end of a sentence
        "Talks Resume in Osterby\n | The harbour is shut.",
        "The harbour is shut\n\n | and so is the pier.",
        "Marsh left.\n\n\n | Osterby stayed.",
    ],
)
def test_where_a_sentence_ends(text):
    found = split.sentences(article(text.replace("| ", "")))
    assert found["sentence"].tolist() == [each.strip() for each in text.split("|")]
    assert found["sentence_no"].tolist() == list(range(text.count("|") + 1))


@pytest.mark.parametrize(
    ("line", "part"),
    [
        ("A Shift in Policy?", "heading"),
        ("What the mayor wants", "heading"),
        ("Marsh’s Stand on the Pier", "heading"),
        ("The pier (and the harbour)", "heading"),
        ("Will it hold?", "body"),
        ("Marsh left.", "body"),
        ("“No,” Marsh said:", "body"),
        ("and so it went on", "body"),
        ("The mayor of the town said on Monday that nobody would ever shut the harbour again", "body"),
    ],
)
def test_a_short_line_without_a_stop_is_a_heading(line, part):
    found = split.sentences(article(f"The harbour is shut.\n{line}\nNobody spoke."))
    assert found["part"].tolist() == ["body", part, "body"]
    assert found["sentence"].tolist()[1] == line


def test_the_last_line_is_no_heading():
    assert split.sentences(article("Marsh left.\nMorning Mail"))["part"].tolist() == ["body", "body"]


@pytest.mark.parametrize(
    ("title", "parts"),
    [
        ("Talks Resume in Osterby", ["headline", "body"]),
        ("", ["heading", "body"]),
        ("Another Title", ["heading", "body"]),
    ],
)
def test_the_headline_is_the_first_line_that_is_the_title(title, parts):
    found = split.sentences(article("Talks Resume in Osterby\nTalks Resume in Osterby, Marsh said.", title))
    assert found["part"].tolist() == parts


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Marsh left.", ["Marsh", "left"]),
        # hyphens and apostrophes join, dashes part
        ("a cease-fire, a cease‑fire", ["a", "cease-fire", "a", "cease‑fire"]),
        ("the 30-day truce", ["the", "30-day", "truce"]),
        ("❤️ 👨‍👩‍👧 ☺️ ok", ["ok"]),
        ("Cafe\u0301 Osterby", ["Cafe\u0301", "Osterby"]),
        ("Marsh’s boat isn't Osterby's", ["Marsh’s", "boat", "isn't", "Osterby's"]),
        ("a truce—a trap – and more", ["a", "truce", "a", "trap", "and", "more"]),
        ("the dockers’ pay", ["the", "dockers", "pay"]),
        ("‘No,’ she said, “never”", ["No", "she", "said", "never"]),
        # abbreviations keep their stops
        ("the U.S. and the U.S", ["the", "U.S.", "and", "the", "U.S"]),
        ("the U.S.’s U.S.-led talks", ["the", "U.S.’s", "U.S.-led", "talks"]),
        ("J.D. Marsh left at 5 p.m.", ["J.D.", "Marsh", "left", "at", "5", "p.m."]),
        ("Marsh et al. left", ["Marsh", "et", "al", "left"]),
        # figures keep the separators inside them
        ("1,000 boats, 3.5 percent, $200, 50%", ["1,000", "boats", "3.5", "percent", "200", "50"]),
        ("In 2025, 7 left.", ["In", "2025", "7", "left"]),
        ("one,two.three", ["one", "two", "three"]),
        # letters of any alphabet, and nothing else
        ("Orbán, Łódź, Київ, 北京", ["Orbán", "Łódź", "Київ", "北京"]),
        ("yes 🙂 & no @ Marsh #truce", ["yes", "no", "Marsh", "truce"]),
        ("AT&T", ["AT", "T"]),
        ("… — “” .", []),
        ("", []),
    ],
)
def test_what_a_word_is(text, words):
    assert [text[start:end] for start, end in tables.word_spans(text)] == words
    found = split.words(split.sentences(article(text)))
    assert found["word"].tolist() == words


SENTENCES = [
    "Marsh left.", "The U.S. isn’t there, Sen. Osterby said at 5 p.m. ET.", "“We tried. We failed,” she said.",
    "Is it over?!", "A Shift in Policy?", "Zoë Orba\u0301n met İlkay and Ms Weiß 🙂🙂.", "‘No’", "e.g. this…", "J.D. Vance",
    "1,000 a.m.", "«Ça va»", "\u200b", "平和。終わり。", "no end", "(see p. 5)", "Orbán’s cease-fire plan: two ceasefires.",
    "\u00a0", "…", "𝔐arsh’s", "\u202eabc",
]  # fmt: skip
TEXTS = st.lists(
    st.tuples(st.sampled_from(SENTENCES), st.sampled_from([" ", "\n", "\n\n", "  \n", " \t", "\n \n"])), max_size=12
).map(lambda pairs: "".join(f"{sentence}{end}" for sentence, end in pairs))
PATTERNS = tables.make(
    "patterns",
    [
        ("Marsh", "Marsh", "strict", ""),
        ("Orban", "Orban", "strict", ""),
        ("truce", "cease-fire", "strict", ""),
        ("US", "U.S.", "strict", ""),
        ("end", "re:[Ee]nd|p\\. 5", "strict", ""),
    ],
)


@settings(max_examples=250, deadline=None)
@given(TEXTS | st.text(max_size=60), st.sampled_from(["", "Marsh left."]))
def test_every_place_holds_what_the_table_says(text, title):
    articles = article(text, title)
    sentences = split.sentences(articles)
    words = split.words(sentences)
    mentions = find.mentions(sentences, PATTERNS)
    for frame, column in ((sentences, "sentence"), (words, "word"), (mentions, "matched")):
        assert [text[row.start : row.end] for row in frame.itertuples()] == frame[column].tolist()
        assert frame["start"].is_monotonic_increasing
        assert (frame["end"] > frame["start"]).all()
        assert (frame["start"].iloc[1:].to_numpy() >= frame["end"].iloc[:-1].to_numpy()).all()  # none overlaps the next
    assert (sentences["sentence"] == sentences["sentence"].str.strip()).all()
    assert not sentences["sentence"].str.contains("\n").any()
    # no letter stands outside a sentence, and the words of the sentences are the words of the article
    outside = list(text)
    for row in sentences.itertuples():
        outside[row.start : row.end] = " " * (row.end - row.start)
    assert not "".join(outside).strip()
    assert len(words) == len([each for line in text.split("\n") for each in tables.word_spans(line)])
    inside = words.merge(sentences, on=["article_id", "sentence_no"], suffixes=("", "_of"))
    assert (inside["start"] >= inside["start_of"]).all() and (inside["end"] <= inside["end_of"]).all()
    assert len(quote.narrated(sentences, quote.quotes(articles))) <= len(sentences)


def test_no_articles_no_sentences():
    empty = split.sentences(article("").head(0))
    assert len(empty) == len(split.sentences(article(""))) == len(split.words(empty)) == 0
    assert list(split.words(empty)) == list(tables.COLUMNS["words"])

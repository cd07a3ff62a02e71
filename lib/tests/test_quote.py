"""What stands between quotation marks, of every kind; and whose voice a mention is in."""

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from broadsheet import quote, split


def quoted(text):
    found = quote.quotes(pd.DataFrame({"article_id": ["a"], "text": [text]}))
    return [text[row.start : row.end] for row in found.itertuples()]


@pytest.mark.parametrize(
    ("text", "quotations"),
    [
        # every kind of mark
        ("“We tried,” Marsh said.", ["We tried,"]),
        ('"We tried," Marsh said.', ["We tried,"]),
        ("‘We tried,’ Marsh said.", ["We tried,"]),
        # a mark between blanks closes what is open, one before a comma opens nothing, one run into its sentence opens it
        ('"It is called a \'truce,\' " Marsh said of Kade. "It failed."', ["It is called a 'truce,' ", "It failed."]),
        ('Kade wants to "break the truce " after Marsh.', ["break the truce "]),
        ("Marsh was \"treated like a 'fool'\", Kade said, and left.", ["treated like a 'fool'"]),
        ('Marsh told them."We go," Kade said,"We stay."', ["We go,", "We stay."]),
        ('A 5" pipe and a 6" one.', []),
        ('"... and we go," Marsh said.', ["... and we go,"]),
        ("'We tried,' Marsh said.", ["We tried,"]),
        ("«Nous partons», dit Marsh.", ["Nous partons"]),
        ("« Nous partons », dit Marsh.", [" Nous partons "]),
        ("„Wir gehen“, sagte Marsh.", ["Wir gehen"]),
        ("„Wir gehen“, sagte Marsh, „und zwar jetzt“.", ["Wir gehen", "und zwar jetzt"]),
        ("„Idziemy”, powiedział Marsh.", ["Idziemy"]),
        ("»Wir gehen«, sagte Marsh. »Gut so«, sagte sie.", ["Wir gehen", "Gut so"]),
        ('„Wir gehen", sagte Marsh zu Ruiz.', ["Wir gehen"]),
        # mixed, as sites do
        ('Marsh said "we tried”.', ["we tried"]),
        ('Marsh said “we tried".', ["we tried"]),
        # where they stand
        ("Marsh called it a “trap”—and left.", ["trap"]),
        ("(“No,” she said.)", ["No,"]),
        ('She said:"No."', ["No."]),
        ('"No,"she said.', ["No,"]),
        ('"No", she said, "never".', ["No", "never"]),
        ("“No…” — “Yes!”", ["No…", "Yes!"]),
        ("“Yes.” “No.” “Perhaps.”", ["Yes.", "No.", "Perhaps."]),
        ("“We tried,” Marsh said, “and we failed.”", ["We tried,", "and we failed."]),
        ("“We tried. We failed. We go on.”", ["We tried. We failed. We go on."]),
        # nested: the outermost counts
        ("“He said ‘no’ to me,” Marsh said.", ["He said ‘no’ to me,"]),
        ("\"He said 'no' to me,\" Marsh said.", ["He said 'no' to me,"]),
        ("‘He said “no” to me,’ Marsh said.", ["He said “no” to me,"]),
        ("“‘No,’ he said,” Marsh said.", ["‘No,’ he said,"]),
        ("“He told “the boss” that she must go,” Marsh said.", ["He told “the boss” that she must go,"]),
        ("‘He told me: “Go home.”’ She left.", ["He told me: “Go home.”"]),
        ("‘“Never”, he told me,’ said Marsh.", ["“Never”, he told me,"]),
        ("‘It is “great”’, he said.", ["It is “great”"]),
        # apostrophes, possessives, feet and inches open nothing
        ("The dockers’ pay wasn’t Osterby’s.", []),
        ("The dockers' pay wasn't Osterby's.", []),
        ("A 6'2\" man met a 5' 3\" one.", []),
        ('A 12" pipe and a 6" one.', []),
        ("’Tis the season; the ’90s are ’til now.", []),
        ("'Tis the season; the '90s are 'til now.", []),
        ("The ‘dockers’ pay’ row went on.", ["dockers’ pay"]),
        ("A ‘stop Putin’ plan, she said, is ‘late’.", ["stop Putin", "late"]),
        ("It is ‘never again’ for some, and ‘why not’ for her.", ["never again", "why not"]),
        ("‘Nobody here is sayin’ that he lied,’ she said.", ["Nobody here is sayin’ that he lied,"]),
        ("‘It’s the dockers’ turn,’ she said.", ["It’s the dockers’ turn,"]),
        ("It’s five o’clock, and she said: ‘It’s late, and I’m off’.", ["It’s late, and I’m off"]),
        # nothing between them
        ("“”", []),
        ('“ ” and ""', []),
        ("", []),
        # nobody closes it: it ends with its sentence
        ("“We tried. We failed.", ["We tried."]),
        ("“I told Sen. Ruiz of the U.S. Army that we tried. Marsh left.", ["I told Sen. Ruiz of the U.S. Army that we tried."]),
        ("“We tried to win 3.5 percent", ["We tried to win 3.5 percent"]),
        ("“We tried. Marsh left.\nOsterby “won”.", ["We tried.", "won"]),
        # the next paragraph of one quotation opens with a mark again
        ("“We tried. And tried.\n“We failed,” Marsh said.", ["We tried. And tried.", "We failed,"]),
        ('"We tried. And tried.\n"We failed," Marsh said.', ["We tried. And tried.", "We failed,"]),
        ("“One.\n“Two.\n“Three,” Marsh said.", ["One.", "Two.", "Three,"]),
        ("'We tried. And tried.\n'We failed,' Marsh said.", ["We tried. And tried.", "We failed,"]),
        ("‘We tried. And tried.\n‘We failed,’ Marsh said.", ["We tried. And tried.", "We failed,"]),
        ("'Tis late, and the dockers left.\n'We failed,' Marsh said.", ["We failed,"]),
    ],
)
def test_what_stands_between_quotation_marks(text, quotations):
    assert quoted(text) == quotations


def test_the_columns_that_nobody_fills_yet_are_empty():
    found = quote.quotes(pd.DataFrame({"article_id": ["a"], "text": ["“No,” Marsh said."]}))
    assert found.values.tolist() == [["a", 1, 4, "direct", "", -1, -1, ""]]


@pytest.mark.parametrize(
    ("text", "word", "voice"),
    [
        ("“The truce holds,” Marsh said.", "truce", "quoted"),
        ("“The truce holds,” Marsh said.", "Marsh", "narrator"),
        ("Marsh called the truce “a trap”.", "truce", "narrator"),
        ("“We tried,” Marsh said of the truce. “It failed.”", "truce", "narrator"),
        ("“We tried,” she said. “The truce failed.”", "truce", "quoted"),
        ("“We tried.\n“The truce failed,” she said.", "truce", "quoted"),
        ("Marsh wants no “truce”.", "truce", "quoted"),  # scare quotes are another's word too
        ("The dockers’ truce wasn’t Osterby’s.", "truce", "narrator"),
    ],
)
def test_whose_words_they_are(text, word, voice):
    at = text.index(word)
    mentions = pd.DataFrame({"article_id": ["a"], "start": [at], "end": [at + len(word)]})
    other = pd.DataFrame({"article_id": ["b"], "text": [f"“{text}”"]})  # quotations of another article do not count
    quotes = quote.quotes(pd.concat([pd.DataFrame({"article_id": ["a"], "text": [text]}), other]))
    assert quote.voices(mentions, quotes)[["voice", "speaker"]].values.tolist() == [[voice, ""]]


def test_without_mentions_or_quotations_there_are_the_columns_still():
    articles = pd.DataFrame({"article_id": ["a"], "text": ["Marsh left."]})
    none = quote.quotes(articles)
    mentions = pd.DataFrame({"article_id": ["a"], "start": [0], "end": [5]})
    assert len(none) == 0
    assert quote.voices(mentions, none)["voice"].tolist() == ["narrator"]
    assert list(quote.voices(mentions.head(0), none)[["voice", "speaker"]]) == ["voice", "speaker"]


def test_the_narrators_own_sentences_hold_no_quotation():
    text = "Marsh left. “No,” she said. The “plan” failed. Osterby stayed."
    articles = pd.DataFrame({"article_id": ["a"], "title": [""], "text": [text]})
    own = quote.narrated(split.sentences(articles), quote.quotes(articles))
    assert own["sentence"].tolist() == ["Marsh left.", "Osterby stayed."]


PIECES = [
    "“",
    "”",
    '"',
    "‘",
    "’",
    "'",
    "«",
    "»",
    "„",
    " ",
    " ",
    "\n",
    "\n\n",
    ", ",
    ". ",
    "Marsh",
    "İ",
    "🙂",
    "s’ ",
    "5",
    "said",
    "—",
]


@settings(max_examples=400, deadline=None)
@given(st.lists(st.sampled_from(PIECES), max_size=30).map("".join))
def test_quotations_lie_apart_and_inside_a_line(text):
    found = quote.quotes(pd.DataFrame({"article_id": ["a"], "text": [text]}))
    end = -1
    for row in found.itertuples():
        assert end < row.start < row.end <= len(text)  # a mark stands between two quotations
        assert text[row.start : row.end].strip()
        assert "\n" not in text[row.start : row.end]
        assert text[row.start - 1] in "“\"‘'«»„”"
        end = row.end

"""Raw articles → articles: each rule with what it takes and what it must leave; copies, sources, dates."""

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from broadsheet import clean, dates, learn, points, rules


def raw(*articles, **columns):
    """Raw articles from texts, or from dicts of columns; ids a, b, c, …"""
    rows = [each if isinstance(each, dict) else {"text": each} for each in articles]
    frame = pd.DataFrame([{"article_id": chr(97 + i), "text": "", **columns, **row} for i, row in enumerate(rows)])
    return frame.assign(file=frame["article_id"] + ".txt", error="").fillna("")


def one(text, **columns):
    """The text that is left ("" where none), and removed as (line_no, before, after, rule)."""
    articles, removed, _ = clean.articles(raw(text, **columns))
    changes = removed[["line_no", "line", "replacement", "rule"]].itertuples(index=False, name=None)
    return "".join(articles["text"]), list(changes)


# (rule, line as scraped, line as kept): each change is one row of removed
CHANGED = [
    ("shortcode", '[gallery ids="1,2"] Marsh spoke.', "Marsh spoke."),
    ("shortcode", "Marsh spoke. [inline_posts title=”MORE” ids=”″ tax=””] Osterby left.", "Marsh spoke. Osterby left."),
    ("shortcode", "[caption id=“a1” width=”300′]The harbour[/caption]", "The harbour"),
    ("shortcode", "[embed]A film of the harbour[/embed]", "A film of the harbour"),
    ("shortcode", "Marsh spoke. [/quote]", "Marsh spoke."),
    ("reading time", "3 min read", ""),
    ("reading time", "4 minutes, 10 seconds Read", ""),
    ("reading time", "5-minute read", ""),
    ("reading time", "Reading time: 12 minutes", ""),
    ("reading time", "Estimated read time: 1 min", ""),
    ("share or related-posts widget", "Share", ""),
    ("share or related-posts widget", "Share this article", ""),
    ("share or related-posts widget", "Share this:", ""),
    ("share or related-posts widget", "SHARE ON FACEBOOK", ""),
    ("share or related-posts widget", "Share with your friends", ""),
    ("share or related-posts widget", "Related", ""),
    ("share or related-posts widget", "Related stories", ""),
    ("share or related-posts widget", "Similar Posts", ""),
    ("share or related-posts widget", "Read more: Marsh takes the pier", ""),
    ("share or related-posts widget", "You may also like", ""),
    ("share or related-posts widget", "Advertisement", ""),
    ("share or related-posts widget", "Sign up for our morning newsletter", ""),
    ("share or related-posts widget", "Follow us on Facebook and X", ""),
    ("stay-tuned invitation", "Stay tuned to our website for more.", ""),
    ("stay-tuned invitation", "For news on the U.S. harbours, please stay tuned to this site.", ""),
    ("stay-tuned invitation", "Marsh left. So stay tuned for updates.", "Marsh left."),
    ("HTML entities", "Marsh &amp; Sons &ndash; fish", "Marsh & Sons – fish"),
    ("HTML entities", "Marsh &amp;amp; Sons", "Marsh & Sons"),  # escaped twice
    ("HTML entities", "&ldquo;No,&rdquo; &#8216;she&#x2019; said.", "“No,” ‘she’ said."),
    ("odd spaces", "Marsh\u00a0spoke\u2009to\u202f400  people.", "Marsh spoke to 400 people."),
    ("odd spaces", "Mar\u200bsh spoke\ufeff.", "Marsh spoke."),
    ("soft hyphens", "A cease\u00adfire holds.", "A ceasefire holds."),
    ("ligatures", "The ﬁght over the ﬂag ﬀ.", "The fight over the flag ff."),
    ("mojibake", "â€œNo,â€\x9d Marsh saidâ€”twice.", "“No,” Marsh said—twice."),
    ("mojibake", "CafÃ© Ã\u00a0 Osterby", "Café à Osterby"),
    ("share or related-posts widget", "Share on X", ""),
    ("odd apostrophes and quotation marks", "Marshʼs plan", "Marsh’s plan"),
    (
        "odd apostrophes and quotation marks",
        "“We go,“ Marsh said. “We stay,“ Kade said.",
        "“We go,” Marsh said. “We stay,” Kade said.",
    ),
    ("odd apostrophes and quotation marks", "”We go,” Marsh said.", "“We go,” Marsh said."),
    ("odd apostrophes and quotation marks", "``We go,'' Marsh said.", "“We go,” Marsh said."),
    ("composed accents", "Zoe\u0308 Orba\u0301n spoke.", "Zoë Orbán spoke."),
]


@pytest.mark.parametrize(("rule", "before", "after"), CHANGED)
def test_what_a_rule_takes_is_listed(rule, before, after):
    text, removed = one(f"Kade stayed.\n\n{before}\n\nAnd so on.")
    assert text == "\n".join(filter(None, ["Kade stayed.", after, "And so on."]))
    assert removed[-1] == (3, *(removed[-1][1:3]), rule) or rule in [row[3] for row in removed]
    assert {row[0] for row in removed} == {3}
    if not after:
        assert removed == [(3, before, "", rule)]


@pytest.mark.parametrize(
    "line",
    [
        "“He [sic] left,” Marsh said.",
        "“[The mayor] left,” she said. [laughs] “We [the dockers] stay.”",
        "See notes [1], [2a] and [a].",
        "The law [emphasis added] says no.",
        "“What the [expletive] is this?”",
        "It was a 3 minute read.",
        "She took 3 minutes to read it out.",
        "Share prices fell in Osterby on Monday.",
        "Share the burden, Marsh told the town.",
        "Share the burden",
        "Share with care",
        "Related costs rose, Marsh said.",
        "Related parties met in Osterby.",
        "Comments by Marsh angered the town.",
        "More news came from Osterby at noon.",
        "Print shops closed.",
        "Watch the harbour, Marsh said.",
        "Stay tuned, Marsh said.",
        "“Stay tuned for updates,” Marsh said.",
        "Marsh asked viewers to stay tuned for updates on the site.",
        "The radio was tuned to our updates.",
        "AT&T and Marsh & Sons met.",
        "See https://mail.example/?a=1&section=2&copy=3 for more.",
        "Zoë Łódź, naïve façade — señor…",
        "10 °C, ½ mile, 5 m², ™",
    ],
)
def test_what_the_rules_leave_alone(line):
    assert one(f"Kade stayed.\n{line}\nAnd so on.") == (f"Kade stayed.\n{line}\nAnd so on.", [])


@pytest.mark.parametrize(
    "line",
    [
        "“No,” she said.",
        '"No," she said.',
        "‘No,’ she said.",
        "«Non», „nein“ and 'no'.",
        "„Nein,“ she said.",
        "The dockers’ boat's 6'2\" mast",
    ],
)
def test_quotation_marks_keep_their_kind(line):
    assert one(line) == (line, [])


@pytest.mark.parametrize(
    ("line", "text", "credit"),
    [
        ("Ann Marsh contributed reporting", "", "Ann Marsh contributed reporting"),
        (
            "Zoë Marsh and Bo van der Kade contributed to this report.",
            "",
            "Zoë Marsh and Bo van der Kade contributed to this report.",
        ),
        (
            "Mail reporter John D. Marsh contributed to this article.",
            "",
            "Mail reporter John D. Marsh contributed to this article.",
        ),
        (
            "Osterby left. Ann Marsh contributed reporting from Kade.",
            "Osterby left.",
            "Ann Marsh contributed reporting from Kade.",
        ),
        ("Additional reporting by Ann Marsh", "", "Additional reporting by Ann Marsh"),
        ("(Reporting by Ann Marsh; editing by Bo Kade)", "", "(Reporting by Ann Marsh; editing by Bo Kade)"),
        ("Reporting by Ann Marsh; Editing by Bo Kade", "", "Reporting by Ann Marsh; Editing by Bo Kade"),
        *(
            (line, "", line)
            for line in (
                "Reporting by Al Kade and Bo Lind; additional reporting by Jo Ruiz; editing by Ed Ott",
                "Reporting by Osterby newsroom; Editing by Ed Ott",
                "Additional reporting by Jo Ruiz and Bo Lind. Editing by Ed Ott.",
            )
        ),
        ("The CIA, FBI and NSA contributed to the report.", "The CIA, FBI and NSA contributed to the report.", ""),
        ("Donors contributed reporting funds to the town.", "Donors contributed reporting funds to the town.", ""),
        ("The paper, which contributed reporting, closed.", "The paper, which contributed reporting, closed.", ""),
        ("Osterby said Marsh contributed to this story.", "Osterby said Marsh contributed to this story.", ""),
        ("Reporting by the Mail shows that boats sank.", "Reporting by the Mail shows that boats sank.", ""),
        ("Marsh contributed £5 to the fund.", "Marsh contributed £5 to the fund.", ""),
    ],
)
def test_a_credit_leaves_the_text_and_is_kept(line, text, credit):
    articles, removed, _ = clean.articles(raw(f"Kade stayed.\n{line}"))
    assert articles[["text", "credit"]].values.tolist() == [["\n".join(filter(None, ["Kade stayed.", text])), credit]]
    assert removed["rule"].tolist() == ["credit"] * bool(credit)


def test_two_credits_are_both_kept():
    articles, _, _ = clean.articles(raw("Kade stayed.\nAnn Marsh contributed reporting.\n(Reporting by Bo Kade)"))
    assert articles["credit"].tolist() == ["Ann Marsh contributed reporting. (Reporting by Bo Kade)"]


NAMES = "Morel met Osterby in Bremland. Osterby and Morel left Bremland; Russia and Putin and Putin stayed. Russia!"


@pytest.mark.parametrize(
    ("line", "repaired"),
    [
        ("Then Morelannouncing talks left.", "Then Morel announcing talks left."),
        ("The plan of Osterbyafter all failed.", "The plan of Osterby after all failed."),
        ("War in Bremlandwhich ended.", "War in Bremland which ended."),
        ("Talks with Putinbefore noon.", "Talks with Putin before noon."),
        ("He told Morelthat all was well.", "He told Morel that all was well."),
    ],
)
def test_glued_words_are_parted(line, repaired):
    text, removed = one(f"{NAMES}\n{line}")
    assert text == f"{NAMES}\n{repaired}"
    assert [(row[0], row[3]) for row in removed] == [(2, "glued words")]
    (glued,) = set(line.split()) - set(repaired.split())
    assert glued in removed[0][1] and glued not in removed[0][2]


FREQUENT = {  # a word that stays whole → the frequent name in it
    "Russians": "Russia", "Zelenskyy": "Zelensky", "Greenland": "Green", "Trumpworld": "Trump", "Obamacare": "Obama",
    "Putinism": "Putin", "Newsweek": "News", "Westminster": "West", "Marshland": "Marsh", "Bushfires": "Bush",
    "Parkinson": "Park", "Johnston": "John", "Chinatown": "China", "Iranians": "Iran",
    "Israelis": "Israel", "Brexiteers": "Brexit", "Macronism": "Macron", "Kremlinology": "Kremlin",
    "Reaganite": "Reagan", "Starmerism": "Starmer", "Hillsborough": "Hill", "Californian": "California", "Bidenomics": "Biden",
    "Netherlands": "Nether", "Newfoundland": "Newfound", "Marshall": "Marsh", "Frankfurt": "Frank", "Hungarys": "Hungary",
    "Trumpism": "Trump", "Merzbach": "Merz", "Europeans": "Europe", "Ukrainians": "Ukrain", "Lebanese": "Leban",
}  # fmt: skip


@pytest.mark.parametrize(("word", "name"), FREQUENT.items())
def test_a_real_word_is_never_parted(word, name):
    text = f"{name} met {name}, and {name} left {name}.\nThen the {word} came to {name}."
    assert one(text) == (text, [])


def test_a_word_that_comes_twice_is_a_word():
    text = f"{NAMES}\nThe Morelhas spoke. Nobody knew what a Morelhas was."
    assert one(text) == (text, [])


WRAPPED = (
    "The mayor of Osterby said on Monday that the harbour would\n"
    "stay shut until the dockers and the town had agreed on a\n"
    "truce, which nobody expected before the end of the week,\n"
    "and perhaps not then."
)


def test_lines_broken_at_a_fixed_width_are_joined():
    text, removed = one(f"{WRAPPED}\n\nMarsh left.")
    assert text == " ".join(WRAPPED.split()) + "\nMarsh left."
    assert [(row[0], row[3]) for row in removed] == [(1, "lines broken at a fixed width")]
    assert removed[0][1].split()[-2:] == removed[0][2].split()[-2:] == ["not", "then."]


@pytest.mark.parametrize(
    ("above", "headline"),
    [
        ("", "Marsh rejects harbour deal as talks stall"),  # not every paper writes Like This
        ("", "Marsh Calls Harbour Deal “Dead”"),
        ("By Jo Marsh and Bo van Kade", "Harbour Deal Fails"),
        ("Monday, March 3, 2025", "Harbour Deal Fails"),
    ],
)
def test_a_headline_is_seen_without_a_title(above, headline):
    kept, _, _ = clean.articles(raw("\n".join(filter(None, [above, headline, *[OTHER] * 2]))))
    assert kept["title"].tolist() == [headline] and kept["text"][0].startswith(f"{headline}\n")


@pytest.mark.parametrize("opens", ["• ", "", "MARSH: "])
def test_points_of_a_list_and_lines_of_a_transcript_stay_lines(opens):
    said = [
        "Marsh rejects the harbour deal that Kade had offered on Monday",
        "Dockers vow to go on with the strike until the mayor gives in",
        "Talks are due to resume in Osterby at the end of the week",
    ]
    points = [f"{opens}{each}" for each in said]
    assert one("\n".join(["Mayor Rejects Deal", "", *points, "", OTHER]))[0].split("\n")[1:4] == points


def test_a_short_line_ends_a_block_of_lines_of_a_fixed_width():
    text, _ = one(f"Harbour Stays Shut\n{WRAPPED}\n{WRAPPED}\nMarsh left.")
    whole = " ".join(WRAPPED.split())
    assert text == f"Harbour Stays Shut\n{whole}\n{whole}\nMarsh left."


@pytest.mark.parametrize(
    ("text", "left", "tags"),
    [
        (
            '<p class="a">Marsh <a href="https://mail.example/Marsh">left</a>.<br/>Kade\nlost.</p><p>No <b>deal</b>.</p>',
            "Marsh left.\nKade lost.\nNo deal.",
            ['<p class="a">', '<a href="https://mail.example/Marsh">', "</a>", "<br/>", "</p> (2 times)"],
        ),
        # without paragraphs in HTML its lines are its paragraphs
        ("Marsh <em>left</em>.\nKade lost.", "Marsh left.\nKade lost.", ["<em>", "</em>"]),
        ("<script>a = '<p>';</script><p>Marsh left.</p>", "Marsh left.", ["<script>a = '<p>';</script>", "<p>", "</p>"]),
        ("Marsh wrote <b in his notes, and 3 < 4 > 2.", "Marsh wrote <b in his notes, and 3 < 4 > 2.", []),
        ("He typed <sic> and <https://mail.example>.", "He typed <sic> and <https://mail.example>.", []),
        (
            "&lt;p&gt;Marsh left.&lt;/p&gt;&lt;p&gt;Kade &amp;amp; Co. lost.&lt;/p&gt;",
            "Marsh left.\nKade & Co. lost.",
            ["<p> (2 times)"],
        ),
        ("<p>Marsh left.</p><button>Share</button><a>Post</a>", "Marsh left.\nPost", ["<p>"]),
        (
            "<!DOCTYPE html><html><head><title>Talks</title><meta x></head><body><p>Marsh left.</p></body></html>",
            "Marsh left.",
            [
                "<!DOCTYPE html>",
                "<html>",
                "<head><title>Talks</title><meta x></head>",
                "<body>",
                "<p>",
                "</p>",
                "</body>",
                "</html>",
            ],
        ),
    ],
)
def test_html_tags_are_no_words(text, left, tags):
    kept, removed, _ = clean.articles(raw({"text": text}))
    assert kept["text"].tolist() == [left]
    assert removed.loc[removed["rule"] == "HTML tags", "line"].tolist()[: len(tags)] == tags


def test_a_copy_in_html_is_a_copy():
    texts = ("Marsh left the town of Osterby on Monday.", "<p>Marsh left the town of <b>Osterby</b> on Monday.</p>")
    assert len(clean.articles(raw(*({"text": text, "source": "Mail"} for text in texts)))[2]) == 1


@pytest.mark.parametrize(
    "text",
    [
        "The harbour is shut.\nMarsh left.\nNobody spoke of it again.",
        "Talks Resume in Osterby\nThe harbour is shut; all the dockers have left the pier.\nA Shift in Policy?",
        "\n".join([WRAPPED.replace("\n", " ")] * 3),  # a long paragraph a line
    ],
)
def test_paragraphs_a_line_each_are_left_alone(text):
    assert one(text) == (text, [])


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r", "\u2028", "\u2029", "\x0b", "\x0c"])
def test_every_kind_of_line_end_ends_a_paragraph(end):
    assert one(f"Kade stayed.{end}{end}Marsh left.") == ("Kade stayed.\nMarsh left.", [])


@pytest.mark.parametrize(
    ("title", "first", "text", "changes"),
    [
        (
            "Marsh Wins",
            "The count ended.",
            "Marsh Wins\nThe count ended.\nKade lost.",
            [(0, "", "Marsh Wins", "headline put first")],
        ),
        ("Marsh Wins", "Marsh Wins", "Marsh Wins\nKade lost.", []),
        ("Marsh wins!", "MARSH WINS", "MARSH WINS\nKade lost.", []),  # the text's own spelling stays
        (
            "Marsh &amp; Kade",
            "The count ended.",
            "Marsh & Kade\nThe count ended.\nKade lost.",
            [(0, "", "Marsh & Kade", "headline put first")],
        ),
        ("Marsh Wins | The Mail", "Marsh Wins", "Marsh Wins\nKade lost.", []),  # the site's name behind it
        ("Marsh Wins Vote - The Mail", "By Jo Ruiz\nMarsh wins vote", "Marsh wins vote\nBy Jo Ruiz\nKade lost.",
         [(2, "", "Marsh wins vote", "headline put first")]),
        ("Marsh wins | World news | The Mail", "Marsh wins", "Marsh wins\nKade lost.", []),
        ("Marsh wins : MPR", "Marsh wins", "Marsh wins\nKade lost.", []),
        ("", "The count ended.", "The count ended.\nKade lost.", []),
    ],
)  # fmt: skip
def test_a_headline_that_the_file_gives_is_the_first_line(title, first, text, changes):
    articles, removed, _ = clean.articles(raw({"text": f"{first}\nKade lost.", "title": title}))
    assert articles["text"].tolist() == [text]
    assert articles["title"].tolist() == [text.split("\n")[0] if title else ""]
    assert list(removed.drop(columns="article_id").itertuples(index=False, name=None)) == changes


@pytest.mark.parametrize("end", ["&#13;", "&#10;", "&#8232;", "&#12;", "&amp;#13;"])
def test_an_end_of_line_written_as_an_entity_is_a_blank(end):
    articles, _, _ = clean.articles(
        raw({"text": f"Talks Resume{end}\n{end}\nPlan B{end}. Kade lost.", "title": f"Talks{end}Resume"})
    )
    assert articles[["title", "text"]].values.tolist() == [["Talks Resume", "Talks Resume\nPlan B . Kade lost."]]


@pytest.mark.parametrize(
    ("first", "is_title"),
    [
        ("Talks Resume in Osterby as Dockers Wait", True),
        ("‘It is over’: Kade leaves the talks", True),
        ("“We will not go,” Marsh tells dockers", True),
        ("5 lessons of the talks in Osterby", True),
        ("Talks resumed in Osterby on Monday.", False),
        ("OSTERBY: The mayor spoke to the dockers on the pier", False),  # longer than what follows
    ],
)
def test_a_first_line_like_a_headline_is_the_title(first, is_title):
    articles, _, _ = clean.articles(raw(f"{first}\nThe mayor of Osterby met the dockers at noon."))
    assert articles["title"].tolist() == [first if is_title else ""]


def test_every_change_of_one_line_is_a_row_in_the_order_of_the_rules():
    _, removed = one("Kade stayed.\nMarsh\u00a0&amp; Sons hold a cease\u00adfire [gallery ids=”1”]")
    assert [row[3] for row in removed] == ["HTML entities", "soft hyphens", "odd spaces", "shortcode"]
    assert removed[1][1:3] == (
        "… Sons hold a cease\u00adfire [gallery ids=”1”]",
        "… Sons hold a ceasefire [gallery ids=”1”]",
    )


@pytest.mark.parametrize("text", ["", "  \n ", "3 min read", "Share\nRelated stories"])
def test_an_article_without_text_is_left_out_with_the_reason(text):
    articles, _, dropped = clean.articles(raw(text, "Marsh left."))
    assert articles["article_id"].tolist() == ["b"]
    assert dropped.values.tolist() == [["a", "a.txt", "no text left", ""]]


def test_a_corpus_without_articles_has_its_tables_too():
    for frame in (raw("", ""), raw("Marsh left.").head(0)):
        articles, removed, _ = clean.articles(frame)
        assert len(articles) == len(removed) == 0


STORY = (
    "The harbour of Osterby stayed shut on Monday, as the dockers and the mayor failed for a third day to agree. "
    "Marsh, who leads the dockers, called the offer an insult; the mayor called it generous, and the last of all."
)
OTHER = (
    "Snow fell on the hills above Bremland, where farmers had brought in their sheep a week before they had meant to. "
    "Nobody there could remember an earlier winter, or a colder one, though the oldest tried hard to for the camera."
)
LONG = f"{STORY} {OTHER}"
THIRD = " ".join(f"Ship {number} came in with {number * 7} barrels of herring." for number in range(12))


@pytest.mark.parametrize(
    ("articles", "dropped"),
    [
        # same text, same source
        (
            [{"text": STORY, "source": "Mail"}, {"text": STORY, "source": "Mail"}],
            [("b", "copy: same text, same source", "a")],
        ),
        (
            [{"text": STORY, "source": "Mail"}, {"text": f"  {STORY.upper()}\n\n", "source": "MAIL"}],
            [("b", "copy: same text, same source", "a")],
        ),
        ([{"text": STORY}, {"text": STORY}], [("b", "copy: same text, same source", "a")]),
        (
            [{"text": STORY, "source": "Mail"}] * 3,
            [("b", "copy: same text, same source", "a"), ("c", "copy: same text, same source", "a")],
        ),
        # one address, with what varies between copies
        (
            [
                {"text": STORY, "url": "https://www.mail.example/o"},
                {"text": OTHER, "url": "http://mail.example/o/?utm_source=x&fbclid=1#top"},
            ],
            [("b", "copy: same URL", "a")],
        ),
        (
            [
                {"text": STORY, "url": "https://mail.example/?id=1&utm_medium=x"},
                {"text": OTHER, "url": "https://MAIL.example/?id=1"},
            ],
            [("b", "copy: same URL", "a")],
        ),
        # other articles
        (
            [
                {"text": STORY, "url": "https://mail.example/?id=1"},
                {"text": OTHER, "url": "https://mail.example/?id=2"},
            ],
            [],
        ),
        ([{"text": STORY, "url": "https://mail.example/s?1"}, {"text": OTHER, "url": "https://mail.example/s?2"}], []),
        (
            [{"text": STORY, "url": "https://mail.example/"}, {"text": OTHER, "url": "https://mail.example"}],
            [],
        ),  # the front page
        ([{"text": STORY, "url": "www.mail.example"}, {"text": OTHER, "url": "www.mail.example"}], []),
        ([{"text": STORY, "url": "N/A"}, {"text": OTHER, "url": "N/A"}], []),  # no address at all
        (
            [{"text": STORY, "url": "mail.example/o"}, {"text": OTHER, "url": "https://www.mail.example/o"}],
            [("b", "copy: same URL", "a")],
        ),
        # what stood at an address before its article was written
        (
            [{"text": "Share this article", "url": "https://mail.example/o"}, {"text": STORY, "url": "https://mail.example/o"}],
            [("a", "copy: same URL", "b")],
        ),
        (
            [{"text": "Marsh won.", "url": "https://mail.example/o"}, {"text": "Kade lost.", "url": "https://mail.example/o"}],
            [("b", "copy: same URL", "a")],
        ),
        ([{"text": STORY, "source": "Mail"}, {"text": STORY, "source": "Post"}], []),  # a wire story in two sources
        ([{"text": STORY, "url": ""}, {"text": OTHER, "url": ""}], []),
    ],
)
def test_copies_are_left_out_and_named(articles, dropped):
    frame = raw(*articles)
    kept, _, left = clean.articles(frame)
    assert list(left[["article_id", "reason", "duplicate_of"]].itertuples(index=False, name=None)) == dropped
    assert len(kept) + len(left) == len(frame)


@pytest.mark.parametrize(
    ("second", "clusters"),
    [
        (LONG, ["a", "a", "c"]),  # the same wire story in another source
        (LONG.replace("third day", "fourth day"), ["a", "a", "c"]),  # one word edited
        ("By Our Own Staff\n" + LONG, ["a", "a", "c"]),
        (THIRD, ["a", "b", "b"]),
        (STORY, ["a", "b", "c"]),  # half of it is another article
        ("Marsh won.", ["a", "b", "c"]),
    ],
)
def test_versions_of_one_story_bear_one_cluster(second, clusters):
    kept, _, _ = clean.articles(
        raw({"text": LONG, "source": "Mail"}, {"text": second, "source": "Post"}, {"text": THIRD, "source": "Wire"})
    )
    assert kept["cluster"].tolist() == clusters


def several(source, lines, number=6):
    """Articles of a source that share the given lines and nothing else."""
    days = ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"]
    return [
        {"source": source, "text": "\n".join([f"Day {days[i]} at the pier of {days[-i - 1]}.", *lines])} for i in range(number)
    ]


def test_a_line_that_recurs_in_a_source_is_boilerplate_of_that_source_alone():
    line = "The Mail is owned by Kade Holdings."
    frame = raw(*several("Mail", [line], 5), {"source": "Post", "text": f"Marsh left.\n{line}"})
    kept, removed, _ = clean.articles(frame)
    assert kept["text"].str.contains("Kade Holdings").tolist() == [False] * 5 + [True]
    assert removed[["line_no", "line", "rule"]].values.tolist() == [[2, line, "boilerplate: recurs in this source"]] * 5


@pytest.mark.parametrize(
    ("source", "recurring", "others"),
    [
        ("Mail", 4, 0),  # four times are not enough
        ("Mail", 5, 21),  # and five of twenty-six articles are not a fifth
        ("", 6, 0),  # nor are articles of nobody known a source
    ],
)
def test_a_line_that_recurs_less_is_none(source, recurring, others):
    line = "Nobody was hurt."
    rest = [{"source": source, "text": f"Ship number {number} came in."} for number in range(others)]
    kept, removed, _ = clean.articles(raw(*several(source, [line], recurring), *rest))
    assert removed.empty and kept["text"].str.contains(line).sum() == recurring


@pytest.mark.parametrize(
    "versions",
    [[LONG] * 6, [LONG.replace("third", nth) for nth in ("first", "second", "third", "fourth", "fifth", "sixth")]],
)
def test_a_story_that_comes_six_times_is_no_boilerplate(versions):
    texts = [{"source": "Mail", "text": f"{each}\n{each} Nobody was hurt."} for each in versions]
    kept, removed, dropped = clean.articles(raw(*texts))
    assert removed.empty
    assert kept["text"].iloc[0] == "\n".join(line.strip() for line in texts[0]["text"].split("\n"))
    assert len(kept) + len(dropped) == 6


@pytest.mark.parametrize("first", ["Mail", "Wire"])
def test_a_line_of_a_source_is_boilerplate_whoever_carries_its_stories_before_it(first):
    line = "You can buy the Mail at any kiosk."
    stories = [" ".join(f"word{number}{place}" for place in range(100)) + "." for number in "abcdef"]
    mail = [{"source": "Mail", "text": f"{story}\n{line}"} for story in stories]
    wire = [{"source": "Wire", "text": story} for story in stories]
    kept, removed, _ = clean.articles(raw(*(mail + wire if first == "Mail" else wire + mail)))
    assert kept["cluster"].nunique() == 6
    assert removed["line"].tolist() == [line] * 6


def test_rules_learnt_from_the_whole_hold_for_a_part():
    frame = raw(*several("Mail", ["The Mail is owned by Kade Holdings."], 6), *several("mail ", ["Nobody was hurt."], 1))
    rules = clean.learn(frame)
    whole = clean.articles(frame)
    parts = [clean.articles(part, rules) for part in (frame.iloc[:3], frame.iloc[3:])]
    for number in range(3):
        joined = pd.concat([part[number] for part in parts], ignore_index=True)
        pd.testing.assert_frame_equal(joined, whole[number])


def test_rules_are_the_same_learnt_from_parts_and_from_the_whole():
    line = "The Mail is owned by Kade Holdings."
    stories = [LONG, LONG.replace("third day", "fourth day"), f"{LONG}\n{line}"]
    frame = raw(
        *several("Mail", [line], 6),
        *[{"source": source, "text": story} for source, story in zip(("Mail", "Post", "MAIL"), stories, strict=True)],
        {"source": "Post", "text": LONG, "url": "https://post.example/1", "published": "25/3/2025"},
        {"source": "Wire", "text": OTHER, "url": "https://post.example/1"},
        {"source": "Wire", "text": ""},
    )
    parts = [learn.traces(frame.iloc[at : at + 4], at) for at in range(0, len(frame), 4)]
    documents, keys = (pd.concat(each, ignore_index=True) for each in zip(*parts, strict=True))
    # the keys may be asked in any shares, as long as equal ones are in the same
    shares = [learn.recurring(share) for _, share in keys.groupby(keys["key"] % 3)]
    assert learn.rules(documents, pd.concat(shares).sample(frac=1, random_state=0)) == clean.learn(frame)
    made = clean.learn(frame)
    assert made.copies == {"k": ("j", "copy: same URL")} and made.clusters == {"h": "g", "i": "g", "j": "g"}
    assert list(made.boilerplate) == ["mail"] and made.day_first == {"Post": True}


@settings(max_examples=2000, deadline=None)
@given(st.text(alphabet="a I.,&“”‘’–—…éàÃÂâÐœŒ€™°²×ØÙ√вГ\x85\x9d\xa0\xad\u200b\u2028\t\u0301ﬁǆÅ", max_size=12).map(str.strip))
def test_a_line_without_what_a_rule_of_characters_needs_is_not_changed_by_it(line):
    for name, needed, change in rules.CHARACTER_RULES:
        assert change(line) == line or len(points.suspects([line], needed)), name


def test_a_source_in_mixed_case_or_with_stray_blanks_is_one_source():
    sources = ["Morning Mail", "morning mail ", " Morning  Mail", "MORNING MAIL", "Evening Post", "", "  "]
    kept, _, _ = clean.articles(raw(*[{"source": each, "text": f"Ship {i} came."} for i, each in enumerate(sources)]))
    assert kept["source"].tolist() == ["Morning Mail"] * 4 + ["Evening Post"] + ["unknown"] * 2
    assert kept["source_basis"].tolist() == ["stated"] * 5 + ["unknown"] * 2


# What is written → (moment in UTC or None, first day, last day, basis)
@pytest.mark.parametrize(
    ("written", "moment", "first", "last", "basis"),
    [
        ("2025-05-19", "2025-05-19", "2025-05-19", "2025-05-19", "stated"),
        ("2025-05-19T10:30:00Z", "2025-05-19 10:30", "2025-05-19", "2025-05-19", "stated"),
        ("2025-05-19T22:30:00-04:00", "2025-05-20 02:30", "2025-05-20", "2025-05-20", "stated"),
        ("2025-05-19 22:30:00+00:00", "2025-05-19 22:30", "2025-05-19", "2025-05-19", "stated"),
        ("20250519", "2025-05-19", "2025-05-19", "2025-05-19", "stated"),
        ("Mon, 19 May 2025 22:30:00 -0400", "2025-05-20 02:30", "2025-05-20", "2025-05-20", "stated"),
        ("Mon, 19 May 2025 22:30:00 GMT", "2025-05-19 22:30", "2025-05-19", "2025-05-19", "stated"),
        ("Mon, 19 May 2025 22:30:00 PDT", "2025-05-20 05:30", "2025-05-20", "2025-05-20", "stated"),
        ("Mon, 19 May 2025 22:30:00 BST", "2025-05-19 21:30", "2025-05-19", "2025-05-19", "stated"),
        ("2025-03-03 10:00 GMT+3", "2025-03-03 07:00", "2025-03-03", "2025-03-03", "stated"),
        ("2025-03-01 22:00 UTC-05:00", "2025-03-02 03:00", "2025-03-02", "2025-03-02", "stated"),
        ("Mon Mar 03 2025 10:00:00 GMT+0300 (Moscow Standard Time)", "2025-03-03 07:00", "2025-03-03", "2025-03-03", "stated"),
        ("19 May 2025 1930", "2025-05-19 19:30", "2025-05-19", "2025-05-19", "stated"),
        ("January 3, 2025, 9:00 a.m. ET", "2025-01-03 14:00", "2025-01-03", "2025-01-03", "stated"),
        ("May 19, 2025", "2025-05-19", "2025-05-19", "2025-05-19", "stated"),
        ("19 May 2025", "2025-05-19", "2025-05-19", "2025-05-19", "stated"),
        ("Sept. 3, 2025", "2025-09-03", "2025-09-03", "2025-09-03", "stated"),
        ("25/12/2024", "2024-12-25", "2024-12-25", "2024-12-25", "stated"),
        ("12/25/2024", "2024-12-25", "2024-12-25", "2024-12-25", "stated"),
        ("5/19/25", "2025-05-19", "2025-05-19", "2025-05-19", "stated"),
        ("3.4.2025", "2025-04-03", "2025-04-03", "2025-04-03", "stated"),  # dots put the day first
        ("3/3/25", "2025-03-03", "2025-03-03", "2025-03-03", "stated"),
        ("3/4/25", None, "2025-03-04", "2025-04-03", "inferred: day and month cannot be told apart"),
        ("2025-05", None, "2025-05-01", "2025-05-31", "stated: no day"),
        ("2024-2", None, "2024-02-01", "2024-02-29", "stated: no day"),
        ("2025", None, "2025-01-01", "2025-12-31", "stated: no day"),
        ("2025/05", None, "2025-05-01", "2025-05-31", "stated: no day"),
        ("05/2025", None, "2025-05-01", "2025-05-31", "stated: no day"),
        ("May 2025", None, "2025-05-01", "2025-05-31", "stated: no day"),
        ("Sept. 2025", None, "2025-09-01", "2025-09-30", "stated: no day"),
        ("Published June 2, 2025", "2025-06-02", "2025-06-02", "2025-06-02", "stated"),
        ("June 2nd, 2025 | 10:30 AM", "2025-06-02 10:30", "2025-06-02", "2025-06-02", "stated"),
        ("Sun 1 Jun 2025 18.30 BST", "2025-06-01 17:30", "2025-06-01", "2025-06-01", "stated"),
        ("5 May 2025 08:00 AEST", "2025-05-04 22:00", "2025-05-04", "2025-05-04", "stated"),
        ("1747650000", "2025-05-19 10:20", "2025-05-19", "2025-05-19", "stated"),  # date -u -d @1747650000
        ("1747650000000", "2025-05-19 10:20", "2025-05-19", "2025-05-19", "stated"),
        ("last Tuesday", None, None, None, "unknown: cannot read “last Tuesday” as a date"),
        ("May 19", None, None, None, "unknown: cannot read “May 19” as a date"),  # no year is guessed
        ("10:30", None, None, None, "unknown: cannot read “10:30” as a date"),
        ("2025-02-30", None, None, None, "unknown: cannot read “2025-02-30” as a date"),
        ("2025-13", None, None, None, "unknown: cannot read “2025-13” as a date"),
        ("31/2/2025", None, None, None, "unknown: cannot read “31/2/2025” as a date"),
        ("2025-00", None, None, None, "unknown: cannot read “2025-00” as a date"),
        ("13/2025", None, None, None, "unknown: cannot read “13/2025” as a date"),
        ("31 May 2025 10:30 sharp", None, None, None, "unknown: cannot read “31 May 2025 10:30 sharp” as a date"),
        ("Soon 2025", None, None, None, "unknown: cannot read “Soon 2025” as a date"),
        ("31 May 2025 13:00 XYZ", None, "2025-05-30", "2025-06-01", "inferred: which zone XYZ is cannot be told"),
        ("2025-05-19T15:00:00 IST", None, "2025-05-19", "2025-05-20", "inferred: which zone IST is cannot be told"),
        ("n/a", None, None, None, "unknown: cannot read “n/a” as a date"),
        ("March 3-5, 2025", None, None, None, "unknown: cannot read “March 3-5, 2025” as a date"),  # no day of 2003
        ("25-05-19", None, None, None, "unknown: cannot read “25-05-19” as a date"),
        ("3-5 March 2025", None, None, None, "unknown: cannot read “3-5 March 2025” as a date"),
        ("1 March 2025 - 3 March 2025", None, None, None, "unknown: cannot read “1 March 2025 - 3 March 2025” as a date"),
        ("2025-03-03/2025-03-05", None, None, None, "unknown: cannot read “2025-03-03/2025-03-05” as a date"),
        ("2025.05.19", *["2025-05-19"] * 3, "stated"),
        ("10:30 04/03/2025", None, "2025-03-04", "2025-04-03", "inferred: day and month cannot be told apart"),
        ("Published: 04/03/2025", None, "2025-03-04", "2025-04-03", "inferred: day and month cannot be told apart"),
        ("Tuesday, 04/03/2025", *["2025-03-04"] * 3, "stated"),  # the 4th of March was one, the 3rd of April none
        ("Thu 04/03/2025", *["2025-04-03"] * 3, "stated"),
        ("4 March 2025, 11.30pm", "2025-03-04 23:30", *["2025-03-04"] * 2, "stated"),
        ("250303", None, None, None, "unknown: cannot read “250303” as a date"),
        ("", None, None, None, "unknown"),
        ("  ", None, None, None, "unknown"),
    ],
)
def test_dates_are_read_or_said_to_be_unknown(written, moment, first, last, basis):
    kept, _, _ = clean.articles(raw({"text": "Marsh left.", "published": written}))
    found = kept[["published", "published_from", "published_to"]].iloc[0]
    assert [None if pd.isna(each) else each for each in found] == [
        each and pd.Timestamp(each) for each in (moment, first, last)
    ]
    assert kept["published_basis"].tolist() == [basis]


def test_articles_without_a_source_teach_one_another_nothing():
    dates = ("25/3/2025", "3/4/2025")
    kept, _, _ = clean.articles(raw(*({"text": f"Ship {date} came in.", "published": date, "source": ""} for date in dates)))
    assert kept["published"].isna().tolist() == [False, True]


@pytest.mark.parametrize(
    ("dates_of_the_source", "written", "day"),
    [
        (["25/12/2024"], "3/4/25", "2025-04-03"),
        (["12/25/2024"], "3/4/25", "2025-03-04"),
        (["12/25/2024"], "3/4/2025 10:00", "2025-03-04"),
        (["25.12.2024"], "3/4/25", "2025-04-03"),
        (["25/12/2024"], "2025-04-03", "2025-04-03"),  # ISO stays ISO in a source that puts the day first
        (["25/12/2024"], "2025-04-03T10:00:00Z", "2025-04-03"),
        (["25/12/2024"], "2025/04/03", "2025-04-03"),
        (["25/12/2024"], "April 3, 2025", "2025-04-03"),
        (["25/12/2024", "12/25/2024"], "3/4/25", None),  # the source contradicts itself
        (["10:00 25/12/2024"], "3/4/25", "2025-04-03"),
        (["2024-12-25"], "3/4/25", None),
    ],
)
def test_whether_the_day_comes_first_is_learnt_per_source(dates_of_the_source, written, day):
    rows = [{"source": "Mail", "published": date} for date in [*dates_of_the_source, written]]
    rows += [{"source": "Post", "published": "12/25/2024"}, {"source": "Wire", "published": "25/12/2024"}]
    frame = raw(*[{**row, "text": f"Ship {number} came in."} for number, row in enumerate(rows)])
    found = clean.articles(frame)[0]["published"].iloc[len(dates_of_the_source)]
    assert (None if pd.isna(found) else f"{found:%Y-%m-%d}") == day


@pytest.mark.parametrize(
    ("given", "moment", "first", "last", "basis"),
    [
        (("", "2025-05-01", "2025-05-03", ""), None, "2025-05-01", "2025-05-03", "stated"),
        (
            ("", "2025-05-01", "2025-05-03", "inferred: “on Monday”"),
            None,
            "2025-05-01",
            "2025-05-03",
            "inferred: “on Monday”",
        ),
        (("", "2025-05-01", "2025-05-01", ""), "2025-05-01", "2025-05-01", "2025-05-01", "stated"),
        (("", "2025-05", "2025-06", ""), None, "2025-05-01", "2025-06-30", "stated"),
        (("soon", "2025-05-01", "2025-05-03", ""), None, "2025-05-01", "2025-05-03", "stated"),  # what is known is kept
        (
            ("", "2025-05-03", "2025-05-01", ""),
            None,
            None,
            None,
            "unknown: published_from 2025-05-03 is after published_to 2025-05-01",
        ),
        (("", "2025-05-03", "", ""), None, None, None, "unknown: published_to is not given"),
        (("", "", "2025-05-03", ""), None, None, None, "unknown: published_from is not given"),
        (("", "2025-05-03", "soon", ""), None, None, None, "unknown: cannot read “soon” as a date"),
        (
            ("2025-05-02", "", "", "inferred: “on Friday”"),
            "2025-05-02",
            "2025-05-02",
            "2025-05-02",
            "inferred: “on Friday”",
        ),
        (("", "", "", "unknown: torn off"), None, None, None, "unknown: torn off"),
    ],
)
def test_a_range_of_days_is_kept_as_one(given, moment, first, last, basis):
    columns = dict(zip(("published", "published_from", "published_to", "published_basis"), given, strict=True))
    kept, _, _ = clean.articles(raw({"text": "Marsh left.", **columns}))
    found = kept[["published", "published_from", "published_to"]].iloc[0]
    assert [None if pd.isna(each) else each for each in found] == [
        each and pd.Timestamp(each) for each in (moment, first, last)
    ]
    assert kept["published_basis"].tolist() == [basis]


@settings(max_examples=300, deadline=None)
@given(st.text(alphabet="0123456789/-.:, TZ+aAbdeMaypmJunE", max_size=24))
def test_no_date_stops_the_cleaning(written):
    row = raw({"published": written, "published_from": written, "published_to": "2025", "published_basis": ""}).iloc[0]
    moment, first, last, basis = dates.published(row, None)
    assert pd.isna(first) == pd.isna(last)
    assert pd.isna(first) or first <= last
    assert basis and (pd.isna(moment) or first <= moment)


LINES = st.lists(
    st.one_of(
        st.sampled_from([before for _, before, _ in CHANGED] + [STORY, NAMES, "Then Morelannouncing talks left."]),
        st.text(alphabet="aZé [](){}<>&;=\"'“”‘’.,:!?\u00a0\u00ad\u200b\u0301ﬁ🙂İß\t", max_size=40),
    ),
    max_size=6,
)


@settings(max_examples=150, deadline=None)
@given(LINES)
def test_cleaning_is_done_once_and_for_all(lines):
    frame = raw("\n".join(["Kade stayed.", *lines]))
    kept, _, _ = clean.articles(frame)
    text = kept["text"][0]
    assert all(line and line == line.strip() for line in text.split("\n"))
    again, removed, _ = clean.articles(frame.assign(text=text))
    # signs drawn at random may look like mojibake once the odd spaces between them are plain
    assert again["text"][0] == text or "mojibake" in set(removed["rule"])


@settings(max_examples=100, deadline=None)
@given(LINES)
def test_every_letter_that_goes_is_in_a_row_of_removed(lines):
    source = "\n".join(["Kade stayed.", *lines])
    kept, removed, _ = clean.articles(raw(source))
    if removed.empty:
        assert "".join(kept["text"][0].split()) == "".join(source.split())
    else:
        assert (removed["line"] != removed["replacement"]).all()
        assert removed["line_no"].between(0, source.count("\n") + 1).all()

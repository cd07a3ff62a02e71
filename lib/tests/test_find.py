"""Patterns in sentences: what matches, which label wins, how a mention is put; and the matcher against a slow one."""

import re
import unicodedata

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from broadsheet import find, tables


def sentences(*texts):
    """A table of sentences of one article, one line each."""
    rows, at = [], 0
    for number, text in enumerate(texts):
        rows.append(("a", number, "body", at, at + len(text), text))
        at += len(text) + 1
    return tables.make("sentences", rows)


def patterns(*rows):
    """A table of patterns from "pattern" (its own label), (label, pattern) or (label, pattern, scope)."""
    full = [(row, row) if isinstance(row, str) else row for row in rows]
    return tables.make("patterns", [(*row, *("strict", "")[len(row) - 2 :]) for row in full])


def matched(text, *rows):
    return find.mentions(sentences(text), patterns(*rows))["matched"].tolist()


@pytest.mark.parametrize(
    ("pattern", "text", "matches"),
    [
        # white space and hyphens match any run of either, or nothing; dashes part
        ("cease-fire", "They want a cease-fire.", ["cease-fire"]),
        ("cease-fire", "A ceasefire, a cease fire, a cease‑fire.", ["ceasefire", "cease fire", "cease‑fire"]),
        ("ceasefire", "A cease-fire is none.", []),  # what the pattern does not part, the text may not
        ("cease fire", "The cease - fire, the cease\u00a0fire.", ["cease - fire", "cease\u00a0fire"]),
        ("cease-fire", "They cease–fire; they cease—fire.", []),
        ("peace deal", "A peace  deal, a peace-deal, a peacedeal.", ["peace  deal", "peace-deal", "peacedeal"]),
        ("peace deal", "A peace, deal or no deal. A peace/deal.", []),
        # accents fold, both ways, composed or not
        ("Orban", "Orbán left.", ["Orbán"]),
        ("Orbán", "Orban left.", ["Orban"]),
        ("Orban", "Orba\u0301n’s plan", ["Orba\u0301n"]),
        ("Zoe", "Zoë and Zoe\u0308 left", ["Zoë", "Zoe\u0308"]),
        ("Orba\u0301n", "Orbán left.", ["Orbán"]),
        ("Ostergard", "Østergård and Ostergard left.", ["Østergård", "Ostergard"]),
        ("Wałęsa", "WALESA, Walesa, Wałęsa", ["WALESA", "Walesa", "Wałęsa"]),
        # a simple plural
        ("sanction", "Sanctions, a sanction; sanctioned, sanctioning.", ["Sanctions", "sanction"]),
        ("policy", "The policies, a policy, no policys.", ["policies", "policy"]),
        ("Jersey", "Two Jerseys, no Jerseies.", ["Jerseys"]),
        ("speech", "His speeches and her speech, no speechs.", ["speeches", "speech"]),
        ("boss", "The bosses of the boss.", ["bosses", "boss"]),
        ("Marsh", "The Marshes met.", ["Marshes"]),
        ("tax rise", "tax rises, taxes rise", ["tax rises"]),  # of the last word alone
        ("talks", "A talk is no talks.", ["talks"]),  # a plural matches no singular
        # a possessive matches, and is left out
        ("Osterby", "Osterby’s plan, Osterby's boat, the Osterbys’ pier", ["Osterby", "Osterby", "Osterbys"]),
        ("man's word", "A man’s word, a man's word, a mans word.", ["man’s word", "man's word"]),
        # a capital in the pattern asks for one in the text; none asks for nothing
        ("Marsh", "The marsh; MARSH; Marsh.", ["MARSH", "Marsh"]),
        ("NATO", "NATO, Nato, nato.", ["NATO", "Nato"]),
        ("truce", "Truce! TRUCE! A truce.", ["Truce", "TRUCE", "truce"]),
        ("the Senate", "The Senate, THE SENATE, the Senate, the senate.", ["The Senate", "THE SENATE", "the Senate"]),
        ("US", "The US told us; US’s.", ["US", "US"]),
        # whole words only
        ("war", "A war, warfare, a post-war Warsaw, Wars, waRed.", ["war", "war", "Wars"]),
        ("war", "a_war war_ war2 2war (war) war/peace", ["war", "war"]),
        ("EU", "The EU’s, EUs, EUR and the MEU.", ["EU", "EUs"]),
        # punctuation in a pattern stands for itself
        ("U.S.", "The U.S. and the U.S.’s, no US, no U.S.A. but U.S.-led.", ["U.S.", "U.S.", "U.S."]),
        ("U.S. Senate", "The U.S. Senate and the U.S.  Senate’s.", ["U.S. Senate", "U.S.  Senate"]),
        ("J.D. Marsh", "J.D. Marsh, JD Marsh.", ["J.D. Marsh"]),
        ("Sen. Kade", "Sen. Kade left; the Sen Kade.", ["Sen. Kade"]),
        ("AT&T", "AT&T and AT T.", ["AT&T"]),
        ("9/11", "Since 9/11, not 9-11.", ["9/11"]),
        (".*", "All of it.", []),
        ("(war)", "The (war) and war.", ["(war)"]),
        # figures
        ("G7", "The G7’s G7, G77.", ["G7", "G7"]),
        ("30-day truce", "a 30 day truce, a 30day truce", ["30 day truce", "30day truce"]),
        # at the edges, and nothing but it
        ("truce", "truce", ["truce"]),
        ("truce", "truce holds, no truce", ["truce", "truce"]),
        ("truce", "“truce”—truce…truce", ["truce", "truce", "truce"]),
        # signs around it that take more than one unit, or change their length in lower case
        ("truce", "🙂truce🙂 👩‍👩‍👧 truce", ["truce", "truce"]),
        ("Marsh", "İİİ Marsh met İlkay", ["Marsh"]),
        ("İlkay", "İlkay met Ilkay, not ilkay.", ["İlkay", "Ilkay"]),
        ("Ilkay", "İlkay met Ilkay.", ["İlkay", "Ilkay"]),
        ("Weiß", "Weiß and Weiss and weiß.", ["Weiß"]),
        ("Straße", "STRASSE, Straße", ["Straße"]),
        ("Київ", "У Київ, Київа.", ["Київ"]),
        ("айл", "Үйл, айл.", ["айл"]),  # letters that are alike to the automaton and to nobody else
        ("Παύλος", "ΠΑΎΛΟΣ, Παύλος.", ["ΠΑΎΛΟΣ", "Παύλος"]),  # a small sigma has two forms, and a capital one none
        ("peace deal", "a peace\u2000deal", ["peace\u2000deal"]),  # its base letter has a higher number than itself
        # a regular expression: case counts, nothing folds
        (r"re:\bU\.?S\.?(?!\w)", "The US, the U.S., the USA, us.", ["US", "U.S."]),
        ("re:truces?", "A truce, truces, Truce, trucemaker.", ["truce", "truces", "truce"]),
        ("re:Orban", "Orbán left.", []),
        ("re:x*", "Marsh left.", []),  # an empty match is none
        (r"re:(?i)\btruce\b", "Truce, TRUCE.", ["Truce", "TRUCE"]),
    ],
)
def test_what_a_pattern_matches(pattern, text, matches):
    assert matched(text, pattern) == matches


@pytest.mark.parametrize(
    ("text", "rows", "found"),
    [
        # the longest match takes the words away, whichever label it belongs to and wherever it stands
        ("The Marsh administration left.", ["Marsh", ("gov", "Marsh administration")], [("gov", "Marsh administration")]),
        ("The Marsh administration left.", [("gov", "Marsh administration"), "Marsh"], [("gov", "Marsh administration")]),
        ("The Marsh’s administration.", ["Marsh", ("gov", "Marsh's administration")], [("gov", "Marsh’s administration")]),
        ("Marsh’s administration", ["Marsh", ("gov", "administration")], [("Marsh", "Marsh"), ("gov", "administration")]),
        ("Old Ann Marsh left", ["Ann Marsh", ("M", "Old Ann Marsh"), "Marsh"], [("M", "Old Ann Marsh")]),
        ("a peace deal talks", [("deal", "peace deal"), "deal talk on", "talks"], [("deal", "peace deal"), ("talks", "talks")]),
        # overlapping: the longer one, and then what is left of the other
        ("the harbour peace deal", ["harbour peace", ("deal", "peace deal")], [("harbour peace", "harbour peace")]),
        ("the old peace deal", ["old peace", ("deal", "peace deal")], [("deal", "peace deal")]),
        # of equal length: the first in the text, then the earlier row
        ("one two two one", [("b", "two two"), ("a", "one two")], [("a", "one two")]),
        ("a truce", [("second", "Truce"), ("first", "truce"), ("third", "TRUCE")], [("first", "truce")]),
        ("Truce", [("one", "truce"), ("two", "Truce")], [("one", "Truce")]),
        ("Truce", [("two", "Truce"), ("one", "truce")], [("two", "Truce")]),
        # a regular expression goes by the same rule
        ("a lasting truce", ["truce", ("long", "re:lasting \\w+")], [("long", "lasting truce")]),
        ("a truce", [("re", "re:truce"), "truce"], [("re", "truce")]),
        # scope aside takes words away too
        ("Cold War and war", ["war", ("not counted", "Cold War", "aside")], [("not counted", "Cold War"), ("war", "war")]),
        # several patterns of one label
        ("Lindh met Lind", [("L", "Lind"), ("L", "Lindh"), ("L", "Linde")], [("L", "Lindh"), ("L", "Lind")]),
    ],
)  # fmt: skip
def test_the_longest_match_wins(text, rows, found):
    result = find.mentions(sentences(text), patterns(*rows))
    assert list(result[["label", "matched"]].itertuples(index=False, name=None)) == found


def test_each_match_says_where_and_why():
    first, second = "Marsh left.", "Orban’s truces fail."
    result = find.mentions(sentences(first, second), patterns(("O", "Orban"), ("T", "truce", "wide"), ("M", "Marsh")))
    assert result.values.tolist() == [
        ["a", 0, "M", 0, 5, "Marsh", "Marsh", "strict", "body"],
        ["a", 1, "O", 12, 17, "Orban", "Orban", "strict", "body"],
        ["a", 1, "T", 20, 26, "truces", "truce", "wide", "body"],
    ]


def test_no_match_crosses_two_sentences():
    assert find.mentions(sentences("They want peace", "deal or no deal"), patterns("peace deal")).empty


def test_a_match_may_be_far_into_a_long_sentence():
    text = "🙂 ha, " * 40_000 + "a truce."
    result = find.mentions(sentences(text), patterns("truce"))
    assert [text[row.start : row.end] for row in result.itertuples()] == ["truce"]


def test_hundreds_of_patterns_each_find_their_own():
    names = [f"{first}{second}" for first in ("Ab", "Bel", "Cor", "Dun") for second in ("by", "ham", "wick", "stead")]
    rows = [
        (name, f"{title} {name}")
        for name in names
        for title in ("Mayor", "Lord", "Sir", "Dame", "Doctor", "Captain", "Old", "Young")
    ]
    text = ", ".join(f"Dame {name}" for name in names)
    result = find.mentions(sentences(text), patterns(*rows, *names))
    assert result["label"].tolist() == names
    assert set(result["matched"].str.split().str.len()) == {2}


@pytest.mark.parametrize(
    ("texts", "rows"), [([], ["truce"]), (["A truce."], []), ([], []), ([""], ["truce"]), (["A truce."], ["re:x"])]
)
def test_without_matches_there_is_the_table_still(texts, rows):
    result = find.mentions(sentences(*texts), patterns(*rows))
    assert len(result) == 0
    assert list(result) == list(tables.COLUMNS["mentions"])
    assert len(find.polarity(result, sentences(*texts))) == len(find.contexts(result, sentences(*texts))) == 0


# A slow matcher, written apart from the fast one: a regular expression per pattern at every place, then longest first.


def folded(text):
    """The text without accents and small quirks, and the place of each of its characters in the original."""
    plain, places = [], []
    for place, character in enumerate(text):
        if not unicodedata.combining(character):
            plain.append({"’": "'"}.get(character, unicodedata.normalize("NFD", character)[0]))
            places.append(place)
    return "".join(plain), [*places, len(text)]


def endings(word):
    if re.search("[^aeiou]y$", word):
        return [word, word[:-1] + "ies", *([word + "s"] if word != word.lower() else [])]
    if re.search("(s|x|z|ch|sh)$", word, re.I):
        return [word, word + "es"]
    return [word, word + "s"] if word[-1].isalpha() else [word]


def slow(text, rows):
    plain, places = folded(text)
    candidates = []
    for order, (_, pattern) in enumerate(rows):
        *start, last = re.split(r"[\s‑-]+", folded(pattern)[0])
        for ending in endings(last):
            words = [*start, ending]
            regex = re.compile(r"[\s\-‑]*".join(f"({re.escape(word)})" for word in words), re.I)
            for place in range(len(plain)):
                found = regex.match(plain, place)
                if not found or re.match(r"\w", plain[found.end() :]) or re.search(r"\w$", plain[:place]):
                    continue
                if all(part != part.lower() for part, word in zip(found.groups(), words, strict=True) if word != word.lower()):
                    candidates.append((places[found.start()], places[found.end()], order))
    taken, kept = set(), []
    for start, end, order in sorted(set(candidates), key=lambda each: (each[0] - each[1], each[0], each[2])):
        if not taken & set(range(start, end)):
            taken |= set(range(start, end))
            kept.append((start, end, rows[order][0]))
    return sorted(kept)


WORDS = [
    "Marsh", "marsh", "MARSH", "Marshes", "Orban", "Orbán", "Orba\u0301n", "Orbans", "peace", "Peace", "deal", "deals", "cease",
    "fire", "fires", "ceasefire", "Ceasefires", "policy", "policies", "U.S.", "U.S", "talks", "talk", "30", "day", "boss",
    "bosses", "Zoë", "Kennedy", "Kennedys", "🙂", "the", "the", "war", "warfare", "_", "AT&T",
]  # fmt: skip
GLUE = [" ", " ", " ", "-", "‑", "", "  ", " - ", "\u00a0", ", ", "—", "’s ", "'s ", "’", "/", ".", "\u0301"]
TEXTS = st.lists(st.tuples(st.sampled_from(WORDS), st.sampled_from(GLUE)), max_size=14).map(
    lambda pairs: "".join(f"{word}{glue}" for word, glue in pairs)
)
PHRASES = st.lists(st.sampled_from([word for word in WORDS if word != "_"]), min_size=1, max_size=3).flatmap(
    lambda words: st.sampled_from([" ", "-"]).map(lambda glue: glue.join(words))
)


@settings(max_examples=400, deadline=None)
@given(st.lists(TEXTS, min_size=1, max_size=3), st.lists(PHRASES, min_size=1, max_size=8, unique=True))
def test_the_matcher_agrees_with_a_slow_one(texts, phrases):
    rows = [(f"label {number % 3}", phrase) for number, phrase in enumerate(phrases)]
    frame = sentences(*texts)
    result = find.mentions(frame, patterns(*rows))
    for sentence in frame.itertuples():
        part = result[result["sentence_no"] == sentence.sentence_no]
        fast = [(row.start - sentence.start, row.end - sentence.start, row.label) for row in part.itertuples()]
        assert fast == slow(sentence.sentence, rows)
        assert [sentence.sentence[start:end] for start, end, _ in fast] == part["matched"].tolist()


@pytest.mark.parametrize(
    ("text", "polarity", "cue"),
    [
        ("The truce holds.", "affirmed", ""),
        ("Both sides signed a truce on Monday.", "affirmed", ""),
        # played down
        ("It is a mere truce.", "played down", "mere"),
        ("It is only a truce.", "played down", "only a"),
        ("They signed a so-called truce.", "played down", "so-called"),
        ("Not only a truce but peace came.", "affirmed", ""),
        ("It wasn’t just a truce.", "affirmed", ""),
        ("It was not even a truce.", "negated", "not"),
        ("It was no more than a truce.", "played down", "no more than"),
        ("A treaty is quicker than a truce.", "played down", "quicker than"),
        ("Other than a truce, nothing was agreed.", "affirmed", ""),
        ("It came later than a truce.", "affirmed", ""),
        ("They signed a treaty rather than a truce.", "negated", "rather than"),
        # negated
        ("There is no truce.", "negated", "no"),
        ("Marsh does not want a truce.", "negated", "not"),
        ("Marsh didn’t sign the truce.", "negated", "n’t"),
        ("She left without a truce.", "negated", "without"),
        ("Osterby rejected the truce.", "negated", "rejected"),
        ("Osterby is dropping his demand for a truce.", "negated", "dropping"),  # not demanded
        ("Kade broke the truce.", "negated", "broke"),
        ("The truce is dead.", "negated", "dead"),
        ("The truce looks unlikely.", "negated", "unlikely"),
        ("Osterby stepped back from his demand for a truce.", "negated", "stepped back from"),
        ("Marsh has yet to sign the truce.", "negated", "yet to"),
        ("Kade has shown reluctance to sign a truce.", "negated", "reluctance"),
        ("Marsh talked about a truce until she met Kade.", "negated", "until"),
        ("Osterland keeps the truce until Norland withdraws.", "affirmed", ""),
        ("They keep the truce until it is signed.", "affirmed", ""),
        ("The truce was signed over Kade's objections.", "affirmed", ""),
        ("The truce is over.", "negated", "over"),
        ("The truce is not over.", "affirmed", ""),
        ("A truce is not out of reach.", "affirmed", ""),
        ("Kade has not seen Marsh since the truce.", "affirmed", ""),
        ("Clashes broke out despite the truce.", "affirmed", ""),
        ("Marsh wants a bridge before the truce.", "affirmed", ""),
        ("Kade breaks his silence on the truce.", "affirmed", ""),
        ("News broke of the truce on Monday.", "affirmed", ""),
        ("Kade broke the truce.", "negated", "broke"),
        ("The truce is not new.", "affirmed", ""),
        ("The truce was flatly rejected by Kade.", "negated", "was flatly rejected"),
        ("The truce has not been signed.", "negated", "has not been"),
        ("The truce did not hold.", "negated", "did not"),
        ("The truce soon collapsed.", "negated", "collapsed"),
        ("The truce is no longer on the table.", "negated", "no longer on the table"),
        ("A truce is still a long way off.", "negated", "a long way off"),
        ("Nobody expects a truce.", "negated", "Nobody expects"),
        ("Marsh was unable to secure a truce.", "negated", "unable to"),
        ("It was anything but a truce.", "negated", "anything but"),
        ("Kade has voiced opposition to the truce.", "negated", "opposition to"),
        # nor negated
        ("Kade did not rule out a truce.", "affirmed", ""),
        ("Kade has not rejected the truce.", "affirmed", ""),
        ("Kade no longer opposes the truce.", "affirmed", ""),
        ("Kade no longer wants the truce.", "negated", "no"),
        ("There is no doubt the truce holds.", "affirmed", ""),
        ("Kade declared a truce until midnight on Monday.", "affirmed", ""),
        ("Marsh is not happy but the truce holds.", "affirmed", ""),
        ("Opposition leader Ana Kade hailed the truce.", "affirmed", ""),
        ("Opposing sides signed a truce.", "affirmed", ""),
        ("Resistance fighters signed the truce.", "affirmed", ""),
        ("No. 10 hailed the truce.", "affirmed", ""),
        # demanded
        ("Marsh demands a truce.", "demanded", "demands"),
        ("They made demands for a truce.", "demanded", "demands for"),
        ("The town called for a truce.", "demanded", "called for"),
        ("She is pushing for a truce.", "demanded", "pushing for"),
        ("Osterby urged a truce.", "demanded", "urged"),
        ("They want a cease-fire and a truce.", "demanded", "want"),
        ("Her demand for a lasting truce stands.", "demanded", "demand for"),
        ("Demand for oil rose after the truce.", "affirmed", ""),
        ("Asylum seekers hailed the truce.", "affirmed", ""),
        ("Urgent talks on a truce began.", "affirmed", ""),
        ("The requirements of the truce are clear.", "affirmed", ""),
        # hypothetical
        ("If a truce comes, Marsh leaves.", "hypothetical", "If"),
        ("There could be a truce.", "hypothetical", "could"),
        ("They talked about a possible truce.", "hypothetical", "possible"),
        ("A truce would help.", "hypothetical", "would"),
        ("A truce may come.", "hypothetical", "may"),
        ("On May 19 a truce was signed.", "affirmed", ""),
        ("The truce of last May held.", "affirmed", ""),
        ("Theresa May hailed the truce.", "affirmed", ""),
        ("She leaves if Osterby doesn’t agree to a truce.", "hypothetical", "if"),
        ("“We stay unless he comes to terms” on a truce, Marsh said.", "hypothetical", "unless"),
        # it may be large, and behind a letter that is two when it is small; it is told as it is written
        ("NOT A TRUCE", "negated", "NOT"),
        ("İlke Did Not Call for a truce.", "negated", "Not"),
        # a cue in another clause is none
        ("Marsh did not speak; the truce holds.", "affirmed", ""),
        ("“I will not,” said Marsh, and the truce held.", "affirmed", ""),
        ("Marsh wants peace, the truce holds.", "affirmed", ""),
        # nor is a word that only begins like one
        ("Nobody knows how the truce began in the north.", "affirmed", ""),
        ("The notable truce holds.", "affirmed", ""),
    ],
)
def test_how_a_mention_is_put(text, polarity, cue):
    frame = sentences(text)
    result = find.polarity(find.mentions(frame, patterns("truce")), frame)
    assert result["polarity"].tolist() == [polarity]
    assert result["cue"].tolist() == [cue]


def test_each_of_two_mentions_has_its_own_polarity():
    frame = sentences("Marsh wants a truce, not a mere ceasefire; the treaty stands.")
    result = find.polarity(find.mentions(frame, patterns("truce", "ceasefire", "treaty")), frame)
    assert result["polarity"].tolist() == ["demanded", "played down", "affirmed"]


def test_contexts_put_a_match_together_again():
    frame = sentences("Marsh left.", "The truce, said Marsh, holds.")
    around = find.contexts(find.mentions(frame, patterns("Marsh", "truce")), frame)
    assert around[["left", "matched", "right"]].values.tolist() == [
        ["", "Marsh", " left."],
        ["The ", "truce", ", said Marsh, holds."],
        ["The truce, said ", "Marsh", ", holds."],
    ]
    assert (around["left"] + around["matched"] + around["right"] == around["sentence"]).all()
    assert [row.sentence[row.mark_start : row.mark_end] for row in around.itertuples()] == around["matched"].tolist()


def test_contexts_keep_the_order_and_the_index_of_their_mentions():
    frame = sentences("Marsh left.", "Osterby stayed.")
    mentions = find.mentions(frame, patterns("Marsh", "Osterby"))
    shuffled = pd.concat([mentions.iloc[[1]], mentions.iloc[[0]]])
    assert find.contexts(shuffled, frame)["sentence"].tolist() == ["Osterby stayed.", "Marsh left."]


@pytest.mark.parametrize("verb", [find.contexts, find.polarity])
def test_a_mention_that_is_in_none_of_the_sentences_is_told(verb):
    frame = sentences("Marsh left.", "Osterby stayed.")
    mentions = find.mentions(frame, patterns("Osterby"))
    with pytest.raises(tables.BroadsheetError, match=r"'Osterby' of .* is in none of the sentences"):
        verb(mentions, frame.head(1))

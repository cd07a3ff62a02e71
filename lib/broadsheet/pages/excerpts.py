"""Cuts article text to a number of words, for sharing pages where the articles may not be shared."""

import csv
import io
import re


class Excerpts:
    """Cuts article text to ``words`` words, and finds it again where it is quoted outside the tables."""

    def __init__(self, words):
        self.words, self.runs = words, set()
        self.windows = {}  # sentence → the places of its words that are shown, wherever it stands

    def learn(self, text):
        parts = [_bare(word) for word in text.split()]
        self.runs.update(tuple(parts[i : i + self.words + 1]) for i in range(len(parts) - self.words))

    def cut(self, text, column=""):
        """
        >>> e = Excerpts(3); e.cut("one two three four"), e.cut("one two three"), e.cut("one two three four", "left")
        ('one two three …', 'one two three', '… four')
        """
        half = max((self.words - 1) // 2, 1)  # two halves of one sentence: together they stay within the limit
        limit = half if column in ("left", "right") else self.words
        parts = text.split()
        if len(parts) <= limit:
            return text
        if limit == self.words and " ".join(parts) in self.windows:
            return "".join(self.around(text, "", ""))
        return "… " + " ".join(parts[-limit:]) if column == "left" else " ".join(parts[:limit]) + " …"

    def around(self, before, mark, after):
        """The words around a mark, as many before it as after it; of a sentence that was shown before the same words again."""
        text, ends = f"{before}{mark}{after}", (len(before), len(before) + len(mark))
        words = [found.span() for found in re.finditer(r"\S+", text)]
        if len(words) <= self.words:
            return before, mark, after
        first, last = self.windows.setdefault(" ".join(text.split()), self._window(words, *ends))
        begin, end = words[first][0], words[last - 1][1]
        start, stop = (min(max(place, begin), end) for place in ends)
        return "… " * (first > 0) + text[begin:start], text[start:stop], text[stop:end] + " …" * (last < len(words))

    def _window(self, words, start, end):
        """The places, first and behind the last, of the words to show around what stands from start to end."""
        mine = [place for place, (first, last) in enumerate(words) if last > start and first < end] or [0]
        room = max(self.words - len(mine), 0)
        behind = min(len(words) - 1 - mine[-1], max(room - room // 2, room - mine[0]))
        first = mine[0] - min(mine[0], room - behind)
        return first, min(first + self.words, len(words))

    def redact(self, text):
        """Cuts every run of more than ``words`` words that stands in an excerpt."""
        found = list(re.finditer(r"\S+", text))
        words = [_bare(match.group()) for match in found]
        size, i, out, at = self.words + 1, 0, [], 0
        while i <= len(words) - size:
            if tuple(words[i : i + size]) not in self.runs:
                i += 1
                continue
            end = i + 1
            while tuple(words[end : end + size]) in self.runs:
                end += 1
            last = end + size - 2  # the run's last word
            out += [text[at : found[i + self.words - 1].end()], " …"]
            at, i = found[last].end(), last + 1
        return "".join([*out, text[at:]])

    def lines(self, text):
        """Output that ``show`` did not make may hold article text anywhere: each of its lines is cut."""
        return "\n".join(self.cut(line) for line in text.splitlines())


def _bare(word):
    """A word without what quoting changes: case, and the marks around it."""
    return word.strip("\"'“”‘’«»„().,;:!?…[]").casefold()


def table(soup, limit):
    columns = [th.get_text().replace(" ", "_") for th in soup("th")]
    for text in soup.find_all(string=True):
        if not text.find_parent(class_="excerpt"):
            text.replace_with(limit.redact(str(text)))
    for span in soup.select(".excerpt"):
        mark = span.find("mark")
        if mark:
            before = "".join(part.get_text() for part in reversed(list(mark.previous_siblings)))
            after = "".join(part.get_text() for part in mark.next_siblings)
            before, mark.string, after = limit.around(before, mark.get_text(), after)
            span.clear()
            span.extend([before, mark, after])
        else:
            span.string = limit.cut(span.get_text(), columns[len(span.find_parent("td").find_previous_siblings("td"))])


def cells(text, change):
    """A CSV with ``change(cell, column)`` for every cell below the head."""
    csv.field_size_limit(2**31 - 1)  # the default refuses a cell that holds a long article
    rows = list(csv.reader(io.StringIO(text)))
    buffer = io.StringIO()
    changed = [[change(cell, rows[0][i]) for i, cell in enumerate(row)] for row in rows[1:]]
    csv.writer(buffer, lineterminator="\n").writerows(rows[:1] + changed)
    return buffer.getvalue()

"""One coder's pass over a sample, without a page: the order of the mentions, what comes next, and the summary at the end.

The scores are not shown, nor the source, nor what another coder said. Every answer is in gold.csv before the next mention
is shown, so a crash or a closed window loses nothing.
"""

import hashlib
import re
import threading

from broadsheet import DATA, coded, load, sample, say, store
from broadsheet.coded import SETTLED, VALUES
from broadsheet.tables import BroadsheetError

SKIP = "skip"  # what stands as the code of a mention that was skipped


class Pass:
    """One pass: a coder and a round over the study's sample, which is drawn if gold.csv holds none.

    The order of the mentions depends on the coder and the round alone: another in each pass, the same after a restart. The
    round "settled" shows only the mentions on which the other passes differ and that no other coder settled. Raises
    BroadsheetError for a name that a CSV or a spreadsheet would not keep, for a study without mentions, and where nothing
    of the sample can be found any more.
    """

    def __init__(self, folder, coder="A", round="1", size=200, seed=0):
        self.coder, self.round = _name("coder", coder), _name("round", round)
        self.study = load.study(folder)
        self.path = self.study.folder / "gold.csv"
        corpus = store.annotated(self.study)
        self.sentences, self.mentions = corpus.sentences, corpus.scores
        with sample.alone(self.study.folder):
            gold = sample.read(self.path)
            self.drawn = not len(gold)
            if self.drawn:
                gold = self._draw(corpus, size, seed)
        self._choose(gold)
        self.lock, self.finished = threading.Lock(), False
        self.left = set()  # skipped twice since the start: not shown again unless asked for
        self.back = None  # the place in the trail where one looks back, None where one goes on

    def _draw(self, corpus, size, seed):
        # the same sentence twice in one article is one mention to gold.csv: it is drawn, and counted, once
        known = coded.keys(corpus.scores, corpus.sentences)
        once = ~known.duplicated(["article_id", "sentence_sha256", "from", "to", "label"]).to_numpy()
        gold = sample.rows(sample.draw(corpus.scores[once], corpus.articles, size, seed), corpus.sentences)
        sample.write(self.path, gold)
        return gold

    def _choose(self, gold):
        found = coded.gold(gold, self.sentences, self.mentions, once=True)
        keys = _keys(gold)
        lost = {key for key, problem in zip(keys, found["problem"], strict=True) if problem}
        self.lost = len(lost)
        differ = _differing(gold) - _settled(gold[gold["coder"] != self.coder])
        rows = found.assign(key=keys).drop_duplicates("key")
        rows = rows[[key not in lost and (self.round != SETTLED or key in differ) for key in rows["key"]]]
        if not len(rows):
            if self.round == SETTLED:
                raise BroadsheetError(f"{self.path} has no mention on which passes differ: there is nothing to settle")
            raise BroadsheetError(
                f"none of the {say.count(self.lost, 'mention')} in {self.path} is in the articles any more: "
                "move the file away to draw a new sample"
            )
        order = [hashlib.sha256(f"{self.coder}\n{self.round}\n{key}".encode()).digest() for key in rows["key"]]
        rows = rows.assign(order=order).sort_values("order", kind="stable")
        self.keys = rows["key"].tolist()
        chance = dict(zip(keys, gold["probability"], strict=True))
        chance |= {key: p for key, p in zip(keys, gold["probability"], strict=True) if p == p}
        self.probability = [chance[key] for key in self.keys]
        place = self.sentences.groupby("article_id", sort=False)["sentence"]
        around = self.sentences.assign(before=place.shift(1), after=place.shift(-1)).set_index(["article_id", "sentence_no"])
        self.around = around.loc[list(zip(rows["article_id"], rows["sentence_no"], strict=True))].fillna("")
        number = {key: i for i, key in enumerate(self.keys)}
        self.codes, self.notes, self.trail = {}, {}, []
        for i, row in enumerate(gold.itertuples(index=False)):
            if (row.coder, row.round) == (self.coder, self.round) and keys[i] in number:
                self._keep(number[keys[i]], row.coded, sample.restored(row.note))

    def _keep(self, i, code, note):
        if code != self.codes.get(i, ""):  # a note alone leaves a mention where it is
            self.trail = [*(each for each in self.trail if each != i), i]
        self.codes[i], self.notes[i] = code, note

    def shown(self):
        """The number of the mention to show, or None where all are coded or skipped."""
        if self.back is not None:
            return self.trail[self.back]
        fresh = (i for i in range(len(self.keys)) if not self.codes.get(i))
        again = (i for i in self.trail if self.codes[i] == SKIP and i not in self.left)
        return next(fresh, next(again, None))

    def act(self, do, item=None, value=""):
        """Does what a key or button asks for, and returns the view after it. ``item`` is the number of the mention meant.

        ``do`` is code (value: negative, neutral, positive), skip, note (value: its text), back, forward, again (show once more
        what was skipped), show (nothing new) or finish. Raises BroadsheetError for anything else, and where gold.csv cannot
        be written.
        """
        with self.lock:
            if do in ("code", "skip", "note") and (type(item) is not int or not 0 <= item < len(self.keys)):
                raise BroadsheetError(f"there is no mention {item}: load the page again")
            if do == "code" and value in VALUES:
                self._write(item, coded=value)
                said = f"Saved: {value}."
            elif do == "note" and isinstance(value, str):
                self._write(item, note=sample.defused(value[:2000]))
                said = "Note saved."
            elif do == "skip":
                said = self._skip(item)
            elif do in ("back", "forward"):
                said = self._turn(-1 if do == "back" else 1)
            elif do in ("again", "finish", "show"):
                self.left, self.finished = set() if do == "again" else self.left, do == "finish"
                said = ""
            else:
                raise BroadsheetError(f"there is nothing called {do} {value}: load the page again")
            return {**self.view(), "said": said}

    def _write(self, i, **change):
        sample.put(self.path, self.keys[i], self.coder, self.round, self.probability[i], **change)
        note = sample.restored(change["note"]) if "note" in change else self.notes.get(i, "")
        self._keep(i, change.get("coded", self.codes.get(i, "")), note)
        if "coded" in change:
            self.left.discard(i)
            self.back = None

    def _skip(self, i):
        if self.codes.get(i) in VALUES:
            return "This mention has a code: change it with 1, 2 or 3, or go forward."
        twice = self.codes.get(i) == SKIP and self.back is None
        self._write(i, coded=SKIP)
        if twice:
            self.left.add(i)
        return "Skipped."

    def _turn(self, step):
        front = self.shown() if self.back is None else None
        trail = [place for place, i in enumerate(self.trail) if i != front]
        at = (len(trail) if self.back is None else trail.index(self.back)) + step
        if at < 0 or not trail:
            return "There is nothing before this."
        self.back = trail[at] if at < len(trail) else None
        return ""

    def counts(self):
        """How many mentions of this pass have each code, how many are skipped, and how many there are."""
        given = list(self.codes.values())
        return {**{name: given.count(name) for name in VALUES}, "skipped": given.count(SKIP), "total": len(self.keys)}

    def line(self):
        """One line on how far the pass is, and where the codes are."""
        n = self.counts()
        told = ", ".join(f"{n[name]:,} {name}" for name in VALUES)
        off = f", {n['skipped']:,} skipped" if n["skipped"] else ""
        done = sum(n[name] for name in VALUES)
        return f"{done:,} of {n['total']:,} mentions coded by {self.coder}, round {self.round} ({told}{off}): {self.path}"

    def view(self):
        """What the page shows, as JSON can hold it: the mention with its context, or the end with the agreement. No score."""
        i, n = self.shown(), self.counts()
        base = {"study": self.study.name, "coder": self.coder, "round": self.round, "counts": n, "finished": self.finished}
        if self.finished or i is None:
            return {**base, "item": None, "end": self._end()}
        key, held = self.keys[i], self.around.iloc[i]
        start, end = key[2], key[3]
        text = held["sentence"]
        place = self.back if self.back is not None else len([each for each in self.trail if each != i])
        return {
            **base,
            "item": {
                "id": i, "place": place + 1, "label": key[4], "part": held["part"] if held["part"] != "body" else "",
                "before": held["before"], "after": held["after"], "text": [text[:start], text[start:end], text[end:]],
                "coded": self.codes.get(i, ""), "note": self.notes.get(i, ""), "looking": self.back is not None,
            },
        }  # fmt: skip

    def _end(self):
        off = [i for i in self.trail if self.codes[i] == SKIP]
        gold = sample.read(self.path)
        table = coded.agreement(coded.gold(gold, self.sentences, self.mentions, once=True))
        shown = ["first", "second", "kind", "mentions", "same", "alpha", "alpha_ordered"]
        table = table.loc[table["mentions"] > 0, shown]
        for name in ("same", "alpha", "alpha_ordered"):
            table[name] = [f"{value:.2f}" if value == value else "–" for value in table[name]]
        skipped = [{"label": self.keys[i][4], "text": self.around.iloc[i]["sentence"]} for i in off]
        todo = list(self._next(set(table["kind"]), gold))
        return {"skipped": skipped, "agreement": table.to_dict("records"), "next": todo, "path": str(self.path)}

    def _next(self, kinds, gold):
        n, folder = self.counts(), self.study.folder
        command = f"broadsheet code {_quoted(folder.name if folder.parent == DATA else folder)} --coder"
        me = _quoted(self.coder)
        rest = n["total"] - sum(n[each] for each in VALUES)
        if rest:
            yield f"{say.count(rest, 'mention')} of {n['total']:,} still without a code: the same command goes on with them."
        if "inter-coder" not in kinds:
            yield f"For agreement between coders, a second person codes the same sample: {command} {'A' if me == 'B' else 'B'}"
        if "intra-coder" not in kinds:
            again = 3 if self.round == "2" else 2
            yield f"To see how steady you are, code again after some weeks, without looking: {command} {me} --round {again}"
        open = _differing(gold) - _settled(gold)
        if open:
            n = say.count(len(open), "mention")
            yield f"Passes differ on {n}. Settle which code holds: {command} {me} --round {SETTLED}"


def _keys(gold):
    return list(gold[sample.KEY].itertuples(index=False, name=None))


def _differing(gold):
    """The mentions to which the passes, but for the settling one, gave different codes."""
    given = {}
    for key, code, round in zip(_keys(gold), gold["coded"], gold["round"], strict=True):
        if code in VALUES and round != SETTLED:
            given.setdefault(key, set()).add(code)
    return {key for key, codes in given.items() if len(codes) > 1}


def _settled(gold):
    return set(_keys(gold[gold["coded"].isin(list(VALUES)) & (gold["round"] == SETTLED)]))


def _quoted(part):
    """A part of a command as a shell takes it.

    >>> _quoted("peace-talks"), _quoted("my study")
    ('peace-talks', '"my study"')
    """
    return str(part) if re.fullmatch(r"[\w.:/\\~-]+", str(part)) else f'"{part}"'


def _name(kind, name):
    name = str(name).strip()
    if not name or len(name) > 80 or name[0] in "=+-@'" or any(each in ',;"' or not each.isprintable() for each in name):
        raise BroadsheetError(
            f"{name!r} cannot be the name of a {kind}: use letters, digits and spaces, such as "
            f"{'A' if kind == 'coder' else '1'}"
        )
    return name

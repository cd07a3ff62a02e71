"""What an article's date is, between which days it lies, and how we know. `clean` asks; nothing is guessed silently."""

import re
from datetime import datetime
from functools import lru_cache

import pandas as pd
from dateutil import parser, tz

_NUMERIC = re.compile(r"(?<![\d/.:-])(\d{1,2})([/.-])(\d{1,2})\2(\d{4}|\d{2})(?!\d)")
_WEEKDAY = re.compile(r"\b(mon|tue|wed|thu|fri|sat|sun)[a-z]*\b", re.I)
_YEAR_MONTH = re.compile(r"(\d{4})(?:[-/.](\d{1,2}))?$")
_MONTH_YEAR = re.compile(r"(?:(\d{1,2})[/.-]|([^\W\d_]{3,9})\.?,?\s+)(\d{4})$")
# What pages write around a date, and 18.30 for 18:30.
_AROUND = ((re.compile(r"^(?:published|posted)(?: on| at)?\b:?\s*", re.I), ""), (re.compile(r"\s*[|•·]\s*"), " "))
_DOTTED = re.compile(r"(?<=\d{4})([^\d.]\D{0,5}\d{1,2})\.(\d{2})(?!\d)")
_LAST_ZONE = re.compile(r":\d\d(?:\s*[apAP]\.?[mM]\.?)?(?P<zone>\s+(?!AM|PM)[A-Z]{2,5})$")
_YEAR_FIRST = re.compile(r"\s*\d{4}\D")
_ISO_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_YEARS = re.compile(r"(?<!\d)\d{4}(?!\d)")
_SEVERAL = re.compile(r"\d{4}-\d.*\d{4}-\d.*|\d{6}|\d\d-\d\d-\d\d")  # two dates, or figures that may be years
# "GMT+3" is three hours ahead of Greenwich (POSIX, and the parser, turn the sign); JavaScript adds the zone's name in brackets
_GREENWICH = re.compile(r"\b(?:GMT|UTC)\s*([+-]\d[\d:]*)(?:\s*\([^()]*\)$)?")
# The zones that dates are written with, as they are meant: "EST" in July is the time of New York. A date with a zone that
# is not here, or means several, such as IST, is a range of days.
_ZONES = {
    name: tz.gettz(zone)
    for zone, names in {
        "America/New_York": "ET EST EDT", "America/Chicago": "CT CST CDT", "America/Denver": "MT MST MDT",
        "America/Los_Angeles": "PT PST PDT",
        "Australia/Sydney": "AEST AEDT",
        "Europe/London": "BST", "Europe/Paris": "CET CEST", "Europe/Bucharest": "EET EEST", "Europe/Moscow": "MSK",
    }.items()
    for name in names.split()
}  # fmt: skip


def day_first(published, sources):
    """Source → whether its dates such as 3/4/25 put the day first; left out are those whose dates do not tell, and no source.

    >>> day_first(pd.Series(["25/3/2025", "3/4/2025", "3/4/2025"]), pd.Series(["A", "A", "B"]))
    {'A': True}
    """
    told = {}
    for date, source in zip(published, sources, strict=True):
        found = _NUMERIC.search(date) if source else None
        if not found:
            continue
        one, two = int(found[1]), int(found[3])
        if found[2] == "." or (one > 12 >= two):
            told.setdefault(source, set()).add(True)
        elif two > 12 >= one:
            told.setdefault(source, set()).add(False)
    return {source: answers.pop() for source, answers in told.items() if len(answers) == 1}


def published(row, first_is_day=None):
    """Returns published, published_from, published_to, published_basis of a raw row; times in UTC, NaT if unknown."""
    low, high = _read(row.published_from, first_is_day), _read(row.published_to, first_is_day)
    when = _read(row.published, first_is_day)
    basis = row.published_basis
    if when is not None:
        moment, first, last, why = when
        return moment, first, last, basis or why
    if low and high:
        first, last = low[1], high[2]
        if first <= last:
            return (first if first == last else pd.NaT), first, last, basis or "stated"
        why = f"unknown: published_from {first:%Y-%m-%d} is after published_to {last:%Y-%m-%d}"
    elif bad := [text.strip() for text in (row.published, row.published_from, row.published_to) if _unread(text)]:
        why = f"unknown: cannot read “{bad[0][:40]}” as a date"
    elif low or high:
        why = f"unknown: {'published_to' if low else 'published_from'} is not given"
    else:
        why = basis or "unknown"
    return pd.NaT, pd.NaT, pd.NaT, why


def _unread(text):
    return bool(text.strip()) and _read(text, None) is None


@lru_cache(maxsize=1 << 12)
def _read(text, first_is_day):
    """(moment, first day, last day, basis) of a date as a file writes it; None where it cannot be read."""
    text = text.strip()
    for around, instead in _AROUND:
        text = around.sub(instead, text)
    text = _DOTTED.sub(r"\1:\2", text).strip()
    if not text:
        return None
    year, month = _year_and_month(text)
    if year:
        period = f"{year}-{month:02}" if month else str(year)
        period = pd.Period(period) if 1500 <= year <= 2200 and month <= 12 else None
        return period and (pd.NaT, period.start_time.normalize(), period.end_time.normalize(), "stated: no day")
    if re.fullmatch(r"\d{10}|\d{13}", text):
        return _exact(pd.Timestamp(int(text[:10]), unit="s"))
    found = _NUMERIC.search(text)
    if found and first_is_day is None and found[2] != "." and max(int(found[1]), int(found[3])) <= 12:
        readings = sorted(day for day in (_parsed(text, True), _parsed(text, False)) if day is not None)
        weekday = _WEEKDAY.search(text)
        fitting = [day for day in readings if weekday and day.day_name()[:3].lower() == weekday[1].lower()]
        if len(fitting) == 1:
            return _exact(fitting[0])
        if readings and readings[0] != readings[-1]:
            return (
                pd.NaT,
                readings[0].normalize(),
                readings[-1].normalize(),
                "inferred: day and month cannot be told apart",
            )
    day = not _YEAR_FIRST.match(text) and (bool(first_is_day) or bool(found and found[2] == "."))
    moment, zone = _parsed(text, day), _LAST_ZONE.search(text)
    if moment is None and zone and (local := _parsed(text[: zone.start("zone")], day)) is not None:
        first, last = ((local + pd.Timedelta(hours=hours)).normalize() for hours in (-14, 12))  # as far as zones reach
        return pd.NaT, first, last, f"inferred: which zone {zone['zone'].strip()} is cannot be told"
    return moment if moment is None else _exact(moment)


def _year_and_month(text):
    """The year and the month of a date without a day, 0 for a month that is not given; (0, 0) for other texts."""
    if found := _YEAR_MONTH.match(text):
        return int(found[1]), 0 if found[2] is None else int(found[2]) or 13
    if found := _MONTH_YEAR.match(text):
        month = int(found[1]) if found[1] else parser.parserinfo().month(found[2])
        return (int(found[3]), month) if month else (0, 0)
    return 0, 0


def _exact(moment):
    return moment, moment.normalize(), moment.normalize(), "stated"


def _zone(name, offset):
    if offset is not None:
        return tz.tzoffset(name, offset)
    if name is not None and name not in _ZONES:
        raise ValueError(f"the zone {name} is not known")
    return _ZONES.get(name)


def _parsed(text, first_is_day):
    """A time in UTC; None unless year, month and day are all given."""
    try:
        if _ISO_DAY.fullmatch(text):  # how most files write it: the parser takes ten times as long to say the same
            return pd.Timestamp(datetime.fromisoformat(text))
        one, two = (
            parser.parse(_GREENWICH.sub(r"\1", text), dayfirst=first_is_day, default=default, tzinfos=_zone)
            for default in (datetime(2001, 1, 1), datetime(2002, 2, 2))
        )
        years = _YEARS.findall(text)
        if one != two or _SEVERAL.fullmatch(text) or (years and f"{one:%Y}" not in years):  # "3-5 March 2025" is not in 2003
            return None
        moment = pd.Timestamp(one)
        return moment.tz_convert(None) if moment.tzinfo else moment
    except (ValueError, OverflowError, TypeError):
        return None

"""How numbers and lists stand in a sentence: one way for all that is told."""

import pandas as pd

from broadsheet import stats
from broadsheet.tables import SENTIMENT


def count(n, noun):
    """
    >>> count(1, "article"), count(1200, "source")
    ('1 article', '1,200 sources')
    """
    return f"{n:,} {noun}{'' if n == 1 else 's'}"


def listing(parts):
    """
    >>> listing(["a", "b", "c"])
    'a, b and c'
    """
    return " and ".join(filter(None, [", ".join(parts[:-1]), parts[-1] if parts else ""]))


def upper(text):
    """The text with a capital at its beginning; all else as it is."""
    return text[:1].upper() + text[1:]


def signed(value):
    """
    >>> signed(0.5), signed(-0.125), signed(-0.001)
    ('+0.50', '−0.12', '0.00')
    """
    return f"{value:+.2f}".replace("-", "−") if round(value, 2) else "0.00"


def percent(share):
    """
    >>> percent(0.256)
    '26 %'
    """
    return f"{100 * share:.0f} %"


def figures(row, unit=""):
    """The value of a row of summary and its interval, as they stand in a sentence."""
    share = "share" in row["measure"]
    show = percent if share else signed if row["measure"] == SENTIMENT else "{:.2f}".format
    low, high = show(row["low"]), show(row["high"])
    words = {
        (False, False): f"{low} to {high}",
        (True, False): f"up to {high}, no lower limit",
        (False, True): f"from {low}, no upper limit",
        (True, True): "no limits",
    }
    known = pd.notna(row["low"]) and pd.notna(row["high"])
    between = f" ({words[stats.without_limit(row['interval'])]})" if known else ""
    return (show(row["value"]) + (f" {unit}" if unit and not share else "") + between).replace("-", "−")

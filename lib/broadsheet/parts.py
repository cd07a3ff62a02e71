"""Tables that are read part by part, where they are: verbs ask each part and put the answers together.

A table of a corpus that was computed here is one part, a DataFrame; one of an annotated folder is as many as were written.
"""

from functools import partial

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from broadsheet import cluster


class Parts:
    """A table on a shelf, in parts that have the same articles as those of its other tables."""

    def __init__(self, shelf, table, names, steps=()):
        self.shelf, self.table, self.names, self.steps = shelf, table, names, steps

    def then(self, function, beside=None):
        """The table with something done to each part when it is read; ``beside`` is a table whose part is given as well."""
        return Parts(self.shelf, self.table, self.names, (*self.steps, (function, beside)))

    def read(self, name, articles=None):
        """A part as a frame: all of it, or the rows of some articles."""
        made = self.shelf.get(self.table, [name], filters=None if articles is None else pc.field("article_id").isin(articles))
        for function, beside in self.steps:
            made = function(made) if beside is None else function(made, beside.read(name, articles))
        return made.reset_index(drop=True)


def then(function, table):
    """A table with something done to it: to a frame now, to each part of one in parts when it is read."""
    return table.then(function) if isinstance(table, Parts) else function(table).reset_index(drop=True)


def whole(table):
    """A table in parts as one frame."""
    if not table.steps:
        return table.shelf.get(table.table, table.names)
    return pd.concat(each(_itself, table), ignore_index=True)


def _itself(frame):
    return frame


def total(table):
    """How many rows a table has."""
    return sum(each(len, table))


def sizes(table, columns):
    """Returns how many rows have each of the values of some columns: a Series by them.

    >>> sizes(pd.DataFrame({"article_id": ["a", "a"], "label": ["truce", "truce"]}), ["label"]).to_dict()
    {'truce': 2}
    """
    return pd.concat(each(partial(_sizes, columns), table)).groupby(level=columns).sum()


def _sizes(columns, frame):
    return frame.groupby(columns).size()


def each(function, *held):
    """[function(frame, …)]: called once with tables that are frames, or with each part of those that are in parts.

    Tables in parts have the same ones, by articles. What stands beside them as a frame is cut to the articles of the part. On
    the workers of the Dask client that this process has, if it has one.

    >>> each(len, pd.DataFrame({"article_id": ["a", "b"]}))
    [2]
    """
    parted = [table for table in held if isinstance(table, Parts)]
    if not parted:
        return [function(*held)]
    return cluster.done([(_asked, function, name, held) for name in parted[0].names])


def _asked(function, name, held):
    read = [table.read(name) if isinstance(table, Parts) else None for table in held]
    own = pd.unique(pd.concat([frame["article_id"] for frame in read if frame is not None]))
    cut = (table[table["article_id"].isin(own)] if frame is None else frame for table, frame in zip(held, read, strict=True))
    return function(*cut)


def only(table, articles):
    """The rows of some articles as a frame; ``articles`` are their ids.

    >>> only(pd.DataFrame({"article_id": ["a", "b"]}), ["b"]).article_id.tolist()
    ['b']
    """
    wanted = list(pd.unique(pd.Series(articles, dtype="str")))
    if not isinstance(table, Parts):
        return table[table["article_id"].isin(wanted)].reset_index(drop=True)
    names = table.names if wanted else table.names[:1]
    found = cluster.done([(_some, table, name, pa.array(wanted, pa.large_string())) for name in names])
    return pd.concat(found, ignore_index=True)


def joined(table, rows, on):
    """The rows of a table that have a partner in ``rows`` by some columns, with what else the partner has, as a frame.

    >>> coded = pd.DataFrame({"article_id": ["b"], "n": [2]})
    >>> joined(pd.DataFrame({"article_id": ["a", "b"]}), coded, ["article_id"]).values.tolist()
    [['b', 2]]
    """
    return pd.concat(each(partial(_joined, rows, on), table), ignore_index=True)


def _joined(rows, on, frame):
    return frame.merge(rows, on=on, sort=False)


def at(table, numbers):
    """The rows of some numbers, from 0 and in order, as a frame."""
    numbers = np.asarray(numbers)
    if not isinstance(table, Parts):
        return table.iloc[numbers].reset_index(drop=True)
    edges = np.cumsum([0, *each(len, table)])
    cuts = np.searchsorted(numbers, edges)
    own = [numbers[low:high] - edge for low, high, edge in zip(cuts, cuts[1:], edges, strict=False)]
    found = [(_rows, table, name, places) for name, places in zip(table.names, own, strict=True)]
    return pd.concat(cluster.done(found), ignore_index=True)


def _rows(table, name, places):
    return table.read(name).iloc[places]


def _some(table, name, articles):
    return table.read(name, articles)

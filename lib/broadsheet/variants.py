"""Parameter sets: from the options of a command or a study's batch.toml; and what each is called, as a folder and a command."""

import hashlib
import itertools
import json
import os
import re
import shlex
import tomllib
from pathlib import Path

from broadsheet.tables import BroadsheetError

_COMMAND = r".venv\Scripts\broadsheet" if os.name == "nt" else ".venv/bin/broadsheet"


def grid(fixed, crossed):
    """Returns the parameter sets of `fixed` values and of every combination of `crossed`, {name: its values}.

    >>> grid({"draws": "500"}, {"voice": ["narrator", "quoted"]})
    [{'draws': '500', 'voice': 'narrator'}, {'draws': '500', 'voice': 'quoted'}]
    """
    if empty := next((name for name in crossed if not crossed[name]), None):
        raise BroadsheetError(f"The grid gives {empty!r} no value: give one or more.")
    if twice := next((name for name in crossed if name in fixed), None):
        raise BroadsheetError(f"The parameter {twice!r} is given once with -p and once in the grid: keep one of them.")
    return [{**fixed, **dict(zip(crossed, values, strict=True))} for values in itertools.product(*crossed.values())]


def crossed(options):
    """The texts "name=v1,v2" of --grid → {name: values}. Raises BroadsheetError for one that is not of that form."""
    found = {}
    for text in options:
        name, sign, rest = text.partition("=")
        try:
            found.setdefault(name.strip(), []).extend(_values(rest))
        except ValueError as problem:
            raise BroadsheetError(f"--grid {text} cannot be read: {problem}") from problem
        if not sign or not name.strip():
            raise BroadsheetError(f"--grid takes name=value1,value2, not {text!r}.")
    return found


def kept(folder):
    """The batches that a study's batch.toml lists: [(notebooks, parameter sets)]; empty where it has none.

    Each ``[[run]]`` has ``notebooks`` (none: all), ``parameters`` and ``grid``; a value is typed as TOML types it, or text.
    """
    path = Path(folder) / "batch.toml"
    if not path.is_file():
        return []
    try:
        listed = tomllib.loads(path.read_text(encoding="utf-8-sig"))
        tables_ = listed.pop("run", [])
        if listed or not isinstance(tables_, list):
            raise ValueError(f"it holds {', '.join(listed) or 'no list'}, and should hold [[run]] alone")
        found = []
        for each in tables_:
            if extra := set(each) - {"notebooks", "parameters", "grid"}:
                raise ValueError(f"a [[run]] has notebooks, parameters and grid, and no {sorted(extra)[0]}")
            named = each.get("notebooks", [])
            if not isinstance(named, list) or not all(isinstance(name, str) for name in named):
                raise ValueError('notebooks is a list: notebooks = ["02_term_frequency"]')
            over = {n: v if isinstance(v, list) else _values(str(v)) for n, v in each.get("grid", {}).items()}
            found.append((named, grid(each.get("parameters", {}), over)))
    except (OSError, ValueError, AttributeError, TypeError) as problem:
        if isinstance(problem, BroadsheetError):
            raise
        raise BroadsheetError(f"{path} cannot be read: {problem}") from problem
    return found


def _values(text):
    """What stands after "name=" in a grid → its values: parted by commas, or a JSON list.

    >>> _values("Putin+Trump,Zelensky"), _values('["A,B", "C"]')
    (['Putin+Trump', 'Zelensky'], ['A,B', 'C'])
    """
    if text.lstrip().startswith("["):
        found = json.loads(text)
        return [value if isinstance(value, list | str) else json.dumps(value) for value in found]
    return [part.strip() for part in text.split(",")]


def name(differing):
    """What differs from the defaults → the name of the parameter set, which is also its folder's.

    >>> name({"voice": "narrator", "actors": ["Putin", "Trump"]})
    'actors=Putin+Trump,voice=narrator'
    >>> name({})
    'default'
    """
    parts = []
    for key, value in sorted(differing.items()):
        held = value if isinstance(value, list) else [value]
        parts.append((key, [str(v) for v in held]))
    plain = ",".join(f"{key}={'+'.join(safe(v) for v in held)}" for key, held in parts) or "default"
    # two sets must never share a folder: where safe characters lose a difference, a hash keeps it
    exact = all(safe(v).replace("_", " ") == v.replace("_", "?") for _, held in parts for v in held)
    if exact and len(plain) <= 80 and not plain.endswith("."):
        return plain
    return f"{plain[:70].rstrip('.')}-{hashed(json.dumps(parts))}"


def command(notebook, study, differing):
    """The command that repeats a run: what a user types.

    >>> command("02_term_frequency", "talks", {"terms": ["peace deal", "truce"], "voice": "quoted"})
    ".venv/bin/broadsheet run 02_term_frequency --study talks -p terms 'peace deal+truce' -p voice quoted"
    """
    words = [_COMMAND, "run", notebook, "--study", study]
    for name, value in differing.items():
        if isinstance(value, list):
            plain = all(isinstance(v, str) and v == v.strip() and v and "+" not in v and v[0] != "[" for v in value)
            value = "+".join(value) if plain else json.dumps(value, ensure_ascii=False)
        words += ["-p", name, str(value)]
    return shlex.join(words)


def safe(text):
    """A text as part of a folder's name."""
    return re.sub(r"[^\w.\-]", "-", text.replace(" ", "_"))


def hashed(text):
    """Six signs that tell one text from others."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:6]

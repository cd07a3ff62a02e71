"""The parameters of a notebook: what it declares, and whether a given value fits."""

import ast
import json

from broadsheet.tables import BroadsheetError


def declared(notebook):
    """The parameters of a notebook's file → {name: (type, default, help)}.

    Raises BroadsheetError for a file that is no notebook, and for a cell of parameters that is more than literals.
    """
    try:
        cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
        tagged = (cell for cell in cells if "parameters" in cell.get("metadata", {}).get("tags", []))
        return of("".join(next(tagged, {"source": ""})["source"]))
    except (OSError, ValueError, SyntaxError, LookupError, TypeError, AttributeError) as error:
        raise BroadsheetError(f"The parameters of {notebook.name} cannot be read: {error}") from error


def of(source):
    """The cell of parameters → {name: (type, default, help)}.

    >>> of('draws: int = 2000  # bootstrap draws')
    {'draws': ('int', 2000, 'bootstrap draws')}
    """
    found, lines = {}, source.splitlines()
    for node in ast.parse(source).body:
        target = node.target if isinstance(node, ast.AnnAssign) else node.targets[0] if isinstance(node, ast.Assign) else None
        if isinstance(target, ast.Name) and node.value:
            rest = lines[node.end_lineno - 1].encode()[node.end_col_offset :].decode()
            default = ast.literal_eval(node.value)
            said = getattr(getattr(node, "annotation", None), "id", "")
            kind = said if said in _TYPES else type(default).__name__
            found[target.id] = (kind, default, rest.partition("#")[2].strip())
    return found


def fitted(name, value, kind, default):
    """A value as given, typed or text → the value of the declared type."""
    try:
        parsed = _parsed(value, kind) if isinstance(value, str) else value
    except ValueError:
        parsed = None
    if kind == "float" and type(parsed) is int:
        parsed = float(parsed)
    if kind in _TYPES and type(parsed).__name__ != kind:
        raise BroadsheetError(f"The parameter {name!r} takes {_TYPES[kind]}, not {value!r}; its default is {default!r}.")
    return parsed


def _parsed(text, kind):
    """
    >>> _parsed("Putin+Trump", "list"), _parsed("", "list"), _parsed('["A+B"]', "list"), _parsed("no", "bool")
    (['Putin', 'Trump'], [], ['A+B'], False)
    """
    if kind == "list":
        if text.lstrip().startswith("["):
            return json.loads(text)
        return [part.strip() for part in text.split("+") if part.strip()]
    if kind == "bool":
        return {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}.get(text.strip().lower())
    return {"int": int, "float": float}.get(kind, str)(text)


_TYPES = {
    "str": "text",
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
    "list": "a list like A+B",
}

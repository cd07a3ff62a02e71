"""The parameters of a notebook: what it declares, and whether a given value fits."""

import ast
import json

from broadsheet.tables import BroadsheetError


def declared(notebook):
    """The parameters of a notebook → {name: (type, default)}."""
    import papermill

    try:
        entries = papermill.inspect_notebook(str(notebook)).values()
        defaults = {entry["name"]: ast.literal_eval(entry["default"]) for entry in entries}
    except Exception as error:
        raise BroadsheetError(f"The parameters of {notebook.name} cannot be read: {error}") from error
    kinds = {entry["name"]: entry["inferred_type_name"] for entry in entries}
    return {n: (kinds[n] if kinds[n] in _TYPES else type(default).__name__, default) for n, default in defaults.items()}


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

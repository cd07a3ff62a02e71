"""Broadsheet: how the press covers a story. Each module is a verb, and ``verb.noun()`` returns the table called noun."""

from pathlib import Path

__version__ = "0.1.0"

# The one place for paths. The library is installed editable, so the project is found from any working directory.
ROOT = Path(__file__).resolve().parents[2]
DATA = ROOT / "data"
NOTEBOOKS = ROOT / "notebooks"
REPORTS = ROOT / "reports"

"""README's figures, taken from the report of the peace-talks study: run it after `python3 run.py`.

Each figure carries its alt text, which holds its values; a test compares that with what a fresh run computes.
"""

import base64
import io

import nbformat
from PIL import Image, PngImagePlugin

from broadsheet import REPORTS, ROOT

FIGURES = {"01_sentiment_by_actor": "sentiment.png", "02_term_frequency": "terms.png"}


def first_figure(path):
    """The first figure of an executed notebook: (PNG bytes, alt text)."""
    for cell in nbformat.read(path, as_version=4).cells:
        for output in cell.get("outputs", []):
            if output.get("metadata", {}).get("broadsheet", {}).get("role") == "figure":
                return base64.b64decode(output["data"]["image/png"]), output["metadata"]["image/png"]["alt"]
    raise SystemExit(f"{path} holds no figure: run `python3 run.py` first")


if __name__ == "__main__":
    for notebook, name in FIGURES.items():
        png, alt = first_figure(REPORTS / "peace-talks" / "default" / f"{notebook}.ipynb")
        told = PngImagePlugin.PngInfo()
        told.add_itxt("Description", alt)
        Image.open(io.BytesIO(png)).save(ROOT / "notebooks" / "figures" / name, pnginfo=told, optimize=True)
        print(f"![{alt}](notebooks/figures/{name})\n")

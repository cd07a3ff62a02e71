"""Where results go: between the two marks of their section in a README."""

from pathlib import Path

HERE = Path(__file__).resolve().parent


def write(section, text, path=HERE / "README.md"):
    before, rest = path.read_text(encoding="utf-8").split(f"<!-- {section} -->\n", 1)
    _, after = rest.split(f"<!-- /{section} -->", 1)
    path.write_text(f"{before}<!-- {section} -->\n{text}\n<!-- /{section} -->{after}", encoding="utf-8", newline="\n")

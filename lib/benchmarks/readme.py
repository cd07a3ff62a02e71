"""Where results go: between the two marks of their section in a README, with the day, the edition and the machine."""

import datetime
import importlib.metadata
import os
import platform
import re
import subprocess
from pathlib import Path

HERE = Path(__file__).resolve().parent


def write(section, text, path=HERE / "README.md"):
    before, rest = path.read_text(encoding="utf-8").split(f"<!-- {section} -->\n", 1)
    _, after = rest.split(f"<!-- /{section} -->", 1)
    text = f"{text}\n\n*{measured()}*"
    path.write_text(f"{before}<!-- {section} -->\n{text}\n<!-- /{section} -->{after}", encoding="utf-8", newline="\n")


def measured():
    """When, at which commit and where it was measured: a model in 8 bits is twice as fast on a processor with VNNI."""
    commit = subprocess.run(["git", "-C", HERE, "describe", "--always", "--dirty"], capture_output=True, text=True, check=False)
    told = [str(datetime.date.today()), f"commit {commit.stdout.strip() or 'unknown'}", f"{os.cpu_count()} cores"]
    about = Path("/proc/cpuinfo")
    about = about.read_text(encoding="utf-8") if about.exists() else ""
    name = re.search(r"^model name\s*:\s*(.+)", about, re.MULTILINE)
    told.append(
        (name.group(1) if name else platform.processor() or platform.machine())
        + (" with VNNI" if "vnni" in about else " without VNNI" if about else "")
    )
    told += [f"Python {platform.python_version()}", f"onnxruntime {importlib.metadata.version('onnxruntime')}"]
    return ", ".join(told)

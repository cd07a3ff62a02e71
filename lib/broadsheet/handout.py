"""Pages → what can be mailed or printed: one zip file of all, or a PDF of each."""

import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

from broadsheet.tables import BroadsheetError

_BROWSERS = (
    *("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "msedge"),
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    r"C:\Program Files\Google\Chrome\Application\chrome.exe",
    r"C:\Program Files (x86)\Microsoft\Edge\Application\msedge.exe",
)
_SECONDS = 120  # for one page


def zipped(home, pages, path):
    """Writes the index ``home``, the pages, and the tables and figures beside them into one zip file. Returns its path.

    Equal files give an equal zip file: it holds no times.
    """
    home, path = Path(home), Path(path)
    if path.is_dir() or path.suffix.lower() != ".zip":
        raise BroadsheetError(f"{path} is no zip file: name the one to write, such as {path.with_suffix('.zip')}")
    files = {home: None, **dict.fromkeys(pages)}  # each once
    for page in pages:
        for part in ("tables", "figures"):
            files |= dict.fromkeys(parts(page, part))
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with zipfile.ZipFile(aside, "w", zipfile.ZIP_DEFLATED) as held:
            for file in files:
                name = (Path(path.stem) / file.relative_to(home.parent)).as_posix()  # one folder, whatever unpacks it
                held.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), file.read_bytes(), zipfile.ZIP_DEFLATED)
        os.replace(aside, path)
    finally:
        aside.unlink(missing_ok=True)
    return path


def parts(page, kind):
    """The files of a page's tables or figures: they begin with its name, and not with a longer one of a page beside it."""
    longer = [f"{other.stem}-" for other in page.parent.glob(f"{page.stem}-*.html")]
    found = sorted((page.parent / kind).glob("*"))
    return [each for each in found if each.name.startswith(f"{page.stem}-") and not each.name.startswith(tuple(longer))]


def printed(pages):
    """Writes a PDF beside each page, through a Chromium, Chrome or Edge that is installed. Returns their paths.

    Raises BroadsheetError where there is no such browser, and for a page that it cannot print.
    """
    browser = next((found for name in _BROWSERS if (found := shutil.which(name))), None)
    if not browser:
        raise BroadsheetError(
            "no Chromium, Chrome or Edge is found to print with: install one, or open the page in any browser and print it"
        )
    made = []
    for page in pages:
        path = page.with_suffix(".pdf")
        with tempfile.TemporaryDirectory(prefix="broadsheet-", ignore_cleanup_errors=True) as profile:
            flags = [
                *("--headless", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"),
                *("--disable-component-update", "--disable-sync", "--no-pdf-header-footer", f"--user-data-dir={profile}"),
            ]
            if sys.platform == "linux" and os.geteuid() == 0:
                flags.append("--no-sandbox")  # for root, as in a container, there is none
            aside = Path(profile) / "page.pdf"
            try:
                command = [browser, *flags, f"--print-to-pdf={aside}", page.as_uri()]
                done = subprocess.run(command, capture_output=True, text=True, errors="replace", timeout=_SECONDS)
                said = done.stderr.strip().splitlines()[-1:] or ["it wrote nothing"]
            except subprocess.TimeoutExpired:
                said = [f"it took more than {_SECONDS} s"]
            if not aside.is_file():
                raise BroadsheetError(f"{browser} could not print {page}: {said[0]}")
            shutil.move(aside, path)
        made.append(path)
    return made

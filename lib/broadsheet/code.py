"""Coding mentions by hand, in the browser: the small server that shows a pass, from the command line or in a notebook's cell.

What a pass is, and what it keeps of each answer, is in `coding`.
"""

import hmac
import json
import secrets
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from broadsheet import say
from broadsheet.coding import Pass
from broadsheet.tables import BroadsheetError

PAGE = Path(__file__).parent / "pages" / "code.html"
_NOTEBOOKS = "http://127.0.0.1:* http://localhost:*"  # where a JupyterLab may stand that shows the page in a cell
_running = {}  # the servers that `here` started, by pass


class Server(ThreadingHTTPServer):
    """Serves one pass to this computer alone, at an address that nobody can guess."""

    daemon_threads = True

    def __init__(self, coding, port=0, embedded=False):
        self.coding, self.embedded, self.token = coding, embedded, secrets.token_urlsafe(24)
        try:
            super().__init__(("127.0.0.1", port), _Handler)
        except (OSError, OverflowError) as problem:
            raise BroadsheetError(f"port {port} cannot be used ({problem}): give another one, or none") from problem

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_port}/{self.token}/"

    def start(self):
        """Serves in a thread of its own, until `stop` or the page's finish button."""

        def serve():
            self.serve_forever(poll_interval=0.2)
            self.server_close()

        threading.Thread(target=serve, daemon=True).start()

    def stop(self):
        """Ends serving; the codes are in gold.csv already."""
        self.shutdown()

    def handle_error(self, request, client_address):
        if not isinstance(sys.exception(), ConnectionError):  # a closed window is no error
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    timeout = 60
    server_version, sys_version = "broadsheet", ""

    def do_GET(self):
        if self._refused(("",)):
            return
        nonce = secrets.token_urlsafe(16)
        frames = f"'self' {_NOTEBOOKS}" if self.server.embedded else "'none'"
        policy = (
            f"default-src 'none'; script-src 'nonce-{nonce}'; style-src 'nonce-{nonce}'; img-src data:; connect-src 'self'; "
            f"form-action 'none'; base-uri 'none'; frame-ancestors {frames}"
        )
        page = PAGE.read_text(encoding="utf-8").replace("NONCE", nonce)
        self._answer(200, page, "text/html; charset=utf-8", {"Content-Security-Policy": policy})

    def do_POST(self):
        if self._refused(("act",)):
            return
        origin = self.headers.get("Origin")
        if origin and origin.removeprefix("http://") != self.headers["Host"]:
            return self._error(403, "this page is not the one that asked")
        if self.headers.get_content_type() != "application/json":
            return self._error(415, "only JSON is taken")
        try:
            length = int(self.headers.get("Content-Length", ""))
            if not 0 <= length <= 65536:
                return self._error(413, "that is too much")
            asked = json.loads(self.rfile.read(length))
            view = self.server.coding.act(asked["do"], asked.get("item"), asked.get("value", ""))
        except BroadsheetError as problem:
            return self._error(500, str(problem))
        except (ValueError, KeyError, TypeError, AttributeError):
            return self._error(400, "that cannot be read: load the page again")
        self._answer(200, json.dumps(view), "application/json")
        if view["finished"]:
            threading.Thread(target=self.server.shutdown, daemon=True).start()

    def _refused(self, pages):
        """Another site that points its name at this computer has a wrong Host; another program here has no token."""
        if self.headers.get("Host", "").rpartition(":")[0] not in ("127.0.0.1", "localhost"):
            self._error(403, "only 127.0.0.1 and localhost are served")
            return True
        token, _, page = self.path.split("?")[0].removeprefix("/").partition("/")
        if not hmac.compare_digest(token.encode(), self.server.token.encode()) or page not in pages:
            self._error(404, "there is nothing here: use the whole address that broadsheet printed")
            return True
        return False

    def _error(self, status, text):
        self._answer(status, json.dumps({"error": text}), "application/json")

    def _answer(self, status, text, kind, headers=None):
        data = text.encode()
        self.send_response(status)
        more = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff", "Referrer-Policy": "same-origin"}
        for name, value in {"Content-Type": kind, "Content-Length": str(len(data)), **more, **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *arguments):
        pass


def run(folder, coder="A", round="1", size=None, seed=0, port=0, browser=True):
    """Serves a pass until the page's finish button or Ctrl-C, and returns the line that says how far it is.

    ``size`` is how many mentions to draw where gold.csv holds no sample (None: 200); where it holds one, that one is coded.
    """
    coding = Pass(folder, coder, round, 200 if size is None else size, seed)
    for line in _told(coding, size):
        print(line)
    server = Server(coding, port)
    try:
        print(f"Code in the browser: {server.url}\nEnd with the page's finish button or Ctrl-C.", flush=True)
        if browser:
            import webbrowser

            # in a thread, for a browser in the terminal would hold up the page that it asks for
            threading.Thread(target=webbrowser.open, args=(server.url,), daemon=True).start()
        server.serve_forever(poll_interval=0.2)
    except KeyboardInterrupt:
        print()
    finally:
        server.server_close()
    return coding.line()


def here(folder, coder="A", round="1", size=200, seed=0, height=700):
    """Returns the page as a frame for a cell of JupyterLab, served from the notebook's own kernel; ``.stop()`` ends it.

    A cell that is run again goes on where it was. The browser has to run on the computer of the kernel: a JupyterHub
    elsewhere cannot show 127.0.0.1.

        frame = code.here("peace-talks", coder="A")
        frame
    """
    from IPython.display import IFrame

    coding = Pass(folder, coder, round, size, seed)
    one = (coding.path, coding.coder, coding.round)
    if one in _running:
        _running.pop(one).stop()
    server = _running[one] = Server(coding, embedded=True)
    server.start()
    frame = IFrame(server.url, width="100%", height=height)
    frame.stop = server.stop
    return frame


def _told(coding, size):
    n = say.count(len(coding.keys), "mention")
    if coding.drawn:
        yield f"Drew {n}; the sample is in {coding.path}."
    elif size is not None:
        yield f"{coding.path} holds a sample of {n} already: --size is ignored."
    if coding.lost:
        yield f"{say.count(coding.lost, 'mention')} of the sample cannot be found any more, and are left out:"
        yield "`broadsheet check` tells which labels actors.csv has no more, 04 what is the matter with each."

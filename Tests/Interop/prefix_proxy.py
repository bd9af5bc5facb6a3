"""A proxy that shows a server below a prefix, which it takes away again, as gateways of whole sites do."""

import contextlib
import http.client
import http.server
import threading
import urllib.parse

# What concerns a connection, and not what is sent on it.
HOP = {"connection", "host", "transfer-encoding", "keep-alive"}


class Handler(http.server.BaseHTTPRequestHandler):
    """Passes requests on, and answers as they come."""

    def pass_on(self):
        prefix, target = self.server.prefix, self.server.target
        if not self.path.startswith(prefix + "/"):
            self.send_error(404)
            return
        length = int(self.headers.get("Content-Length") or 0)
        headers = {name: value for name, value in self.headers.items() if name.lower() not in HOP}
        upstream = http.client.HTTPConnection(target, timeout=90)
        with contextlib.suppress(OSError), contextlib.closing(upstream):
            upstream.request(self.command, self.path.removeprefix(prefix), self.rfile.read(length) if length else None, headers)
            answer = upstream.getresponse()
            self.send_response(answer.status)
            for name, value in answer.getheaders():
                if name.lower() not in HOP:
                    self.send_header(name, value)
            self.end_headers()
            while piece := answer.read1(65_536):
                self.wfile.write(piece)
                self.wfile.flush()

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = pass_on

    def log_message(self, *_):
        """Nothing is told of requests."""


@contextlib.contextmanager
def prefix_proxy(url, prefix="/queueflow"):
    """Runs it on a free port; the server's address below the prefix."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    server.prefix, server.target = prefix, urllib.parse.urlsplit(url).netloc
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}{prefix}"
    finally:
        server.shutdown()
        server.server_close()

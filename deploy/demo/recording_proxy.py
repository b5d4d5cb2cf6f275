"""An HTTP proxy between two parties of the demonstration that writes down what passes."""

import http.client
import http.server
import threading

from transcript import Transcript

_SHOWN_HEADERS = ("Authorization", "Content-Type")
_TIMEOUT_SECONDS = 120  # Longer than a long poll.


class RecordingProxy:
    """Passes requests of `source` to `destination`, unchanged, and shows them.

    Runs on threads of its own until `close`.
    """

    def __init__(
        self,
        source: str,
        destination: str,
        target: tuple[str, int],
        transcript: Transcript,
        listen: str = "127.0.0.1",
    ) -> None:
        """`listen` is the address at which it is reached."""
        handler = _make_handler(source, destination, target, transcript)
        self._server = http.server.ThreadingHTTPServer((listen, 0), handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    @property
    def address(self) -> tuple[str, int]:
        host, port = self._server.server_address[:2]
        return str(host), port

    @property
    def url(self) -> str:
        host, port = self.address
        return f"http://{host}:{port}"

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


def _make_handler(
    source: str, destination: str, target: tuple[str, int], transcript: Transcript
) -> type:
    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _pass_on(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
            headers = {n: self.headers[n] for n in _SHOWN_HEADERS if n in self.headers}
            exchange = transcript.begin(
                source, destination, self.command, self.path, headers, body
            )
            status, content_type, answer = self._forward(headers, body)
            # Before it is passed on: what follows from it is shown after it.
            transcript.end(exchange, status, answer)
            self.send_response(status)
            self.send_header("Content-Type", content_type)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        do_GET = do_PUT = do_POST = do_DELETE = _pass_on

        def _forward(self, headers: dict[str, str], body: bytes) -> tuple[int, str, bytes]:
            connection = http.client.HTTPConnection(*target, timeout=_TIMEOUT_SECONDS)
            try:
                connection.request(self.command, self.path, body, headers)
                response = connection.getresponse()
                content_type = response.headers.get("Content-Type", "application/json")
                return response.status, content_type, response.read()
            except (OSError, http.client.HTTPException):
                return 502, "application/json", b'{"errcode": "M_UNKNOWN", "error": "not reached"}'
            finally:
                connection.close()

        def log_message(self, *_: object) -> None:
            """Nothing: the transcript shows it."""

    return Handler

"""Web clients: CORS headers on every answer, and OPTIONS anywhere."""

from matrix_client import MatrixClient, compose, exchange_bytes
from stack_fixture import StackTestCase


class CorsTest(StackTestCase):
    def _assert_cors(self, headers: dict[str, str]) -> None:
        # Source: https://spec.matrix.org/v1.17/client-server-api/#web-browser-clients
        self.assertEqual(headers.get("access-control-allow-origin"), "*")
        methods = headers.get("access-control-allow-methods", "")
        for method in ("GET", "POST", "PUT", "DELETE", "OPTIONS"):
            self.assertIn(method, methods)
        allowed = headers.get("access-control-allow-headers", "").lower()
        for name in ("x-requested-with", "content-type", "authorization"):
            self.assertIn(name, allowed)

    def test_options_is_answered_everywhere_without_a_token(self) -> None:
        for path in ("/_matrix/client/v3/sync", "/_matrix/client/v3/rooms/%21a%3Ab/send/m.x/1", "/nowhere"):
            with self.subTest(path):
                response = exchange_bytes(self.port, compose("OPTIONS", path))
                self.assertIn(response.status, (200, 204), str(response))
                self._assert_cors(response.headers)

    def test_answers_and_errors_carry_the_headers(self) -> None:
        client = MatrixClient(self.port)
        for path, status in (
            ("/_matrix/client/versions", 200),
            ("/_matrix/client/v3/account/whoami", 401),
            ("/nowhere", 404),
        ):
            with self.subTest(path):
                response = client.request("GET", path)
                self.assertEqual(response.status, status, str(response))
                self._assert_cors(response.headers)

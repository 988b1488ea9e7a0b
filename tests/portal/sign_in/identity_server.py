"""A real OpenID Connect provider on this machine: discovery, authorisation code with PKCE, token, userinfo."""

import base64
import hashlib
import json
import secrets
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

import jwt


class IdentityServer:
    """Signs in whoever `subject` is, without asking. `refuses` answers as when a person stops there."""

    client_id, secret = "portal", "a-secret-between-two-servers"

    def __init__(self) -> None:
        self.subject: dict[str, Any] = {"sub": "acme|1", "email": "chris@acme.example", "name": "Chris at Acme"}
        self.refuses = False
        self.issuer = ""
        self.asked: list[str] = []
        self._codes: dict[str, dict[str, str]] = {}
        self._tokens: set[str] = set()
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), _handler_for(self))
        self._http.daemon_threads = True
        self.issuer = f"http://127.0.0.1:{self._http.server_address[1]}"
        self._thread = threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)

    @property
    def providers(self) -> dict[str, Any]:
        """The server as IDENTITY_PROVIDERS."""
        app = {
            "provider_id": "acme",
            "name": "Acme",
            "client_id": self.client_id,
            "secret": self.secret,
            "settings": {"server_url": self.issuer, "oauth_pkce_enabled": True},
        }
        return {"openid_connect": {"APPS": [app]}}

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._http.shutdown()
        self._http.server_close()
        self._thread.join(5)

    def configuration(self) -> dict[str, Any]:
        """Return what OpenID Connect Discovery asks for."""
        return {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "userinfo_endpoint": f"{self.issuer}/userinfo",
            "jwks_uri": f"{self.issuer}/keys",
            "token_endpoint_auth_methods_supported": ["client_secret_post"],
        }

    def authorize(self, query: dict[str, str]) -> str:
        """Return where to lead the browser back to."""
        assert query["client_id"] == self.client_id
        assert query["response_type"] == "code"
        assert "openid" in query["scope"].split()
        if self.refuses:
            return f"{query['redirect_uri']}?{urlencode({'error': 'access_denied', 'state': query['state']})}"
        code = secrets.token_urlsafe(16)
        self._codes[code] = query
        return f"{query['redirect_uri']}?{urlencode({'code': code, 'state': query['state']})}"

    def token(self, form: dict[str, str]) -> tuple[int, dict[str, Any]]:
        """Swap a code for tokens, once (RFC 6749, 4.1.3; RFC 7636)."""
        query = self._codes.pop(form.get("code", ""), None)
        if query is None or (form["client_id"], form["client_secret"]) != (self.client_id, self.secret):
            return 400, {"error": "invalid_grant"}
        digest = hashlib.sha256(form["code_verifier"].encode()).digest()
        if base64.urlsafe_b64encode(digest).rstrip(b"=").decode() != query["code_challenge"]:
            return 400, {"error": "invalid_grant"}
        token, now = secrets.token_urlsafe(16), int(time.time())
        self._tokens.add(token)
        claims = {**self.subject, "iss": self.issuer, "aud": self.client_id, "iat": now, "exp": now + 300}
        signed = jwt.encode(claims, "k" * 32, algorithm="HS256")
        return 200, {"access_token": token, "token_type": "Bearer", "expires_in": 300, "id_token": signed}

    def userinfo(self, authorization: str) -> tuple[int, dict[str, Any]]:
        """Return who it is, to whoever has a token."""
        known = authorization.removeprefix("Bearer ") in self._tokens
        return (200, self.subject) if known else (401, {"error": "invalid_token"})


def _handler_for(server: IdentityServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            server.asked.append(parts.path)
            if parts.path == "/.well-known/openid-configuration":
                self._answer(200, server.configuration())
            elif parts.path == "/authorize":
                query = {name: values[-1] for name, values in parse_qs(parts.query).items()}
                self.send_response(302)
                self.send_header("Location", server.authorize(query))
                self.send_header("Content-Length", "0")
                self.end_headers()
            elif parts.path == "/userinfo":
                self._answer(*server.userinfo(self.headers.get("Authorization", "")))
            else:
                self._answer(404, {"error": "not_found"})

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
            server.asked.append(self.path)
            self._answer(*server.token(dict(parse_qsl(body))))

        def _answer(self, status: int, content: dict[str, Any]) -> None:
            body = json.dumps(content).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  (the standard library's name)
            """Say nothing."""

    return Handler

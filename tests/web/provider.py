"""A provider of sign-in of our own: it tells what a test wants of whoever comes, right or wrong."""

import base64
import hashlib
import secrets
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import uvicorn
from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

CLIENT, SECRET = "estimate-desk", "a secret of the desk and the provider"
KEY, OTHER_KEY = RSAKey.generate_key(2048, {"kid": "1"}), RSAKey.generate_key(2048, {"kid": "1"})


@dataclass
class Answers:
    """What the provider says of who comes, and how it goes wrong."""

    claims: dict[str, Any] = field(default_factory=lambda: {"email": "asha@example.org", "email_verified": True})
    """What the token says besides what it must; None leaves a claim out."""
    told: dict[str, Any] = field(default_factory=dict)
    """What it tells when asked with the token, as by OpenID Connect it may instead."""
    key: Any = field(default_factory=lambda: KEY)
    algorithm: str = "RS256"
    metadata: dict[str, Any] = field(default_factory=dict)
    error: str = ""
    """What it sends people back with instead of a code."""
    broken: str = ""
    """The path at which it answers with a fault."""


@dataclass
class Provider:
    """A running provider, what it answers, and what it was asked."""

    url: str
    answers: Answers = field(default_factory=Answers)
    asked: list[str] = field(default_factory=list)
    _begun: dict[str, dict[str, str]] = field(default_factory=dict)

    @property
    def metadata_url(self) -> str:
        """Where it describes itself."""
        return f"{self.url}/.well-known/openid-configuration"

    def application(self) -> Starlette:
        """Its four doors and its description."""
        routes = [
            Route("/.well-known/openid-configuration", self._describe),
            Route("/authorize", self._authorize),
            Route("/token", self._give_token, methods=["POST"]),
            Route("/keys", self._give_keys),
            Route("/userinfo", self._tell),
        ]
        return Starlette(
            routes=[Route(route.path, self._framed(route.endpoint), methods=route.methods) for route in routes]
        )

    def _framed(self, endpoint: Any) -> Any:
        async def framed(request: Request) -> Response:
            self.asked.append(request.url.path)
            if request.url.path == self.answers.broken:
                return Response("out of order", 500)
            answer: Response = await endpoint(request)
            return answer

        return framed

    async def _describe(self, request: Request) -> Response:
        described = {
            "issuer": self.url,
            "authorization_endpoint": f"{self.url}/authorize",
            "token_endpoint": f"{self.url}/token",
            "jwks_uri": f"{self.url}/keys",
            "userinfo_endpoint": f"{self.url}/userinfo",
            "id_token_signing_alg_values_supported": ["RS256", "HS256", "none"],
        }
        return JSONResponse(described | self.answers.metadata)

    async def _authorize(self, request: Request) -> Response:
        """Send back whoever comes, as if they had signed in here."""
        asked = dict(request.query_params)
        assert (asked["client_id"], asked["response_type"]) == (CLIENT, "code")
        code = secrets.token_urlsafe()
        self._begun[code] = asked
        back = {"error": self.answers.error} if self.answers.error else {"code": code}
        return RedirectResponse(f"{asked['redirect_uri']}?{urlencode(back | {'state': asked['state']})}", 302)

    async def _give_token(self, request: Request) -> Response:
        """A token for a code, once, for the desk that began, which proves that it did."""
        form, known = await request.form(), base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode()
        begun = self._begun.pop(str(form["code"]), None)
        challenge = base64.urlsafe_b64encode(hashlib.sha256(str(form["code_verifier"]).encode()).digest())
        if begun is None or request.headers["authorization"] != f"Basic {known}":
            return JSONResponse({"error": "invalid_grant"}, 400)
        assert begun["redirect_uri"] == form["redirect_uri"]
        assert begun["code_challenge"] == challenge.decode().rstrip("=")
        token = {"access_token": "for the desk", "token_type": "Bearer", "expires_in": 300}
        return JSONResponse(token | {"id_token": self._token(begun["nonce"])})

    def _token(self, nonce: str) -> str:
        now = int(time.time())
        claims = {"iss": self.url, "sub": "asha", "aud": CLIENT, "nonce": nonce, "iat": now, "exp": now + 60}
        said = {name: value for name, value in (claims | self.answers.claims).items() if value is not None}
        return jwt.encode({"alg": self.answers.algorithm, "kid": "1"}, said, self.answers.key, [self.answers.algorithm])

    async def _give_keys(self, request: Request) -> Response:
        return JSONResponse({"keys": [KEY.as_dict(private=False)]})

    async def _tell(self, request: Request) -> Response:
        assert request.headers["authorization"] == "Bearer for the desk"
        return JSONResponse({"sub": "asha"} | self.answers.told)


def shared_secret_key() -> OctKey:
    """The secret of desk and provider as a key that signs."""
    return OctKey.import_key(SECRET)


@contextmanager
def running_provider() -> Iterator[Provider]:
    """A provider that answers on this machine, until the end of the block."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        provider = Provider(f"http://127.0.0.1:{listening.getsockname()[1]}")
        # The socket listens from here on, so that nobody needs to wait until the server runs.
        listening.listen()
        server = uvicorn.Server(uvicorn.Config(provider.application(), log_level="error", lifespan="off"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        try:
            yield provider
        finally:
            server.should_exit = True
            thread.join()

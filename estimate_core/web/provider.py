"""The provider of single sign-on, asked as OpenID Connect says: where to send people, and who came back.

What it tells of a person counts only where it signed it for this desk, for this very sign-in, and vouches for the
e-mail address. Authlib does the talking; what it leaves open is closed here.
"""

import logging
from collections.abc import Mapping
from typing import Any

import httpx2
from authlib.integrations.starlette_client import OAuth, OAuthError, StarletteOAuth2App
from starlette.requests import Request
from starlette.responses import Response

from estimate_core.domain.errors import DeskError, NotAllowed, NotNow, OutOfOrder
from estimate_core.settings import Settings

_log = logging.getLogger(__name__)

_SECONDS = 10
_SIGNATURES = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
"""Made with a key that the provider alone has: never none at all, nor one made with the secret of this desk."""
_DOORS = ("_endpoint", "jwks_uri")
"""How the names of addresses end at which the provider is asked something, or people are."""
_TURNING_AWAY = ("access_denied", "interaction_required", "login_required")
_STALE = "This sign-in is too old, or was begun in another browser. Begin again."
_DOWN = "{name} cannot be reached, or does not answer as it should. Try again in a minute, or with a password."
_TURNED_AWAY = "{name} did not let you in. Begin again, or sign in with a password."
_UNVERIFIED = "{name} does not vouch for your e-mail address. Have it verified there, then begin again."


class Provider:
    """The provider that the settings name; what it says of itself is asked once. It takes a while to make."""

    def __init__(self, settings: Settings) -> None:
        self._name = settings.oidc_name
        self._client = OAuth().register(
            "desk",
            client_id=settings.oidc_client_id,
            client_secret=settings.oidc_client_secret.get_secret_value(),
            server_metadata_url=settings.oidc_url,
            client_cls=_Client,
            client_kwargs={
                "scope": "openid email profile",
                "code_challenge_method": "S256",
                "timeout": _SECONDS,
                # Made once: to read the certificates that this machine trusts takes a while.
                "verify": httpx2.create_ssl_context(),
            },
            # On a machine that several share, the next one is asked too.
            authorize_params={"prompt": "select_account"},
        )

    async def begin(self, request: Request, back_to: str) -> Response:
        """Where to send a person, who comes back to the address `back_to`; OutOfOrder where it cannot be known.

        `request.session` keeps what must be known again then.
        """
        try:
            sent: Response = await self._client.authorize_redirect(request, back_to)
        except Exception as problem:
            raise self._refusal_of(problem) from problem
        return sent

    async def get_email(self, request: Request) -> str:
        """The verified e-mail address of who came back; NotNow, NotAllowed or OutOfOrder say why there is none."""
        try:
            claims = await self._read_claims(request)
        except Exception as problem:
            raise self._refusal_of(problem) from problem
        email = claims.get("email")
        if not isinstance(email, str) or not email.strip() or claims.get("email_verified") is not True:
            _log.warning("the provider of sign-in vouches for no e-mail address of %r", str(claims.get("sub"))[:100])
            raise NotAllowed(_UNVERIFIED.format(name=self._name))
        return email

    async def _read_claims(self, request: Request) -> Mapping[str, Any]:
        """What the provider says of who came back."""
        metadata = await self._client.load_server_metadata()
        wanted = {"iss": metadata["issuer"], "aud": self._client.client_id}
        token = await self._client.authorize_access_token(
            request, claims_options={claim: {"essential": True, "value": value} for claim, value in wanted.items()}
        )
        signed: Mapping[str, Any] = token["userinfo"]
        if "email" in signed:
            return signed
        # Some tell only who it is, and the rest where they are asked with the token: of the same person, then.
        told: Mapping[str, Any] = await self._client.userinfo(token=token)
        if told.get("sub") != signed["sub"]:
            raise OAuthError("other_person")
        return told

    def _refusal_of(self, problem: Exception) -> DeskError:
        # What a foreign server answers can be wrong in any way, and be told in any words.
        _log.warning("sign-in by the provider failed: %s: %r", type(problem).__name__, str(problem)[:300])
        if isinstance(problem, OAuthError) and problem.error == "mismatching_state":
            return NotNow(_STALE)
        said_no = isinstance(problem, OAuthError) and problem.error in ("access_denied", "login_required")
        return (
            NotAllowed(_TURNED_AWAY.format(name=self._name)) if said_no else OutOfOrder(_DOWN.format(name=self._name))
        )


class _Client(StarletteOAuth2App):  # type: ignore[misc]
    """Authlib's client, which takes less from a provider."""

    async def load_server_metadata(self) -> dict[str, Any]:
        """What the provider says of itself, as far as it is taken."""
        metadata: dict[str, Any] = await super().load_server_metadata()
        metadata.update(narrowed(metadata, self._server_metadata_url))
        return metadata


def narrowed(metadata: Mapping[str, Any], url: str) -> dict[str, Any]:
    """What is taken of what the provider at `url` says of itself; ValueError where it leads to an open way."""
    if not isinstance(metadata.get("issuer"), str) or not metadata["issuer"]:
        # Tokens of whoever it likes would do.
        raise ValueError("it does not say who it is")
    bare = [name for name, value in metadata.items() if name.endswith(_DOORS) and not str(value).startswith("https:")]
    if url.startswith("https:") and bare:
        raise ValueError(f"its {', '.join(bare)} is no https address")
    named = metadata.get("id_token_signing_alg_values_supported") or ()
    return {"id_token_signing_alg_values_supported": [name for name in named if name in _SIGNATURES]}

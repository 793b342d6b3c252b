"""The routes by which people come in: signing in, the first account, another password, an invitation."""

from collections.abc import Callable
from dataclasses import replace
from urllib.parse import urlencode

from anyio import CapacityLimiter, to_thread
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, HTTPConnection, Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from estimate_core.desk import Desk
from estimate_core.domain.errors import BadInput, DeskError, NotAllowed, NotFound, QuotaReached, SignedOut
from estimate_core.domain.people import folded_email
from estimate_core.services.accounts import NO_PASSWORD, NewPerson, change_password, create_first_account
from estimate_core.services.doors import is_open
from estimate_core.services.invitations import Offer, accept_invitation, accept_signed_in, find_invitation
from estimate_core.services.signing_in import COOKIE, Caller, Visitor, find_visitor, sign_in, sign_in_by_email
from estimate_core.settings import Settings
from estimate_core.web.forms import Field, Form, form_page, own_path, read_form, refuse_stale, signed_in, told_page
from estimate_core.web.peers import address_of, comes_by_proxy

DeskOf = Callable[[], Desk]
Act = Callable[[Desk, Request, dict[str, str]], Response]
Show = Callable[[Desk, Request, dict[str, str], str], Response]

SIGN_IN, FIRST_ACCOUNT, NEW_PASSWORD, INVITATION = "/sign-in", "/first-account", "/new-password", "/invitation"
OIDC, OIDC_DONE = f"{SIGN_IN}/oidc", f"{SIGN_IN}/oidc/done"
PROXY = "proxy"
"""How a session came about whose person a proxy vouches for."""
_AT_ONCE = CapacityLimiter(4)
"""Threads that forms may hold: each waits for its turn to hash, and a crowd that guesses must leave some to others."""
_FORGOTTEN = "Forgotten it? Ask whoever hosts this Estimate Desk for another."
_NOT_KEPT = {"Cache-Control": "no-store"}
_EMAIL = Field("email", "E-mail address", "email", "username")
_PASSWORD = Field("password", "Password", "password", "current-password", hint=_FORGOTTEN)
_NEW = Field(
    "new", "New password", "password", "new-password", hint="10 characters or more. Several words in a row do well."
)
_AGAIN = Field("again", "New password once more", "password", "new-password")
_NAME = Field("name", "Your name", fills="name")
_UNLIKE = "The two new passwords are not the same. Type them again."
_FIRST = (
    "Whoever makes the first account owns what is here and invites the others. From then on everybody has to sign in."
)
_ALL_OTHERS = (
    "All other browsers in which you are signed in will be signed out. Your tokens stay: revoke them on Team, Tokens."
)
_FIRST_PASSWORD = "Your password was chosen by another. Choose one that only you know."


def entrance_routes(desk_of: DeskOf) -> list[BaseRoute]:
    """The routes; `desk_of` gives the desk when a request comes."""
    return [
        _route(desk_of, SIGN_IN, _show_sign_in, _sign_in),
        _route(desk_of, FIRST_ACCOUNT, _show_first_account, _create_first_account),
        _route(desk_of, NEW_PASSWORD, _show_new_password, _change_password),
        _route(desk_of, f"{INVITATION}/{{secret}}", _show_invitation, _accept_invitation),
    ]


def caller_of(desk: Desk, asked: HTTPConnection) -> Caller:
    """Where a request comes from, with the ticket in its cookie."""
    browser, ticket = asked.headers.get("user-agent", ""), asked.cookies.get(COOKIE, "")
    return Caller(address_of(asked.scope, desk.settings), browser, ticket)


def visitor_of(desk: Desk, asked: HTTPConnection) -> Visitor | None:
    """Who holds the ticket in the cookie; None too where a proxy vouched for them and vouches for another by now."""
    caller = caller_of(desk, asked)
    visitor = find_visitor(desk, caller.ticket, caller)
    if visitor and visitor.session.way == PROXY and visitor.account.email != email_of_proxy(asked, desk.settings):
        return None
    return visitor


def email_of_proxy(asked: HTTPConnection, settings: Settings) -> str:
    """The e-mail address that a trusted proxy vouches for, in small letters; empty where none does.

    Of two, one may be what the person sent to the proxy themselves, so that neither is believed.
    """
    if not settings.proxy_header or not comes_by_proxy(asked.scope, settings):
        return ""
    told = asked.headers.getlist(settings.proxy_header)
    return folded_email(told[0]) if len(told) == 1 else ""


def sign_in_address(to: str) -> str:
    """Where to sign in so as to go on to that path of this site."""
    return f"{SIGN_IN}?{urlencode({'next': to})}" if own_path(to) != "/" else SIGN_IN


def _route(desk_of: DeskOf, path: str, show: Show, act: Act) -> Route:
    async def endpoint(request: Request) -> Response:
        desk = desk_of()
        if request.method != "POST":
            return await run_in_threadpool(show, desk, request, {}, "")
        try:
            typed = await read_form(desk, request)
        except HTTPException as refusal:
            return told_page("Not done", refusal.detail, (), refusal.status_code)
        except ClientDisconnect:
            return Response(status_code=400)
        return await to_thread.run_sync(_acted, desk, request, typed, show, act, limiter=_AT_ONCE)

    return Route(path, endpoint, methods=["GET", "POST"])


def _acted(desk: Desk, request: Request, typed: dict[str, str], show: Show, act: Act) -> Response:
    try:
        refuse_stale(desk, request, typed)
        return act(desk, request, typed)
    except DeskError as refusal:
        shown = show(desk, request, typed, str(refusal))
        if isinstance(refusal, QuotaReached) and refusal.seconds:
            shown.headers["Retry-After"] = str(refusal.seconds)
        return _refused(shown, 429 if isinstance(refusal, QuotaReached) else 400)


def _refused(shown: Response, status: int) -> Response:
    """What is shown instead of what was wanted, with its status; who is led elsewhere goes there."""
    if shown.status_code == 200:
        shown.status_code = status
    return shown


def _show_sign_in(desk: Desk, request: Request, typed: dict[str, str], refusal: str) -> Response:
    if is_open(desk):
        return told_page(
            "No account yet",
            "Nobody has an account here yet, so nobody needs to sign in.",
            (("/", "Open the pages"), (FIRST_ACCOUNT, "Make the first account")),
        )
    to = own_path(typed.get("next") or request.query_params.get("next", "/"))
    vouched = email_of_proxy(request, desk.settings)
    visitor = visitor_of(desk, request)
    if not refusal and visitor and visitor.user:
        return RedirectResponse(NEW_PASSWORD if visitor.must_change else to, 303, _NOT_KEPT)
    if vouched:
        return _vouched(desk, request, vouched, to)
    fields = (_filled(_EMAIL, typed), _PASSWORD)
    ways = ((f"{OIDC}?{urlencode({'next': to})}", f"Sign in with {desk.settings.oidc_name}"),)
    form = Form("Sign in", "Sign in", fields, ways=ways if desk.settings.oidc_url else (), hidden=(("next", to),))
    return form_page(desk, request, form, refusal)


def _vouched(desk: Desk, request: Request, email: str, to: str) -> Response:
    try:
        ticket = sign_in_by_email(desk, email, PROXY, caller_of(desk, request))
    except NotAllowed as refusal:
        return told_page("Not known here", str(refusal), (), 403)
    return signed_in(desk, request, ticket, to)


def _sign_in(desk: Desk, request: Request, typed: dict[str, str]) -> Response:
    ticket = sign_in(desk, typed.get("email", ""), typed.get("password", ""), caller_of(desk, request))
    return signed_in(desk, request, ticket, typed.get("next", "/"))


def _show_first_account(desk: Desk, request: Request, typed: dict[str, str], refusal: str) -> Response:
    if not is_open(desk):
        return RedirectResponse(SIGN_IN, 303, _NOT_KEPT)
    organisation = Field("organisation", "Organisation", fills="organization", hint="Your office, as others know it.")
    fields = tuple(_filled(field, typed) for field in (organisation, _NAME, _EMAIL))
    return form_page(
        desk, request, Form("The first account", "Make the account", (*fields, _NEW, _AGAIN), _FIRST), refusal
    )


def _create_first_account(desk: Desk, request: Request, typed: dict[str, str]) -> Response:
    person = NewPerson(typed.get("name", ""), typed.get("email", ""), _new_password(typed))
    ticket = create_first_account(desk, typed.get("organisation", ""), person, caller_of(desk, request))
    return signed_in(desk, request, ticket, "/")


def _show_new_password(desk: Desk, request: Request, typed: dict[str, str], refusal: str) -> Response:
    visitor = visitor_of(desk, request)
    if visitor is None:
        return RedirectResponse(sign_in_address(NEW_PASSWORD), 303, _NOT_KEPT)
    if not visitor.account.has_password:
        return told_page("No password", NO_PASSWORD, (("/", "Open the pages"),))
    told = _FIRST_PASSWORD if visitor.must_change else _ALL_OTHERS
    old = replace(_PASSWORD, label="Password that you have now")
    whose = Field("email", "E-mail address", "email", "username", visitor.account.email, readonly=True)
    return form_page(desk, request, Form("Another password", "Change it", (whose, old, _NEW, _AGAIN), told), refusal)


def _change_password(desk: Desk, request: Request, typed: dict[str, str]) -> Response:
    visitor = visitor_of(desk, request)
    if visitor is None:
        raise SignedOut("You are signed out. Sign in again.")
    change_password(desk, visitor, typed.get("password", ""), _new_password(typed), caller_of(desk, request))
    return RedirectResponse("/", 303, _NOT_KEPT)


def _show_invitation(desk: Desk, request: Request, typed: dict[str, str], refusal: str) -> Response:
    try:
        offer = find_invitation(desk, request.path_params["secret"])
    except NotFound as gone:
        return told_page("No invitation", str(gone), ((SIGN_IN, "Sign in"),), 404)
    told = f"{offer.organisation} invites you as {offer.role.with_article}."
    email = Field("email", "E-mail address", "email", "username", offer.email, readonly=True)
    if _invited(desk, request, offer):
        return form_page(desk, request, Form("Join", "Join", (email,), told), refusal)
    if offer.has_account and not offer.has_password:
        here = (sign_in_address(request.url.path), "Sign in")
        return told_page("Join", f"{told} Sign in first, and you come back here.", (here,))
    if offer.has_account:
        told += " You have an account here: its password shows that it is you."
        return form_page(desk, request, Form("Join", "Join", (email, _PASSWORD), told), refusal)
    fields = (_filled(_NAME, typed), email, _NEW, _AGAIN)
    return form_page(desk, request, Form("Join", "Join", fields, told), refusal)


def _invited(desk: Desk, request: Request, offer: Offer) -> Visitor | None:
    """Who is invited, where they are signed in already."""
    visitor = visitor_of(desk, request)
    return visitor if visitor and visitor.account.email == offer.email and not visitor.must_change else None


def _accept_invitation(desk: Desk, request: Request, typed: dict[str, str]) -> Response:
    if visitor := _invited(desk, request, find_invitation(desk, request.path_params["secret"])):
        accept_signed_in(desk, visitor, request.path_params["secret"])
        return RedirectResponse("/", 303, _NOT_KEPT)
    password = typed["password"] if "password" in typed else _new_password(typed)
    secret, caller = request.path_params["secret"], caller_of(desk, request)
    return signed_in(desk, request, accept_invitation(desk, secret, typed.get("name", ""), password, caller), "/")


def _new_password(typed: dict[str, str]) -> str:
    if typed.get("new") != typed.get("again"):
        raise BadInput(_UNLIKE)
    return typed.get("new", "")


def _filled(field: Field, typed: dict[str, str]) -> Field:
    return Field(field.name, field.label, field.kind, field.fills, typed.get(field.name, "")[:300], field.hint)

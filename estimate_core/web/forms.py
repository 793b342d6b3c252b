"""Forms of our own, for what is done before a page can be shown: small HTML that works without scripts.

A form comes with a token in a hidden field that belongs to a cookie of the same browser, so that no other site can
send one in a person's name (CSRF), and is taken from this site only.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from html import escape
from urllib.parse import parse_qsl, quote, urlsplit

from itsdangerous import BadSignature, Signer
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from estimate_core.desk import Desk
from estimate_core.domain.errors import BadInput
from estimate_core.services.signing_in import COOKIE, new_secret
from estimate_core.web.peers import is_secure, tells_of_proxy
from estimate_core.web.policy import policy_of
from estimate_core.web.reading import refuse_other_sites

FORM_COOKIE = "estimate_form"
_FIELD = "form"
_MAX_FORM = 16 * 1024
_STALE = "This form is too old, or cookies are off in this browser. Send it again; allow cookies for this site."
_OPEN_SAFELY = " Open it by {url}, since cookies come back there alone."
_IN_VAIN = (
    "Nobody can sign in by this address: it is not that of this Estimate Desk, {url}, and browsers send cookies back "
    "to that one alone. Open it there. Whoever hosts Estimate Desk sets that address with ESTIMATE_URL."
)
_LONGEST_SESSION = 90 * 24 * 3600
_STYLE = """
:root { color-scheme: light dark; --line: #cfd9de; --accent: #0f6e84; --soft: #f1f5f7; --bad: #a3231c }
@media (prefers-color-scheme: dark) { :root { --line: #34444b; --accent: #2a93ab; --soft: #1b262b; --bad: #ff9a92 } }
body { font: 15px/1.45 system-ui, sans-serif; margin: 0; padding: 8vh 1rem 2rem; }
main { max-width: 25rem; margin: 0 auto; border: 1px solid var(--line); border-radius: 8px; padding: 1.4rem 1.6rem; }
h1 { font-size: 1.35rem; margin: 0 0 .4rem; } p { margin: .5rem 0; }
.brand { color: var(--accent); font-weight: 600; font-size: .9rem; margin: 0 0 .3rem; }
label { display: block; margin: .85rem 0 .2rem; font-weight: 600; }
small { display: block; margin-top: .35rem; opacity: .8; }
input { box-sizing: border-box; width: 100%; font: inherit; padding: .5rem .6rem; border-radius: 6px;
  border: 1px solid var(--line); background: var(--soft); color: inherit; }
input[readonly] { opacity: .75; }
button, a.way { box-sizing: border-box; display: block; width: 100%; text-align: center; font: inherit;
  font-weight: 600; margin-top: 1.1rem; padding: .55rem; border-radius: 6px; border: 1px solid var(--accent);
  text-decoration: none; }
button { background: #0f6e84; color: #fff; cursor: pointer; } a.way { color: var(--accent); }
:is(input, button, a):focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
.bad { color: var(--bad); border-left: 3px solid var(--bad); padding-left: .6rem; }
"""


HEADERS = {
    **policy_of(_STYLE, "'self'"),
    "Cache-Control": "no-store",
    # With none at all, browsers would not say from where a form is sent either, and it would be taken for another's.
    "Referrer-Policy": "same-origin",
    "X-Frame-Options": "DENY",
}
"""Nobody keeps a form, nobody frames it, and it runs nothing."""


@dataclass(frozen=True)
class Field:
    """One thing to type: what the browser's own keeper of passwords knows it as is `fills`."""

    name: str
    label: str
    kind: str = "text"
    fills: str = "off"
    value: str = ""
    hint: str = ""
    readonly: bool = False


@dataclass(frozen=True)
class Form:
    """A page with one form: `told` is said above it, `ways` lead elsewhere, by address and words."""

    title: str
    button: str
    fields: tuple[Field, ...]
    told: str = ""
    ways: tuple[tuple[str, str], ...] = ()
    hidden: tuple[tuple[str, str], ...] = ()


def form_page(desk: Desk, request: Request, form: Form, refusal: str = "", status: int = 200) -> Response:
    """The form, to be filled in; with what was refused where it was sent before.

    Where the browser would not keep its cookie, so that it could never be sent, the way to where it can instead.
    """
    if _is_in_vain(desk, request):
        return _told_safe_way(desk.settings.url, request)
    known = request.cookies.get(FORM_COOKIE, "")
    nonce = known if known.isascii() and 20 <= len(known) <= 100 else new_secret()
    hidden = (*form.hidden, (_FIELD, _signer(desk).sign(nonce).decode()))
    parts = [
        f'<p class="bad" role="alert">{escape(refusal)}</p>' if refusal else "",
        f"<p>{escape(form.told)}</p>" if form.told else "",
        '<form method="post">',
        *(f'<input type="hidden" name="{escape(name)}" value="{escape(value)}">' for name, value in hidden),
        *_inputs(form.fields, refusal),
        f'<button type="submit">{escape(form.button)}</button></form>' if form.button else "</form>",
        *_links(form.ways),
    ]
    response = _page(form.title, "".join(parts), status)
    response.set_cookie(FORM_COOKIE, nonce, httponly=True, samesite="strict", secure=is_by_https(desk, request))
    return response


def told_page(title: str, sentence: str, ways: Sequence[tuple[str, str]] = (), status: int = 200) -> Response:
    """A page that only tells something, and where to go on."""
    return _page(title, f"<p>{escape(sentence)}</p>{''.join(_links(ways))}", status)


async def read_form(desk: Desk, request: Request) -> dict[str, str]:
    """The fields of a form that was sent, none where they cannot be read; refuses other sites, and what is too large.

    Whether the form is this browser's is told by `refuse_stale`.
    """
    refuse_other_sites(request, desk.settings.url)
    body = bytearray()
    async for piece in request.stream():
        body += piece
        if len(body) > _MAX_FORM:
            raise HTTPException(413, "What was sent is too long. Write less.")
    try:
        return dict(parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=30))
    except ValueError:
        return {}


def refuse_stale(desk: Desk, request: Request, typed: dict[str, str]) -> None:
    """Raise BadInput for a form that was not made for this browser by this desk."""
    try:
        nonce = _signer(desk).unsign(typed.get(_FIELD, "").encode()).decode()
    except (BadSignature, ValueError):
        nonce = ""
    if not nonce or nonce != request.cookies.get(FORM_COOKIE):
        is_plain = is_by_https(desk, request) and not is_secure(request.scope, desk.settings)
        raise BadInput(_STALE + (_OPEN_SAFELY.format(url=desk.settings.url) if is_plain else ""))


def signed_in(desk: Desk, request: Request, ticket: str, to: str) -> Response:
    """The answer to who just signed in: the cookie, and the way on."""
    response = RedirectResponse(own_path(to), 303, {"Cache-Control": "no-store"})
    response.set_cookie(
        COOKIE, ticket, max_age=_LONGEST_SESSION, httponly=True, samesite="lax", secure=is_by_https(desk, request)
    )
    return response


def own_path(to: str) -> str:
    """The path of this site to go on to; the first page for whatever could lead elsewhere."""
    leads_here = to.startswith("/") and not to.startswith("//") and "\\" not in to and to.isprintable()
    return to if leads_here else "/"


def _is_in_vain(desk: Desk, request: Request) -> bool:
    """Whether a browser came by http where cookies are for https alone, as far as can be told.

    A proxy may take https off and ask under another name. It mostly tells of itself; and what only a browser tells
    that came by https, or on this machine, where cookies are kept too, comes through any.
    """
    url, headers = desk.settings.url, request.headers
    if not url.startswith("https://") or is_secure(request.scope, desk.settings):
        return False
    is_there = headers.get("host", "").lower() == urlsplit(url).netloc.lower()
    return not is_there and "sec-fetch-site" not in headers and not tells_of_proxy(request.scope)


def _told_safe_way(url: str, request: Request) -> Response:
    query = request.scope["query_string"].decode("ascii", "replace")
    there = f"{url}{quote(request.scope['path'])}{'?' if query else ''}{query}"
    return told_page("Another address", _IN_VAIN.format(url=url), ((there, f"Open {url}"),))


def _inputs(fields: Sequence[Field], refusal: str) -> list[str]:
    # The first thing that is left to do has the keys: after a refusal what was typed is there, and the password not.
    first = next((field for field in fields if not field.value and not field.readonly), None)
    return [_input(field, field is first) for field in fields]


def _input(field: Field, has_focus: bool) -> str:
    marks = [name for name, said in (("readonly", field.readonly), ("autofocus", has_focus)) if said]
    name, kind, fills, value = (escape(text) for text in (field.name, field.kind, field.fills, field.value))
    hint = f"<small>{escape(field.hint)}</small>" if field.hint else ""
    return (
        f'<label for="{name}">{escape(field.label)}</label><input id="{name}" name="{name}" type="{kind}" required '
        f'autocomplete="{fills}" value="{value}" maxlength="300" {" ".join(marks)}>{hint}'
    )


def _links(ways: Sequence[tuple[str, str]]) -> list[str]:
    return [f'<a class="way" href="{escape(address)}">{escape(words)}</a>' for address, words in ways]


def _page(title: str, content: str, status: int) -> HTMLResponse:
    page = (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        f"<title>{escape(title)} \u00b7 Estimate Desk</title>"
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<style>{_STYLE}</style></head><body><main>"
        f'<p class="brand">Estimate Desk</p><h1>{escape(title)}</h1>{content}</main></body></html>'
    )
    return HTMLResponse(page, status, HEADERS)


def is_by_https(desk: Desk, request: Request) -> bool:
    """Whether browsers reach this desk by https, so that a cookie need never leave them in the clear."""
    return is_secure(request.scope, desk.settings) or desk.settings.url.startswith("https://")


def site_address(desk: Desk, request: Request) -> str:
    """The address at which people reach this desk, without a slash at its end."""
    # Not the request's URL, which cannot be made of every Host header, and is that of a proxy where one asks.
    scheme = "https" if is_by_https(desk, request) else "http"
    return desk.settings.url or f"{scheme}://{request.headers.get('host', 'localhost')}"


def _signer(desk: Desk) -> Signer:
    return Signer(desk.key, salt="form", digest_method=sha256)

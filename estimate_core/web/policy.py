"""What browsers may do with an answer, and the addresses of the pages' library that nobody needs.

The policy of the pages is as strict as Streamlit lets it be. Scripts come from here alone and none may be made of text:
`blob:` is for the search box of the Estimate page, whose script Streamlit wraps so, and only a script can make one.
Streamlit writes styles while it runs, so styles in the page are let be; with pictures and fonts from here alone they
can carry nothing out.
"""

from base64 import b64encode
from hashlib import sha256

from starlette.datastructures import MutableHeaders

_SET_BY_STREAMLIT = "THxz9J9+wf7rhwR2YkXJoSZ13UCmYyC+3lNDv2+8ugA="
"""The one script in Streamlit's own page: it sets a flag for search engines."""
_PAGES = "; ".join(
    (
        "default-src 'none'",
        f"script-src 'self' blob: 'sha256-{_SET_BY_STREAMLIT}'",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data:",
        "font-src 'self' data:",
        "connect-src 'self'",
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    )
)
_OTHERS = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
"""For what is no page: opened by itself it may load and run nothing."""
_UNUSED_POWERS = (
    "accelerometer",
    "browsing-topics",
    "camera",
    "display-capture",
    "geolocation",
    "gyroscope",
    "hid",
    "magnetometer",
    "microphone",
    "midi",
    "payment",
    "serial",
    "usb",
    "xr-spatial-tracking",
)
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": ", ".join(f"{power}=()" for power in _UNUSED_POWERS),
}
"""What every answer says unless it says so itself; its Content-Security-Policy is by its kind."""

_USED = ("health", "host-config", "stream", "upload_file")
"""What the pages need of all that Streamlit serves below /_stcore; its counts and its door for programs they do not.

The first two tell the same to everyone, of nobody. `upload_file` takes what a page sends under the id of its own
session, a uuid4 that only its browser knows, with a token in cookie and header that no page of another site can read;
it keeps that for as long as the session lives, and hands nothing out.
"""
_UNUSED = ("media", "component", "app/static", "auth", "oauth2callback")
"""What else Streamlit serves: files without asking who wants them, and a sign-in of its own."""


def add_headers(headers: MutableHeaders) -> None:
    """Have the headers of an answer say what browsers may do with it, where they do not yet."""
    for name, value in HEADERS.items():
        headers.setdefault(name, value)
    # An answer that says only "as before" has no kind, and what it says would be taken for the page that it is about.
    kind = headers.get("content-type", "text/html")
    headers.setdefault("Content-Security-Policy", _PAGES if kind.startswith("text/html") else _OTHERS)
    if headers.get("content-type", "").startswith("text/html"):
        # One that was kept would come back by the Back button, with nothing behind it once its reader is signed out.
        headers["Cache-Control"] = "no-store"


def policy_of(style: str, form_action: str = "'none'") -> dict[str, str]:
    """The header of a page of our own: its one style and nothing else; its forms go to `form_action`."""
    digest = b64encode(sha256(style.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action {form_action}"
    return {"Content-Security-Policy": f"{policy}; frame-ancestors 'none'"}


def is_needed(path: str) -> bool:
    """Whether anything of the product asks for this address; False for doors that only the pages' library knows."""
    _, found, below = path.partition("/_stcore/")
    if found:
        return _begins(below, _USED)
    return not _begins(path.lstrip("/"), _UNUSED)


def _begins(path: str, names: tuple[str, ...]) -> bool:
    return any(path == name or path.startswith(f"{name}/") for name in names)

"""Answers of the API: JSON that nobody else keeps, and refusals as `{"error": sentence}` with the right status."""

from html import escape

from pydantic import BaseModel
from starlette.exceptions import HTTPException
from starlette.responses import HTMLResponse, Response

from estimate_core.domain.errors import DeskError, NotAllowed, NotFound, NotNow, OutOfOrder, QuotaReached, SignedOut
from estimate_core.web.models import Refusal
from estimate_core.web.policy import policy_of
from estimate_core.web.reading import JSON

PRIVATE = {"Cache-Control": "private, no-store", "X-Content-Type-Options": "nosniff"}
_STATUSES: dict[type[DeskError], int] = {
    SignedOut: 401,
    NotAllowed: 403,
    NotFound: 404,
    NotNow: 409,
    QuotaReached: 429,
    OutOfOrder: 503,
}
_STYLE = "body { font: 16px/1.5 system-ui, sans-serif; max-width: 34rem; margin: 3rem auto; padding: 0 1rem; }"
_POLICY = policy_of(_STYLE)
_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Estimate Desk</title>
<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="color-scheme" content="light dark">
<style>{style}</style>
</head><body><h1>This cannot be had</h1><p>{sentence}</p>{way_on}</body></html>
"""
_WAY_ON = '<p><a href="/jobs">Open Jobs</a></p>'
_FOREIGN_NAME = (
    "\u201c{name}\u201d is not a name of this Estimate Desk. Whoever hosts it sets ESTIMATE_URL to the address that "
    "people use, and starts it again."
)
_NO_ADDRESS = "There is no such address here. /api/docs lists those that there are."
_FAULT = "Something went wrong in the program. Try again; if it happens again, tell whoever looks after it."
_TAKES = "This address does not take {method}. Open it in a browser."
_OTHER_METHOD = "This address does not take {method}; it takes {allowed}. /api/docs tells what each does."


def answer(content: BaseModel, status: int = 200) -> Response:
    """The model as JSON."""
    return Response(content.model_dump_json(), status, PRIVATE, JSON)


def refused(error: Exception, is_for_reading: bool = False, leads_on: bool = True) -> Response:
    """The refusal of the product or of the address: JSON, or a page where a person reads it in a browser.

    The page offers a way on where it `leads_on`: not where all else would be refused like this.
    """
    if isinstance(error, HTTPException):
        return refusal(error.detail, error.status_code, dict(error.headers or {}))
    status = next((status for kind, status in _STATUSES.items() if isinstance(error, kind)), 400)
    return _page(str(error), status, leads_on) if is_for_reading else refusal(str(error), status, _later(error))


def _later(error: Exception) -> dict[str, str]:
    """In how many seconds to ask again, where that is known; how to say who asks, where that is missing."""
    if isinstance(error, SignedOut):
        return {"WWW-Authenticate": "Bearer"}
    known = isinstance(error, QuotaReached) and error.seconds
    return {"Retry-After": str(known)} if known else {}


def _page(sentence: str, status: int, leads_on: bool) -> Response:
    page = _PAGE.format(style=_STYLE, sentence=escape(sentence), way_on=_WAY_ON if leads_on else "")
    return HTMLResponse(page, status, PRIVATE | _POLICY)


def no_address(method: str, error: HTTPException) -> Response:
    """The refusal of the router: no such path, or another method than the path takes."""
    if error.status_code != 405:
        return absent()
    headers = dict(error.headers or {})
    return refusal(_OTHER_METHOD.format(method=method[:20], allowed=headers.get("Allow", "others")), 405, headers)


def other_method(method: str, error: HTTPException) -> Response:
    """The refusal of another method than a path beside the API takes."""
    # Which it takes is not told: where the pages answer below all paths, the router knows theirs alone.
    return refusal(_TAKES.format(method=method[:20]), 405, dict(error.headers or {}))


def absent() -> Response:
    """The refusal of an address at which nothing is for anyone."""
    return refusal(_NO_ADDRESS, 404)


def unknown_name(asked: str) -> Response:
    """The refusal of who asks under a name that is not of this desk."""
    return refusal(_FOREIGN_NAME.format(name=asked[:100]), 421)


def faulted() -> Response:
    """The answer to a fault in the program, without details."""
    return refusal(_FAULT, 500)


def refusal(sentence: str, status: int, headers: dict[str, str] | None = None) -> Response:
    """A refusal in this sentence."""
    # What was sent may be told in the sentence, and hold what no text can be made of.
    error = sentence.encode("utf-8", "replace").decode()
    return Response(Refusal(error=error).model_dump_json(), status, PRIVATE | (headers or {}), JSON)

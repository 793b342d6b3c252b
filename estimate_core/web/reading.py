"""Reading requests: who may send what, how large it may be, and JSON that means one thing only."""

import json
from collections import Counter
from decimal import Decimal, InvalidOperation
from typing import NoReturn, TypeVar

from pydantic import BaseModel, ValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request

from estimate_core.domain.errors import BadInput
from estimate_core.web.origins import OTHER_SITE, is_asked_by_other_site
from estimate_core.web.sentences import refusal_of

MAX_BODY = 2 * 1024 * 1024
"""Bytes; an estimate of 5,000 lines has about 500,000."""
MAX_KEY = 200
KEY = "Idempotency-Key"
JSON = "application/json"
_TOO_LARGE = f"What was sent is larger than {MAX_BODY // 1024 // 1024} MB. Make several estimates of it."
_WRONG_TYPE = f"Send JSON, and tell so with the header Content-Type: {JSON}."

_Model = TypeVar("_Model", bound=BaseModel)


def refuse_other_sites(request: Request, url: str) -> None:
    """Raise 403 where a browser says that a page of another site asks than that at `url`, if it is known."""
    if is_asked_by_other_site(request.headers, url):
        raise HTTPException(403, OTHER_SITE)


def begins_file(request: Request) -> bool:
    """Whether a file is asked for from its first byte: only that begins a download, whatever comes in parts."""
    asked = request.headers.get("range", "").replace(" ", "").lower()
    return not asked.startswith("bytes=") or asked.startswith("bytes=0-")


def is_for_reading(request: Request) -> bool:
    """Whether a person looks at the answer in a browser, rather than a program."""
    return "text/html" in request.headers.get("accept", "")


async def receive_body(request: Request) -> bytes:
    """The body; 413 where it is too large, which is told before all of it came, and 415 where it is not JSON."""
    body = bytearray()
    async for piece in request.stream():
        body += piece
        if len(body) > MAX_BODY:
            raise HTTPException(413, _TOO_LARGE)
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if (body or kind) and kind != JSON:
        raise HTTPException(415, _WRONG_TYPE)
    return bytes(body)


def read_body(body: bytes, model: type[_Model]) -> _Model:
    """What a JSON body says; BadInput tells everything that is wrong with it. No body is an empty object."""
    return _validated(_read_json(body) if body else {}, model)


def read_query(request: Request, model: type[_Model]) -> _Model:
    """What stands behind the question mark; BadInput as for a body."""
    pairs = request.query_params.multi_items()
    return _validated(_object(list(pairs)), model)


def read_key(request: Request) -> str | None:
    """What the program calls its request, or None; BadInput for a key that is empty, long or not plain text."""
    keys = request.headers.getlist(KEY)
    if len(keys) > 1:
        raise BadInput(f"There are {len(keys)} {KEY}s. Send one.")
    key = keys[0] if keys else None
    if key is not None and not (0 < len(key) <= MAX_KEY and all("!" <= character <= "~" for character in key)):
        raise BadInput(f"The {KEY} must have 1 to {MAX_KEY} letters, digits and signs, without spaces.")
    return key


def _validated(value: object, model: type[_Model]) -> _Model:
    try:
        return model.model_validate(value)
    except ValidationError as problems:
        raise refusal_of(problems) from None


def _read_json(body: bytes) -> object:
    try:
        value: object = json.loads(
            body.decode("utf-8-sig"),
            parse_float=_number,
            parse_int=_number,
            parse_constant=_refuse_constant,
            object_pairs_hook=_object,
        )
        # Half of a pair of characters: it could neither be stored nor be told.
        json.dumps(value, ensure_ascii=False, default=str).encode()
    except UnicodeDecodeError:
        raise BadInput("The body is not text in UTF-8. Send JSON in UTF-8.") from None
    except UnicodeEncodeError:
        raise BadInput("The body has half a character (\\ud800 to \\udfff alone). Send whole characters.") from None
    except json.JSONDecodeError as problem:
        place = f"line {problem.lineno}, column {problem.colno}"
        raise BadInput(f"The body is not JSON: see {place}. Correct it there.") from None
    except RecursionError:
        raise BadInput("The body is nested too deeply. Look at /api/docs what it may hold.") from None
    return value


def _number(text: str) -> Decimal:
    try:
        return Decimal(text)
    except InvalidOperation:
        raise BadInput(f"The number {text[:40]} is beyond all use. Write a smaller one.") from None


def _refuse_constant(name: str) -> NoReturn:
    raise BadInput(f"{name} is not a number in JSON. Write digits, like 12.5.")


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """The object of those names and values; a name that is there twice could be read in two ways."""
    found = dict(pairs)
    if len(found) < len(pairs):
        twice = Counter(name for name, _ in pairs).most_common(1)[0][0]
        raise BadInput(f"\u201c{twice[:80]}\u201d is there twice. Write it once.")
    return found

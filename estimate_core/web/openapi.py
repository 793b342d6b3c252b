"""The OpenAPI 3.1 document of the API, made from its operations and models."""

import re
from collections.abc import Iterable
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from estimate_core.services.signing_in import COOKIE
from estimate_core.web.models import Nothing, Refusal
from estimate_core.web.operations import Operation
from estimate_core.web.reading import JSON, KEY, MAX_BODY, MAX_KEY

Schema = dict[str, Any]
VERSION = "1"
_ABOUT = (
    "Programs make estimates here as people do on the pages. Every answer to a refusal is an object with the one field "
    "`error`: a sentence, or several on lines of their own, that says what to do. What is sent is JSON in UTF-8 of at "
    f"most {MAX_BODY // 1024 // 1024} MB. Numbers may be sent as text, and rates are answered as text, so that every "
    "digit stays. Times are in UTC. Browsers that show a page of another site are refused. Once somebody has an "
    "account here, a program sends a token with each request, `Authorization: Bearer ed_...`: people make them on "
    "Team, Tokens, for reading or also for writing. It asks for one organisation, in the name of its person."
)
_TOKEN, _SESSION = "token", "session"
_WAYS = {
    _TOKEN: {"type": "http", "scheme": "bearer", "description": "A token made on Team, Tokens."},
    _SESSION: {"type": "apiKey", "in": "cookie", "name": COOKIE, "description": "A browser in which one signed in."},
}
"""How it is told who asks; neither is needed while nobody has an account."""
_KEY = (
    "What you call this request. Sent again with the same body it makes no second job; with another body it is "
    "refused. Keys are your own and are kept as long as the job."
)
_IDS = {
    "job_id": "From the answer to `POST /api/jobs`, or from `GET /api/jobs`.",
    "output_id": "From the status of a job, or from `GET /api/outputs`.",
    "schedule_id": "From `GET /api/schedules`.",
}
_FILE = {"schema": {"type": "string", "format": "binary"}}
_REFUSALS = {
    400: "Something that was sent cannot be used.",
    401: "Nobody is signed in, or no longer; or the token expired, was revoked or is not whole.",
    403: "The role of who asks, or the token, does not allow it; or a page of another site asked through a browser.",
    413: "What was sent is too large.",
    415: "What was sent is not JSON.",
    429: "You have as many active jobs, or your organisation as many jobs or files, as the host allows. "
    "Retry-After tells in how many seconds an hour's limit allows another.",
    500: "A fault in the program.",
    503: "The disk, the database or the store of files does not serve; it may pass.",
}


def document(operations: Iterable[Operation]) -> Schema:
    """The document, in JSON's types."""
    known = tuple(operations)
    paths: Schema = {}
    for operation in known:
        paths.setdefault(f"/api{operation.path}", {})[operation.method.lower()] = _operation(operation)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Estimate Desk", "version": VERSION, "description": _ABOUT},
        "paths": paths,
        "components": {"schemas": _schemas(known), "securitySchemes": _WAYS},
        "security": [{}, {_TOKEN: []}, {_SESSION: []}],
    }


def _schemas(operations: Iterable[Operation]) -> Schema:
    sent = {operation.body for operation in operations} - {Nothing}
    answered = {operation.answer for operation in operations if isinstance(operation.answer, type)} | {Refusal}
    wanted = [(model, "validation") for model in sent] + [(model, "serialization") for model in answered]
    wanted.sort(key=lambda pair: pair[0].__name__)
    _, made = models_json_schema(wanted, ref_template="#/components/schemas/{model}")  # type: ignore[arg-type]
    schemas: Schema = made["$defs"]
    return schemas


def _operation(operation: Operation) -> Schema:
    made: Schema = {
        "operationId": operation.name,
        "summary": operation.summary,
        "description": operation.told,
        "parameters": [*_in_path(operation), *_in_query(operation.query), *_in_header(operation)],
        "responses": _responses(operation),
    }
    if operation.body is not Nothing:
        made["requestBody"] = {"required": True, "content": {JSON: {"schema": _ref(operation.body)}}}
    return made


def _in_path(operation: Operation) -> list[Schema]:
    names = re.findall(r"{(\w+)}", operation.path)
    return [
        {"name": name, "in": "path", "required": True, "description": _IDS[name], "schema": {"type": "string"}}
        for name in names
    ]


def _in_query(model: type[BaseModel]) -> list[Schema]:
    _, made = models_json_schema([(model, "validation")], ref_template="#/components/schemas/{model}")
    fields = made["$defs"][model.__name__].get("properties", {})
    return [_parameter(name, schema) for name, schema in fields.items()]


def _parameter(name: str, schema: Schema) -> Schema:
    """A field of a query: left out, not null, where nothing is meant."""
    plain = {key: value for key, value in schema.items() if key not in ("title", "description", "anyOf", "default")}
    for choice in schema.get("anyOf", ()):
        plain |= {} if choice == {"type": "null"} else choice
    if schema.get("default") is not None:
        plain["default"] = schema["default"]
    return {"name": name, "in": "query", "description": schema.get("description", ""), "schema": plain}


def _in_header(operation: Operation) -> list[Schema]:
    if not operation.keyed:
        return []
    schema = {"type": "string", "pattern": f"^[!-~]{{1,{MAX_KEY}}}$"}
    return [{"name": KEY, "in": "header", "description": _KEY, "schema": schema, "example": "estimate-2026-117"}]


def _responses(operation: Operation) -> Schema:
    refusals = {400, 401, 403, 500, 503} | ({413, 415, 429} if operation.writes else set())
    told = {status: _REFUSALS[status] for status in refusals} | dict(operation.refusals or {})
    made = {str(operation.status): {"description": "What was asked for.", "content": _answered(operation)}}
    if not isinstance(operation.answer, type) and not operation.streamed:
        parts = _answered(operation) | {"multipart/byteranges": _FILE}
        made["206"] = {"description": "The parts of the file that Range asks for.", "content": parts}
        made["302"] = {"description": "Where the file is: in a store elsewhere, by a link that expires soon."}
        told[416] = "The file has no such part."
    for status, sentence in sorted(told.items()):
        made[str(status)] = {"description": sentence, "content": {JSON: {"schema": _ref(Refusal)}}}
    return made


def _answered(operation: Operation) -> Schema:
    if isinstance(operation.answer, type):
        return {JSON: {"schema": _ref(operation.answer)}}
    return dict.fromkeys(operation.answer, _FILE)


def _ref(model: type[BaseModel]) -> Schema:
    return {"$ref": f"#/components/schemas/{model.__name__}"}

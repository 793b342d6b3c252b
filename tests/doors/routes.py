"""All that can be asked for over HTTP: the operations of the API, the routes of the application, and odd paths."""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import streamlit

from estimate_core.domain.people import Action
from estimate_core.web.calls import OPERATIONS
from estimate_core.web.operations import Operation
from tests.conftest import FAN
from tests.doors.things import IDS, LIKE_ANY, Things, with_ids

BY_NAME = {operation.name: operation for operation in OPERATIONS}
METHODS = ("GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE", "TRACE", "PROPFIND")
OPEN = (
    "/healthz",
    "/metrics",
    "/sign-in",
    "/sign-in/oidc",
    "/sign-in/oidc/done",
    "/first-account",
    "/new-password",
    "/invitation/{secret}",
)
"""What answers to whoever is signed out: forms by which people come in, and what monitors ask."""
LIBRARY = Path(streamlit.__file__).parent / "static"
"""What the makers of the pages' library give to everyone."""
LIBRARY_FILES = tuple(
    next(file for file in sorted((LIBRARY / "static" / kind).iterdir()) if file.suffix in suffixes)
    for kind, suffixes in {"js": (".js",), "css": (".css",), "media": (".woff2",)}.items()
)
"""A script, a style and a font of it."""
UNNEEDED = (
    "/_stcore/metrics",
    "/_stcore/bidi-components/",
    "/_stcore/agent/",
    "/media/",
    "/component/",
    "/auth/",
    "/oauth2callback",
)
"""Where there is nothing for anybody, though Streamlit would serve there."""
ODD_PATHS = (
    "//",
    "//jobs",
    "//api/jobs",
    "/./jobs",
    "/api//jobs",
    "/api/./jobs",
    "/API/jobs",
    "/Api/Jobs",
    "/api/jobs/",
    "/api/jobs;x",
    "/api/jobs%00",
    "/api/jobs%0a",
    "/api%2fjobs",
    "/%61pi/jobs",
    "/api/%2e%2e/api/jobs",
    "/api?next=/sign-in",
    "/healthz/",
    "/healthz/../api/jobs",
    "/healthz%2f..%2fapi%2fjobs",
    "/healthz;x",
    "/healthz%00",
    "/healthz%20",
    "/HEALTHZ",
    "/metrics/",
    "/metrics/../jobs",
    "/sign-in/",
    "/sign-in/../jobs",
    "/sign-in/%2e%2e/jobs",
    "/sign-in/x",
    "/sign-in;/jobs",
    "/sign-in%3f/jobs",
    "/Sign-In",
    "/new-password/x",
    "/first-account/..",
    "/invitation",
    "/invitation/",
    "/invitation//",
    "/invitation/x/",
    "/invitation/x/jobs",
    "/invitation/x/_stcore/stream",
    "/invitation/../jobs",
    "/invitation/%2e%2e/jobs",
    "/invitation/..%2fapi%2fjobs",
    "/invitation/x%2f..%2f..%2fapi%2fjobs",
    "/jobs/",
    "/jobs/../team",
    "/jobs;x",
    "/jobs%00",
    "/nothing",
    "/nothing/at/all",
    "/.env",
    "/data/workspace/app.db",
    "/%2e%2e/%2e%2e/etc/passwd",
    "/..%5c..%5capp.db",
    "/app/static/app.db",
    "/static",
    "/static/",
    "/static/index.html",
    "/static/js",
    "/static/js/",
    "/static/js//",
    "/static/js/..",
    "/static/js/%2e%2e",
    "/static/js/../../jobs",
    "/static/js/..%2f..%2fapi%2fjobs",
    "/static/js/..%5c..%5c..%5capp.db",
    "/static/js/_stcore/stream",
    "/static/js/x/_stcore/upload_file/x/x",
    "/jobs/static/js/x.js",
    "/STATIC/js/x.js",
    "/_stcore",
    "/_stcore/",
    "/_stcore/nothing",
    "/_stcore//stream",
    "/_stcore/upload_file/",
    "/x/_stcore/health",
    "/_stcore/script-health-check",
    "/_stcore/message",
    "/st-allowed-message-origins",
    "/vendor/x.js",
    "/favicon.png",
    "/index.html",
    "/manifest.json",
    "/robots.txt",
)


@dataclass(frozen=True)
class Call:
    """How an operation is asked for: the ids in its path, what is sent, and what a person must be allowed."""

    path: Callable[[Things], Mapping[str, str]] = lambda its: {}
    body: Callable[[Things], object] = lambda its: None
    action: Action = Action.READ


def _new_job(its: Things) -> object:
    return {
        "type": "generate_estimate_excel",
        "schedule": its.schedule,
        "lines": [{"item": FAN.name, "quantity": "2"}],
        "charges": {"profile": its.profile},
    }


CALLS: Mapping[str, Call] = {
    "create_job": Call(body=_new_job, action=Action.WRITE),
    "list_jobs": Call(),
    "show_status": Call(lambda its: {"job_id": its.complete}),
    "cancel_job": Call(lambda its: {"job_id": its.queued}, action=Action.WRITE),
    "retry_job": Call(lambda its: {"job_id": its.failed}, action=Action.WRITE),
    "make_again": Call(lambda its: {"job_id": its.complete}, action=Action.WRITE),
    "list_outputs": Call(),
    "download_output": Call(lambda its: {"output_id": its.output}),
    "list_schedules": Call(),
    "list_items": Call(lambda its: {"schedule_id": its.schedule}),
    "list_profiles": Call(),
    "list_log": Call(action=Action.MANAGE),
    "download_log": Call(action=Action.MANAGE),
}
"""Each operation upon the things of an organisation."""
NAMELESS = {"list_items", "download_output", "create_job", "make_again"}
"""Operations whose answer names nothing known: what stands in every schedule here, a workbook, the id of a new job."""


@dataclass(frozen=True)
class Request:
    """What is sent to ask for something."""

    method: str
    path: str
    body: bytes = b""


def request_of(operation: Operation, its: Things) -> Request:
    """What asks for an operation upon the things of an organisation."""
    call = CALLS[operation.name]
    sent = call.body(its)
    body = json.dumps(sent).encode() if sent is not None else b""
    return Request(operation.method, "/api" + operation.path.format(**call.path(its)), body)


def fields_asked(operation: Operation) -> list[str]:
    """The fields of the things by which an operation is asked for something."""
    like_any = request_of(operation, LIKE_ANY)
    return [name for name in IDS if request_of(operation, with_ids(LIKE_ANY, {name: "other"})) != like_any]


def filled(path: str, its: Things) -> str:
    """A route's path with something in the place of what is named in it; a new name has to be told here."""
    known = {
        "job_id": its.complete,
        "output_id": its.output,
        "schedule_id": its.schedule,
        "secret": "a-secret-that-opens-nothing",
        "session_id": its.session,
        "file_id": its.output,
        "path": f"{its.output}/index.html",
    }
    return re.sub(r"{(\w+)(:path)?}", lambda found: known[found[1]], path)


def variants(path: str) -> list[str]:
    """Other ways to write a path that a server could take for the same."""
    first = f"%{ord(path[1]):02x}{path[2:]}"
    return [path, f"/{path}", f"/{first}", f"/.{path}", f"/x/..{path}", f"{path}?x=/sign-in", f"{path};x"]


def requests_of(routes: list[tuple[str, list[str]]], its: Things) -> Iterator[Request]:
    """What asks for each route by each of its methods, but for those that are open and those that nobody needs."""
    for path, methods in routes:
        if path not in OPEN and not path.startswith(UNNEEDED):
            yield from (Request(method, filled(path, its)) for method in methods)

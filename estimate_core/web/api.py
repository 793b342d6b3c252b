"""The routes beside the pages: health, and the API with its documentation.

For the same site only (no CORS), and every answer to a refusal is `{"error": sentence}`.
"""

import logging
import re
from collections.abc import Awaitable, Callable
from itertools import groupby

from pydantic import BaseModel
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Mount, Route

from estimate_core.desk import Desk
from estimate_core.domain.errors import DeskError
from estimate_core.domain.people import LOCAL, User
from estimate_core.services.doors import let_in
from estimate_core.services.troubles import trouble_of
from estimate_core.web.answers import PRIVATE, answer, faulted, no_address, other_method, refused
from estimate_core.web.calls import OPERATIONS
from estimate_core.web.docs import POLICY, page_of
from estimate_core.web.door import USER
from estimate_core.web.examples import examples_for
from estimate_core.web.forms import site_address
from estimate_core.web.health import health_routes
from estimate_core.web.oidc import oidc_routes
from estimate_core.web.openapi import document
from estimate_core.web.operations import Asked, Operation
from estimate_core.web.reading import (
    begins_file,
    is_for_reading,
    read_body,
    read_key,
    read_query,
    receive_body,
    refuse_other_sites,
)
from estimate_core.web.sign_in import entrance_routes

_log = logging.getLogger(__name__)

DeskOf = Callable[[], Desk]
ExceptionHandler = Callable[[Request, Exception], Response]
Endpoint = Callable[[Request], Awaitable[Response]]


def routes(desk_of: DeskOf) -> list[BaseRoute]:
    """The routes; `desk_of` gives the desk when a request comes."""

    def to_docs(request: Request) -> Response:
        return RedirectResponse("/api/docs")

    # All below /api is the API's: else the pages would answer, with a status that says all is well.
    below = Mount("/api", _api(desk_of))
    # A path with a line break too, which the usual pattern leaves to others.
    below.path_regex = re.compile(below.path_regex.pattern, re.DOTALL)
    return [*health_routes(desk_of), *entrance_routes(desk_of), *oidc_routes(desk_of), Route("/api", to_docs), below]


def exception_handlers() -> dict[type[Exception] | int, ExceptionHandler]:
    """How errors of the routes are answered: refusals with their sentence, anything else without details."""
    return {DeskError: lambda _, error: refused(error), 405: _refuse_method, Exception: _faulted}


def visitor(request: Request) -> User:
    """Who asks, as the door found them; where there is no door, whoever comes to an open desk."""
    user: User = request.scope.get(USER, LOCAL)
    return user


def _api(desk_of: DeskOf) -> Starlette:
    by_path = groupby(sorted(OPERATIONS, key=lambda operation: operation.path), key=lambda operation: operation.path)
    routed: list[BaseRoute] = [_route(desk_of, path, list(operations)) for path, operations in by_path]

    async def openapi(request: Request) -> Response:
        return JSONResponse(document(OPERATIONS), headers=PRIVATE)

    async def docs(request: Request) -> Response:
        return await run_in_threadpool(_docs, desk_of, request)

    own = [Route("/openapi.json", _framed(openapi)), Route("/docs", _framed(docs))]
    app = Starlette(routes=[*routed, *own], exception_handlers={HTTPException: _unrouted})
    app.router.redirect_slashes = False
    return app


def _route(desk_of: DeskOf, path: str, operations: list[Operation]) -> Route:
    """One route for all methods of a path, so that the answer to another method names them all."""
    by_method: dict[str, Operation] = {operation.method: operation for operation in operations}

    async def endpoint(request: Request) -> Response:
        operation = by_method["GET" if request.method == "HEAD" else request.method]
        if operation.writes:
            refuse_other_sites(request, desk_of().settings.url)
        body = await receive_body(request) if operation.writes else b""
        return await run_in_threadpool(_perform, desk_of, request, operation, body)

    return Route(path, _framed(endpoint), methods=list(by_method))


def _perform(desk_of: DeskOf, request: Request, operation: Operation, body: bytes) -> Response:
    desk = desk_of()
    with let_in(desk, visitor(request)) as user:
        return _performed(desk, user, request, operation, body)


def _performed(desk: Desk, user: User, request: Request, operation: Operation, body: bytes) -> Response:
    asked = Asked(
        desk=desk,
        user=user,
        path=request.path_params,
        query=read_query(request, operation.query),
        body=read_body(body, operation.body),
        key=read_key(request) if operation.keyed else None,
        begins=request.method == "GET" and begins_file(request),
    )
    made = operation.call(asked)
    return answer(made, operation.status) if isinstance(made, BaseModel) else made


def _docs(desk_of: DeskOf, request: Request) -> Response:
    desk = desk_of()
    page = page_of(document(OPERATIONS), examples_for(desk, visitor(request), site_address(desk, request)))
    return HTMLResponse(page, headers=PRIVATE | POLICY)


def _framed(endpoint: Endpoint) -> Endpoint:
    """The endpoint, whose refusals and faults are answered in JSON: the pages answer them otherwise."""

    async def framed(request: Request) -> Response:
        try:
            return await endpoint(request)
        except (DeskError, HTTPException) as refusal:
            return refused(refusal, is_for_reading(request))
        except ClientDisconnect:
            return Response(status_code=400)
        except Exception as error:
            trouble = trouble_of(error)
            if trouble is None:
                return _faulted(request, error)
            _log.error("%s %s could not be served: %s", request.method, request.scope["path"], error)
            return refused(trouble, is_for_reading(request))

    return framed


def _unrouted(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    return no_address(request.method, error)


def _refuse_method(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    return other_method(request.method, error)


def _faulted(request: Request, error: Exception) -> Response:
    _log.error("%s %s went wrong", request.method, request.scope["path"], exc_info=error)
    return faulted()

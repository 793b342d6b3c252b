"""What gets at things without a person being looked up first: found in the code, and named here with its reason."""

import ast
import inspect
import pkgutil
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

from estimate_core import services
from tests.doors.use_cases import functions

ROOT = Path(__file__).parents[2]
_REACHES = {"desk", "db", "files", "organisation"}
"""By these a function gets at the things of an organisation."""

WITH_USER = {
    "doors.get_standing": "the door itself",
    "doors.let_in": "the door itself",
    "editing.schedule_of": "for use cases, inside their transaction",
    "jobs.queue_job": "for use cases, which made the job",
    "schedules.offered_card": "for use cases, inside their transaction",
}
"""Functions of services that take a person and are no use cases."""

FROM_OUTSIDE = {
    "pages": {
        "doors.is_open": "tells whether anybody has to sign in",
        "doors.let_in": "the door itself",
        "signing_in.find_visitor": "tells whom a ticket is of",
        "jobs.worker_health": "names no work: whether jobs are run at all",
    },
    "estimate_core/web": {
        "doors.is_open": "tells whether anybody has to sign in",
        "doors.let_in": "the door itself",
        "signing_in.find_visitor": "tells whom a ticket is of",
        "signing_in.find_user_by_token": "tells whom a token is of",
        "signing_in.sign_in": "how a person comes to a session",
        "signing_in.sign_in_by_email": "how a person comes to a session",
        "invitations.find_invitation": "tells what a secret offers",
        "invitations.accept_invitation": "how a person comes to an account, by a secret",
        "invitations.accept_signed_in": "takes the visitor, and asks whether their session lives",
        "accounts.create_first_account": "refused once there is one",
        "accounts.change_password": "takes the visitor, and asks for the old password",
        "health.look_at_health": "names nobody and no work",
        "health.count_up": "names nobody and no work",
    },
}
"""What pages and routes may use besides use cases."""


def functions_with_user() -> set[str]:
    """The functions of services that take a desk and a person, and have no door."""
    return {
        name
        for name, function in functions().items()
        if {"desk", "user"} <= set(inspect.signature(function).parameters) and not hasattr(function, "action")
    }


def used_from(folder: str) -> set[str]:
    """The functions of services that modules of a folder name, which get at things and have no door."""
    named = {function: name for name, function in functions().items()}
    found = {one for path in (ROOT / folder).glob("**/*.py") for one in _functions_named(path)}
    return {named[one] for one in found if one in named and not hasattr(one, "action") and _reaches(one)}


def caches() -> dict[str, Any]:
    """The functions of services that remember what they gave, by their names."""
    modules = (import_module(f"{services.__name__}.{each.name}") for each in pkgutil.iter_modules(services.__path__))
    return {
        f"{made.__module__.rpartition('.')[2]}.{made.__name__}": made
        for module in modules
        for made in vars(module).values()
        if hasattr(made, "cache_info")
    }


def _reaches(function: Any) -> bool:
    return bool(_REACHES & set(inspect.signature(function).parameters))


def _functions_named(path: Path) -> Iterator[Any]:
    """The functions that a module names, called or not; it is not imported, since the shell would run."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    known: dict[str, object] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and str(node.module).startswith("estimate_core"):
            exec(compile(ast.Module([node], []), str(path), "exec"), known)
    for node in ast.walk(tree):
        if isinstance(node, ast.Name):
            yield from _function(known.get(node.id))
        elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            yield from _function(getattr(known.get(node.value.id), node.attr, None))


def _function(named: object) -> Iterator[Any]:
    if inspect.isfunction(named):
        yield named

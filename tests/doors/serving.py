"""The real application at the home of a test, where the clock stands still.

`python -m tests.doors.serving HOME PORT ROUTES` serves, and tells in the file ROUTES what routes there are, those of
Streamlit among them.
"""

import json
import os
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from starlette.applications import Starlette
from starlette.routing import BaseRoute, Mount, Route, WebSocketRoute

from estimate_core import wiring
from estimate_core.desk import open_desk
from estimate_core.settings import Settings
from tests.conftest import Clock

ROOT = Path(__file__).parents[2]


def serve(home: Path, port: int, routes: Path) -> None:
    """Serve until this process is ended."""
    desk = open_desk(Settings(home=home, worker="external"), lambda job_id: None, Clock())
    wiring.build_desk = lambda *_: desk
    os.chdir(ROOT)
    sys.argv = [str(ROOT / "app.py")]
    from app import app

    build = app._build_starlette_app

    def build_and_tell() -> Starlette:
        built = build()
        routes.write_text(json.dumps(list(_told(built.routes))), encoding="utf-8")
        return built

    app._build_starlette_app = build_and_tell  # type: ignore[method-assign]
    app.run(config={"server.port": port, "server.headless": True, "server.address": "127.0.0.1"})


def _told(routes: Iterable[BaseRoute], prefix: str = "") -> Iterator[tuple[str, list[str]]]:
    """Paths and methods; a websocket has none, and what is mounted whole is asked for a file."""
    for route in routes:
        if isinstance(route, Route):
            yield prefix + route.path, sorted(route.methods or ())
        elif isinstance(route, WebSocketRoute):
            yield prefix + route.path, []
        elif isinstance(route, Mount):
            yield f"{prefix}{route.path}/{{path:path}}", ["GET", "HEAD"]
            yield from _told(route.routes or (), prefix + route.path)
        else:
            raise TypeError(f"{route} is of a kind that nobody tries yet")


if __name__ == "__main__":
    serve(Path(sys.argv[1]).resolve(), int(sys.argv[2]), Path(sys.argv[3]).resolve())

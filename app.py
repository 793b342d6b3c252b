"""Estimate Desk: pages, routes and the embedded worker. Start it with `streamlit run app.py`."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import streamlit as st
import streamlit.config
from starlette.middleware import Middleware

from estimate_core.domain.errors import BadInput
from estimate_core.keeper import Keeper
from estimate_core.logs import set_up_logs
from estimate_core.services.binding import refuse_open_addresses
from estimate_core.web.api import exception_handlers, routes
from estimate_core.web.door import SESSION, Door
from estimate_core.web.gate import Gate
from estimate_core.web.peers import see_true_peers
from estimate_core.web.sockets import send_at_once
from estimate_core.wiring import prepare, shared_desk
from pages.frame import show_fault

BAD_SETTING = 2


@asynccontextmanager
async def lifespan(app: st.App) -> AsyncIterator[None]:
    """Have the desk ready before the first visitor, and workers for as long as the application lives."""
    try:
        desk = await asyncio.to_thread(shared_desk)
        refuse_open_addresses(desk, send_at_once())
    except BadInput as refusal:
        # Raised on, it would reach the host as a page of traceback; nothing runs yet that would want an end.
        print(refusal, file=sys.stderr, flush=True)
        os._exit(BAD_SETTING)
    set_up_logs(desk.settings.log, "estimate_core", "pages")
    see_true_peers()
    # What a page keeps is given to whoever tells its id and has the same of these headers: the session that made it.
    streamlit.config.set_option("server.trustedUserHeaders", {SESSION: "session"})
    await asyncio.to_thread(prepare, desk)
    workers = Keeper(desk.settings.workers) if desk.settings.worker == "embedded" else None
    if workers:
        workers.start()
    try:
        yield
    finally:
        if workers:
            await asyncio.to_thread(workers.stop)


app = st.App(
    "pages/shell.py",
    lifespan=lifespan,
    routes=routes(shared_desk),
    middleware=[
        Middleware(Gate, settings_of=lambda: shared_desk().settings),
        Middleware(Door, desk_of=shared_desk),
    ],
    exception_handlers=exception_handlers(),
    on_script_error=show_fault,
)

if __name__ == "__main__":
    app.run()

"""The routes beside the pages: health, the status of a job, the download of a file.

Only GET, only for the same site (no CORS), and every answer to a refusal is `{"error": sentence}`.
"""

import logging
from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import Route

from estimate_core.desk import Desk
from estimate_core.domain.errors import DeskError, NotFound, NotNow
from estimate_core.domain.job import Job, Output
from estimate_core.domain.people import LOCAL, User
from estimate_core.services import jobs

_log = logging.getLogger(__name__)

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MEDIA_TYPES = {"xlsx": XLSX, "pdf": "application/pdf"}
_PRIVATE = {"Cache-Control": "private, no-store", "X-Content-Type-Options": "nosniff"}
_FAULT = "Something went wrong in the program. Try again; if it happens again, tell whoever looks after it."

ExceptionHandler = Callable[[Request, Exception], Response]


def routes(desk_of: Callable[[], Desk]) -> list[Route]:
    """The routes; `desk_of` gives the desk when a request comes."""

    def health(request: Request) -> Response:
        return JSONResponse(_health(desk_of()))

    def status(request: Request) -> Response:
        desk, user, job_id = desk_of(), visitor(request), request.path_params["job_id"]
        job = jobs.get_job(desk, user, job_id)
        return JSONResponse(_status(job, jobs.list_outputs(desk, user, job_id)), headers=_PRIVATE)

    def download(request: Request) -> Response:
        output, path = jobs.open_output(desk_of(), visitor(request), request.path_params["output_id"])
        return FileResponse(path, media_type=MEDIA_TYPES[output.file_type], filename=output.filename, headers=_PRIVATE)

    def nowhere(request: Request) -> Response:
        raise NotFound("There is no such address here. The README lists the routes.")

    return [
        Route("/healthz", health),
        Route("/api/jobs/{job_id}/status", status),
        Route("/api/outputs/{output_id}/download", download),
        # Else the pages would answer, with a status that says all is well.
        Route("/api/{rest:path}", nowhere),
    ]


def exception_handlers() -> dict[type[Exception], ExceptionHandler]:
    """How errors of the routes are answered: refusals with their sentence, anything else without details."""
    return {DeskError: _refused, Exception: _faulted}


def visitor(request: Request) -> User:
    """Who asks. Everyone is the local person until accounts exist; a gate takes this function's place."""
    return LOCAL


def _refused(request: Request, error: Exception) -> Response:
    status = 404 if isinstance(error, NotFound) else 409 if isinstance(error, NotNow) else 400
    return JSONResponse({"error": str(error)}, status_code=status, headers=_PRIVATE)


def _faulted(request: Request, error: Exception) -> Response:
    _log.error("%s %s went wrong", request.method, request.url.path, exc_info=error)
    return JSONResponse({"error": _FAULT}, status_code=500, headers=_PRIVATE)


def _health(desk: Desk) -> dict[str, object]:
    health = jobs.worker_health(desk)
    return {
        "status": "ok" if health.alive else "degraded",
        "worker_alive": health.alive,
        "worker_last_seen": health.last_seen.isoformat() if health.last_seen else None,
        "queue_length": health.queued,
    }


def _status(job: Job, outputs: list[Output]) -> dict[str, object]:
    return {
        "id": job.id,
        "type": job.type.value,
        "status": job.status.value,
        "progress": job.progress,
        "current_step": job.step,
        "started_at": job.started.isoformat() if job.started else None,
        "completed_at": job.completed.isoformat() if job.completed else None,
        "error_message": job.error_message,
        "outputs": [_file(output) for output in outputs],
        "is_complete": job.is_complete,
    }


def _file(output: Output) -> dict[str, object]:
    return {
        "id": output.id,
        "filename": output.filename,
        "file_type": output.file_type,
        "size": output.size,
        "download_url": f"/api/outputs/{output.id}/download",
    }

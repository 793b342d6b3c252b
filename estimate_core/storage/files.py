"""Files under one folder, named by ids: the one module that touches the file system.

A file id is made of parts joined by `/`: `local/outputs/<uuid>`. Names that people gave never become paths.
"""

import os
import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import BinaryIO
from uuid import uuid4

from estimate_core.domain.errors import NotFound

_PART = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,98}[A-Za-z0-9])?")
_TEMPORARY = ".part"
GONE = "The file is no longer there. Make it again."


def content_id(organisation: str, content_hash: str, part: str) -> str:
    """The file id of a part (`original`, `mould-1`) of a schedule's content, scoped by organisation."""
    return f"{content_folder(organisation, content_hash)}/{part}"


def content_folder(organisation: str, content_hash: str) -> str:
    """What the file ids of all parts of a schedule's content begin with."""
    return f"{organisation}/schedules/{content_hash}"


def output_id(organisation: str, output: str) -> str:
    """The file id of a job's output, scoped by organisation."""
    return f"{organisation}/outputs/{output}"


@dataclass(frozen=True)
class Files:
    """The files below `folder`, which is made when the first file is."""

    folder: Path

    def path(self, file_id: str) -> Path:
        """Where the file with that id lies or would lie; ValueError for what is no file id."""
        parts = file_id.split("/")
        if not all(_PART.fullmatch(part) for part in parts) or parts[-1].endswith(_TEMPORARY):
            raise ValueError(f"not a file id: {file_id!r}")
        return self.folder.joinpath(*parts)

    def exists(self, file_id: str) -> bool:
        """True where a file with that id was published and not deleted."""
        return self.path(file_id).is_file()

    def publish(self, file_id: str, write: Callable[[BinaryIO], None]) -> int:
        """Have `write` fill the file, shown under its id only once it is whole on disk; gives its size.

        On any error nothing is left and a file that stood there before still does.
        """
        path = self.path(file_id)
        make_folder(path.parent)
        temporary = path.with_name(f"{path.name}.{uuid4().hex}{_TEMPORARY}")
        try:
            with temporary.open("xb") as stream:
                write(stream)
                stream.flush()
                os.fsync(stream.fileno())
            size = temporary.stat().st_size
            os.replace(temporary, path)
        finally:
            temporary.unlink(missing_ok=True)
        _sync_folder(path.parent)
        return size

    def open(self, file_id: str) -> BinaryIO:
        """The file for reading, closed by the caller; NotFound where it is gone."""
        try:
            return self.path(file_id).open("rb")
        except FileNotFoundError:
            raise NotFound(GONE) from None

    def delete(self, file_id: str) -> None:
        """Delete the file; an absent one is fine."""
        self.path(file_id).unlink(missing_ok=True)

    def delete_all(self, folder_id: str) -> None:
        """Delete every file whose id begins with `folder_id/`; one that another process has open may stay."""
        folder = self.path(folder_id)
        for path in list(folder.glob("*")):
            # Windows does not delete an open file.
            with suppress(PermissionError):
                path.unlink(missing_ok=True)
        with suppress(OSError):
            folder.rmdir()

    def delete_stale_temporaries(self, before: datetime) -> int:
        """Delete what killed processes left half written, last touched before that time; gives how many."""
        stale = [path for path in self.folder.rglob(f"*{_TEMPORARY}") if _changed(path) < before.timestamp()]
        for path in stale:
            path.unlink(missing_ok=True)
        return len(stale)


def make_folder(folder: Path) -> None:
    """Make a folder and those above it; an existing one is fine."""
    folder.mkdir(parents=True, exist_ok=True)


def find_bytes(path: Path) -> bytes | None:
    """The bytes of a file that came with the program, or None where it is absent."""
    return path.read_bytes() if path.is_file() else None


def _changed(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except FileNotFoundError:
        # Published or cleaned up in this moment: not stale.
        return float("inf")


def _sync_folder(folder: Path) -> None:
    """Put the new name on disk too, where the system can do that (Windows does not open folders)."""
    if os.name == "nt":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)

"""Files under one folder, named by ids: the one module that touches the file system.

A file id is made of parts joined by `/`: `local/outputs/<uuid>`. Names that people gave never become paths. What jobs
make lies on a `Shelf`: this folder, or a store elsewhere.
"""

import errno
import hashlib
import logging
import os
import re
import shutil
import stat
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import BinaryIO, Protocol
from uuid import uuid4

from estimate_core.domain.errors import NotFound, OutOfOrder

_log = logging.getLogger(__name__)

OWN = 0o600
"""Who may read and write: the owner alone."""
_OWN_FOLDER = 0o700
"""Who may go in: the owner alone, so that the rights of what lies below do not matter."""
_PART = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,98}[A-Za-z0-9])?")
_TEMPORARY = ".part"
_PIECE = 1 << 20
GONE = "The file is no longer there. Make it again."
NO_ROOM = (
    "There is no room left on the disk of the server, so this was not saved; what was saved before is whole. Have some "
    "room made there (`python -m estimate_core clean` may help), then try again."
)
NOT_WRITABLE = (
    "The folder of Estimate Desk on the server cannot be written, so this was not saved; what was saved before is "
    "whole. Ask whoever looks after Estimate Desk to make the folder writable, then try again."
)
_TROUBLES = {
    errno.ENOSPC: NO_ROOM,
    errno.EDQUOT: NO_ROOM,
    errno.EROFS: NOT_WRITABLE,
    errno.EACCES: NOT_WRITABLE,
    errno.EPERM: NOT_WRITABLE,
    errno.ENOTDIR: NOT_WRITABLE,
    errno.EEXIST: NOT_WRITABLE,
}


def content_id(organisation: str, content_hash: str, part: str) -> str:
    """The file id of a part (`original`, `mould-1`) of a schedule's content, scoped by organisation."""
    return f"{content_folder(organisation, content_hash)}/{part}"


def schedules_folder(organisation: str) -> str:
    """What the file ids of an organisation's schedules begin with."""
    return f"{organisation}/schedules"


def outputs_folder(organisation: str) -> str:
    """What the file ids of an organisation's outputs begin with."""
    return f"{organisation}/outputs"


def content_folder(organisation: str, content_hash: str) -> str:
    """What the file ids of all parts of a schedule's content begin with."""
    return f"{schedules_folder(organisation)}/{content_hash}"


def output_id(organisation: str, output: str) -> str:
    """The file id of a job's output, scoped by organisation."""
    return f"{outputs_folder(organisation)}/{output}"


@dataclass(frozen=True)
class Published:
    """A file that is whole on disk: its size in bytes and the SHA-256 of its content."""

    size: int
    sha256: str


@dataclass(frozen=True)
class Found:
    """A file that lies in the folder: its id, and its size in bytes."""

    file_id: str
    size: int


@dataclass(frozen=True)
class Label:
    """What a browser is told of a file that it saves."""

    filename: str
    media_type: str


class Shelf(Protocol):
    """Where the files lie that jobs make; each is shown under its id once it is whole, or not at all.

    Raises OutOfOrder where the place does not serve, which may pass.
    """

    def publish(self, file_id: str, write: Callable[[BinaryIO], None], label: Label | None = None) -> Published:
        """Have `write` fill the file; on any error nothing is left of it."""

    def open(self, file_id: str) -> BinaryIO:
        """The file for reading, closed by the caller; NotFound where it is gone."""

    def delete(self, file_id: str) -> None:
        """Delete the file; an absent one is fine."""

    def reach(self, file_id: str) -> Path | str:
        """How a browser gets the file: from a path of this machine, or by a link that expires soon."""


@dataclass(frozen=True)
class Files:
    """The files below `folder`, which is made when the first file is."""

    folder: Path

    def path(self, file_id: str) -> Path:
        """Where the file with that id lies or would lie; ValueError for what is no file id."""
        if not is_file_id(file_id):
            raise ValueError(f"not a file id: {file_id!r}")
        return self.folder.joinpath(*file_id.split("/"))

    def exists(self, file_id: str) -> bool:
        """True where a file with that id was published and not deleted."""
        return self.path(file_id).is_file()

    def reach(self, file_id: str) -> Path | str:
        """The path of the file."""
        return self.path(file_id)

    def publish(self, file_id: str, write: Callable[[BinaryIO], None], label: Label | None = None) -> Published:
        """Have `write` fill the file, shown under its id only once it is whole on disk.

        On any error nothing is left and a file that stood there before still does. Who serves it tells the label.
        """
        path = self.path(file_id)
        with _told():
            # Whoever deletes the folder under the running program does not open the next one to others.
            make_own_folder(self.folder)
            return write_whole(path, write)

    def open(self, file_id: str) -> BinaryIO:
        """The file for reading, closed by the caller; NotFound where it is gone."""
        try:
            return self.path(file_id).open("rb")
        except FileNotFoundError:
            raise NotFound(GONE) from None

    def delete(self, file_id: str) -> None:
        """Delete the file; an absent one is fine."""
        with _told():
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

    def delete_below(self, folder_id: str) -> int:
        """Delete all files whose id begins with `folder_id/`, half written ones too; gives how many would not go."""
        folder = self.path(folder_id)
        shutil.rmtree(folder, ignore_errors=True)
        return sum(path.is_file() for path in folder.rglob("*"))

    def size_below(self, folder_id: str) -> int:
        """The bytes of all files whose id begins with `folder_id/`."""
        return sum(_size(path) for path in self.path(folder_id).rglob("*"))

    def list_below(self, folder_id: str, before: datetime | None = None) -> list[Found]:
        """The files whose id begins with `folder_id/`; with a time, those last touched before it."""
        found = (path for path in self.path(folder_id).rglob("*") if path.is_file() and not _is_temporary(path))
        return self._found(found, before)

    def list_stale_temporaries(self, before: datetime) -> list[Found]:
        """What killed processes left half written, last touched before that time."""
        return self._found(self.folder.rglob(f"*{_TEMPORARY}"), before)

    def delete_stale_temporaries(self, before: datetime) -> int:
        """Delete what killed processes left half written, last touched before that time; gives how many went."""
        gone = 0
        for found in self.list_stale_temporaries(before):
            # One that will not go does not hold up the others, and is there for the next time.
            with suppress(OSError):
                self.folder.joinpath(*found.file_id.split("/")).unlink(missing_ok=True)
                gone += 1
        return gone

    def _found(self, paths: Iterable[Path], before: datetime | None) -> list[Found]:
        old = (path for path in paths if before is None or _changed(path) < before.timestamp())
        return [Found(path.relative_to(self.folder).as_posix(), _size(path)) for path in sorted(old)]


def is_file_id(text: str) -> bool:
    """Whether a text names a file below a folder and can lead nowhere else."""
    return all(_PART.fullmatch(part) for part in text.split("/")) and not text.endswith(_TEMPORARY)


def write_whole(path: Path, write: Callable[[BinaryIO], None], mode: int = 0o666) -> Published:
    """Have `write` fill the file at `path`, shown there only once it is whole on disk; on any error nothing is left.

    OSError where the system refuses. `mode` is who may read it, where the system knows such.
    """
    make_folder(path.parent)
    temporary = path.with_name(f"{path.name}.{uuid4().hex}{_TEMPORARY}")
    try:
        with open(temporary, "xb", opener=partial(os.open, mode=mode)) as stream:
            write(stream)
            stream.flush()
            os.fsync(stream.fileno())
        with temporary.open("rb") as stream:
            # Read again, since a workbook's archive goes back to what it wrote.
            published = Published(temporary.stat().st_size, sha256_of(stream))
        os.replace(temporary, path)
    finally:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)
    _sync_folder(path.parent)
    return published


def fill_folder(folder: Path, fill: Callable[[Path], None]) -> None:
    """Have `fill` fill a folder that then becomes `folder`, absent or empty so far, and its owner's alone.

    On any error nothing is left.
    """
    half = folder.with_name(f".{folder.name}.{uuid4().hex}{_TEMPORARY}")
    try:
        make_own_folder(half)
        fill(half)
        if folder.exists():
            folder.rmdir()
        os.replace(half, folder)
        _sync_folder(folder.parent)
    finally:
        shutil.rmtree(half, ignore_errors=True)


@contextmanager
def temporary_folder(beside: Path | None = None) -> Iterator[Path]:
    """A folder for its owner alone, gone after the block: in another one, or where the system has such."""
    with tempfile.TemporaryDirectory(dir=beside, prefix=".", suffix=_TEMPORARY) as folder:
        yield Path(folder)


def free_room(folder: Path) -> int:
    """The bytes that are free where a folder is, or would be made."""
    there = next(path for path in (folder, *folder.parents) if path.exists())
    return shutil.disk_usage(there).free


def pieces_of(stream: BinaryIO) -> Iterator[bytes]:
    """What is left in a stream, piece by piece."""
    while piece := stream.read(_PIECE):
        yield piece


def sha256_of(stream: BinaryIO) -> str:
    """The SHA-256 of what is left in a stream, in hexadecimal."""
    digest = hashlib.sha256()
    for piece in pieces_of(stream):
        digest.update(piece)
    return digest.hexdigest()


def find_trouble(error: BaseException) -> str | None:
    """What to say where the system refused a file for want of room or of rights; None for other errors."""
    return _TROUBLES.get(error.errno or 0) if isinstance(error, OSError) else None


@contextmanager
def _told() -> Iterator[None]:
    """Errors that a person can do something about, as refusals."""
    try:
        yield
    except OSError as error:
        sentence = find_trouble(error)
        if sentence is None:
            raise
        raise OutOfOrder(sentence) from error


def make_folder(folder: Path) -> None:
    """Make a folder and those above it; an existing one is fine."""
    folder.mkdir(parents=True, exist_ok=True)


def make_own_folder(folder: Path) -> None:
    """Make a folder for its owner alone, and those above it as usual; an existing one is fine and stays as it is."""
    # Windows would shut out the other accounts that run the program there, such as that of a service.
    folder.mkdir(0o777 if os.name == "nt" else _OWN_FOLDER, parents=True, exist_ok=True)


def set_aside(path: Path, companions: tuple[str, ...]) -> Path:
    """Rename a file, and what lies beside it with these endings, so that nothing of it is lost; its new name."""
    mark = f".damaged-{uuid4().hex[:8]}"
    for ending in ("", *companions):
        with suppress(FileNotFoundError):
            os.replace(f"{path}{ending}", f"{path}{mark}{ending}")
    return path.with_name(path.name + mark)


def make_private(path: Path, companions: tuple[str, ...] = ()) -> None:
    """Have a file that its owner alone may read and write, made empty where it is absent; OSError where it cannot be.

    What lies beside it with these endings is put right too. Windows keeps rights elsewhere, in those of the folder.
    """
    if not path.exists():
        # Another process may make it in this moment.
        with suppress(FileExistsError):
            os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, OWN))
    for ending in ("", *companions):
        _make_narrow(Path(f"{path}{ending}"), OWN)


def make_private_folder(folder: Path) -> None:
    """Have a folder that its owner alone may look into, whatever it was before; OSError where it cannot be made."""
    make_own_folder(folder)
    _make_narrow(folder, _OWN_FOLDER)


def _make_narrow(path: Path, mode: int) -> None:
    try:
        if os.name != "nt" and stat.S_IMODE(path.stat().st_mode) & ~mode:
            path.chmod(mode)
    except FileNotFoundError:
        pass
    except OSError as problem:
        # Of another owner, or on a disk that has one mode for all: it serves, and whoever hosts is told.
        _log.warning("%s may be read by others, and that could not be changed (%s)", path, problem.strerror)


def read_first(path: Path, most: int) -> bytes:
    """What a plain file begins with, `most` bytes of it; OSError where it is none or cannot be read."""
    if not path.is_file():
        # A pipe could keep whoever opens it waiting for ever.
        raise FileNotFoundError(errno.ENOENT, "there is no plain file of that name")
    with path.open("rb") as stream:
        return stream.read(most)


def find_bytes(path: Path) -> bytes | None:
    """The bytes of a file that came with the program, or None where it is absent."""
    return path.read_bytes() if path.is_file() else None


def _changed(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except FileNotFoundError:
        # Published or cleaned up in this moment: not stale.
        return float("inf")


def _size(path: Path) -> int:
    try:
        return path.stat().st_size if path.is_file() else 0
    except FileNotFoundError:
        return 0


def _is_temporary(path: Path) -> bool:
    return path.name.endswith(_TEMPORARY)


def _sync_folder(folder: Path) -> None:
    """Put the new name on disk too, where the system can do that (Windows does not open folders)."""
    if os.name == "nt":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)

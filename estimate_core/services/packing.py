"""Which files the rows of an organisation stand for, and how they get into an archive."""

from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from estimate_core.desk import Desk
from estimate_core.domain.errors import BadInput, NotFound
from estimate_core.services.content import ORIGINAL
from estimate_core.storage import outputs, uploads
from estimate_core.storage.archive import NewArchive
from estimate_core.storage.database import Database, time_text
from estimate_core.storage.files import OWN, Shelf, content_folder, content_id, output_id, pieces_of, write_whole
from estimate_core.storage.manifest import Entry, Kind, Manifest

FILES = "files/"
"""What the names of files begin with in an archive; their ids follow."""
_MB = 1_000_000
_EXISTS = "{path} is there already. Give another name, or say --force to have it replaced."
_NO_FOLDER = "There is no folder {folder}. Make it, or give another name."
_IS_FOLDER = "{path} is a folder. Give the name of a file in it."
_NO_FILE = "{path} is no plain file, so it is not replaced. Give another name."
_NOT_WRITTEN = (
    "The archive {path} was not made: {reason}. Nothing is left of it. See to the folder and the room on its disk, "
    "then try again."
)


@dataclass(frozen=True)
class Held:
    """A file that a row stands for, where it lies, and the SHA-256 that it must have; `` where no row knows that."""

    file_id: str
    shelf: Shelf
    sha256: str = ""


@dataclass
class Packed:
    """Ids of the files that were gone when they were to be packed, and of those that are not what was made."""

    missing: list[str] = field(default_factory=list)
    damaged: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Made:
    """An archive that was made: where it is, its size in bytes and its SHA-256, and what is in it."""

    path: Path
    size: int
    sha256: str
    manifest: Manifest


Fill = Callable[[NewArchive], Manifest]
"""Puts entries into an archive and gives what it then says of itself."""


def held_files(desk: Desk, db: Database, organisation: str) -> Iterator[Held]:
    """The files of an organisation: what jobs made and was not deleted, and all that is kept of its schedules."""
    for kept in outputs.list_all_kept(db, organisation):
        yield Held(output_id(organisation, kept.output.id), desk.outputs, kept.sha256)
    for content_hash, is_schedule in uploads.list_contents(db, organisation).items():
        yield from _held_contents(desk, organisation, content_hash, is_schedule)


def _held_contents(desk: Desk, organisation: str, content_hash: str, is_schedule: bool) -> Iterator[Held]:
    original = content_id(organisation, content_hash, ORIGINAL)
    found = {found.file_id for found in desk.files.list_below(content_folder(organisation, content_hash))}
    # Of an upload that was let go nothing is kept; a schedule without its workbook lost something.
    if is_schedule or original in found:
        yield Held(original, desk.files, content_hash)
    for file_id in sorted(found - {original}):
        yield Held(file_id, desk.files)


def pack_files(archive: NewArchive, held: list[Held]) -> Packed:
    """Put files into an archive, and tell which were gone or are not what they must be."""
    packed = Packed()
    for each in held:
        try:
            stream = each.shelf.open(each.file_id)
        except NotFound:
            packed.missing.append(each.file_id)
            continue
        with stream:
            entry = archive.add(f"{FILES}{each.file_id}", pieces_of(stream))
        if each.sha256 not in ("", entry.sha256):
            packed.damaged.append(each.file_id)
    return packed


def manifest_of(
    kind: Kind,
    now: datetime,
    migrations: tuple[str, ...],
    counts: dict[str, int],
    packed: Packed,
    entries: dict[str, Entry],
) -> Manifest:
    """What an archive says of itself."""
    return Manifest(kind, time_text(now), migrations, counts, tuple(packed.missing), tuple(packed.damaged), entries)


def describe(manifest: Manifest) -> list[str]:
    """What people are told of an archive, line by line."""
    files = sum(name.startswith(FILES) for name in manifest.entries)
    rows = sum(manifest.counts.values())
    size = manifest.size / _MB
    told = [f"Made {manifest.created}: {rows:,} rows and {files:,} files, {size:,.1f} MB when unpacked."]
    told += [f"{file_id} was missing when this was made." for file_id in manifest.missing]
    return told + [f"{file_id} was damaged when this was made, and is in it as it was." for file_id in manifest.damaged]


def write_archive(path: Path, fill: Fill, force: bool) -> Made:
    """Make an archive of what `fill` puts into it, readable by its owner alone; BadInput where that cannot be.

    It is at `path` once it is whole, or not at all. What is there already is replaced only by force.
    """
    _refuse_path(path, force)
    written: list[Manifest] = []

    def write(stream: BinaryIO) -> None:
        with closing(NewArchive(stream)) as archive:
            written.append(fill(archive))
            archive.finish(written[0])

    try:
        published = write_whole(path, write, OWN)
    except OSError as problem:
        raise BadInput(_NOT_WRITTEN.format(path=path, reason=problem.strerror or problem)) from problem
    return Made(path, published.size, published.sha256, written[0])


def _refuse_path(path: Path, force: bool) -> None:
    if not path.parent.is_dir():
        # Not made: it may be where a disk for backups was to be.
        raise BadInput(_NO_FOLDER.format(folder=path.parent))
    if path.is_dir():
        raise BadInput(_IS_FOLDER.format(path=path))
    if path.exists() and not path.is_file():
        # A device that was replaced by an archive would be gone for every program.
        raise BadInput(_NO_FILE.format(path=path))
    if path.exists() and not force:
        raise BadInput(_EXISTS.format(path=path))

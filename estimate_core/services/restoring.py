"""Bringing a backup back: looked at as a whole first, and then there as a whole or not at all.

Nothing in an archive is believed: names, sizes and bytes are held against its manifest, and the database's rows against
the files. What is restored is a home like any other; its jobs that were active are rung again by the next worker.
"""

from collections.abc import Callable, Iterator
from datetime import datetime
from functools import partial
from os.path import ismount
from pathlib import Path

from estimate_core.desk import Desk, open_desk
from estimate_core.domain.errors import BadInput
from estimate_core.domain.job import MEDIA_TYPES
from estimate_core.services.backup import DATABASE
from estimate_core.services.content import ORIGINAL
from estimate_core.services.packing import FILES
from estimate_core.services.troubles import troubles_told
from estimate_core.settings import Settings
from estimate_core.storage import outputs, retention, snapshot, uploads
from estimate_core.storage.archive import Archive, Nowhere, opened_archive
from estimate_core.storage.database import Database, connected, prepare_database
from estimate_core.storage.files import (
    OWN,
    Label,
    content_id,
    fill_folder,
    free_room,
    output_id,
    temporary_folder,
    write_whole,
)
from estimate_core.storage.manifest import Kind, Manifest

_NO_BACKUP = "{path} is no backup but what one organisation has, so it cannot be restored. Choose a backup."
_NO_DATABASE = "The archive {path} has no database in it. Take another one."
_NOT_EMPTY = (
    "The folder {home} is not empty, so nothing is restored into it. Stop Estimate Desk, move what is there away, then "
    "try again; or name another folder with --home."
)
_IS_MOUNTED = "The folder {home} is a disk of its own, so it cannot be replaced. Name a folder in it with --home."
_NO_ROOM = "The backup needs {needed:,} MB and {home} has room for {free:,} MB. Have room made there, then try again."
_NOT_RESTORED = "The backup was not restored to {home}: {reason}. Nothing is left of it. Mend that, then try again."
_NO_FILE = "The archive {path} is damaged: the file {file_id} of a row is not in it as it was made. Take another one."
_MB = 1_000_000


def check_archive(path: Path) -> Manifest:
    """What an archive says of itself, once each byte and, of a backup, the database were looked at; else BadInput."""
    with troubles_told(), opened_archive(path) as archive:
        for name in archive.manifest.entries:
            archive.copy(name, Nowhere())
        if archive.manifest.kind is Kind.BACKUP:
            with temporary_folder() as folder:
                _unpack_database(archive, folder)
        return archive.manifest


def restore_backup(settings: Settings, path: Path, now: Callable[[], datetime]) -> Manifest:
    """Bring a backup back into `settings.home`, which is absent or empty; BadInput says why not, and nothing changed.

    Where the settings name a store, what jobs made goes there.
    """
    home = settings.home.resolve()
    with troubles_told(), opened_archive(path) as archive:
        _refuse_home(home, archive.manifest.size)
        try:
            fill_folder(home, partial(_fill, archive, settings, now))
        except OSError as problem:
            raise BadInput(_NOT_RESTORED.format(home=home, reason=problem.strerror or problem)) from problem
        return archive.manifest


def _refuse_home(home: Path, needed: int) -> None:
    if home.exists() and (not home.is_dir() or any(home.iterdir())):
        raise BadInput(_NOT_EMPTY.format(home=home))
    if ismount(home):
        raise BadInput(_IS_MOUNTED.format(home=home))
    free = free_room(home)
    if needed > free:
        raise BadInput(_NO_ROOM.format(home=home, needed=needed // _MB + 1, free=free // _MB))


def _fill(archive: Archive, settings: Settings, now: Callable[[], datetime], folder: Path) -> None:
    _unpack_database(archive, folder)
    desk = open_desk(settings.model_copy(update={"home": folder}), _no_bell, now)
    labels = dict(_labels(desk))
    for name in archive.manifest.entries:
        if name.startswith(FILES):
            file_id = name.removeprefix(FILES)
            shelf = desk.outputs if file_id in labels else desk.files
            shelf.publish(file_id, partial(archive.copy, name), labels.get(file_id))


def _unpack_database(archive: Archive, folder: Path) -> None:
    """Have the database of a backup in a folder, once it was found to be whole and to fit the files."""
    if archive.manifest.kind is not Kind.BACKUP:
        raise BadInput(_NO_BACKUP.format(path=archive.path))
    if DATABASE not in archive.manifest.entries:
        raise BadInput(_NO_DATABASE.format(path=archive.path))
    snapshot.refuse_newer(archive.manifest.migrations)
    database = folder / DATABASE
    write_whole(database, partial(archive.copy, DATABASE), OWN)
    snapshot.check_copy(database)
    prepare_database(database)
    with connected(database) as db:
        for organisation in retention.list_organisations(db):
            _check_files(archive, db, organisation)


def _check_files(archive: Archive, db: Database, organisation: str) -> None:
    """Raise BadInput where a file of a row is not in the archive as it must be, and that was not told when it was made.

    Without this an archive could be whole by its own manifest and still not be what its rows say.
    """
    manifest = archive.manifest
    for file_id, sha256 in _wanted(db, organisation):
        entry = manifest.entries.get(f"{FILES}{file_id}")
        is_told = file_id in (manifest.missing if entry is None else manifest.damaged)
        if not is_told and (entry is None or entry.sha256 != sha256):
            raise BadInput(_NO_FILE.format(path=archive.path, file_id=file_id))


def _wanted(db: Database, organisation: str) -> Iterator[tuple[str, str]]:
    """Ids and SHA-256 of the files that an organisation's rows cannot do without."""
    for kept in outputs.list_all_kept(db, organisation):
        yield output_id(organisation, kept.output.id), kept.sha256
    for content_hash, is_schedule in uploads.list_contents(db, organisation).items():
        if is_schedule:
            yield content_id(organisation, content_hash, ORIGINAL), content_hash


def _labels(desk: Desk) -> Iterator[tuple[str, Label]]:
    """What jobs made, by file id, with what browsers are told of it."""
    with desk.open_db() as db:
        for organisation in retention.list_organisations(db):
            for kept in outputs.list_all_kept(db, organisation):
                label = Label(kept.output.filename, MEDIA_TYPES[kept.output.file_type])
                yield output_id(organisation, kept.output.id), label


def _no_bell(job_id: str) -> None:
    """Nobody listens yet: the next worker rings for what waits."""

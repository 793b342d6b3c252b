"""Backups: one archive of the database and of every file that its rows stand for, made while everything runs.

The database is copied first and the files follow. A file is published before its row is written, so that every row of
the copy has its file, unless it is deleted between the two: that is told.
"""

from functools import partial
from pathlib import Path

from estimate_core.desk import Desk
from estimate_core.services.packing import Held, Made, held_files, manifest_of, pack_files, write_archive
from estimate_core.services.troubles import troubles_told
from estimate_core.storage import retention, snapshot
from estimate_core.storage.archive import NewArchive
from estimate_core.storage.database import connected
from estimate_core.storage.files import Files, pieces_of, temporary_folder
from estimate_core.storage.manifest import Kind, Manifest

DATABASE = "app.db"
"""The entry of the database."""


def back_up(desk: Desk, path: Path, force: bool = False) -> Made:
    """Make a backup at `path`; BadInput or OutOfOrder say what to do where that cannot be, and nothing is left."""
    with troubles_told():
        return write_archive(path, partial(_fill, desk, path.parent), force)


def _fill(desk: Desk, beside: Path, archive: NewArchive) -> Manifest:
    with temporary_folder(beside) as folder:
        copy = folder / DATABASE
        with desk.open_db() as db:
            snapshot.copy_database(db, copy)
        snapshot.check_copy(copy)
        with connected(copy) as db:
            seen, counts = snapshot.list_migrations(db), snapshot.count_rows(db)
            held: list[Held] = [
                each for organisation in retention.list_organisations(db) for each in held_files(desk, db, organisation)
            ]
        with Files(folder).open(DATABASE) as stream:
            archive.add(DATABASE, pieces_of(stream), packed=True)
    packed = pack_files(archive, held)
    return manifest_of(Kind.BACKUP, desk.now(), seen, counts, packed, archive.entries)

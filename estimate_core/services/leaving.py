"""When an organisation leaves: what it has goes into an archive of its own, and then out of the desk.

What is an organisation's is told by the schema of the database and by the ids of files. Another's is never touched.
"""

from dataclasses import dataclass
from functools import partial
from pathlib import Path

from estimate_core.desk import Desk
from estimate_core.domain.audit import Deed
from estimate_core.domain.audit import Kind as Thing
from estimate_core.domain.errors import NotNow, OutOfOrder
from estimate_core.domain.people import Organisation
from estimate_core.services.accounts import known_by_id
from estimate_core.services.auditing import record_hosts
from estimate_core.services.packing import Made, held_files, manifest_of, pack_files, write_archive
from estimate_core.services.troubles import troubles_told
from estimate_core.storage import accounts, belongings, outputs, retention, snapshot
from estimate_core.storage.archive import NewArchive
from estimate_core.storage.database import Database, compact, reading, writing
from estimate_core.storage.files import output_id
from estimate_core.storage.manifest import Kind, Manifest

TABLES = "tables/"
"""What the names of rows begin with in an archive; the table follows."""
_BUSY = (
    "Jobs of \u201c{name}\u201d ({id}) wait or run, so nothing more is deleted. Wait for their end or cancel them, "
    "then try again."
)
_OPEN = (
    "{number} files of \u201c{name}\u201d ({id}) would not go, so its rows stay too. Close what has them open, then "
    "try again."
)


@dataclass(frozen=True)
class Left:
    """What was deleted: rows of all tables, files, and whether the database was compacted after."""

    rows: int
    files: int
    compacted: bool


def export_organisation(desk: Desk, organisation: str, path: Path, force: bool = False) -> Made:
    """Make an archive of all that the organisation of an id has, without secrets; BadInput for an unknown one."""
    with troubles_told():
        made = write_archive(path, partial(_fill, desk, organisation), force)
        with desk.open_db() as db, writing(db):
            record_hosts(db, organisation, desk.now(), Deed.EXPORTED, Thing.ORGANISATION, organisation, made.path.name)
        return made


def delete_organisation(desk: Desk, organisation: str) -> Left:
    """Delete all that the organisation of an id has, files first, and who belongs to no other; nothing brings it back.

    BadInput for an unknown one, NotNow while its jobs are active, OutOfOrder where files would not go. Asking again
    goes on where that was refused.
    """
    with troubles_told(), desk.open_db() as db:
        with writing(db):
            known = _refuse(db, organisation)
        gone = _delete_outputs(desk, db, organisation, set())
        number = len(gone) + _delete_local(desk, known)
        with writing(db):
            # A person may have had something made since.
            _refuse(db, organisation)
            later = _delete_outputs(desk, db, organisation, gone)
            number += len(later) + _delete_local(desk, known)
            accounts.set_leaving(db, organisation, desk.now())
            deleted = belongings.delete_rows(db, organisation)
            deleted += accounts.delete_homeless(db)
        compacted = not retention.is_any_running(db) and compact(db)
    return Left(deleted, number, compacted)


def _fill(desk: Desk, organisation: str, archive: NewArchive) -> Manifest:
    counts: dict[str, int] = {}
    with desk.open_db() as db, reading(db):
        known_by_id(db, organisation)
        for each in belongings.list_belongings(db):
            counts[each.table] = belongings.count_belonging(db, each, organisation)
            rows = belongings.write_rows(db, each, organisation)
            archive.add(f"{TABLES}{each.table}.jsonl", rows, packed=True)
        seen, held = snapshot.list_migrations(db), list(held_files(desk, db, organisation))
    packed = pack_files(archive, held)
    return manifest_of(Kind.EXPORT, desk.now(), seen, counts, packed, archive.entries)


def _refuse(db: Database, organisation: str) -> Organisation:
    """The organisation of that id; refuses an unknown one, and one whose jobs are active."""
    known = known_by_id(db, organisation)
    if retention.has_unfinished(db, organisation):
        raise NotNow(_BUSY.format(name=known.name, id=known.id))
    return known


def _delete_outputs(desk: Desk, db: Database, organisation: str, besides: set[str]) -> set[str]:
    """Delete what the organisation's jobs made, wherever it lies; gives the ids of these files."""
    gone = {output_id(organisation, kept.output.id) for kept in outputs.list_all_kept(db, organisation)} - besides
    for file_id in sorted(gone):
        desk.outputs.delete(file_id)
    return gone


def _delete_local(desk: Desk, organisation: Organisation) -> int:
    """Delete all that is left of the organisation in the folder of files; gives how many files these were."""
    number = len(desk.files.list_below(organisation.id))
    stay = desk.files.delete_below(organisation.id)
    if stay:
        raise OutOfOrder(_OPEN.format(number=stay, name=organisation.name, id=organisation.id))
    return number

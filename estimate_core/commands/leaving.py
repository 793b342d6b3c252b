"""`export-organisation` and `delete-organisation`: what one organisation has, for whoever hosts Estimate Desk."""

import argparse

from estimate_core.domain.errors import BadInput
from estimate_core.domain.people import Organisation
from estimate_core.services.accounts import get_organisation
from estimate_core.services.leaving import delete_organisation, export_organisation
from estimate_core.services.packing import describe
from estimate_core.services.troubles import troubles_told
from estimate_core.wiring import build_existing_desk

_NOT_TYPED = "The id of {whose} was not typed, so nothing was deleted."


def export(chosen: argparse.Namespace) -> int:
    """Make an archive of what one organisation has; 1 where files of it are missing or damaged."""
    with troubles_told():
        desk = build_existing_desk()
        organisation = get_organisation(desk, chosen.organisation)
    made = export_organisation(desk, organisation.id, chosen.file, chosen.force)
    print(f"{made.path}: {made.size:,} bytes, SHA-256 {made.sha256}")
    print(f"It holds what {_told(organisation)} has.")
    print("\n".join(describe(made.manifest)))
    return 0 if made.manifest.is_whole else 1


def delete(chosen: argparse.Namespace) -> int:
    """Delete what one organisation has, once its id was typed again; BadInput where it was not."""
    with troubles_told():
        desk = build_existing_desk()
        organisation = get_organisation(desk, chosen.organisation)
    if not chosen.yes:
        _ask(organisation)
    left = delete_organisation(desk, organisation.id)
    print(f"{left.rows:,} rows and {left.files:,} files of {_told(organisation)} were deleted.")
    if not left.compacted:
        print("The database is in use, so it was not compacted: what was deleted may still be read out of its file.")
        print("Run `python -m estimate_core clean` when no job runs.")
    return 0


def _told(organisation: Organisation) -> str:
    return f"\u201c{organisation.name}\u201d ({organisation.id})"


def _ask(organisation: Organisation) -> None:
    print(f"All that {_told(organisation)} has is deleted, and only a backup brings it back.")
    try:
        typed = input("Type its id to go on: ")
    except EOFError:
        typed = ""
    if typed.strip() != organisation.id:
        raise BadInput(_NOT_TYPED.format(whose=_told(organisation)))

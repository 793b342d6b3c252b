"""`backup`, `verify` and `restore`: all of a desk in one archive and back, for whoever hosts Estimate Desk."""

import argparse

from estimate_core.services.backup import back_up
from estimate_core.services.packing import describe
from estimate_core.services.restoring import check_archive, restore_backup
from estimate_core.wiring import build_existing_desk, read_settings, utc_now


def backup(chosen: argparse.Namespace) -> int:
    """Make a backup of the home of this environment; 1 where files of it are missing or damaged."""
    made = back_up(build_existing_desk(), chosen.file, chosen.force)
    print(f"{made.path}: {made.size:,} bytes, SHA-256 {made.sha256}")
    print("\n".join(describe(made.manifest)))
    return 0 if made.manifest.is_whole else 1


def verify(chosen: argparse.Namespace) -> int:
    """Look at each byte of an archive; 1 where files were missing or damaged when it was made."""
    manifest = check_archive(chosen.file)
    print(f"{chosen.file} is as it was made.")
    print("\n".join(describe(manifest)))
    return 0 if manifest.is_whole else 1


def restore(chosen: argparse.Namespace) -> int:
    """Bring a backup back into the home of this environment, or into another folder; 1 as of `verify`."""
    settings = read_settings()
    settings = settings.model_copy(update={"home": chosen.home or settings.home})
    manifest = restore_backup(settings, chosen.file, utc_now)
    print(f"{chosen.file} was restored to {settings.home}.")
    print("\n".join(describe(manifest)))
    return 0 if manifest.is_whole else 1

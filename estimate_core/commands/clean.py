"""`clean` deletes what was kept long enough and what nothing needs, for whoever hosts Estimate Desk."""

import argparse
from collections import Counter

from estimate_core.services.cleaning import Waste, clean_all, plan_all
from estimate_core.wiring import build_desk

_MB = 1_000_000


def clean(chosen: argparse.Namespace) -> int:
    """Clean the home of this environment, or tell with `--dry-run` what would go; 1 where files would not go."""
    desk = build_desk()
    if chosen.dry_run:
        wastes = plan_all(desk, chosen.organisation)
        for waste in wastes:
            print(f"{waste.organisation}  {waste.file_id}  {waste.size} bytes  {waste.reason}")
        print(_told("would go", wastes))
        return 0
    done = clean_all(desk, chosen.organisation)
    print(_told("went", done.gone))
    for waste in done.kept:
        print(f"{waste.file_id} could not be deleted, or is needed again; the next cleaning tries it anew.")
    print("The database was compacted." if done.compacted else "The database is in use, so it was not compacted.")
    return 1 if done.kept else 0


def _told(verb: str, wastes: list[Waste] | tuple[Waste, ...]) -> str:
    counts = Counter(waste.reason for waste in wastes)
    reasons = ", ".join(f"{number} {reason}" for reason, number in counts.items())
    size = sum(waste.size for waste in wastes) / _MB
    files = "1 file" if len(wastes) == 1 else f"{len(wastes)} files"
    return f"{files} of {size:.1f} MB {verb}" + (f": {reasons}." if reasons else ".")

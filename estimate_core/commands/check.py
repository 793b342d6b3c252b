"""`check` tells what was noticed about a schedule and how to mend it; its exit status says whether it can be used."""

import argparse
import json
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from estimate_core.commands.files import read_book
from estimate_core.domain.errors import BadInput, NotASchedule
from estimate_core.domain.finding import Finding, Severity
from estimate_core.domain.schedule import Schedule
from estimate_core.domain.text import one_line

USABLE, SOME_ITEMS, NOT_USABLE = 0, 1, 2
"""Exit status: every item can be used, some cannot, or the schedule cannot."""

_SEVERITIES: tuple[Severity, ...] = ("error", "warning", "note")


@dataclass(frozen=True)
class Verdict:
    """What is to be said of a schedule; `problem` is the sentence that says why it cannot be used, else empty."""

    items: int
    usable_items: int
    findings: tuple[Finding, ...]
    problem: str

    def count(self, severity: Severity) -> int:
        """How many findings are of that severity."""
        return sum(finding.severity == severity for finding in self.findings)

    @property
    def status(self) -> int:
        """The exit status."""
        if self.problem:
            return NOT_USABLE
        return SOME_ITEMS if self.count("error") or self.usable_items < self.items else USABLE


def check(chosen: argparse.Namespace) -> int:
    """Print the findings of a schedule; gives 0 usable, 1 some items cannot be used, 2 not usable."""
    verdict = _judge(chosen.schedule)
    if chosen.json:
        print(json.dumps(_as_json(chosen.schedule, verdict), ensure_ascii=False, indent=2))
        return verdict.status
    for line in _told(verdict):
        print(line)
    sys.stdout.flush()
    if verdict.problem:
        print(verdict.problem, file=sys.stderr)
    return verdict.status


def _judge(path: Path) -> Verdict:
    try:
        schedule = read_book(path).schedule
    except NotASchedule as refusal:
        return Verdict(0, 0, refusal.findings, str(refusal))
    except BadInput as refusal:
        return Verdict(0, 0, (), str(refusal))
    usable = sum(item.rate is not None for item in schedule.items)
    return Verdict(len(schedule.items), usable, schedule.findings, "" if usable else _no_item(path, schedule))


def _no_item(path: Path, schedule: Schedule) -> str:
    none = "none of its items has a rate" if schedule.items else "it has no items"
    return f"{path}: The schedule cannot be used: {none}. Mend the errors in Excel and check it again."


def _told(verdict: Verdict) -> Iterator[str]:
    """Two lines a finding, and at the end what it comes to; what the sentence of a refusal says is not said twice."""
    findings = [finding for finding in verdict.findings if finding.sentence not in verdict.problem]
    for finding in findings:
        place = " ".join(part for part in (finding.sheet, _cell(finding)) if part)
        yield one_line(
            f"{finding.severity}: {place}: {finding.sentence}" if place else f"{finding.severity}: {finding.sentence}"
        )
        yield f"    {one_line(finding.mend)}"
    if verdict.items or findings:
        counted = ", ".join(_counted(verdict.count(severity), severity) for severity in _SEVERITIES)
        yield f"{verdict.usable_items:,} of {_counted(verdict.items, 'item')} can be used; {counted}."


def _cell(finding: Finding) -> str:
    return finding.cell or ("" if finding.row is None else f"row {finding.row}")


def _counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def _as_json(path: Path, verdict: Verdict) -> dict[str, object]:
    return {
        "file": str(path),
        "usable": verdict.status != NOT_USABLE,
        "items": verdict.items,
        "usable_items": verdict.usable_items,
        **{f"{severity}s": verdict.count(severity) for severity in _SEVERITIES},
        "problem": verdict.problem or None,
        "findings": [asdict(finding) for finding in verdict.findings],
    }

"""What an organisation says of itself on paper, a row each."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from estimate_core.domain.office import Office
from estimate_core.storage.database import Database, find_row, time_text


def get_office(db: Database, organisation: str) -> Office:
    """The organisation's office, or one with the usual signatures where nothing was said yet."""
    row = find_row(db, "SELECT department, signatures FROM offices WHERE organisation = ?", (organisation,))
    return Office() if row is None else Office(row["department"], tuple(json.loads(row["signatures"])))


def put_office(db: Database, organisation: str, office: Office, at: datetime, by: str) -> None:
    """Keep the office in the place of the earlier one; `by` is a user id."""
    signatures = json.dumps(office.signatures, ensure_ascii=False)
    db.execute(
        """INSERT INTO offices (organisation, department, signatures, changed, changed_by) VALUES (?, ?, ?, ?, ?)
        ON CONFLICT (organisation) DO UPDATE SET department = excluded.department,
            signatures = excluded.signatures, changed = excluded.changed, changed_by = excluded.changed_by""",
        (organisation, office.department, signatures, time_text(at), by),
    )


def office_to_json(office: Office) -> dict[str, Any]:
    """The office in JSON's types."""
    return {"department": office.department, "signatures": list(office.signatures)}


def office_from_json(state: Mapping[str, Any]) -> Office:
    """The office that `office_to_json` spelled; missing keys take their defaults."""
    usual = Office()
    return Office(state.get("department", usual.department), tuple(state.get("signatures", usual.signatures)))

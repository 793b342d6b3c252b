"""What the printed estimate says besides its figures: the office, the cover, and whether lines are grouped."""

from collections.abc import Iterable
from dataclasses import replace

from estimate_core.desk import Desk
from estimate_core.domain.audit import Deed, Kind
from estimate_core.domain.office import Office, clean_cover, clean_office
from estimate_core.domain.people import Action, User
from estimate_core.services.auditing import record
from estimate_core.services.doors import allowed
from estimate_core.services.editing import OpenEstimate, edit
from estimate_core.storage import office
from estimate_core.storage.database import writing


@allowed(Action.READ)
def get_office(desk: Desk, user: User) -> Office:
    """What the person's organisation says of itself, with the usual signatures where nothing was said yet."""
    with desk.open_db() as db:
        return office.get_office(db, user.organisation)


@allowed(Action.MANAGE)
def save_office(desk: Desk, user: User, department: str, signatures: Iterable[str]) -> Office:
    """Another department and signature blocks, for all of the organisation's estimates; BadInput if they don't fit."""
    cleaned = clean_office(department, signatures)
    now = desk.now()
    with desk.open_db() as db, writing(db):
        office.put_office(db, user.organisation, cleaned, now, user.id)
        record(db, user, now, Deed.CHANGED, Kind.OFFICE, user.organisation, cleaned.department)
    return cleaned


@allowed(Action.WRITE)
def set_cover(
    desk: Desk,
    user: User,
    estimate_id: str,
    shown: bool | None = None,
    head_of_account: str | None = None,
    work_id: str | None = None,
    place: str | None = None,
) -> OpenEstimate:
    """Another cover of the estimate; None leaves a field as it is. BadInput for fields that are too long."""
    typed = {"shown": shown, "head_of_account": head_of_account, "work_id": work_id, "place": place}
    told = {name: value for name, value in typed.items() if value is not None}
    return edit(
        desk,
        user,
        estimate_id,
        lambda estimate, _: replace(estimate, cover=clean_cover(**vars(estimate.cover) | told)),
    )


@allowed(Action.WRITE)
def set_grouped(desk: Desk, user: User, estimate_id: str, grouped: bool) -> OpenEstimate:
    """The estimate printed by groups with subtotals, or line by line."""
    return edit(desk, user, estimate_id, lambda estimate, _: replace(estimate, grouped=bool(grouped)))

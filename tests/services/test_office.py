"""What the printed estimate says besides its figures."""

from collections.abc import Callable

import pytest

from estimate_core.desk import Desk
from estimate_core.domain.errors import BadInput, NotFound
from estimate_core.domain.office import Cover, Office
from estimate_core.domain.people import User
from estimate_core.services import estimates, office
from estimate_core.services.estimates import OpenEstimate
from tests.conftest import CABLE, FAN, ROW_OF


def test_an_office_that_said_nothing_has_the_usual_signatures(desk: Desk, user: User) -> None:
    assert office.get_office(desk, user) == Office()


def test_an_office_holds_for_all_of_its_organisation_alone(
    desk: Desk, user: User, colleague: User, stranger: User
) -> None:
    office.save_office(desk, user, "Roads", ["A"])

    saved = office.save_office(desk, user, "Roads and Buildings", ["Checked by\nA.E.E.", ""])

    assert saved == Office("Roads and Buildings", ("Checked by\nA.E.E.",))
    assert office.get_office(desk, colleague) == saved
    assert office.get_office(desk, stranger) == Office()


def test_an_office_that_does_not_fit_leaves_the_earlier_one(desk: Desk, user: User) -> None:
    saved = office.save_office(desk, user, "Roads", [])

    with pytest.raises(BadInput, match="7 signature blocks"):
        office.save_office(desk, user, "Bridges", ["by"] * 7)

    assert office.get_office(desk, user) == saved


def test_a_cover_is_changed_field_by_field_and_undone(desk: Desk, user: User, opened: OpenEstimate) -> None:
    office.set_cover(desk, user, opened.id, head_of_account=" 2059 ")

    after = office.set_cover(desk, user, opened.id, shown=False, place="Medak")

    assert after.estimate.cover == Cover(False, "2059", "", "Medak")
    assert estimates.undo(desk, user, opened.id).estimate.cover == Cover(True, "2059")


def test_a_cover_that_does_not_fit_is_refused(desk: Desk, user: User, opened: OpenEstimate) -> None:
    with pytest.raises(BadInput, match="work id has 301 characters"):
        office.set_cover(desk, user, opened.id, work_id="x" * 301)

    assert estimates.open_estimate(desk, user, opened.id) == opened


def test_a_grouped_estimate_moves_lines_within_their_group(
    desk: Desk, user: User, opened: OpenEstimate, line: str
) -> None:
    for block in (FAN, CABLE, FAN):
        _, last = estimates.add_item(desk, user, opened.id, ROW_OF[block.name])
    office.set_grouped(desk, user, opened.id, True)

    after = estimates.move_line(desk, user, opened.id, last, -1)

    rows = [line.row for line in after.estimate.lines]
    assert after.estimate.grouped
    assert after.estimate.lines[1].id == last
    assert rows[1:] == [ROW_OF[FAN.name], ROW_OF[CABLE.name], ROW_OF[FAN.name]]
    assert not office.set_grouped(desk, user, opened.id, False).estimate.grouped


Action = Callable[[Desk, User, str], object]
ACTIONS: dict[str, Action] = {
    "cover": lambda desk, user, id: office.set_cover(desk, user, id, place="Mine"),
    "grouped": lambda desk, user, id: office.set_grouped(desk, user, id, True),
}


@pytest.mark.parametrize("action", ACTIONS.values(), ids=ACTIONS)
def test_a_stranger_finds_no_estimate_to_print(
    desk: Desk, user: User, stranger: User, opened: OpenEstimate, action: Action
) -> None:
    with pytest.raises(NotFound):
        action(desk, stranger, opened.id)

    assert estimates.open_estimate(desk, user, opened.id) == opened

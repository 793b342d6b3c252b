"""An estimate to work on."""

import pytest

from estimate_core.desk import Desk
from estimate_core.domain.people import User
from estimate_core.services import estimates
from estimate_core.services.estimates import OpenEstimate
from estimate_core.services.schedules import ScheduleCard
from tests.conftest import LIGHT_POINT, ROW_OF


@pytest.fixture
def opened(desk: Desk, user: User, schedule: ScheduleCard) -> OpenEstimate:
    """An estimate without lines."""
    return estimates.create_estimate(desk, user, schedule.id, "Wiring of the clinic")


@pytest.fixture
def line(desk: Desk, user: User, opened: OpenEstimate) -> str:
    """The id of the one line of `opened`: a light point, quantity 2."""
    _, line_id = estimates.add_item(desk, user, opened.id, ROW_OF[LIGHT_POINT.name])
    estimates.set_quantity(desk, user, opened.id, line_id, "2")
    return line_id

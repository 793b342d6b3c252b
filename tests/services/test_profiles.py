"""Charge profiles by name: shipped ones, and those that an organisation keeps."""

from collections.abc import Callable
from decimal import Decimal

import pytest

from estimate_core.desk import Desk
from estimate_core.domain.charges import find_charge
from estimate_core.domain.errors import BadInput, DeskError, NotFound
from estimate_core.domain.people import User
from estimate_core.domain.profiles import SHIPPED, NamedProfile
from estimate_core.services import charging, estimates, profiles
from estimate_core.services.estimates import OpenEstimate


def now(desk: Desk, user: User, opened: OpenEstimate) -> OpenEstimate:
    return estimates.open_estimate(desk, user, opened.id)


def own(desk: Desk, user: User) -> list[NamedProfile]:
    return [profile for profile in profiles.list_profiles(desk, user) if not profile.shipped]


@pytest.fixture
def kept(desk: Desk, user: User, opened: OpenEstimate) -> NamedProfile:
    """The profile `Ours` of the person's organisation, with GST at 12 %."""
    charging.set_charge_cells(desk, user, opened.id, {("gst", "value"): "12"})
    profiles.save_profile(desk, user, opened.id, " Ours ")
    return own(desk, user)[0]


def gst_of(profile: NamedProfile) -> Decimal | None:
    row = find_charge(profile.rows, "gst")
    assert row
    return row.value


def test_the_shipped_profiles_are_always_there(desk: Desk, user: User, stranger: User) -> None:
    assert profiles.list_profiles(desk, user) == profiles.list_profiles(desk, stranger) == list(SHIPPED)


def test_a_saved_profile_is_listed_and_followed_by_its_estimate(
    desk: Desk, user: User, opened: OpenEstimate, kept: NamedProfile
) -> None:
    estimate = now(desk, user, opened).estimate

    assert (kept.name, gst_of(kept), kept.shipped) == ("Ours", Decimal(12), False)
    assert profiles.find_followed(estimate, profiles.list_profiles(desk, user)) == kept
    assert profiles.is_as_in(estimate, kept)
    assert not profiles.is_as_in(estimate, SHIPPED[0])


def test_an_applied_profile_can_be_undone(desk: Desk, user: User, opened: OpenEstimate, kept: NamedProfile) -> None:
    before = now(desk, user, opened)

    after = profiles.apply_profile(desk, user, opened.id, "contingency")

    assert [row.key for row in after.estimate.charges] == ["contingency", "unforeseen", "grand_total"]
    assert after.estimate.profile == "contingency"
    assert estimates.undo(desk, user, opened.id).estimate == before.estimate


def test_the_standard_profile_leads_back_to_where_an_estimate_began(
    desk: Desk, user: User, opened: OpenEstimate, kept: NamedProfile
) -> None:
    after = profiles.apply_profile(desk, user, opened.id, "standard")

    assert after.estimate == opened.estimate


def test_a_name_that_is_taken_is_overwritten_only_if_it_is_told_again(
    desk: Desk, user: User, opened: OpenEstimate, kept: NamedProfile
) -> None:
    charging.set_charge_cells(desk, user, opened.id, {("gst", "value"): "5"})

    with pytest.raises(BadInput, match="Type its name again"):
        profiles.save_profile(desk, user, opened.id, "ours")
    untouched = own(desk, user)
    profiles.save_profile(desk, user, opened.id, "ours", overwrite="OURS")

    assert untouched == [kept]
    assert [(profile.id, profile.name, gst_of(profile)) for profile in own(desk, user)] == [
        (kept.id, "ours", Decimal(5))
    ]


def test_a_profile_is_renamed_and_deleted_and_its_estimate_keeps_its_charges(
    desk: Desk, user: User, opened: OpenEstimate, kept: NamedProfile
) -> None:
    before = now(desk, user, opened)

    profiles.rename_profile(desk, user, kept.id, "Theirs")
    renamed = profiles.find_followed(before.estimate, own(desk, user))
    profiles.delete_profile(desk, user, kept.id)

    assert renamed and renamed.name == "Theirs"
    assert profiles.find_followed(before.estimate, own(desk, user)) is None
    assert own(desk, user) == []
    assert now(desk, user, opened) == before


def test_a_name_that_is_taken_is_no_new_name(desk: Desk, user: User, opened: OpenEstimate, kept: NamedProfile) -> None:
    profiles.save_profile(desk, user, opened.id, "Second")

    with pytest.raises(BadInput, match="already"):
        profiles.rename_profile(desk, user, kept.id, "SECOND")

    assert [profile.name for profile in own(desk, user)] == ["Ours", "Second"]


def test_a_shipped_profile_stays_as_it_is(desk: Desk, user: User, opened: OpenEstimate) -> None:
    for change in (
        lambda: profiles.save_profile(desk, user, opened.id, "Standard", overwrite="Standard"),
        lambda: profiles.rename_profile(desk, user, "standard", "Mine"),
        lambda: profiles.delete_profile(desk, user, "contingency"),
    ):
        with pytest.raises(BadInput, match="comes with the program"):
            change()

    assert profiles.list_profiles(desk, user) == list(SHIPPED)


def test_no_more_profiles_than_the_limit_are_kept(
    desk: Desk, user: User, opened: OpenEstimate, monkeypatch: pytest.MonkeyPatch, kept: NamedProfile
) -> None:
    monkeypatch.setattr(profiles, "MAX_PROFILES", 1)

    with pytest.raises(BadInput, match="Delete one"):
        profiles.save_profile(desk, user, opened.id, "Second")

    assert own(desk, user) == [kept]


Action = Callable[[Desk, User, str, str], object]
ACTIONS: dict[str, Action] = {
    "apply": lambda desk, user, estimate, profile: profiles.apply_profile(desk, user, estimate, profile),
    "rename": lambda desk, user, estimate, profile: profiles.rename_profile(desk, user, profile, "Mine"),
    "delete": lambda desk, user, estimate, profile: profiles.delete_profile(desk, user, profile),
    "save": lambda desk, user, estimate, profile: profiles.save_profile(desk, user, estimate, "Mine"),
}


@pytest.mark.parametrize("action", ACTIONS.values(), ids=ACTIONS)
def test_a_stranger_finds_no_profile(
    desk: Desk, user: User, stranger: User, opened: OpenEstimate, kept: NamedProfile, action: Action
) -> None:
    before = now(desk, user, opened)

    with pytest.raises(NotFound) as foreign:
        action(desk, stranger, opened.id, kept.id)
    with pytest.raises(NotFound) as absent:
        action(desk, stranger, "no-such-id", "no-such-id")

    assert str(foreign.value) == str(absent.value)
    assert own(desk, user) == [kept]
    assert own(desk, stranger) == []
    assert now(desk, user, opened) == before


def test_a_stored_profile_that_is_none_is_told(desk: Desk, user: User, kept: NamedProfile) -> None:
    with desk.open_db() as db:
        db.execute("UPDATE profiles SET rows = '[{}]'")

    with pytest.raises(DeskError):
        profiles.list_profiles(desk, user)

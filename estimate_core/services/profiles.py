"""Charge profiles by name: the shipped ones, and those that an organisation keeps for its estimates."""

from collections.abc import Iterable
from dataclasses import replace
from uuid import uuid4

from estimate_core.desk import Desk
from estimate_core.domain.audit import Deed, Kind
from estimate_core.domain.errors import BadInput, NotFound
from estimate_core.domain.estimate import Estimate
from estimate_core.domain.people import Action, User
from estimate_core.domain.profiles import (
    SHIPPED,
    NamedProfile,
    applied,
    clean_profile_name,
    to_keep,
)
from estimate_core.domain.schedule import Schedule
from estimate_core.domain.text import one_line
from estimate_core.services.auditing import record
from estimate_core.services.doors import allowed
from estimate_core.services.editing import OpenEstimate, edit
from estimate_core.storage import estimates, profiles
from estimate_core.storage.database import Database, writing
from estimate_core.storage.profiles import ProfileChange

MAX_PROFILES = 200
_MAX_TOLD = 20


@allowed(Action.READ)
def list_profiles(desk: Desk, user: User) -> list[NamedProfile]:
    """The shipped profiles, then the organisation's own by name."""
    with desk.open_db() as db:
        return [*SHIPPED, *profiles.list_profiles(db, user.organisation)]


@allowed(Action.READ)
def get_profile_called(desk: Desk, user: User, called: str) -> NamedProfile:
    """The shipped or own profile with that id, else with that name in any case; NotFound lists the names."""
    offered = list_profiles(desk, user)
    found = next((profile for profile in offered if profile.id == called), None) or _named(offered, one_line(called))
    if found is None:
        known = ", ".join(f"\u201c{profile.name}\u201d" for profile in offered[:_MAX_TOLD])
        raise NotFound(f"There is no charge profile \u201c{called[:80]}\u201d. Choose one of {known}.")
    return found


def is_as_in(estimate: Estimate, profile: NamedProfile) -> bool:
    """Whether an estimate's charges are those of the profile, but for what is typed for each work."""
    try:
        return applied(estimate.charges, profile.rows) == estimate.charges
    except BadInput:
        return False


@allowed(Action.WRITE)
def apply_profile(desk: Desk, user: User, estimate_id: str, profile_id: str) -> OpenEstimate:
    """The estimate with the charges of that profile; what was typed for this work stays where its rows do."""
    with desk.open_db() as db:
        profile = _get(db, user, profile_id)

    def changed(estimate: Estimate, _: Schedule) -> Estimate:
        return replace(estimate, charges=applied(estimate.charges, profile.rows), profile=kept_id(profile.id))

    return edit(desk, user, estimate_id, changed)


@allowed(Action.WRITE)
def save_profile(desk: Desk, user: User, estimate_id: str, name: str, overwrite: str = "") -> OpenEstimate:
    """Keep an estimate's charges as a profile of the organisation, which the estimate then follows.

    A name that is taken raises BadInput, unless it is told again as `overwrite`.
    """
    cleaned = clean_profile_name(name)
    with desk.open_db() as db, writing(db):
        saved = estimates.get_estimate(db, user.organisation, estimate_id)
        change = ProfileChange(cleaned, to_keep(saved.estimate.charges), desk.now(), user.id)
        own = profiles.list_profiles(db, user.organisation)
        taken = _named(own, cleaned)
        profile_id = taken.id if taken else str(uuid4())
        if taken is None:
            _refuse_too_many(own)
            profiles.insert_profile(db, user.organisation, profile_id, change)
        elif overwrite.strip().casefold() == cleaned.casefold():
            profiles.update_profile(db, user.organisation, profile_id, change)
        else:
            raise BadInput(f"There is a profile \u201c{taken.name}\u201d already. Type its name again to overwrite it.")
        record(db, user, change.at, Deed.CHANGED if taken else Deed.CREATED, Kind.PROFILE, profile_id, cleaned)
    return edit(desk, user, estimate_id, lambda estimate, _: replace(estimate, profile=profile_id))


@allowed(Action.WRITE)
def rename_profile(desk: Desk, user: User, profile_id: str, name: str) -> None:
    """Another name for an own profile; BadInput for shipped ones and taken names, NotFound for foreign ones."""
    _refuse_shipped(profile_id)
    cleaned = clean_profile_name(name)
    with desk.open_db() as db, writing(db):
        profile = profiles.get_profile(db, user.organisation, profile_id)
        taken = _named(profiles.list_profiles(db, user.organisation), cleaned)
        if taken and taken.id != profile_id:
            raise BadInput(f"There is a profile \u201c{taken.name}\u201d already. Type another name.")
        change = ProfileChange(cleaned, profile.rows, desk.now(), user.id)
        profiles.update_profile(db, user.organisation, profile_id, change)
        record(db, user, change.at, Deed.RENAMED, Kind.PROFILE, profile_id, f"{profile.name} to {cleaned}")


@allowed(Action.WRITE)
def delete_profile(desk: Desk, user: User, profile_id: str) -> None:
    """Delete an own profile; the estimates that followed it keep their charges. BadInput for shipped ones."""
    _refuse_shipped(profile_id)
    with desk.open_db() as db, writing(db):
        profile = profiles.get_profile(db, user.organisation, profile_id)
        profiles.delete_profile(db, user.organisation, profile_id)
        record(db, user, desk.now(), Deed.DELETED, Kind.PROFILE, profile_id, profile.name)


def find_followed(estimate: Estimate, offered: Iterable[NamedProfile]) -> NamedProfile | None:
    """The profile that the estimate's charges began with, or None where it was deleted."""
    return next((profile for profile in offered if kept_id(profile.id) == estimate.profile), None)


def kept_id(profile_id: str) -> str:
    """How an estimate names the profile that its charges began with."""
    return "" if profile_id == SHIPPED[0].id else profile_id


def _get(db: Database, user: User, profile_id: str) -> NamedProfile:
    shipped = next((profile for profile in SHIPPED if profile.id == profile_id), None)
    return shipped or profiles.get_profile(db, user.organisation, profile_id)


def _named(own: list[NamedProfile], name: str) -> NamedProfile | None:
    return next((profile for profile in own if profile.name.casefold() == name.casefold()), None)


def _refuse_shipped(profile_id: str) -> None:
    if any(profile.id == profile_id for profile in SHIPPED):
        raise BadInput("This profile comes with the program and stays as it is. Save a copy under another name.")


def _refuse_too_many(own: list[NamedProfile]) -> None:
    if len(own) >= MAX_PROFILES:
        raise BadInput(f"There are {MAX_PROFILES} profiles already. Delete one that is not used any more.")

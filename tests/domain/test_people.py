"""People: their names and addresses as they are kept, and what they are called."""

from dataclasses import replace

import pytest

from estimate_core.domain.errors import BadInput, NotAllowed
from estimate_core.domain.people import (
    LOCAL,
    MAX_NAME,
    Action,
    Role,
    Scope,
    clean_email,
    clean_name,
    folded_email,
    refuse_unless_allowed,
)


@pytest.mark.parametrize("name", ["Asha Rao", "\u0c06\u0c37", "7", "K. \u2014 2", "x" * MAX_NAME])
def test_a_name_in_any_script_is_kept_as_it_is(name: str) -> None:
    assert clean_name(f" {name}\n") == name


@pytest.mark.parametrize(
    "name", ["", " ", "\u200b", "\u200d\u200c", "\u3164", "\u202e\u2066", "...", "x" * (MAX_NAME + 1)]
)
def test_a_name_that_shows_nothing_or_is_too_long_is_refused(name: str) -> None:
    with pytest.raises(BadInput, match="Write a name"):
        clean_name(name)


def test_a_name_cannot_turn_what_follows_it_around() -> None:
    assert clean_name("Asha\u202e\u2067 Rao") == "Asha Rao"


@pytest.mark.parametrize(
    "email",
    ["asha", "asha@", "@example.org", "a@b@example.org", "asha rao@example.org", "asha@example", "asha@example.org\n.x"]
    + [
        "<asha@example.org>",
        "a\u200db@example.org",
        "a\u202eb@example.org",
        f"{'x' * 250}@example.org",
        "asha@example.o]g",
    ],
)
def test_what_is_no_address_is_refused(email: str) -> None:
    with pytest.raises(BadInput, match="not an e-mail address"):
        clean_email(email)


def test_addresses_are_told_apart_by_small_letters_and_no_letter_becomes_one_of_ours() -> None:
    assert clean_email(" Asha.Rao+x@EXAMPLE.org ") == "asha.rao+x@example.org"
    assert folded_email("\N{KELVIN SIGN}iran@x.org") != "kiran@x.org"
    assert folded_email("\N{LATIN CAPITAL LETTER A WITH DIAERESIS}sa@x.org") == "\u00e4sa@x.org"


def test_a_role_has_its_article_in_a_sentence() -> None:
    assert [role.with_article for role in Role] == ["an owner", "an estimator", "a viewer"]


def test_who_may_not_do_something_is_told_what_they_are() -> None:
    with pytest.raises(NotAllowed, match="You are an estimator here and cannot manage the organisation"):
        refuse_unless_allowed(replace(LOCAL, role=Role.ESTIMATOR), Action.MANAGE)


@pytest.mark.parametrize(
    ("role", "scope", "action", "told"),
    [
        (Role.OWNER, Scope.READ, Action.WRITE, "This token only reads. Make one that also writes on Team, Tokens."),
        (Role.OWNER, Scope.WRITE, Action.MANAGE, "No token opens this. Sign in with a browser."),
        (Role.OWNER, Scope.READ, Action.OWN, "No token opens this. Sign in with a browser."),
        (Role.VIEWER, Scope.WRITE, Action.WRITE, "You are a viewer here and cannot change anything here."),
        (Role.ESTIMATOR, Scope.WRITE, Action.MANAGE, "You are an estimator here and cannot manage the organisation."),
    ],
)
def test_a_program_is_told_what_would_help(role: Role, scope: Scope, action: Action, told: str) -> None:
    with pytest.raises(NotAllowed) as refusal:
        refuse_unless_allowed(replace(LOCAL, role=role, scope=scope), action)

    assert str(refusal.value).startswith(told)

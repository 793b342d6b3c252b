"""Channels as people meet them: add, test, pause, remove, put back; and what strangers can do with them."""

from collections.abc import Callable
from dataclasses import replace
from uuid import uuid4

import pytest

from estimate_core.desk import Desk
from estimate_core.domain.errors import BadInput, NotFound, NotNow
from estimate_core.domain.notice import TOLD, Answer, Event, Notice, State, Way
from estimate_core.domain.people import User
from estimate_core.services import channels, notifying
from estimate_core.services.channels import NewChannel
from estimate_core.storage.channels import get_target
from estimate_core.storage.deliveries import insert_delivery
from tests.conftest import Clock
from tests.pigeon import Pigeon

WEBHOOK = NewChannel(Way.WEBHOOK, "Office", "https://example.org/t0k3n", TOLD, for_all=True)
SERVICE = NewChannel(Way.SERVICE, "Asha's phone", "ntfys://t0k3n", (Event.FAILED,))


@pytest.fixture
def pigeon() -> Pigeon:
    return Pigeon()


@pytest.fixture
def desk(desk: Desk, pigeon: Pigeon) -> Desk:
    return replace(desk, post=pigeon)


def listed(desk: Desk, user: User) -> list[str]:
    return [card.channel.label for card in channels.list_channels(desk, user)]


def secret_of(desk: Desk, channel_id: str) -> str:
    with desk.open_db() as db:
        return get_target(db, channel_id).secret


def test_a_webhook_is_added_and_its_secret_told_once(desk: Desk, user: User) -> None:
    channel, secret = channels.add_channel(desk, user, WEBHOOK)

    [card] = channels.list_channels(desk, user)
    assert card.channel == channel
    assert (channel.label, channel.address, channel.user, channel.events) == ("Office", "webhook:masked", None, TOLD)
    assert len(bytes.fromhex(secret)) == 32
    assert secret_of(desk, channel.id) == secret
    assert secret not in repr(card)
    assert "t0k3n" not in repr(card)


def test_a_service_has_no_secret_and_is_the_persons_own(desk: Desk, user: User, colleague: User) -> None:
    channel, secret = channels.add_channel(desk, user, SERVICE)

    assert (channel.user, secret) == (user.id, "")
    assert listed(desk, user) == ["Asha's phone"]
    assert listed(desk, colleague) == []


def test_two_webhooks_have_secrets_of_their_own(desk: Desk, user: User) -> None:
    secrets = {channels.add_channel(desk, user, WEBHOOK)[1] for _ in range(2)}

    assert len(secrets) == 2


@pytest.mark.parametrize(
    ("new", "words"),
    [
        (replace(WEBHOOK, label=" \n"), "Type a name"),
        (replace(WEBHOOK, label="x" * 81), "at most 80"),
        (replace(WEBHOOK, address="  "), "Type the address"),
        (replace(WEBHOOK, address="https://example.org/a b"), "no spaces"),
        (replace(WEBHOOK, address="https://example.org/\r\nHost:x"), "no spaces"),
        (replace(WEBHOOK, address="https://example.org/" + "x" * 2_000), "more than 2,000"),
        (replace(WEBHOOK, events=()), "at least one"),
        (replace(WEBHOOK, events=(Event.TEST,)), "at least one"),
        (replace(WEBHOOK, address="bad"), "cannot be used"),
    ],
)
def test_what_cannot_be_used_is_refused_and_not_kept(desk: Desk, user: User, new: NewChannel, words: str) -> None:
    with pytest.raises(BadInput, match=words):
        channels.add_channel(desk, user, new)

    assert listed(desk, user) == []


def test_channels_end_somewhere(desk: Desk, user: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(channels, "MAX_CHANNELS", 1)
    channels.add_channel(desk, user, WEBHOOK)

    with pytest.raises(BadInput, match="Remove one"):
        channels.add_channel(desk, user, WEBHOOK)

    assert listed(desk, user) == ["Office"]


def test_without_post_no_address_is_taken(desk: Desk, user: User) -> None:
    with pytest.raises(BadInput, match="Nothing is sent from here"):
        channels.add_channel(replace(desk, post=Desk.post), user, WEBHOOK)


def test_a_new_secret_takes_the_place_of_the_old(desk: Desk, user: User) -> None:
    channel, old = channels.add_channel(desk, user, WEBHOOK)

    new = channels.renew_secret(desk, user, channel.id)

    assert new != old
    assert secret_of(desk, channel.id) == new


def test_a_service_gets_no_secret(desk: Desk, user: User) -> None:
    channel, _ = channels.add_channel(desk, user, SERVICE)

    with pytest.raises(NotNow, match="Only a webhook"):
        channels.renew_secret(desk, user, channel.id)

    assert secret_of(desk, channel.id) == ""


def test_a_test_is_sent_at_once_and_kept_in_the_log(desk: Desk, user: User, pigeon: Pigeon) -> None:
    channel, _ = channels.add_channel(desk, user, WEBHOOK)

    answer = channels.try_channel(desk, user, channel.id)

    [told], [letter] = channels.list_deliveries(desk, user, channel.id), pigeon.letters
    assert answer == Answer(True, "Sent.")
    assert (told.event, told.state, told.tries) == (Event.TEST, State.SENT, 1)
    assert letter.delivery == told.id
    assert '"job": null' in letter.body
    assert channels.list_channels(desk, user)[0].last == told


def test_a_test_that_fails_is_not_tried_again(desk: Desk, user: User, pigeon: Pigeon, clock: Clock) -> None:
    channel, _ = channels.add_channel(desk, user, WEBHOOK)
    pigeon.answer = Answer(False, "The connection was refused.")

    answer = channels.try_channel(desk, user, channel.id)
    clock.move(3600)
    notifying.deliver_due(desk)

    [told] = channels.list_deliveries(desk, user, channel.id)
    assert answer.words == "The connection was refused."
    assert (told.state, told.tries, len(pigeon.letters)) == (State.FAILED, 1, 1)


def test_a_paused_channel_gives_up_what_waits_and_is_resumed(desk: Desk, user: User, pigeon: Pigeon) -> None:
    channel, _ = channels.add_channel(desk, user, WEBHOOK)
    _wait(desk, channel.id)

    channels.pause_channel(desk, user, channel.id)
    notifying.deliver_due(desk)

    [card] = channels.list_channels(desk, user)
    assert (card.channel.paused, pigeon.letters) == (True, [])
    assert card.last
    assert (card.last.state, "paused" in card.last.answer) == (State.FAILED, True)
    channels.resume_channel(desk, user, channel.id)
    assert channels.list_channels(desk, user)[0].channel.paused is False


def test_a_removed_channel_can_be_put_back_for_an_hour(desk: Desk, user: User, pigeon: Pigeon, clock: Clock) -> None:
    channel, secret = channels.add_channel(desk, user, WEBHOOK)
    _wait(desk, channel.id)

    channels.remove_channel(desk, user, channel.id)
    notifying.deliver_due(desk)
    assert (listed(desk, user), pigeon.letters) == ([], [])
    clock.move(3599)
    notifying.tidy_deliveries(desk)
    channels.restore_channel(desk, user, channel.id)

    assert listed(desk, user) == ["Office"]
    assert secret_of(desk, channel.id) == secret


def test_after_an_hour_a_removed_channel_is_gone_with_its_address(desk: Desk, user: User, clock: Clock) -> None:
    channel, _ = channels.add_channel(desk, user, WEBHOOK)
    channels.try_channel(desk, user, channel.id)
    channels.remove_channel(desk, user, channel.id)
    clock.move(3601)

    notifying.tidy_deliveries(desk)

    with pytest.raises(NotFound, match="gone for good"):
        channels.restore_channel(desk, user, channel.id)
    with desk.open_db() as db:
        assert [db["channels"].count, db["deliveries"].count] == [0, 0]


ACTIONS: dict[str, Callable[[Desk, User, str], object]] = {
    "renew": channels.renew_secret,
    "pause": channels.pause_channel,
    "resume": channels.resume_channel,
    "remove": channels.remove_channel,
    "restore": channels.restore_channel,
    "test": channels.try_channel,
    "log": channels.list_deliveries,
}


@pytest.mark.parametrize("action", ACTIONS.values(), ids=ACTIONS)
@pytest.mark.parametrize("for_all", [True, False])
def test_a_stranger_finds_changes_and_sends_nothing(
    desk: Desk, user: User, stranger: User, pigeon: Pigeon, action: Callable[[Desk, User, str], object], for_all: bool
) -> None:
    channel, secret = channels.add_channel(desk, user, replace(WEBHOOK, for_all=for_all))

    with pytest.raises(NotFound):
        action(desk, stranger, channel.id)

    assert (listed(desk, stranger), listed(desk, user), pigeon.letters) == ([], ["Office"], [])
    assert channels.list_channels(desk, user)[0].channel == channel
    assert secret_of(desk, channel.id) == secret


@pytest.mark.parametrize("action", ACTIONS.values(), ids=ACTIONS)
def test_a_colleague_does_not_find_what_is_another_persons(
    desk: Desk, user: User, colleague: User, action: Callable[[Desk, User, str], object]
) -> None:
    channel, secret = channels.add_channel(desk, user, replace(WEBHOOK, for_all=False))

    with pytest.raises(NotFound):
        action(desk, colleague, channel.id)

    assert secret_of(desk, channel.id) == secret


def test_a_stranger_cannot_put_back_what_was_removed(desk: Desk, user: User, stranger: User) -> None:
    channel, _ = channels.add_channel(desk, user, WEBHOOK)
    channels.remove_channel(desk, user, channel.id)

    with pytest.raises(NotFound):
        channels.restore_channel(desk, stranger, channel.id)

    assert listed(desk, user) == []


def _wait(desk: Desk, channel_id: str) -> None:
    """Have something wait for a channel."""
    with desk.open_db() as db:
        insert_delivery(db, str(uuid4()), channel_id, Notice(Event.COMPLETED, "local", desk.now()))

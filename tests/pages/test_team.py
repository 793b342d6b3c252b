"""The Team page: its tabs, and the channels by which people and programs are told."""

from dataclasses import replace

import pytest
from streamlit.testing.v1 import AppTest

from estimate_core.desk import Desk
from estimate_core.domain.notice import TOLD, Answer, Channel, Event, Way
from estimate_core.domain.people import User
from estimate_core.services import channels
from estimate_core.services.channels import NewChannel
from estimate_core.storage.channels import get_target
from tests.pages.conftest import Show, texts
from tests.pigeon import Pigeon


@pytest.fixture
def pigeon() -> Pigeon:
    return Pigeon()


@pytest.fixture
def desk(desk: Desk, pigeon: Pigeon) -> Desk:
    """The desk, whose letters a pigeon takes."""
    return replace(desk, post=pigeon)


@pytest.fixture
def webhook(desk: Desk, user: User) -> Channel:
    """A webhook for all jobs, whose name could be read as markdown."""
    new = NewChannel(Way.WEBHOOK, "The *office*", "https://example.org/t0k3n", TOLD, for_all=True)
    return channels.add_channel(desk, user, new)[0]


def listed(desk: Desk, user: User) -> list[Channel]:
    return [card.channel for card in channels.list_channels(desk, user)]


def test_the_page_has_a_tab_for_each_matter(show: Show) -> None:
    page = show("team")

    assert "Notifications" in [tab.label for tab in page.tabs]


def test_without_channels_the_page_says_what_to_do(show: Show) -> None:
    page = show("team")

    assert "Nobody is told yet when a job ends. Add a channel" in texts(page)
    assert page.button(key="add channel")


def test_a_channel_is_listed_without_its_address_and_secret(
    show: Show, desk: Desk, user: User, webhook: Channel
) -> None:
    page = show("team")

    with desk.open_db() as db:
        secret = get_target(db, webhook.id).secret
    assert "**The \\*office\\***" in texts(page)
    assert "webhook:masked" in texts(page)
    assert "Tells of jobs that are completed and failed." in texts(page)
    assert "Nothing was sent yet" in texts(page)
    assert "t0k3n" not in texts(page)
    assert secret not in texts(page)


def fill(page: AppTest, way: Way, label: str, address: str) -> AppTest:
    """Type a new channel into the dialog and press Add."""
    page.button(key="add channel").click().run()
    page.segmented_control(key="way").set_value(way)
    page.text_input(key="channel label").set_value(label)
    page.text_input(key="channel address").set_value(address)
    return page.button(key="save channel").click().run()


def test_a_webhook_is_added_and_its_secret_shown_once(show: Show, desk: Desk, user: User) -> None:
    page = fill(show("team"), Way.WEBHOOK, "Office", "https://example.org/t0k3n")

    [channel] = listed(desk, user)
    with desk.open_db() as db:
        secret = get_target(db, channel.id).secret
    assert (channel.way, channel.user, channel.events) == (Way.WEBHOOK, user.id, TOLD)
    assert page.code[0].value == secret
    page.button(key="secret copied").click().run()
    assert not page.code


def test_a_service_is_added_for_all_and_for_failures_only(show: Show, desk: Desk, user: User) -> None:
    page = show("team")
    page.button(key="add channel").click().run()
    page.segmented_control(key="for all").set_value(True)
    page.button_group(key="channel events").set_value([Event.FAILED])
    page.text_input(key="channel label").set_value("Phone")
    page.text_input(key="channel address").set_value("ntfys://t0k3n")
    page.button(key="save channel").click().run()

    [channel] = listed(desk, user)
    assert (channel.way, channel.user, channel.events) == (Way.SERVICE, None, (Event.FAILED,))
    assert not page.code
    assert page.session_state["notes"] == ["Phone was added. A test shows whether it arrives."]


def test_an_address_that_cannot_be_used_is_told_beside_what_was_typed(show: Show, desk: Desk, user: User) -> None:
    page = fill(show("team"), Way.SERVICE, "Office", "bad")

    assert page.error[0].value == "This address cannot be used\\."
    assert page.text_input(key="channel address").value == "bad"
    assert listed(desk, user) == []


def test_a_test_tells_what_was_answered(show: Show, webhook: Channel, pigeon: Pigeon) -> None:
    page = show("team")
    pigeon.answer = Answer(True, "200 OK: *thanks*")

    page.button(key=f"test {webhook.id}").click().run()

    assert len(pigeon.letters) == 1
    assert "The test was taken\\. Answer\\: 200 OK\\: \\*thanks\\*" in page.success[0].value
    assert "sent" in texts(page)


def test_a_test_that_was_not_taken_says_why(show: Show, webhook: Channel, pigeon: Pigeon) -> None:
    page = show("team")
    pigeon.answer = Answer(False, "The connection was refused.")

    page.button(key=f"test {webhook.id}").click().run()

    assert "The test was not taken\\. Answer\\: The connection was refused" in page.error[0].value


def test_a_channel_is_paused_and_resumed(show: Show, desk: Desk, user: User, webhook: Channel) -> None:
    page = show("team")

    page.button(key=f"pause {webhook.id}").click().run()
    assert listed(desk, user)[0].paused
    assert page.button(key=f"pause {webhook.id}").label == "Resume"
    page.button(key=f"pause {webhook.id}").click().run()

    assert not listed(desk, user)[0].paused


def test_a_removed_channel_is_put_back(show: Show, desk: Desk, user: User, webhook: Channel) -> None:
    page = show("team")

    page.button(key=f"remove {webhook.id}").click().run()
    assert listed(desk, user) == []
    assert "Removed: The *office*" in texts(page)
    page.button(key="undo remove").click().run()

    assert listed(desk, user) == [webhook]
    assert "Removed" not in texts(page)


def test_a_new_secret_is_shown_once(show: Show, desk: Desk, user: User, webhook: Channel) -> None:
    page = show("team")

    page.button(key=f"secret {webhook.id}").click().run()

    with desk.open_db() as db:
        assert page.code[0].value == get_target(db, webhook.id).secret


def test_what_was_removed_elsewhere_is_told(show: Show, desk: Desk, user: User, webhook: Channel) -> None:
    page = show("team")
    channels.remove_channel(desk, user, webhook.id)

    page.button(key=f"remove {webhook.id}").click().run()

    assert "This channel does not exist" in page.error[0].value


def test_the_log_shows_each_delivery(show: Show, desk: Desk, user: User, webhook: Channel, pigeon: Pigeon) -> None:
    pigeon.answer = Answer(False, "500 Internal Server Error")
    channels.try_channel(desk, user, webhook.id)
    page = show("team")

    page.button(key=f"log {webhook.id}").click().run()

    [row] = [frame.value.iloc[0] for frame in page.dataframe if "What" in frame.value]
    assert (row["What"], list(row["State"]), row["Tries"]) == ("test", ["failed"], "1 try")
    assert row["Answer"] == "500 Internal Server Error"


def test_an_empty_log_says_so(show: Show, webhook: Channel) -> None:
    page = show("team")

    page.button(key=f"log {webhook.id}").click().run()

    assert "Nothing was sent yet" in texts(page)

"""Services for people: which addresses may be used, how they are shown, and that a letter arrives."""

import io
import json
import logging
from collections.abc import Iterator

import pytest

from estimate_core.domain.errors import BadInput
from estimate_core.domain.notice import Way
from estimate_core.posting.hosts import resolve_host
from estimate_core.posting.postman import Postman
from estimate_core.posting.services import Services
from tests.posting.conftest import Write
from tests.posting.mail import taking_mail
from tests.receiver import Receiver

PUBLIC = Services(private=False, seconds=1, resolve=lambda host, _: [host if host[0].isdigit() else "93.184.216.34"])
JSON = Postman(private=True, seconds=2, more=frozenset({"json"}))
"""The library's plain JSON stands for the services, none of which is on this machine."""


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("mailtos://asha:hunter22@gmail.com", "mailtos://asha:****@gmail.com"),
        ("ntfys://asha:hunter22@ntfy.example.org/rates", "ntfys://asha:****@ntfy.example.org/rates"),
        ("slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ/#works", "slack://T...2/A...D/T...Q/#works"),
        ("https://discord.com/api/webhooks/4174216298/JHMHI8qBe7bk2ZwO5U711o3dV_js", "discord://4...8/J...s"),
        ("tgram://123456789:abcdefg_hijklmnop/12315544", "tgram://1...p/12315544"),
        (
            "https://chat.googleapis.com/v1/spaces/AAAAkM/messages?key=AIzaSSjMHd0&token=zz00",
            "gchat://A...M/A...0/z...0",
        ),
    ],
)
def test_an_address_of_a_service_is_shown_masked(address: str, shown: str) -> None:
    assert PUBLIC.check(address) == shown


@pytest.mark.parametrize(
    "address",
    [
        "syslog://",
        "dbus://",
        "windows://",
        "macosx://",
        "file:///etc/passwd",
        "exec://ls",
        "json://example.org/",
        "https://example.org/hook",
        "mailto://",
        "slack://short",
        "not an address",
        "://",
        "",
        "slack://[bad/",
    ],
)
def test_what_is_no_address_of_a_service_in_use_is_refused(address: str) -> None:
    with pytest.raises(BadInput, match="This address cannot be used"):
        PUBLIC.check(address)


@pytest.mark.parametrize("option", ["template", "redirect", "verify", "rto", "retry", "pgp", "attach", "+X-Header"])
def test_an_option_that_reads_files_or_loosens_checks_is_refused(option: str) -> None:
    with pytest.raises(BadInput, match="cannot be used in an address here. Leave it out"):
        PUBLIC.check(f"ntfys://ntfy.example.org/rates?{option}=yes")


@pytest.mark.parametrize(
    "address",
    [
        "ntfy://127.0.0.1/rates",
        "mailto://asha:pw@example.org?smtp=10.0.0.3",
        "mmost://192.168.1.1/3ccdd113474722377935511fc85d3dd4",
        "gotify://169.254.169.254/abcdefghijklmno",
    ],
)
def test_a_host_inside_is_refused_for_services_too(address: str) -> None:
    with pytest.raises(BadInput, match="private network"):
        PUBLIC.check(address)


def test_a_letter_arrives_by_a_service(receiver: Receiver, write: Write) -> None:
    answer = JSON.send(write(f"json://127.0.0.1:{receiver.port}/hook", Way.SERVICE))

    told = json.loads(receiver.requests[0].body)
    assert (answer.sent, answer.words) == (True, "Sent.")
    assert (told["title"], told["message"]) == ("Ready: Estimate", "Two\nlines")


def test_a_letter_arrives_by_e_mail(write: Write) -> None:
    with taking_mail() as mailbox:
        options = "smtp=127.0.0.1&mode=insecure&to=office@example.org"
        address = f"mailto://asha:hunter22@example.org:{mailbox.port}?{options}"

        answer = JSON.send(write(address, Way.SERVICE))

    message = b"".join(mailbox.lines).decode()
    assert answer.sent
    assert "rcpt TO:<office@example.org>" in message
    assert "Subject: Ready: Estimate" in message
    assert "From: Estimate Desk <asha@example.org>" in message
    assert "\r\nTwo\r\nlines\r\n" in message


def test_a_service_that_refuses_is_told_in_its_words(receiver: Receiver, write: Write) -> None:
    receiver.answers = [(403, {}, b"no")]

    answer = JSON.send(write(f"json://127.0.0.1:{receiver.port}/hook", Way.SERVICE))

    assert not answer.sent
    assert "403" in answer.words


def test_a_service_does_not_follow_a_redirect(receiver: Receiver, write: Write) -> None:
    receiver.answers = [(307, {"Location": f"http://127.0.0.1:{receiver.port}/elsewhere"}, b"")]

    answer = JSON.send(write(f"json://127.0.0.1:{receiver.port}/hook", Way.SERVICE))

    assert (answer.sent, len(receiver.requests)) == (False, 1)


def test_a_service_that_says_nothing_is_waited_for_only_so_long(receiver: Receiver, write: Write) -> None:
    receiver.before_answer = lambda: receiver.held.wait(20)
    services = Services(private=True, seconds=0.3, resolve=resolve_host, more=frozenset({"json"}))

    answer = services.send(write(f"json://127.0.0.1:{receiver.port}/hook", Way.SERVICE))
    receiver.held.set()

    assert (answer.sent, answer.words) == (False, "No answer within 0.3 seconds.")


def test_a_host_that_begins_to_lead_inside_is_not_reached(receiver: Receiver, write: Write) -> None:
    services = Services(False, 1, lambda *_: ["127.0.0.1"], frozenset({"json"}))

    answer = services.send(write(f"json://moving.example.org:{receiver.port}/hook", Way.SERVICE))

    assert not answer.sent
    assert receiver.requests == []


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """All that reaches the program's log; pytest's own would look into loggers that are kept out of it as well."""
    written, root = io.StringIO(), logging.getLogger()
    handler, level = logging.StreamHandler(written), root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield written
    root.setLevel(level)
    root.removeHandler(handler)


def test_addresses_and_passwords_do_not_reach_the_log(receiver: Receiver, write: Write, log: io.StringIO) -> None:
    receiver.answers = [(403, {}, b"no")]

    JSON.send(write(f"json://asha:hunter22@127.0.0.1:{receiver.port}/t0k3n", Way.SERVICE))
    with pytest.raises(BadInput):
        PUBLIC.check("slack://hunter22")

    logging.getLogger("tests").debug("it is listened to")
    assert "it is listened to" in log.getvalue()
    assert "hunter22" not in log.getvalue()
    assert "t0k3n" not in log.getvalue()


def test_a_letter_does_not_show_where_it_goes(write: Write) -> None:
    shown = repr(write("https://example.org/t0k3n"))

    assert "t0k3n" not in shown
    assert "a secret" not in shown

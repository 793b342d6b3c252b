"""Services for people (e-mail, chat, phones) through apprise: which may be used, and with which options."""

import logging
from functools import cache
from types import ModuleType
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from estimate_core.domain.errors import BadInput
from estimate_core.domain.notice import MAX_ANSWER, MAX_SHOWN, Answer, Letter
from estimate_core.domain.text import one_line
from estimate_core.posting.hosts import Resolve, checked_addresses

SERVICES = frozenset(
    "mailto mailtos slack discord tgram ntfy ntfys workflow workflows gchat mmost mmosts rocket rockets zulip webex "
    "wxteams pover pbul gotify gotifys zoom cliq zcliq zohocliq nctalk nctalks whatsapp sendgrid mailgun "
    "brevo msg91 twilio".split()
)
"""Schemes of addresses that may be used: none that runs a program, reads a file or shows something on this machine."""
_OPTIONS = frozenset(
    "to from name cc bcc reply smtp port user pass mode format token channel channels priority tags thread topic "
    "silent sound device footer image avatar auth stream domain region content key api-version sp sv sig".split()
)
"""Options of an address that may be used: none that names a file, loosens a check or decides how long one tries."""
_PORTS = {"s": 443, "": 80}
_NATIVE = "https"
_SENDER = "Estimate Desk"
_WRONG = (
    "This address cannot be used. Write it as its service asks, such as mailto://name:password@example.org, "
    "slack://token/channel or ntfys://topic; README lists more."
)


class Services:
    """Sends through services. `private` allows this machine and private networks; `more` are schemes besides."""

    def __init__(self, private: bool, seconds: float, resolve: Resolve, more: frozenset[str] = frozenset()) -> None:
        self._private = private
        self._seconds = seconds
        self._resolve = resolve
        self._schemes = SERVICES | more

    def check(self, address: str) -> str:
        """The address, masked; BadInput where it is none of a service that may be used, or leads inside."""
        plugin = self._plugin(address)
        self._refuse_inner(plugin)
        # What follows the question mark may hold a token of any name.
        return one_line(unquote(str(plugin.url(privacy=True)).partition("?")[0])).rstrip("/")[:MAX_SHOWN]

    def send(self, letter: Letter) -> Answer:
        """Send a letter once and tell what came of it. Whatever the network does, nothing is raised."""
        try:
            plugin = self._plugin(letter.address)
            self._refuse_inner(plugin)
        except BadInput as refusal:
            return Answer(False, str(refusal))
        library = _library()
        sender = library.Apprise(asset=self._asset())
        sender.add(plugin)
        result = sender.notify(letter.text, title=letter.subject, body_format=library.NotifyFormat.TEXT)
        return Answer(bool(result), "Sent." if result else self._words_of(result))

    def _plugin(self, address: str) -> Any:
        scheme = _scheme(address)
        if scheme not in self._schemes | {_NATIVE}:
            raise BadInput(_WRONG)
        _refuse_options(address)
        plugin = _library().Apprise.instantiate(address, asset=self._asset())
        # An address of the web may be that of any service, so what it became is asked too.
        if plugin is None or _scheme(plugin.url()) not in self._schemes:
            raise BadInput(_WRONG)
        return plugin

    def _asset(self) -> Any:
        return _library().AppriseAsset(
            app_id=_SENDER,
            app_desc=_SENDER,
            async_mode=False,
            http_redirects=False,
            allow_templates=False,
            service_timeout=self._seconds,
        )

    def _refuse_inner(self, plugin: Any) -> None:
        host = _host_of(plugin)
        if host:
            port = plugin.port or _PORTS["s" if plugin.secure else ""]
            checked_addresses(host, port, self._private, self._resolve)

    def _words_of(self, result: Any) -> str:
        """What the service's part of the library says of a failure."""
        tries = [attempt for one in result.results for attempt in one.attempts]
        said = [one_line(entry.message) for attempt in tries for entry in attempt.logs if entry.level != "INFO"]
        if any(attempt.status.name == "TIMEOUT" for attempt in tries):
            return f"No answer within {self._seconds:g} seconds."
        return " ".join(dict.fromkeys(said))[:MAX_ANSWER] or "The service did not take it."


@cache
def _library() -> ModuleType:
    # They would put addresses with their keys into the log; what is said of a failure is in its result.
    logging.getLogger("apprise").propagate = False
    logging.getLogger("urllib3").setLevel(logging.WARNING)
    # Not at the start of the program: it takes a fifth of a second, and most processes never send.
    import apprise

    return apprise


def _scheme(address: str) -> str:
    return address.partition("://")[0].lower()


def _refuse_options(address: str) -> None:
    try:
        query = urlsplit(address).query
    except ValueError as problem:
        raise BadInput(_WRONG) from problem
    for name, _ in parse_qsl(query, keep_blank_values=True):
        if name.lower() not in _OPTIONS:
            raise BadInput(f"The option \u201c{name[:40]}\u201d cannot be used in an address here. Leave it out.")


def _host_of(plugin: Any) -> str:
    """The host that the person chose; nothing where the service has a host of its own."""
    own = getattr(plugin, "smtp_host", None)
    if own:
        return str(own).strip("[]")
    named = {"host", "port"} <= set(type(plugin).template_tokens)
    is_cloud = getattr(plugin, "mode", "") == "cloud"
    return str(plugin.host).strip("[]") if named and not is_cloud else ""

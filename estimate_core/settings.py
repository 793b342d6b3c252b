"""Settings: what the host may set, by variables named ESTIMATE_... or by files that ESTIMATE_..._FILE name.

Only the environment that is handed in is read: no file of variables beside the program, nothing of the process's own.
"""

import re
from collections.abc import Mapping
from difflib import get_close_matches
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from urllib.parse import SplitResult, urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, ValidationError, model_validator
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from estimate_core.domain.errors import BadInput
from estimate_core.logs import LogStyle
from estimate_core.storage.files import read_first

WorkerMode = Literal["embedded", "external"]
Network = IPv4Network | IPv6Network
DEFAULT_HOME = Path(__file__).parents[1] / "data" / "workspace"
_PREFIX, _BY_FILE = "ESTIMATE_", "_FILE"
_NOT_OF_HOSTS = ("heartbeat_seconds", "stale_seconds")
"""Settings that no variable sets: workers and pages must agree on them."""
_LONGEST = 10_000
_SHOWN = 100
_ANSWERS = {"yes": True, "true": True, "no": False, "false": False}
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_IPV4_IN_IPV6 = IPv6Network("::ffff:0:0/96")
_HEADER_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}")
_OIDC = ("oidc_url", "oidc_client_id", "oidc_client_secret")


def _whole(lowest: int, highest: int) -> Any:
    return Field(ge=lowest, le=highest, description=f"a whole number from {lowest} to {highest}")


def _read_whole(value: object) -> object:
    if not isinstance(value, str):
        return value
    # As numbers are written by hand: neither 1_000 nor 2.0, which pydantic would take.
    if not re.fullmatch(r"[0-9]{1,12}", value):
        raise ValueError("no whole number")
    return int(value)


def _read_answer(value: object) -> object:
    if not isinstance(value, str):
        return value
    if value.lower() not in _ANSWERS:
        raise ValueError("neither yes nor no")
    return _ANSWERS[value.lower()]


def _read_address(text: str) -> str:
    url = text.rstrip("/")
    if url and (_split(url).scheme not in ("http", "https") or "?" in url):
        raise ValueError("no address of pages")
    return url


def _read_provider(text: str) -> str:
    parts = _split(text) if text else None
    if parts and parts.scheme != "https" and not (parts.scheme == "http" and _is_this_machine(parts.hostname or "")):
        raise ValueError("no address that is safe on its way")
    return text


def _split(url: str) -> SplitResult:
    """The parts of an address of a host; ValueError for what is none, or says who asks or where to look on a page."""
    parts = urlsplit(url)
    if not parts.hostname or parts.port == 0 or "@" in parts.netloc or "#" in url or re.search(r"\s", url):
        raise ValueError("no plain address")
    return parts


def _is_this_machine(name: str) -> bool:
    try:
        return name == "localhost" or ip_address(name).is_loopback
    except ValueError:
        return False


def _read_header_name(text: str) -> str:
    if text and not _HEADER_NAME.fullmatch(text):
        raise ValueError("no name of a header")
    return text


def _read_networks(value: object) -> object:
    if not isinstance(value, str):
        return value
    return tuple(_read_network(part.strip()) for part in value.split(",")) if value else ()


def _read_network(text: str) -> Network:
    network = ip_network(text)
    if isinstance(network, IPv6Network) and network.subnet_of(_IPV4_IN_IPV6):
        # Who asks is known by the address of IPv4 alone.
        network = ip_network((int(network.network_address) & 0xFFFF_FFFF, network.prefixlen - 96))
    if network.prefixlen == 0 or "%" in text:
        # Whoever may come from anywhere could say to be anyone; a scope names a card of this machine and no proxy.
        raise ValueError("no network of a proxy")
    return network


_Count = BeforeValidator(_read_whole)
_YesOrNo = Annotated[bool, BeforeValidator(_read_answer), Field(description="yes or no")]
_AnyCase = BeforeValidator(lambda value: value.lower() if isinstance(value, str) else value)


class Settings(BaseSettings):
    """What the host may set. `home` holds the databases and files; times are in seconds.

    `files_url` is a store for what jobs make, such as `s3://bucket/folder`; else that is in `home` too.

    `workers` processes run jobs. `read_seconds` is how long an uploaded workbook may take to be read, `job_seconds`
    how long any job may run. A person has at most `jobs_per_user` active jobs, an organisation makes `jobs_per_hour`
    and keeps files of `storage_mb`, each for `keep_days` where it did not choose another number. `url` is the address
    at which people reach the pages, without a slash at its end; `notify_private` lets notices go into private networks.

    `open` is `yes-anyone` where whoever reaches the desk may use it. A session ends after `session_days` without use.
    A proxy at one of `proxy_addresses` tells in `proxy_header` the e-mail of who signed in there; `oidc_url` is where a
    provider of single sign-on describes itself.

    The description of a field says what a variable is to be set to, for the sentence that refuses another value.
    """

    model_config = SettingsConfigDict(frozen=True, hide_input_in_errors=True, str_strip_whitespace=True)

    home: Annotated[Path, Field(description="a folder")] = DEFAULT_HOME
    files_url: Annotated[str, Field(description="an address such as s3://bucket/folder")] = ""
    worker: Annotated[WorkerMode, _AnyCase, Field(description="embedded or external")] = "embedded"
    log: Annotated[LogStyle, _AnyCase, Field(description="plain or json")] = "plain"
    workers: Annotated[int, _Count, _whole(1, 32)] = 1
    max_upload_mb: Annotated[int, _Count, _whole(1, 1_000)] = 25
    read_seconds: Annotated[int, _Count, _whole(5, 3_600)] = 120
    job_seconds: Annotated[int, _Count, _whole(10, 86_400)] = 900
    jobs_per_user: Annotated[int, _Count, _whole(1, 10_000)] = 20
    jobs_per_hour: Annotated[int, _Count, _whole(1, 100_000)] = 600
    storage_mb: Annotated[int, _Count, _whole(10, 10_000_000)] = 5_000
    keep_days: Annotated[int, _Count, _whole(1, 36_500)] = 365
    url: Annotated[
        str, AfterValidator(_read_address), Field(description="an address such as https://estimates.example.org")
    ] = ""
    notify_private: _YesOrNo = False
    open: Annotated[
        Literal["", "yes-anyone"],
        Field(description="yes-anyone, where whoever reaches it may use it and see everything, or leave it empty"),
    ] = ""
    session_days: Annotated[int, _Count, _whole(1, 365)] = 14
    proxy_header: Annotated[
        str, AfterValidator(_read_header_name), Field(description="the name of a header such as X-Forwarded-Email")
    ] = ""
    proxy_addresses: Annotated[
        tuple[Network, ...],
        BeforeValidator(_read_networks),
        Field(description="addresses or networks with commas between, such as 127.0.0.1, 10.0.0.0/24"),
    ] = ()
    oidc_url: Annotated[
        str,
        AfterValidator(_read_provider),
        Field(description="an address such as https://login.example.org/.well-known/openid-configuration"),
    ] = ""
    oidc_client_id: Annotated[str, Field(description="the id that the provider gave")] = ""
    oidc_client_secret: Annotated[SecretStr, Field(description="the secret that the provider gave")] = SecretStr("")
    oidc_name: Annotated[str, Field(min_length=1, max_length=60, description="up to 60 characters")] = "single sign-on"
    heartbeat_seconds: float = 5.0
    stale_seconds: float = 30.0

    @property
    def database_path(self) -> Path:
        """The file of the application's database."""
        return self.home / "app.db"

    @property
    def queue_path(self) -> Path:
        """The file of the job queue."""
        return self.home / "queue.db"

    @property
    def key_path(self) -> Path:
        """The file of the key that signs."""
        return self.home / "secret.key"

    @property
    def files_folder(self) -> Path:
        """The folder of schedules and outputs."""
        return self.home / "files"

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """What was handed in, and nothing else."""
        return (init_settings,)

    @model_validator(mode="after")
    def _refuse_halves(self) -> Self:
        """Refuse a header that nobody is trusted to send, and parts of a provider."""
        if self.proxy_header and not self.proxy_addresses:
            raise ValueError(
                "ESTIMATE_PROXY_HEADER is set and ESTIMATE_PROXY_ADDRESSES is not, so that anybody could send that "
                "header. Set ESTIMATE_PROXY_ADDRESSES to the address of the proxy."
            )
        missing = [variable_of(field) for field in _OIDC if not _is_set(getattr(self, field))]
        if 0 < len(missing) < len(_OIDC):
            raise ValueError(
                f"{', '.join(map(variable_of, _OIDC))} belong together. Set {' and '.join(missing)} too, or none of "
                "them."
            )
        return self

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Self:
        """Settings from variables named ESTIMATE_...; BadInput names each that cannot be used."""
        given = _Environment(cls, environment)
        texts = given()
        faults = [*_refuse_unknown(environment), *given.faults]
        faults += _refuse_values(cls, texts, environment, is_complete=not faults)
        if faults:
            raise BadInput(" ".join(faults))
        return cls(**texts)


def variable_of(field: str) -> str:
    """The name of the variable that sets a field."""
    return f"{_PREFIX}{field.upper()}"


def list_variables() -> dict[str, str]:
    """The fields that a host may set, by the names of their variables."""
    return {variable_of(field): field for field in Settings.model_fields if field not in _NOT_OF_HOSTS}


class _Environment(PydanticBaseSettingsSource):
    """The texts of variables, and of the files that variables name; `faults` tells which could not be read."""

    def __init__(self, settings: type[BaseSettings], environment: Mapping[str, str]) -> None:
        super().__init__(settings)
        self._environment = environment
        self.faults: list[str] = []

    def __call__(self) -> dict[str, Any]:
        """The texts by field; a blank one is left out, so that the default stands."""
        found = {
            field: self.get_field_value(Settings.model_fields[field], field)[0] for field in list_variables().values()
        }
        return {field: text for field, text in found.items() if text}

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[str, str, bool]:
        """The text of a field, its name, and that it is no JSON."""
        name = variable_of(field_name)
        text, path = (self._environment.get(each, "").strip() for each in (name, f"{name}{_BY_FILE}"))
        try:
            if text and path:
                raise ValueError(f"{name} and {name}{_BY_FILE} are both set. Leave one of them out.")
            text = _read_file(name, Path(path)) if path else text
            if _CONTROL.search(text):
                used = f"{name}{_BY_FILE}" if path else name
                raise ValueError(f"The value of {used} has a line break or a control character in it. Leave that out.")
            return text, field_name, False
        except ValueError as fault:
            self.faults.append(str(fault))
            return "", field_name, False


def _read_file(name: str, path: Path) -> str:
    """What a file holds, without spaces around it; ValueError with a sentence that does not tell what it holds."""
    try:
        content = read_first(path, _LONGEST + 1)
        text = content.decode("utf-8-sig").strip()
    except OSError as problem:
        reason = f"cannot be read ({problem.strerror or problem})"
    except UnicodeDecodeError:
        reason = "is no text in UTF-8"
    else:
        reason = f"is longer than {_LONGEST:,} bytes" if len(content) > _LONGEST else "" if text else "is empty"
    if reason:
        raise ValueError(f"{name}{_BY_FILE} names a file that {reason}. Name one that holds the value and no more.")
    return text


def _refuse_unknown(environment: Mapping[str, str]) -> list[str]:
    settings = list_variables()
    known = [*settings, *(f"{name}{_BY_FILE}" for name in settings)]
    unknown = sorted(name for name in environment if name.upper().startswith(_PREFIX) and name not in known)
    nearest = {name: get_close_matches(name.upper(), known, n=1, cutoff=0)[0] for name in unknown}
    return [f"There is no setting {name}. Did you mean {nearest[name]}? If not, leave it out." for name in unknown]


def _refuse_values(
    settings: type[Settings], texts: dict[str, Any], environment: Mapping[str, str], is_complete: bool
) -> list[str]:
    """What cannot be used; where not all texts could be read, it is not told which of them belong together."""
    try:
        settings(**texts)
    except ValidationError as error:
        faults = error.errors(include_url=False, include_input=False)
        of_fields = {str(fault["loc"][0]): None for fault in faults if fault["loc"]}
        of_all = [str(fault["ctx"]["error"]) for fault in faults if not fault["loc"] and is_complete]
        return [_refuse_value(field, environment) for field in of_fields] + of_all
    return []


def _refuse_value(field: str, environment: Mapping[str, str]) -> str:
    name = variable_of(field)
    text = environment.get(name, "").strip()
    # What a file holds is not told: it may be the wrong one, with a secret in it.
    told = f"{name} is \u201c{text[:_SHOWN]}\u201d" if text else f"{name}{_BY_FILE} names a file with another value"
    return f"{told}. Set it to {Settings.model_fields[field].description}."


def _is_set(value: str | SecretStr) -> bool:
    return bool(value.get_secret_value() if isinstance(value, SecretStr) else value)

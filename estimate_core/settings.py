"""Settings: what the host may set, by variables named ESTIMATE_... or by files that ESTIMATE_..._FILE name.

Only the environment that is handed in is read: no file of variables beside the program, nothing of the process's own.
"""

import re
from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import Field, SecretStr, ValidationError, model_validator
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from estimate_core.domain.errors import BadInput
from estimate_core.domain.people import SESSION_LONGEST
from estimate_core.logs import LogStyle
from estimate_core.setting_values import (
    ANY_CASE,
    DIGITS,
    HeaderName,
    Networks,
    PageAddress,
    ProviderAddress,
    ReasonedError,
    YesOrNo,
    whole,
)
from estimate_core.storage.files import read_first

WorkerMode = Literal["embedded", "external"]
DEFAULT_HOME = Path(__file__).parents[1] / "data" / "workspace"
_PREFIX, _BY_FILE = "ESTIMATE_", "_FILE"
_NOT_OF_HOSTS = ("heartbeat_seconds", "stale_seconds")
"""Settings that no variable sets: workers and pages must agree on them."""
_LONGEST = 10_000
_SHOWN = 100
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_WHY_SO_FEW = ", since a session ends after that however much it is used"
_OIDC = ("oidc_url", "oidc_client_id", "oidc_client_secret")


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
    worker: Annotated[WorkerMode, ANY_CASE, Field(description="embedded or external")] = "embedded"
    log: Annotated[LogStyle, ANY_CASE, Field(description="plain or json")] = "plain"
    workers: Annotated[int, DIGITS, whole(1, 32)] = 1
    max_upload_mb: Annotated[int, DIGITS, whole(1, 1_000)] = 25
    read_seconds: Annotated[int, DIGITS, whole(5, 3_600)] = 120
    job_seconds: Annotated[int, DIGITS, whole(10, 86_400)] = 900
    jobs_per_user: Annotated[int, DIGITS, whole(1, 10_000)] = 20
    jobs_per_hour: Annotated[int, DIGITS, whole(1, 100_000)] = 600
    storage_mb: Annotated[int, DIGITS, whole(10, 10_000_000)] = 5_000
    keep_days: Annotated[int, DIGITS, whole(1, 36_500)] = 365
    url: PageAddress = ""
    notify_private: YesOrNo = False
    open: Annotated[
        Literal["", "yes-anyone"],
        Field(description="yes-anyone, where whoever reaches it may use it and see everything, or leave it empty"),
    ] = ""
    session_days: Annotated[int, DIGITS, whole(1, SESSION_LONGEST.days, _WHY_SO_FEW)] = 14
    proxy_header: HeaderName = ""
    proxy_addresses: Networks = ()
    oidc_url: ProviderAddress = ""
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
        of_fields = {str(fault["loc"][0]): fault.get("ctx", {}).get("error") for fault in faults if fault["loc"]}
        of_all = [str(fault["ctx"]["error"]) for fault in faults if not fault["loc"] and is_complete]
        return [_refuse_value(field, error, environment) for field, error in of_fields.items()] + of_all
    return []


def _refuse_value(field: str, error: object, environment: Mapping[str, str]) -> str:
    name = variable_of(field)
    text = environment.get(name, "").strip()
    # What a file holds is not told: it may be the wrong one, with a secret in it.
    told = f"{name} is \u201c{text[:_SHOWN]}\u201d" if text else f"{name}{_BY_FILE} names a file with another value"
    reason = f"; {error}" if isinstance(error, ReasonedError) else ""
    return f"{told}{reason}. Set it to {Settings.model_fields[field].description}."


def _is_set(value: str | SecretStr) -> bool:
    return bool(value.get_secret_value() if isinstance(value, SecretStr) else value)

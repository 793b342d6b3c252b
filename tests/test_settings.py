"""Settings: from variables and the files that they name; what cannot be used is told, and README tells them all."""

import os
import re
from collections.abc import Callable
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr, ValidationError

from estimate_core.domain.errors import BadInput
from estimate_core.domain.people import SESSION_LONGEST
from estimate_core.settings import DEFAULT_HOME, Settings, list_variables

ROOT = Path(__file__).parents[1]
PROVIDER = "https://login.example.org/.well-known/openid-configuration"
SIGN_ON = {
    "ESTIMATE_OIDC_URL": PROVIDER,
    "ESTIMATE_OIDC_CLIENT_ID": "estimates",
    "ESTIMATE_OIDC_CLIENT_SECRET": "nobody-knows",
}
WriteFile = Callable[[str | bytes], str]


@pytest.fixture
def write_file(tmp_path: Path) -> WriteFile:
    """A function that writes a file and gives its path."""

    def write(content: str | bytes) -> str:
        path = tmp_path / "value"
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return str(path)

    return write


def refusal_of(environment: dict[str, str]) -> str:
    with pytest.raises(BadInput) as refused:
        Settings.from_environment(environment)
    return str(refused.value)


def test_an_empty_environment_gives_the_defaults() -> None:
    assert Settings.from_environment({"ESTIMATE_HOME": " ", "ESTIMATE_WORKER": ""}) == Settings()
    assert Settings().home == DEFAULT_HOME


def test_settings_come_from_the_environment() -> None:
    settings = Settings.from_environment(
        {
            "ESTIMATE_HOME": "desk",
            "ESTIMATE_WORKER": "External",
            "ESTIMATE_MAX_UPLOAD_MB": "40",
            "ESTIMATE_READ_SECONDS": " 600 ",
            "ESTIMATE_URL": " https://estimates.example.org:8443/ ",
            "ESTIMATE_NOTIFY_PRIVATE": "Yes",
            "ESTIMATE_OPEN": "yes-anyone",
            "ESTIMATE_SESSION_DAYS": "7",
            "ESTIMATE_PROXY_HEADER": "X-Forwarded-Email",
            "ESTIMATE_PROXY_ADDRESSES": "127.0.0.1, 10.0.0.0/24,::1",
            "ESTIMATE_OIDC_NAME": "Google",
            **SIGN_ON,
            "PATH": "/bin",
        }
    )

    assert settings == Settings(
        home=Path("desk"),
        worker="external",
        max_upload_mb=40,
        read_seconds=600,
        url="https://estimates.example.org:8443",
        notify_private=True,
        open="yes-anyone",
        session_days=7,
        proxy_header="X-Forwarded-Email",
        proxy_addresses=(ip_network("127.0.0.1/32"), ip_network("10.0.0.0/24"), ip_network("::1/128")),
        oidc_url=PROVIDER,
        oidc_client_id="estimates",
        oidc_client_secret=SecretStr("nobody-knows"),
        oidc_name="Google",
    )
    assert settings.database_path == Path("desk/app.db")


def test_the_environment_of_the_process_is_not_asked(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ESTIMATE_WORKERS", "3")
    monkeypatch.setenv("WORKERS", "4")
    Path(".env").write_text("ESTIMATE_WORKERS=5\nWORKERS=6\n")

    assert Settings().workers == Settings.from_environment({}).workers == 1


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ESTIMATE_WORKER", "sometimes"),
        ("ESTIMATE_LOG", "xml"),
        ("ESTIMATE_MAX_UPLOAD_MB", "many"),
        ("ESTIMATE_MAX_UPLOAD_MB", "0"),
        ("ESTIMATE_MAX_UPLOAD_MB", "2.5"),
        ("ESTIMATE_MAX_UPLOAD_MB", "2.0"),
        ("ESTIMATE_MAX_UPLOAD_MB", "1_0"),
        ("ESTIMATE_MAX_UPLOAD_MB", "1001"),
        ("ESTIMATE_READ_SECONDS", "soon"),
        ("ESTIMATE_READ_SECONDS", "4"),
        ("ESTIMATE_READ_SECONDS", "3601"),
        ("ESTIMATE_WORKERS", "0"),
        ("ESTIMATE_WORKERS", "33"),
        ("ESTIMATE_JOB_SECONDS", "9"),
        ("ESTIMATE_JOBS_PER_USER", "-1"),
        ("ESTIMATE_JOBS_PER_HOUR", "all"),
        ("ESTIMATE_STORAGE_MB", "1e9"),
        ("ESTIMATE_KEEP_DAYS", "0"),
        ("ESTIMATE_SESSION_DAYS", "0"),
        ("ESTIMATE_SESSION_DAYS", "91"),
        ("ESTIMATE_URL", "estimates.example.org"),
        ("ESTIMATE_URL", "ftp://example.org"),
        ("ESTIMATE_URL", "https://"),
        ("ESTIMATE_URL", "https://example.org/#there"),
        ("ESTIMATE_URL", "https://me:word@example.org/"),
        ("ESTIMATE_URL", "https://exam ple.org"),
        ("ESTIMATE_URL", "https://example.org:99999"),
        ("ESTIMATE_URL", "https://me@example.org"),
        ("ESTIMATE_URL", "https://[example"),
        ("ESTIMATE_NOTIFY_PRIVATE", "1"),
        ("ESTIMATE_NOTIFY_PRIVATE", "on"),
        ("ESTIMATE_NOTIFY_PRIVATE", "y"),
        ("ESTIMATE_OPEN", "yes"),
        ("ESTIMATE_OPEN", "YES-ANYONE"),
        ("ESTIMATE_PROXY_HEADER", "X Email"),
        ("ESTIMATE_PROXY_HEADER", "X-Email:"),
        ("ESTIMATE_PROXY_HEADER", "X-\u0915"),
        ("ESTIMATE_PROXY_ADDRESSES", "proxy.example.org"),
        ("ESTIMATE_PROXY_ADDRESSES", "127.0.0.1,,10.0.0.1"),
        ("ESTIMATE_PROXY_ADDRESSES", "10"),
        ("ESTIMATE_PROXY_ADDRESSES", "10.0.0.1/33"),
        ("ESTIMATE_PROXY_ADDRESSES", "10.0.0.1/24/8"),
        ("ESTIMATE_PROXY_ADDRESSES", "/24"),
        ("ESTIMATE_OIDC_URL", "http://login.example.org/"),
        ("ESTIMATE_OIDC_URL", "http://localhost.example.org/"),
        ("ESTIMATE_OIDC_URL", "login.example.org"),
        ("ESTIMATE_OIDC_NAME", "n" * 61),
    ],
)
def test_a_setting_that_cannot_be_used_is_named(name: str, value: str) -> None:
    told = refusal_of({name: value})

    assert told.startswith(f"{name} is \u201c{value}\u201d. Set it to ")


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ("0.0.0.0/0", "it holds every address"),
        ("127.0.0.1, ::/0", "it holds every address"),
        ("::ffff:0:0/96", "it holds every address"),
        ("10.0.0.1/24", "a network is written with its first address, as 10.0.0.0/24 is"),
        ("10.0.0.1/255.255.255.0", "a network is written with its first address"),
        ("10.0.0.1/0", "a network is written with its first address"),
        ("2001:db8::1/64", "a network is written with its first address"),
        ("fe80::1%eth0", "what stands behind % is a card of this machine"),
    ],
)
def test_a_network_of_proxies_that_cannot_be_is_refused_with_the_reason(value: str, reason: str) -> None:
    told = refusal_of({"ESTIMATE_PROXY_ADDRESSES": value})

    assert told.startswith(f"ESTIMATE_PROXY_ADDRESSES is \u201c{value}\u201d; {reason}")
    assert told.endswith(". Set it to addresses or networks with commas between, such as 127.0.0.1, 10.0.0.0/24.")


def test_the_days_without_use_are_no_more_than_a_session_lasts() -> None:
    longest = SESSION_LONGEST.days

    told = refusal_of({"ESTIMATE_SESSION_DAYS": str(longest + 1)})

    assert Settings.from_environment({"ESTIMATE_SESSION_DAYS": str(longest)}).session_days == longest
    assert told.endswith("a whole number from 1 to 90, since a session ends after that however much it is used.")


@pytest.mark.parametrize("end", ["/desk", "/desk/", "//", "/?", "?", "?all=1", "/;a", "/."])
def test_an_address_with_a_path_is_refused_with_the_reason(end: str) -> None:
    value = f"https://example.org{end}"

    told = refusal_of({"ESTIMATE_URL": value})

    assert told.startswith(f"ESTIMATE_URL is \u201c{value}\u201d; it must end with the host or its port")
    assert told.endswith(". Set it to an address such as https://estimates.example.org.")


@pytest.mark.parametrize(("text", "is_yes"), [("yes", True), ("True", True), ("NO", False), ("false", False)])
def test_yes_and_no_are_said_in_four_ways(text: str, is_yes: bool) -> None:
    assert Settings.from_environment({"ESTIMATE_NOTIFY_PRIVATE": text}).notify_private is is_yes


@pytest.mark.parametrize("url", ["http://localhost:8080/o", "http://127.0.0.1/o", "http://[::1]/o", f"{PROVIDER}?p=1"])
def test_a_provider_may_be_on_this_machine_or_behind_https(url: str) -> None:
    assert Settings.from_environment({**SIGN_ON, "ESTIMATE_OIDC_URL": url}).oidc_url == url


def test_all_that_cannot_be_used_is_told_at_once() -> None:
    told = refusal_of({"ESTIMATE_WORKERS": "all", "ESTIMATE_LOG": "loud", "ESTIMATE_HOUSE": "/srv"})

    assert "ESTIMATE_WORKERS is \u201call\u201d. Set it to a whole number from 1 to 32." in told
    assert "ESTIMATE_LOG is \u201cloud\u201d. Set it to plain or json." in told
    assert "no setting ESTIMATE_HOUSE." in told


@pytest.mark.parametrize("name", SIGN_ON)
def test_single_sign_on_is_set_as_a_whole_or_not_at_all(name: str) -> None:
    others = {other: value for other, value in SIGN_ON.items() if other != name}

    of_others, of_one = refusal_of(others), refusal_of({name: SIGN_ON[name]})

    assert f"Set {name} too, or none of them." in of_others
    assert f"Set {' and '.join(others)} too, or none of them." in of_one
    assert "nobody-knows" not in of_others + of_one


def test_a_header_is_believed_from_nobody_unless_it_is_said_from_whom() -> None:
    assert "Set ESTIMATE_PROXY_ADDRESSES to" in refusal_of({"ESTIMATE_PROXY_HEADER": "X-Email"})


def test_a_secret_is_not_shown() -> None:
    settings = Settings.from_environment(SIGN_ON)

    assert settings.oidc_client_secret.get_secret_value() == "nobody-knows"
    assert "nobody-knows" not in f"{settings!r} {settings} {settings.model_dump()}"
    with pytest.raises(ValidationError) as refused:
        Settings(oidc_client_secret="nobody-knows")  # type: ignore[arg-type]
    assert "nobody-knows" not in f"{refused.value} {refused.value!r}"


def test_settings_do_not_change() -> None:
    with pytest.raises(ValidationError):
        Settings().workers = 2  # type: ignore[misc]


@pytest.mark.parametrize(
    ("name", "nearest"),
    [
        ("ESTIMATE_STORAGE", "ESTIMATE_STORAGE_MB"),
        ("ESTIMATE_WORKRES", "ESTIMATE_WORKERS"),
        ("ESTIMATE_OIDC_SECRET_FILE", "ESTIMATE_OIDC_CLIENT_SECRET_FILE"),
        ("estimate_home", "ESTIMATE_HOME"),
        ("ESTIMATE_HEARTBEAT_SECONDS", "ESTIMATE_READ_SECONDS"),
    ],
)
def test_a_name_that_no_setting_has_is_refused_with_the_nearest(name: str, nearest: str) -> None:
    told = refusal_of({name: ""})

    assert told == f"There is no setting {name}. Did you mean {nearest}? If not, leave it out."


VALUES = {
    "home": "desk",
    "files_url": "s3://office/estimates",
    "worker": "external",
    "log": "json",
    "url": "https://estimates.example.org",
    "notify_private": "yes",
    "open": "yes-anyone",
    "proxy_header": "X-Email",
    "proxy_addresses": "10.0.0.1",
    "oidc_url": PROVIDER,
    "oidc_client_id": "estimates",
    "oidc_client_secret": "nobody-knows",
    "oidc_name": "Google",
}
"""A value that may be set for each field that is no number."""
WITH = {
    "ESTIMATE_PROXY_HEADER": {"ESTIMATE_PROXY_ADDRESSES": "10.0.0.1"},
    "ESTIMATE_OIDC_URL": {name: SIGN_ON[name] for name in SIGN_ON if name != "ESTIMATE_OIDC_URL"},
    "ESTIMATE_OIDC_CLIENT_ID": {name: SIGN_ON[name] for name in SIGN_ON if name != "ESTIMATE_OIDC_CLIENT_ID"},
    "ESTIMATE_OIDC_CLIENT_SECRET": {name: SIGN_ON[name] for name in SIGN_ON if name != "ESTIMATE_OIDC_CLIENT_SECRET"},
}
"""What must be set besides."""


@pytest.mark.parametrize(("name", "field"), list_variables().items())
def test_each_setting_is_read_from_a_file_too(name: str, field: str, write_file: WriteFile) -> None:
    value, others = VALUES.get(field, "30"), WITH.get(name, {})

    by_file = Settings.from_environment({**others, f"{name}_FILE": write_file(f"\ufeff {value}\r\n")})

    assert by_file == Settings.from_environment({**others, name: value})
    assert getattr(by_file, field) != getattr(Settings(), field)


def test_no_name_of_a_setting_is_that_of_a_file() -> None:
    names = list_variables()

    assert not {f"{name}_FILE" for name in names} & set(names)
    assert set(VALUES) <= set(names.values())


def test_a_value_and_a_file_for_it_are_refused(write_file: WriteFile) -> None:
    told = refusal_of({"ESTIMATE_WORKERS": "2", "ESTIMATE_WORKERS_FILE": write_file("2")})

    assert told == "ESTIMATE_WORKERS and ESTIMATE_WORKERS_FILE are both set. Leave one of them out."


def test_a_blank_variable_is_as_good_as_none(write_file: WriteFile) -> None:
    by_file = Settings.from_environment({"ESTIMATE_WORKERS": " ", "ESTIMATE_WORKERS_FILE": write_file("2")})

    assert by_file.workers == 2
    assert Settings.from_environment({"ESTIMATE_WORKERS": "3", "ESTIMATE_WORKERS_FILE": ""}).workers == 3


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("1" * 10_001, "is longer than 10,000 bytes"),
        (b"\xff\xfe2\x00", "is no text in UTF-8"),
        (" \n", "is empty"),
    ],
)
def test_a_file_that_holds_no_value_is_refused(content: str | bytes, words: str, write_file: WriteFile) -> None:
    told = refusal_of({"ESTIMATE_WORKERS_FILE": write_file(content)})

    assert told == f"ESTIMATE_WORKERS_FILE names a file that {words}. Name one that holds the value and no more."


def test_a_value_has_one_line_and_nothing_that_does_not_print(write_file: WriteFile) -> None:
    told = "The value of {} has a line break or a control character in it. Leave that out."

    assert refusal_of({"ESTIMATE_HOME": "desk\x00"}) == told.format("ESTIMATE_HOME")
    assert refusal_of({"ESTIMATE_WORKERS_FILE": write_file("2\n3")}) == told.format("ESTIMATE_WORKERS_FILE")


def test_a_proxy_is_known_by_its_address_of_ipv4_however_that_is_written() -> None:
    settings = Settings.from_environment({"ESTIMATE_PROXY_ADDRESSES": "::ffff:10.0.0.1,::ffff:10.1.0.0/112"})

    assert settings.proxy_addresses == (ip_network("10.0.0.1/32"), ip_network("10.1.0.0/16"))


def test_a_file_that_is_absent_or_no_file_is_refused(tmp_path: Path) -> None:
    for path in (tmp_path / "absent", tmp_path):
        assert "ESTIMATE_WORKERS_FILE names a file that cannot be read (" in refusal_of(
            {"ESTIMATE_WORKERS_FILE": str(path)}
        )


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="Windows has no pipes among its files")
def test_a_pipe_that_nobody_fills_does_not_hold_up_the_start(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")

    assert "no plain file" in refusal_of({"ESTIMATE_WORKERS_FILE": str(tmp_path / "pipe")})


def test_what_a_file_holds_is_not_told(write_file: WriteFile) -> None:
    told = refusal_of({"ESTIMATE_URL_FILE": write_file("nobody-knows")})

    assert told.startswith("ESTIMATE_URL_FILE names a file with another value. Set it to an address")
    assert "nobody-knows" not in told


def test_why_a_file_cannot_be_used_is_told_without_what_it_holds(write_file: WriteFile) -> None:
    told = refusal_of({"ESTIMATE_URL_FILE": write_file("https://nobody-knows/desk")})

    assert told.startswith("ESTIMATE_URL_FILE names a file with another value; it must end with the host or its port")
    assert "nobody-knows" not in told


def test_what_belongs_together_is_not_told_of_what_could_not_be_read(tmp_path: Path) -> None:
    secret = {"ESTIMATE_OIDC_CLIENT_SECRET": "", "ESTIMATE_OIDC_CLIENT_SECRET_FILE": str(tmp_path / "absent")}

    assert "belong together" not in refusal_of({**SIGN_ON, **secret})


def shown(default: Any) -> str:
    """How README tells a default."""
    if isinstance(default, bool):
        return "`yes`" if default else "`no`"
    if isinstance(default, Path):
        return f"`{default.relative_to(ROOT).as_posix()}`"
    if isinstance(default, SecretStr):
        return shown(default.get_secret_value())
    return f"`{default}`" if default not in ("", ()) else ""


def told_in_readme() -> list[tuple[str, str]]:
    """Names and defaults of the table of settings."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    section = text.split("\n## Settings\n")[1].split("\n## ")[0]
    return re.findall(r"^\| `(\w+)` \| *(.*?) *\| .+ \|$", section, re.MULTILINE)


def test_readme_tells_each_setting_once_with_its_default() -> None:
    of_code = {name: shown(Settings.model_fields[field].default) for name, field in list_variables().items()}

    told = told_in_readme()

    assert dict(told) == of_code
    assert len(told) == len(of_code)


def test_readme_and_the_program_name_no_other_settings() -> None:
    known = set(list_variables()) | {f"{name}_FILE" for name in list_variables()}
    files = [ROOT / "README.md", ROOT / "app.py", ROOT / "queue_worker.py"]
    files += [*ROOT.glob("estimate_core/**/*.py"), *ROOT.glob("pages/**/*.py"), *ROOT.glob("benchmarks/**/*.py")]

    named = {name for file in files for name in re.findall(r"\bESTIMATE_[A-Z_]*[A-Z]\b", file.read_text("utf-8"))}

    assert named - known == {"ESTIMATE_WIDTHS", "ESTIMATE_NAME", "ESTIMATE_NAME_FILE"}

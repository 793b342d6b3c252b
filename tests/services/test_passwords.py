"""Which passwords may be used, and the sentence that says why another may not."""

import pytest

from estimate_core.domain.errors import BadInput
from estimate_core.services.passwords import check_password

KNOWN = ["asha.rao@pwd-guntur.gov.in", "Asha Rao", "PWD Guntur"]


@pytest.mark.parametrize(
    "password",
    [
        "asha drinks tea at noon",
        "a guntur kettle over the moor",
        "estimate the brass monsoon",
        "correct horse battery staple",
        "bricksundermonsoon",
        "rain rain on a tin roof",
        "Xk#9!pL2&q",
        "#7%!@^3*(x",
        "asha 8347x#!q",
        "another line",
        "\u0c35\u0c30\u0c4d\u0c37\u0c02 \u0c30\u0c47\u0c15\u0c41 \u0c2a\u0c48\u0c15\u0c2a\u0c4d\u0c2a\u0c41",
        "\u0d15\u0d23\u0d4d\u200d \u0d2e\u0d34 \u0d35\u0d46\u0d33\u0d4d\u0d33\u0d02 \u0d2a\u0d41\u0d34",
    ],
)
def test_several_words_or_random_characters_do_well(password: str) -> None:
    check_password(password, KNOWN)


@pytest.mark.parametrize(
    "password",
    [
        "Asha Rao PWD Guntur",
        "Asha Rao 2026",
        "PWD Guntur 123",
        "Estimate Desk 1",
        "ESTIMATEDESK2026",
        "asharaopwdguntur",
        "Asha-Rao/PWD+2026",
        "guntur, rao, asha!",
        "asha.rao@pwd-guntur.gov.in",
        "\uff21\uff53\uff48\uff41 \uff32\uff41\uff4f \uff12\uff10\uff12\uff16",
        "As\u200bha R\u200bao 2026",
        "asha asha rao rao pwd",
        "Asha Rao " * 20,
    ],
)
def test_what_is_made_of_names_that_others_know_is_refused(password: str) -> None:
    with pytest.raises(BadInput, match="too easy to guess: (take away names|it says the same)"):
        check_password(password, KNOWN)


@pytest.mark.parametrize("name", ["\u0c06\u0c36\u0c3e \u0c30\u0c3e\u0c35\u0c41", "STRASSE Stra\u00dfe"])
def test_names_in_any_script_are_known(name: str) -> None:
    with pytest.raises(BadInput, match="take away names"):
        check_password(f"{name} 2026", [name])


@pytest.mark.parametrize("password", ["ravi ravi ravi", "Ravi ravi RAVI", "tiger  tiger  tiger", "password password"])
def test_what_says_the_same_again_and_again_is_refused(password: str) -> None:
    with pytest.raises(BadInput, match="it says the same again and again"):
        check_password(password, KNOWN)


@pytest.mark.parametrize("password", ["password123", "aaaaaaaaaaaaaaaa", " " * 20, "\u1680 " * 10])
def test_what_is_common_is_refused(password: str) -> None:
    with pytest.raises(BadInput, match="too easy to guess"):
        check_password(password)


@pytest.mark.parametrize(
    ("password", "told"),
    [
        ("", "has fewer than 10 characters\\."),
        ("x7 kettle", "has fewer than 10 characters\\."),
        ("\ufdfa", "has fewer than 10 characters\\."),
        ("e\u0301" * 9, "has fewer than 10 characters\\."),
        ("\u200b" * 12, "characters that can be seen"),
        ("\u3164" * 12, "characters that can be seen"),
        ("\u2800\ufe0f\U000e0101\u115f" * 3, "characters that can be seen"),
        ("x7 ket" + "\u200d" * 6, "characters that can be seen"),
        ("x7" * 129, "more than 256"),
        ("\ufdfa" * 20, "more than 256"),
    ],
)
def test_only_what_is_seen_counts_by_the_shorter_of_its_forms(password: str, told: str) -> None:
    with pytest.raises(BadInput, match=told):
        check_password(password)


@pytest.mark.parametrize("character", ["\0", "\t", "\n", "\x7f", "\x85", "\ud7ff\ud800"])
def test_what_no_key_types_is_refused(character: str) -> None:
    with pytest.raises(BadInput, match="characters that no key types"):
        check_password(character.join(["kettle", "moor", "brass", "noon"]))


def test_a_long_one_of_known_words_alone_is_told_within_a_moment() -> None:
    many = [f"Division {number} of {'x' * 70}" for number in range(200)]

    with pytest.raises(BadInput, match="too easy"):
        check_password("Division 7 of " * 15, many)

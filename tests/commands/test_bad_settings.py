"""Each command that works on a desk tells a bad setting in a sentence, and touches nothing."""

import argparse
import io
from collections.abc import Iterator
from pathlib import Path

import pytest

from estimate_core.__main__ import main
from estimate_core.commands.parser import make_parser

WITHOUT_A_DESK = {"items", "build", "check", "compare", "verify"}


def every_command() -> Iterator[tuple[str, list[str]]]:
    """Each command that works on a desk, with what must be said besides."""
    [commands] = [action for action in make_parser()._actions if isinstance(action, argparse._SubParsersAction)]
    for name, parser in commands.choices.items():
        if name not in WITHOUT_A_DESK:
            yield name, [word for action in parser._actions for word in said(action)]


def said(action: argparse.Action) -> list[str]:
    if not action.required:
        return []
    value = next(iter(action.choices)) if action.choices else "some.zip"
    return [*action.option_strings[:1], value]


@pytest.mark.parametrize(("name", "words"), [pytest.param(*command, id=command[0]) for command in every_command()])
def test_a_bad_setting_is_told_and_nothing_is_touched(
    name: str, words: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.stdin", io.StringIO("eight plain words that nobody would guess\n"))
    monkeypatch.setenv("ESTIMATE_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("ESTIMATE_WORKRES", "2")

    status = main([name, *words])

    told = capsys.readouterr()
    assert (status, told.out) == (2, "")
    assert told.err == "There is no setting ESTIMATE_WORKRES. Did you mean ESTIMATE_WORKERS? If not, leave it out.\n"
    assert list(tmp_path.iterdir()) == []

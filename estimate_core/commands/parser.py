"""The commands and what may be said with each."""

import argparse
from pathlib import Path

from estimate_core.commands.backup import backup, restore, verify
from estimate_core.commands.build import build, items
from estimate_core.commands.check import check
from estimate_core.commands.clean import clean
from estimate_core.commands.compare import compare
from estimate_core.commands.leaving import delete, export
from estimate_core.commands.people import (
    add_organisation,
    add_user,
    disable_user,
    enable_user,
    list_users,
    set_password,
)

_PROGRAM = "python -m estimate_core"
_PASSWORD = (
    "The password is asked for, or is the first line of standard input where that is not a terminal. It is to be "
    "changed at the first sign-in."
)


def make_parser() -> argparse.ArgumentParser:
    """The parser of all commands; what it gives holds the function to `run`."""
    parser = argparse.ArgumentParser(prog=_PROGRAM, description="Estimates from a schedule of rates.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    _add_items(commands.add_parser("items", help="print the items of a schedule as CSV"))
    _add_build(commands.add_parser("build", help="make an estimate workbook"))
    _add_check(commands.add_parser("check", help="tell what is to be mended in a schedule"))
    _add_compare(commands.add_parser("compare", help="tell what changed between two editions of a schedule"))
    _add_clean(commands.add_parser("clean", help="delete files that were kept long enough, and what nothing needs"))
    _add_backup(commands.add_parser("backup", help="make an archive of everything, while everything runs"))
    _add_verify(commands.add_parser("verify", help="look whether an archive is whole"))
    _add_restore(commands.add_parser("restore", help="bring a backup back into an empty folder"))
    _add_export(commands.add_parser("export-organisation", help="make an archive of what one organisation has"))
    _add_delete(commands.add_parser("delete-organisation", help="delete what one organisation has"))
    _add_organisation(commands.add_parser("add-organisation", help="add an organisation, with the sample schedules"))
    _add_user(commands.add_parser("add-user", help="have a person belong to an organisation"))
    _add_set_password(commands.add_parser("set-password", help="give a person another password"))
    _add_list_users(commands.add_parser("list-users", help="tell who can sign in"))
    _add_disable_user(commands.add_parser("disable-user", help="let a person sign in no more"))
    _add_enable_user(commands.add_parser("enable-user", help="let a disabled person sign in again"))
    return parser


def _add_organisation(parser: argparse.ArgumentParser) -> None:
    parser.description = "Prints its name and its id."
    parser.add_argument("name", metavar="NAME")
    parser.set_defaults(run=add_organisation)


def _add_user(parser: argparse.ArgumentParser) -> None:
    parser.description = f"{_PASSWORD} It is not asked for where the person has an account already."
    parser.add_argument("email", metavar="EMAIL")
    parser.add_argument("--organisation", required=True, metavar="NAME", help="its name or its id")
    parser.add_argument("--role", required=True, metavar="ROLE", help="owner, estimator or viewer")
    parser.add_argument("--name", metavar="TEXT", help="the person's name, else what stands before the @")
    parser.add_argument("--no-password", action="store_true", help="for who signs in by single sign-on alone")
    parser.set_defaults(run=add_user)


def _add_set_password(parser: argparse.ArgumentParser) -> None:
    parser.description = f"{_PASSWORD} Ends all sessions of the person."
    parser.add_argument("email", metavar="EMAIL")
    parser.set_defaults(run=set_password)


def _add_list_users(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.set_defaults(run=list_users)


def _add_disable_user(parser: argparse.ArgumentParser) -> None:
    parser.description = "Ends all sessions of the person, in every organisation; tokens open nothing any more."
    parser.add_argument("email", metavar="EMAIL")
    parser.set_defaults(run=disable_user)


def _add_enable_user(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("email", metavar="EMAIL")
    parser.set_defaults(run=enable_user)


def _add_export(parser: argparse.ArgumentParser) -> None:
    parser.description = "Without the addresses and secrets of its channels. Exit status: as of backup."
    parser.add_argument("organisation", metavar="NAME", help="its name or its id")
    parser.add_argument("file", type=Path, metavar="FILE.zip")
    parser.add_argument("--force", action="store_true", help="replace a file that is there")
    parser.set_defaults(run=export)


def _add_delete(parser: argparse.ArgumentParser) -> None:
    parser.description = "Refused while jobs of the organisation wait or run. Backups keep what they hold."
    parser.add_argument("organisation", metavar="NAME", help="its name or its id")
    parser.add_argument("--yes", action="store_true", help="do not have its id typed first")
    parser.set_defaults(run=delete)


def _add_backup(parser: argparse.ArgumentParser) -> None:
    parser.description = "Exit status: 0, or 1 where files were missing or damaged already."
    parser.add_argument("file", type=Path, metavar="FILE.zip")
    parser.add_argument("--force", action="store_true", help="replace a file that is there")
    parser.set_defaults(run=backup)


def _add_verify(parser: argparse.ArgumentParser) -> None:
    parser.description = (
        "Exit status: 0, 1 where files were missing or damaged when it was made, 2 where it is not whole."
    )
    parser.add_argument("file", type=Path, metavar="FILE.zip")
    parser.set_defaults(run=verify)


def _add_restore(parser: argparse.ArgumentParser) -> None:
    parser.description = "Stop the program first. Exit status: as of verify."
    parser.add_argument("file", type=Path, metavar="FILE.zip")
    parser.add_argument("--home", type=Path, metavar="FOLDER", help="instead of the folder that ESTIMATE_HOME names")
    parser.set_defaults(run=restore)


def _add_clean(parser: argparse.ArgumentParser) -> None:
    parser.description = "Works while the program runs, too. Exit status: 0, or 1 where files would not go."
    parser.add_argument("--dry-run", action="store_true", help="only tell what would go")
    parser.add_argument("--organisation", metavar="ID", help="of this organisation alone")
    parser.set_defaults(run=clean)


def _add_items(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("schedule", type=Path, metavar="SCHEDULE.xlsx")
    parser.set_defaults(run=items)


def _add_build(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("schedule", type=Path, metavar="SCHEDULE.xlsx")
    lines_help = "item,quantity[,unit] with a header; an item is a name, a code or row:123"
    parser.add_argument("lines", type=Path, metavar="LINES.csv", help=lines_help)
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="OUT.xlsx")
    parser.add_argument("--work-name", default="", metavar="TEXT", help="the name of the work")
    parser.add_argument("--work-type", choices=("original", "repair"), default="original")
    parser.add_argument("--grand-total", metavar="N", help="rupees that the estimate is fitted to")
    parser.add_argument("--estimate-only", action="store_true", help="without the rate analyses")
    parser.add_argument("--grouped", action="store_true", help="lines by groups, with a subtotal each")
    parser.add_argument("--cover", action="store_true", help="begin with a cover, which says what the next options say")
    for option in ("--department", "--head-of-account", "--work-id", "--place"):
        parser.add_argument(option, default="", metavar="TEXT")
    parser.set_defaults(run=build)


def _add_check(parser: argparse.ArgumentParser) -> None:
    parser.description = "Exit status: 0 usable, 1 some items cannot be used, 2 not usable."
    parser.add_argument("schedule", type=Path, metavar="SCHEDULE.xlsx")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.set_defaults(run=check)


def _add_compare(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("old", type=Path, metavar="OLD.xlsx")
    parser.add_argument("new", type=Path, metavar="NEW.xlsx")
    parser.add_argument("-o", "--output", type=Path, metavar="OUT.xlsx", help="write the comparison as a workbook too")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.set_defaults(run=compare)

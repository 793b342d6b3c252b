"""The command line: `python -m estimate_core COMMAND`; the commands are items, build, check and compare, and for
whoever hosts clean, backup, verify, restore, export-organisation, delete-organisation, add-organisation, add-user,
set-password, list-users, disable-user and enable-user.

What goes wrong is told in sentences on stderr and ends with exit status 2, and an output that was there stays.
"""

import argparse
import io
import logging
import os
import sys
from collections.abc import Callable, Sequence

from estimate_core.domain.errors import DeskError

REFUSED, STOPPED = 2, 130

_REPORT_IT = "Save the schedule anew in Excel and try again; if it stays, report it with its file."
_log = logging.getLogger(__name__)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; gives its exit status: mostly 0, 2 for a refusal, 130 when stopped by the person."""
    _speak_utf_8()
    try:
        status = _run(arguments)
        sys.stdout.flush()
    except DeskError as refusal:
        print(refusal, file=sys.stderr)
        return REFUSED
    except BrokenPipeError:
        # The reader of the pipe has gone (`... | head`).
        _drop_output()
        return 0
    except OSError as problem:  # of the output: the commands tell what is wrong with a file themselves
        print(f"The output cannot be written: {problem.strerror or problem}. Mend that and try again.", file=sys.stderr)
        _drop_output()
        return REFUSED
    except KeyboardInterrupt:
        return STOPPED
    except Exception as error:  # the outermost frame: a person gets a sentence, a developer the log
        _log.debug("an error that nobody foresaw", exc_info=True)
        print(f"This should not have happened: {type(error).__name__}: {error}. {_REPORT_IT}", file=sys.stderr)
        return REFUSED
    return status


def _run(arguments: Sequence[str] | None) -> int:
    # Not imported before, since that takes a while: whoever stops it then is not shown a traceback.
    from estimate_core.commands.parser import make_parser

    chosen = make_parser().parse_args(arguments)
    run: Callable[[argparse.Namespace], int] = chosen.run
    return run(chosen)


def _drop_output() -> None:
    """Let what is not written yet go nowhere: else the interpreter's last flush would complain."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _speak_utf_8() -> None:
    """UTF-8 whatever the console's code page is, and line ends as they are written."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace", newline="\n")


if __name__ == "__main__":
    sys.exit(main())

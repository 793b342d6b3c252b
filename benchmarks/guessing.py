"""How long a refused sign-in takes where the account is unknown, beside one whose password is wrong.

`python -m benchmarks.guessing [--rounds N]` asks a desk of its own, in turn, and prints medians and their ratio: who
measures answers from outside must not learn from them who has an account.
"""

import argparse
import logging
import os
import statistics
import tempfile
import time
from pathlib import Path

from estimate_core.desk import Desk, open_desk
from estimate_core.domain.errors import BadInput
from estimate_core.services.accounts import NewPerson, create_first_account
from estimate_core.services.signing_in import Caller, sign_in
from estimate_core.settings import Settings
from estimate_core.wiring import utc_now

KNOWN, UNKNOWN = "known@example.org", "unknown@example.org"


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=200)
    rounds = parser.parse_args().rounds
    # Each refusal is logged, which is part of what it takes; but who measures wants to read the figures.
    logging.basicConfig(filename=os.devnull)
    with tempfile.TemporaryDirectory() as folder:
        desk = open_desk(Settings(home=Path(folder) / "home"), lambda job_id: None, utc_now)
        create_first_account(desk, "Office", NewPerson("Known", KNOWN, "bricks under monsoon"), Caller())
        times: dict[str, list[float]] = {KNOWN: [], UNKNOWN: []}
        for number in range(rounds):
            for email, taken in times.items():
                # Each from an address of its own, and none from the office: else throttling would answer.
                taken.append(_refused_after(desk, email, Caller(f"203.0.113.{number}-{email}")))
                _forget_tries(desk)
    known, unknown = (statistics.median(taken) * 1000 for taken in times.values())
    spread = statistics.pstdev(times[KNOWN]) * 1000
    print(f"wrong password {known:7.1f} ms   unknown account {unknown:7.1f} ms   ratio {known / unknown:.3f}")
    print(
        f"spread of one kind (standard deviation) {spread:.1f} ms, difference of the medians {known - unknown:+.1f} ms"
    )


def _refused_after(desk: Desk, email: str, caller: Caller) -> float:
    began = time.perf_counter()
    try:
        sign_in(desk, email, "not the password", caller)
    except BadInput:
        return time.perf_counter() - began
    raise AssertionError("signed in with a wrong password")


def _forget_tries(desk: Desk) -> None:
    with desk.open_db() as db:
        db.execute("DELETE FROM tries")
        db.conn.commit()


if __name__ == "__main__":
    main()

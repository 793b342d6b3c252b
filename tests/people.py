"""People with accounts at a desk, signed in without the price of a password's hash."""

from dataclasses import dataclass
from uuid import uuid4

from estimate_core.desk import Desk
from estimate_core.domain.people import LOCAL, Account, Organisation, Role, User
from estimate_core.services.signing_in import Caller, find_visitor, start_session
from estimate_core.storage import accounts
from estimate_core.storage.database import writing

HERE = Caller("192.0.2.7", "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0")


@dataclass(frozen=True)
class Person:
    """Somebody who is signed in: the ticket in their browser, and the user that they are by it."""

    account: Account
    user: User
    ticket: str


def settle(desk: Desk, email: str, role: Role = Role.OWNER, organisation: str = LOCAL.organisation) -> Person:
    """Have a person with an account in an organisation, which is made if absent, and sign them in."""
    account = Account(str(uuid4()), email, email.partition("@")[0].capitalize(), False, False, None, desk.now())
    with desk.open_db() as db, writing(db):
        known = accounts.find_account(db, email)
        if known is None:
            accounts.insert_account(db, account, None)
        if organisation not in {one.id for one in accounts.list_organisations(db)}:
            accounts.insert_organisation(db, Organisation(organisation, organisation.capitalize()))
        accounts.put_member(db, str(uuid4()), known or account, organisation, role)
    return sign_in_again(desk, known or account)


def sign_in_again(desk: Desk, account: Account) -> Person:
    """Sign the same person in from another browser."""
    with desk.open_db() as db, writing(db):
        ticket = start_session(desk, db, account, "password", HERE)
    visitor = find_visitor(desk, ticket, HERE)
    assert visitor is not None and visitor.user is not None
    return Person(account, visitor.user, ticket)

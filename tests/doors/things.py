"""What an organisation has, as it is asked for by ids, and how to tell whether something of it is shown."""

from dataclasses import dataclass, fields, replace

from estimate_core.domain.people import LOCAL, User
from tests.furnished import Staffed


@dataclass(frozen=True)
class Things(Staffed):
    """`session` is another one of the owner's, `office` the id of the organisation."""

    session: str
    office: str


IDS = tuple(field.name for field in fields(Things) if field.name not in ("user", "mark"))
"""The fields by which something can be asked for."""
PERSONAL = {"own_channel", "session", "token"}
"""Those that lead to what belongs to one person of the organisation, the owner."""
LIKE_ANY = Things(user=LOCAL, mark="", **dict.fromkeys(IDS, "like any"))
"""Things by which can be told what a call asks for."""


def id_of(things: Things, name: str) -> str:
    """The id that a field holds."""
    value = getattr(things, name)
    return value.id if isinstance(value, User) else str(value)


def with_ids(things: Things, ids: dict[str, str]) -> Things:
    """The things with other ids in these fields."""
    users = {name: value for name, value in vars(things).items() if isinstance(value, User)}
    return replace(things, **{name: replace(users[name], id=id) if name in users else id for name, id in ids.items()})


def markers(things: Things) -> set[str]:
    """Texts that stand in what belongs to an organisation and nowhere else."""
    ids = {id_of(things, name) for name in IDS} - {things.office}
    office = {f"'{things.office}'", f'"{things.office}"', f"guest@{things.office}"}
    return ids | office | {things.mark, f"{things.user.id}@example.org"}


def is_shown(things: Things, text: str) -> bool:
    """Whether a text tells anything of an organisation."""
    return any(marker in text for marker in markers(things))

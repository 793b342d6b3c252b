"""Who is at the desk: a person and the organisation whose things they see."""

from dataclasses import dataclass


@dataclass(frozen=True)
class User:
    """A person at work for one organisation; both ids are text."""

    id: str
    name: str
    organisation: str


LOCAL = User(id="local", name="local", organisation="local")
"""The one person of the one organisation while no accounts exist."""

"""Who is told when a job ends, and by which way."""

import streamlit as st

from estimate_core.domain.people import User
from estimate_core.services.jobs import Desk


def show_notifications(desk: Desk, user: User) -> None:
    """The whole tab."""
    st.info("Nobody is told yet when a job ends. Jobs shows how each one goes on.")

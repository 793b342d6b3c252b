"""The Team page: its tabs."""

from tests.pages.conftest import Show


def test_the_page_has_a_tab_for_each_matter(show: Show) -> None:
    page = show("team")

    assert "Notifications" in [tab.label for tab in page.tabs]

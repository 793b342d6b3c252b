"""Takes the pictures of README.md: `python -m docs.screenshots` starts the application on a home of its own."""

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from playwright.sync_api import sync_playwright

from estimate_core.domain.job import JobType
from estimate_core.domain.people import LOCAL, Role, User
from estimate_core.domain.schedule import Schedule
from estimate_core.services import estimates, jobs, schedules, work
from estimate_core.services.accounts import NewPerson, add_user, create_first_account
from estimate_core.services.signing_in import Caller, find_visitor
from tests.browser.conftest import CHROMIUM, DESKTOP, FLAGS, PHONE, Office, running_office
from tests.browser.hands import click_row, items_table, settle

if TYPE_CHECKING:
    from playwright.sync_api import Page

FOLDER = Path(__file__).with_name("screenshots")
WORKS = (
    ("Civil", "Compound wall to Primary Health Centre, Kothapalli", "original"),
    ("Electrical", "Rewiring of staff quarters, Type II, Block 4", "repair"),
    ("Civil", "Repairs to Block C, Zilla Parishad School", "repair"),
    ("Electrical", "Electrification of classrooms, Zilla Parishad High School", "original"),
)
EMAIL, PASSWORD = "asha.rao@example.org", "bricks under monsoon"
COLLEAGUES = (
    ("Meena Iyer", "meena.iyer@example.org", Role.VIEWER),
    ("Ravi Kumar", "ravi.kumar@example.org", Role.ESTIMATOR),
)
QUANTITIES = {"Pts": ("48", "24", "12"), "Nos": ("36", "18", "4"), "Rmt": ("180.500", "64.25", "120")}


def main() -> None:
    """Fill a home with estimates, then photograph each page at both widths."""
    FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, running_office(Path(folder) / "home", "embedded") as office:
        fill(office)
        user = make_accounts(office)
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
            for name, (width, height) in (("desktop", DESKTOP), ("phone", PHONE)):
                page = browser.new_page(viewport={"width": width, "height": height})
                sign_in(page, office)
                photograph(page, office, user, name)
            browser.close()


def fill(office: Office) -> None:
    """Estimates on both samples, the last one open."""
    for category, name, work_type in WORKS:
        estimate_id = office.new_estimate(category, name)
        estimates.set_work(office.desk, LOCAL, estimate_id, work_type=work_type)
        card = estimates.open_estimate(office.desk, LOCAL, estimate_id).schedule
        add_lines(office, estimate_id, schedules.load_schedule(office.desk, LOCAL, card.id))


def make_accounts(office: Office) -> User:
    """An office of three, as the one who signs in sees it."""
    person = NewPerson("Asha Rao", EMAIL, PASSWORD)
    ticket = create_first_account(office.desk, "PWD Electrical Division", person, Caller("192.0.2.7"))
    for name, email, role in COLLEAGUES:
        add_user(office.desk, NewPerson(name, email, None), "PWD Electrical Division", role)
    visitor = find_visitor(office.desk, ticket, Caller())
    assert visitor is not None and visitor.user is not None
    return visitor.user


def sign_in(page: "Page", office: Office) -> None:
    """Through the form."""
    page.goto(office.url)
    page.get_by_label("E-mail address").fill(EMAIL)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()


def add_lines(office: Office, estimate_id: str, schedule: Schedule) -> None:
    """Every sixth item, with quantities that suit its unit."""
    for number, item in enumerate(schedule.items[::6]):
        _, line = estimates.add_item(office.desk, LOCAL, estimate_id, item.row)
        quantities = QUANTITIES.get(item.unit, ("24.60", "86.25", "12.5"))
        estimates.set_quantity(office.desk, LOCAL, estimate_id, line, quantities[number % 3])


def photograph(page: "Page", office: Office, user: User, width: str) -> None:
    """One picture of each page, and on the desktop one of the progress dialog and of the people."""
    page.get_by_text("Items ").first.wait_for()
    if width == "desktop":
        take(page, "estimate-desktop")
        show_more(page)
        make_workbooks(page, office, user)
    else:
        page.locator(".st-key-steps").get_by_text("Lines", exact=True).click()
        take(page, "estimate-phone")
    for path in ("jobs", "estimates", "schedules"):
        page.goto(f"{office.url}/{path}")
        page.get_by_test_id("stDataFrame").first.wait_for()
        take(page, f"{path}-{width}")
    if width == "desktop":
        page.goto(f"{office.url}/team")
        page.get_by_text("3 people").wait_for()
        take(page, "team-desktop")


def show_more(page: "Page") -> None:
    """The charges, the preview, and a rate analysis as its sheet looks."""
    page.get_by_role("radio", name="Charges").click(force=True)
    page.get_by_role("button", name="Add a percent row").wait_for()
    take(page, "charges-desktop")
    page.get_by_role("radio", name="Lines").click(force=True)
    page.get_by_role("button", name="Preview").click()
    page.get_by_role("dialog").get_by_role("img").first.wait_for()
    take(page, "preview-desktop")
    page.keyboard.press("Escape")
    settle(page)
    click_row(page, items_table(page), 2, 90)
    page.get_by_role("region", name="Rate analysis as its sheet shows it").wait_for()
    take(page, "analysis-desktop")
    page.keyboard.press("Escape")
    settle(page)


def make_workbooks(page: "Page", office: Office, user: User) -> None:
    """A few jobs, the last one from the button."""
    for card in reversed(estimates.list_estimates(office.desk, user)):
        jobs.submit_job(office.desk, user, card.id, JobType.ESTIMATE)
        work.run_next(office.desk, "pictures")
    page.get_by_role("button", name="Download Estimate + Datas").click()
    page.get_by_text("Ready in").wait_for()
    take(page, "progress-desktop")


def take(page: "Page", name: str) -> None:
    """The window as it is, once it stands still."""
    settle(page)
    page.wait_for_timeout(1200)
    page.screenshot(path=FOLDER / f"{name}.png")


if __name__ == "__main__":
    main()

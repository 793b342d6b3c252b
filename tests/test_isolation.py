"""Nobody sees or changes another organisation's things, by any door; nor does who may not, or is signed out.

Each use case is tried by everybody of `tests.doors.visitors`, upon the same things. The lists are found in the code, so
that what is new and not in the matrix fails here.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from inspect import signature
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from streamlit.testing.v1 import AppTest

from estimate_core.domain.errors import BadInput, DeskError, NotAllowed, NotFound, SignedOut
from estimate_core.domain.people import LOCAL, Action, User, may
from estimate_core.services import people, schedules
from estimate_core.services.submitting import Key, submit_written
from estimate_core.storage.database import time_text, writing
from estimate_core.storage.sessions import set_current
from tests.conftest import FAN, workbook_of
from tests.conftest import STRANGER as STRANGER_USER
from tests.doors import routes
from tests.doors.count import TRIED, count
from tests.doors.pages import ENDINGS, WAYS, Door, Way, all_shown, page_names
from tests.doors.routes import BY_NAME, Request, request_of, requests_of
from tests.doors.server import Answer, served
from tests.doors.settled import Place, Settled, open_place, settle
from tests.doors.things import Things, id_of, is_shown, with_ids
from tests.doors.unguarded import FROM_OUTSIDE, ROOT, WITH_USER, caches, functions_with_user, used_from
from tests.doors.use_cases import (
    CALLS,
    FILTERS,
    MANAGES,
    NAMELESS,
    OWNERS_TOO,
    OWNS,
    action_of,
    ask,
    fields_asked,
    is_personal,
    is_reading,
    use_cases,
)
from tests.doors.visitors import (
    BOASTERS,
    ESTIMATOR,
    FOREIGN,
    GUEST,
    IMPOSTORS,
    MAY,
    OWNER,
    SHUT_OUT,
    STRANGER,
    VIEWER,
    WRITES,
)
from tests.doors.web import WITHOUT_WAY_IN, Web

BEHIND, ROUTES, PAGES = "use cases", "routes", "pages"
OK, UNKNOWN, NOT_ALLOWED, ABSENT, LEADS_ON, OPENED, BAD = 200, 401, 403, 404, 303, 101, 400
KNOWN_BUT_BARRED = ("person taken out", "person who must change the password")
STREAM = "/_stcore/stream"
STANDING = {name: name for name in MAY} | BOASTERS
"""Who belongs to the organisation, and as what they are to be treated."""
FOR_ALL = {"passwords._hashes", "passwords._nobodys"}
"""What is remembered for everybody: how passwords are hashed."""
NOTED = {"downloads.open_output": {"outputs", "audit"}, "estimates.open_estimate": {"users"}}
"""What is noted where somebody only looks, by tables: that a file was fetched, and which estimate is open."""
NewPlace = Callable[[], Place]
each_case = pytest.mark.parametrize("case", CALLS)
each_operation = pytest.mark.parametrize("name", routes.CALLS)
each_way = pytest.mark.parametrize("way", WAYS)
ENDED = [*((ending, page_names()[0]) for ending in ENDINGS), *(("revoked", name) for name in page_names()[1:])]
"""How a visit ends, and on which page."""
WITHOUT_TICKET = [who for who in SHUT_OUT if "token" not in who]
each_stranger = pytest.mark.parametrize("who", (*FOREIGN, OWNER))
"""Who may do everything in one organisation, and asks for the things of the other."""
ASKING = [(who, case) for case in CALLS if fields_asked(case) for who in (*FOREIGN, OWNER)]
# Who belongs to both organisations may go from one to the other.
ASKING.remove((GUEST, "people.switch_organisation"))
REFUSED = (NotFound.__name__, BadInput.__name__, NotAllowed.__name__)


@pytest.fixture(scope="module")
def settled(tmp_path_factory: pytest.TempPathFactory) -> Settled:
    """Two organisations, and everybody who may come."""
    return settle(tmp_path_factory.mktemp("settled"))


@pytest.fixture(scope="module")
def place(settled: Settled, tmp_path_factory: pytest.TempPathFactory) -> Place:
    """A desk for those who are refused, and so leave it as it was."""
    return open_place(settled, tmp_path_factory.mktemp("place") / "for all")


@pytest.fixture
def new_place(settled: Settled, tmp_path: Path) -> NewPlace:
    """A function that gives the desk as it was in the beginning."""
    numbers = iter(range(100))
    return lambda: open_place(settled, tmp_path / str(next(numbers)))


def asked(place: Place, user: User, case: str, things: Things) -> tuple[str, str]:
    """The kind of refusal, or nothing, and all that the answer tells."""
    count(BEHIND)
    try:
        return "", repr(ask(place.desk, user, case, things))
    except DeskError as refusal:
        return type(refusal).__name__, repr((str(refusal), vars(refusal)))


def is_theirs(settled: Settled, who: str, case: str) -> bool:
    """Whether the case asks for nothing that belongs to another person of the organisation."""
    user = settled.visitors[who].user
    is_owner = who in FOREIGN or STANDING[who] == OWNER
    return (is_owner and case in OWNERS_TOO) or not is_personal(case) or user.id == settled.seen_by(who)[0].user.id


def test_each_use_case_is_in_the_matrix() -> None:
    assert {case.partition(" ")[0] for case in CALLS} == set(use_cases())


def test_who_may_do_what_is_not_only_said_at_the_door() -> None:
    asked_for = {name: use_case.action for name, use_case in use_cases().items()}

    assert {name for name, action in asked_for.items() if action is Action.MANAGE} == MANAGES
    assert {name for name, action in asked_for.items() if action is Action.OWN} == OWNS


@pytest.mark.parametrize("case", [case for case in CALLS if action_of(case) is Action.READ])
def test_who_only_looks_changes_nothing(settled: Settled, new_place: NewPlace, case: str) -> None:
    place = new_place()
    before = place.state()

    asked(place, settled.visitors[OWNER].user, case, settled.home)

    after = place.state()
    changed = {table for table in before if before[table] != after[table]}
    assert changed <= NOTED.get(case, set())


@each_case
def test_who_has_no_way_in_is_refused(settled: Settled, place: Place, case: str) -> None:
    before = place.state()

    answers = {who: asked(place, settled.visitors[who].user, case, settled.home) for who in (*SHUT_OUT, *IMPOSTORS)}

    assert {who: kind for who, (kind, _) in answers.items()} == dict.fromkeys(answers, SignedOut.__name__)
    assert not any(is_shown(settled.home, told) for _, told in answers.values())
    assert place.state() == before


@each_case
def test_who_may_not_is_refused(settled: Settled, place: Place, case: str) -> None:
    before = place.state()
    barred = [who for who, standing in STANDING.items() if action_of(case) not in MAY[standing]]

    answers = {who: asked(place, settled.visitors[who].user, case, settled.home) for who in barred}

    assert {who: kind for who, (kind, _) in answers.items()} == dict.fromkeys(barred, NotAllowed.__name__)
    assert not any(is_shown(settled.home, told) for _, told in answers.values())
    assert place.state() == before


@each_case
def test_who_may_is_let_in(settled: Settled, new_place: NewPlace, case: str) -> None:
    admitted = [who for who, standing in STANDING.items() if action_of(case) in MAY[standing]]

    answers = {who: asked(new_place(), settled.visitors[who].user, case, settled.home) for who in admitted}

    wanted = {who: "" if is_theirs(settled, who, case) else NotFound.__name__ for who in admitted}
    assert {who: kind for who, (kind, _) in answers.items()} == wanted, answers
    assert OWNER in admitted
    if is_reading(case):
        # Else a stranger who is not shown this would prove nothing.
        assert is_shown(settled.home, answers[OWNER][1]) != (case in NAMELESS)


@each_case
@each_stranger
def test_a_stranger_is_shown_their_own(settled: Settled, new_place: NewPlace, who: str, case: str) -> None:
    place, (own, foreign) = new_place(), settled.seen_by(who)
    before = place.state_of(foreign)

    kind, told = asked(place, settled.visitors[who].user, case, own)

    found = "" if is_theirs(settled, who, case) else NotFound.__name__
    assert kind == (found if may(settled.visitors[who].user, action_of(case)) else NotAllowed.__name__)
    if not (who == GUEST and action_of(case) is Action.OWN):
        # Who belongs to both is the same person in both: what is theirs alone is known and kept there too.
        assert not is_shown(foreign, told)
        assert place.state_of(foreign) == before


@pytest.mark.parametrize(("who", "case"), ASKING)
def test_what_is_not_ones_own_is_as_what_is_not_there(settled: Settled, place: Place, who: str, case: str) -> None:
    user, (own, foreign) = settled.visitors[who].user, settled.seen_by(who)
    before, names = place.state(), fields_asked(case)

    answers = {}
    for mixed in {tuple(names), *((name,) for name in names)}:
        known = {name: id_of(foreign, name) for name in mixed}
        absent = {name: str(uuid4()) for name in mixed}
        answers[mixed] = [without(ids, *asked(place, user, case, with_ids(own, ids))) for ids in (known, absent)]

    assert answers[tuple(names)][0][0] in REFUSED or case in FILTERS
    for of_foreign, of_absent in answers.values():
        assert of_foreign == of_absent
        assert not is_shown(foreign, of_foreign[1])
    assert place.state() == before


def without(ids: dict[str, str], kind: str, told: str) -> tuple[str, str]:
    """An answer without what was asked for."""
    for each in ids.values():
        told = told.replace(each, "")
    return kind, told


def test_under_one_key_each_finds_a_job_of_their_own(settled: Settled, new_place: NewPlace) -> None:
    place, key = new_place(), Key("order-1", "the same content")

    found = {}
    for who in (OWNER, ESTIMATOR, STRANGER):
        own, _ = settled.seen_by(who)
        written, job_type = CALLS["submitting.submit_written"](own)
        jobs = [submit_written(place.desk, settled.visitors[who].user, written, job_type, key) for _ in range(2)]
        found[who] = {job.id for job in jobs}
        assert {job.organisation for job in jobs} == {own.office}

    assert [len(ids) for ids in found.values()] == [1, 1, 1]
    assert len(set().union(*found.values())) == 3


def test_no_id_can_be_guessed(settled: Settled, place: Place) -> None:
    given = {LOCAL.id, LOCAL.organisation, STRANGER_USER.id, STRANGER_USER.organisation}
    state = place.state()

    # That of an output is made of two such, of its job and of its worker, so that an attempt made twice is one file.
    random, made = (
        {str(row["id"]) for table in tables for row in state[table] if isinstance(row.get("id"), str)} - given
        for tables in (state.keys() - {"outputs"}, {"outputs"})
    )

    assert len(random) >= 60
    assert {UUID(id).version for id in random} == {4}
    assert {UUID(id).version for id in made} == {5}


def test_no_function_takes_a_person_at_their_word() -> None:
    assert functions_with_user() == set(WITH_USER)


@pytest.mark.parametrize("folder", FROM_OUTSIDE)
def test_pages_and_routes_get_at_things_by_use_cases_only(folder: str) -> None:
    assert used_from(folder) == set(FROM_OUTSIDE[folder])


def test_a_page_remembers_nothing_for_everybody() -> None:
    kept = [path.name for path in (ROOT / "pages").glob("**/*.py") if "st.cache" in path.read_text(encoding="utf-8")]

    assert kept == []


def test_what_is_remembered_is_remembered_for_one_organisation() -> None:
    shared = {name for name, cache in caches().items() if "organisation" not in signature(cache).parameters}

    assert shared == FOR_ALL


@pytest.mark.parametrize("name", sorted(set(caches()) - FOR_ALL))
def test_a_stranger_is_not_served_what_was_remembered_for_others(
    settled: Settled, new_place: NewPlace, name: str
) -> None:
    desk, owner = new_place().desk, settled.visitors[OWNER].user
    card = schedules.upload_schedule(desk, owner, "Own.xlsx", workbook_of(FAN), "Own rates", "2026-27")
    cache, contents = caches()[name], [card.content_hash] * (len(signature(caches()[name]).parameters) - 2)
    first = cache(desk.files, owner.organisation, *contents)
    hits = cache.cache_info().hits

    with pytest.raises(NotFound):
        cache(desk.files, settled.abroad.user.organisation, *contents)

    assert cache(desk.files, owner.organisation, *contents) is first
    assert cache.cache_info().hits == hits + 1


@pytest.fixture(scope="module")
def web(settled: Settled, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Web]:
    """The application at a copy of the home."""
    place = open_place(settled, tmp_path_factory.mktemp("web") / "served")
    with served(place.desk.settings.home) as server:
        yield Web(settled, place, server)


def answers_of(web: Web, who: str, requests: Iterable[Request], accept: str = "*/*") -> dict[tuple[str, str], Answer]:
    """What a visitor is answered, by methods and paths."""
    answers = {}
    for request in requests:
        count(ROUTES)
        answers[request.method, request.path] = web.ask(who, request, accept)
    return answers


def statuses(answers: dict[tuple[str, str], Answer]) -> dict[tuple[str, str], int]:
    return {asked: answer.status for asked, answer in answers.items()}


def upgraded(web: Web, who: str, path: str) -> int:
    """The status that a visitor is answered who asks for a websocket."""
    count(ROUTES)
    return web.upgrade(who, path)


def test_each_operation_is_in_the_matrix() -> None:
    assert set(routes.CALLS) == set(BY_NAME)


def test_what_is_open_and_what_nobody_needs_is_there(web: Web) -> None:
    paths = {path for path, _ in web.server.routes}

    assert set(routes.OPEN) <= paths
    assert all(any(path.startswith(beginning) for path in paths) for beginning in routes.UNNEEDED)


@pytest.mark.parametrize("who", WITHOUT_WAY_IN)
def test_a_route_is_closed_to_who_has_no_way_in(web: Web, who: str) -> None:
    before = web.place.state()
    operations = [request_of(operation, web.settled.home) for operation in BY_NAME.values()]
    pages = [Request("GET", path) for path in ("/", *(f"/{name}" for name in page_names()))]

    answers = answers_of(web, who, [*operations, *pages, *requests_of(web.server.routes, web.settled.home)])

    assert statuses(answers) == dict.fromkeys(answers, NOT_ALLOWED if who in KNOWN_BUT_BARRED else UNKNOWN)
    assert not any(web.shows_anything(answer) for answer in answers.values())
    assert all("no-store" in answer.headers["cache-control"] for answer in answers.values())
    assert web.place.state() == before


@pytest.mark.parametrize("who", WITHOUT_WAY_IN)
def test_who_has_no_way_in_is_led_to_the_way_in(web: Web, who: str) -> None:
    pages = [Request(method, path) for method in ("GET", "HEAD") for path in ("/", *map("/{}".format, page_names()))]

    answers = answers_of(web, who, pages, accept="text/html,*/*;q=0.8")

    if who == "person taken out":
        assert statuses(answers) == dict.fromkeys(answers, NOT_ALLOWED)
    else:
        way_in = "/new-password" if who in KNOWN_BUT_BARRED else "/sign-in"
        assert statuses(answers) == dict.fromkeys(answers, LEADS_ON)
        assert {answer.headers["location"].partition("?")[0] for answer in answers.values()} == {way_in}
    assert not any(web.shows_anything(answer) for answer in answers.values())


@pytest.mark.parametrize("path", routes.ODD_PATHS)
def test_no_way_of_writing_an_address_leads_past_the_door(web: Web, path: str) -> None:
    answers = answers_of(web, "nobody", [Request(method, path) for method in routes.METHODS])

    assert set(statuses(answers).values()) <= {UNKNOWN, ABSENT}
    assert not any(web.shows_anything(answer) for answer in answers.values())


@pytest.mark.parametrize("path", routes.OPEN)
def test_what_is_open_tells_nobody_anything_of_anyone(web: Web, path: str) -> None:
    before = web.place.state()
    asked_for = [Request(method, routes.filled(path, web.settled.home)) for method in routes.METHODS]

    answers = [answers_of(web, who, asked_for) for who in WITHOUT_WAY_IN if who not in KNOWN_BUT_BARRED]

    assert not any(web.shows_anything(answer) for each in answers for answer in each.values())
    assert web.place.state() == before


@pytest.mark.parametrize("file", routes.LIBRARY_FILES, ids=lambda file: file.suffix)
def test_the_pages_library_gives_its_own_files_to_everybody(web: Web, file: Path) -> None:
    path = "/" + file.relative_to(routes.LIBRARY).as_posix()

    answers = [answers_of(web, who, [Request("GET", path)]) for who in WITHOUT_WAY_IN]

    assert [statuses(each) for each in answers] == [{("GET", path): OK}] * len(WITHOUT_WAY_IN)
    assert {len(answer.body) > 0 for each in answers for answer in each.values()} == {True}
    assert not any(web.shows_anything(answer) for each in answers for answer in each.values())


@pytest.mark.parametrize("path", ("/static/js/nothing.js", "/static/media/app.db"))
def test_a_file_that_the_pages_library_has_not_is_answered_with_its_empty_page(web: Web, path: str) -> None:
    empty_page = (routes.LIBRARY / "index.html").read_text(encoding="utf-8")

    answer = web.ask("nobody", Request("GET", path))

    assert answer.body == empty_page


@pytest.mark.parametrize("who", ("nobody", OWNER, STRANGER, WRITES))
def test_what_nobody_needs_is_closed_to_everybody(web: Web, who: str) -> None:
    paths = [path for path, _ in web.server.routes if path.startswith(routes.UNNEEDED)]
    written = [variant for path in paths for variant in routes.variants(routes.filled(path, web.settled.home))]

    answers = answers_of(web, who, [Request(method, path) for path in written for method in ("GET", "POST")])

    assert len(written) >= 4 * len(paths) > 0
    # What is no such path to the pages' library either is answered with its empty page, to who is signed in.
    served = {asked for asked, answer in answers.items() if answer.status < BAD and 'id="root"' not in answer.body}
    assert served == set()
    assert not any(is_shown(web.settled.home, answer.body) for answer in answers.values())


def test_a_websocket_opens_to_whoever_is_signed_in(web: Web) -> None:
    visitors = (OWNER, ESTIMATOR, VIEWER, STRANGER, GUEST)

    assert {who: upgraded(web, who, STREAM) for who in visitors} == dict.fromkeys(visitors, OPENED)


@pytest.mark.parametrize("who", (*WITHOUT_WAY_IN, WRITES))
def test_no_websocket_opens_to_who_has_no_way_in(web: Web, who: str) -> None:
    paths = {routes.filled(path, web.settled.home) for path, _ in web.server.routes}

    assert {path: upgraded(web, who, path) for path in paths} == dict.fromkeys(paths, NOT_ALLOWED)


@each_operation
def test_a_program_or_browser_may_what_its_person_may(web: Web, name: str) -> None:
    request, may_do = request_of(BY_NAME[name], web.settled.home), routes.CALLS[name].action
    for who, standing in MAY.items():
        web.place.restore(web.settled)
        before = web.place.state()

        answer = answers_of(web, who, [request])[request.method, request.path]

        if may_do in standing:
            assert answer.status == BY_NAME[name].status, (who, answer)
            assert (name in routes.NAMELESS) != is_shown(web.settled.home, answer.told)
            # Or whatever stands between would hand it to the next who asks.
            assert answer.headers["cache-control"] == "private, no-store"
        else:
            assert answer.status == NOT_ALLOWED
            assert not web.shows_anything(answer)
            assert web.place.state() == before


@each_operation
@pytest.mark.parametrize("who", FOREIGN)
def test_a_stranger_is_answered_as_if_there_were_nothing(web: Web, who: str, name: str) -> None:
    own, foreign = web.settled.abroad, web.settled.home
    before, names = web.place.state_of(foreign), routes.fields_asked(BY_NAME[name])

    found = []
    for ids in ({name: id_of(foreign, name) for name in names}, {name: str(uuid4()) for name in names}):
        asked_for = request_of(BY_NAME[name], with_ids(own, ids))
        answers = answers_of(web, who, [replace(asked_for, method=method) for method in routes.METHODS])
        found.append([without(ids, method, answer.body) for (method, _), answer in answers.items()])
        assert not any(is_shown(foreign, answer.told) for answer in answers.values())
        assert not names or answers[asked_for.method, asked_for.path].status == ABSENT

    assert not names or found[0] == found[1]
    assert web.place.state_of(foreign) == before


@pytest.fixture
def door(place: Place, monkeypatch: pytest.MonkeyPatch) -> Door:
    """Where people come to the pages of a desk."""
    return Door(place, monkeypatch)


def sees(door: Door, settled: Settled, who: str, way: Way, things: Things) -> AppTest:
    """A page as a visitor sees it who comes with what a browser kept that looked at these things."""
    count(PAGES)
    page = door.come(settled.visitors[who], way, things, open_estimate=things.estimate)
    assert not page.exception
    return page


@each_way
def test_a_page_shows_people_what_is_theirs(settled: Settled, door: Door, way: str) -> None:
    shown = all_shown(sees(door, settled, OWNER, WAYS[way], settled.home))

    assert is_shown(settled.home, shown)
    assert not is_shown(settled.abroad, shown)


@each_way
def test_a_page_shows_a_stranger_nothing_of_others(settled: Settled, door: Door, place: Place, way: str) -> None:
    before = place.state_of(settled.home)

    page = sees(door, settled, STRANGER, WAYS[way], settled.home)

    assert not is_shown(settled.home, all_shown(page).replace(settled.home.estimate, ""))
    assert place.state_of(settled.home) == before


def sentence_for(who: str) -> str:
    """What a page says to who has no way in: to who still has a session, but no organisation, why that is."""
    return "You do not belong to this organisation any more." if "taken out" in who else "You are signed out."


@pytest.mark.parametrize("who", WITHOUT_TICKET)
def test_a_page_shows_who_has_no_way_in_only_that_they_are_out(settled: Settled, door: Door, who: str) -> None:
    shown = {name: all_shown(sees(door, settled, who, WAYS[name], settled.home)) for name in page_names()}

    assert all(sentence_for(who) in each for each in shown.values())
    assert len(set(shown.values())) == 1
    assert not any(is_shown(things, each) for each in shown.values() for things in (settled.home, settled.abroad))


@pytest.mark.parametrize(("ending", "name"), ENDED)
def test_a_visit_that_ended_is_over_at_the_next_click(
    settled: Settled, new_place: NewPlace, monkeypatch: pytest.MonkeyPatch, ending: str, name: str
) -> None:
    place, owner = new_place(), settled.visitors[OWNER]
    page = sees(Door(place, monkeypatch), settled, OWNER, WAYS[name], settled.home)
    with place.desk.open_db() as db, writing(db):
        ENDINGS[ending](db, owner.user, time_text(place.desk.now()))
    before = place.state()

    page.button[-1].click().run()

    assert not is_shown(settled.home, all_shown(page))
    assert sentence_for(ending) in all_shown(page)
    assert place.state() == before


@pytest.mark.parametrize("name", page_names())
def test_who_goes_on_to_another_organisation_takes_nothing_along(
    settled: Settled, new_place: NewPlace, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    place, guest = new_place(), settled.visitors[GUEST]
    door = Door(place, monkeypatch)
    people.switch_organisation(place.desk, guest.user, settled.home.office)
    count(PAGES)
    kept = Way(name, lambda its: {"estimate": its.estimate, "typed": f"Note {its.mark}"})
    page = door.come(guest, kept, settled.home, settled.home.estimate)
    with place.desk.open_db() as db, writing(db):
        set_current(db, guest.user.session, guest.user.id)

    before = all_shown(page)
    page.run()

    # The name of the other organisation stays, in the menu that leads there.
    told = all_shown(page).replace(f"Office {settled.home.mark}", "")
    assert is_shown(settled.home, before)
    assert is_shown(settled.abroad, told)
    assert not is_shown(settled.home, told)
    assert "typed" not in page.session_state


def test_all_doors_were_tried_by_all(web: Web, request: pytest.FixtureRequest) -> None:
    if request.config.getoption("keyword") or any("::" in part for part in request.config.args):
        pytest.skip("only some of the doors were to be tried")

    visitors = (*SHUT_OUT, *IMPOSTORS, *STANDING, *FOREIGN, OWNER)
    assert TRIED[BEHIND] >= len(CALLS) * len(visitors) + 2 * len(ASKING)
    assert TRIED[PAGES] >= 2 * len(WAYS) + len(page_names()) * len(WITHOUT_TICKET) + len(ENDED)
    paths = len(web.server.routes) - len(routes.OPEN) + len(BY_NAME)
    assert TRIED[ROUTES] >= paths * len(WITHOUT_WAY_IN) + len(routes.METHODS) * (len(routes.ODD_PATHS) + len(BY_NAME))

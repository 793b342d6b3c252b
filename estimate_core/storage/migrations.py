"""The tables, as one migration after the other; what was applied once is never edited."""

from sqlite_utils import Database, Migrations

migrations = Migrations("estimate_desk")


_FIRST_TABLES = (
    "CREATE TABLE organisations (id TEXT PRIMARY KEY, name TEXT NOT NULL)",
    """CREATE TABLE users (
        id TEXT PRIMARY KEY,
        organisation TEXT NOT NULL REFERENCES organisations (id),
        name TEXT NOT NULL,
        open_estimate TEXT)""",
    """CREATE TABLE schedules (
        id TEXT PRIMARY KEY,
        organisation TEXT NOT NULL REFERENCES organisations (id),
        category TEXT NOT NULL,
        edition TEXT NOT NULL,
        filename TEXT NOT NULL,
        content_hash TEXT NOT NULL,
        items INTEGER NOT NULL,
        errors INTEGER NOT NULL,
        warnings INTEGER NOT NULL,
        notes INTEGER NOT NULL,
        is_sample INTEGER NOT NULL DEFAULT 0,
        created TEXT NOT NULL,
        created_by TEXT NOT NULL,
        retired TEXT,
        UNIQUE (organisation, content_hash))""",
    """CREATE TABLE estimates (
        id TEXT PRIMARY KEY,
        organisation TEXT NOT NULL REFERENCES organisations (id),
        schedule TEXT NOT NULL REFERENCES schedules (id),
        name TEXT NOT NULL,
        work_type TEXT NOT NULL,
        amount TEXT NOT NULL,
        lines INTEGER NOT NULL,
        version INTEGER NOT NULL,
        newest_version INTEGER NOT NULL,
        created TEXT NOT NULL,
        changed TEXT NOT NULL,
        changed_by TEXT NOT NULL,
        deleted TEXT)""",
    "CREATE INDEX estimates_by_change ON estimates (organisation, changed)",
    """CREATE TABLE estimate_states (
        estimate TEXT NOT NULL REFERENCES estimates (id) ON DELETE CASCADE,
        version INTEGER NOT NULL,
        state TEXT NOT NULL,
        PRIMARY KEY (estimate, version))""",
    """CREATE TABLE jobs (
        id TEXT PRIMARY KEY,
        organisation TEXT NOT NULL REFERENCES organisations (id),
        user TEXT NOT NULL,
        type TEXT NOT NULL,
        status TEXT NOT NULL DEFAULT 'queued',
        progress INTEGER NOT NULL DEFAULT 0,
        step TEXT NOT NULL DEFAULT '',
        steps TEXT NOT NULL DEFAULT '[]',
        work_name TEXT NOT NULL DEFAULT '',
        estimate TEXT NOT NULL,
        schedule TEXT NOT NULL,
        schedule_title TEXT NOT NULL DEFAULT '',
        lines INTEGER NOT NULL DEFAULT 0,
        snapshot TEXT NOT NULL DEFAULT '{}',
        result TEXT NOT NULL DEFAULT '{}',
        error_message TEXT NOT NULL DEFAULT '',
        error_log TEXT NOT NULL DEFAULT '',
        attempts INTEGER NOT NULL DEFAULT 0,
        worker TEXT,
        heartbeat TEXT,
        not_before TEXT,
        created TEXT NOT NULL,
        started TEXT,
        completed TEXT)""",
    "CREATE INDEX jobs_by_creation ON jobs (organisation, created)",
    "CREATE INDEX jobs_by_status ON jobs (status)",
    """CREATE TABLE outputs (
        id TEXT PRIMARY KEY,
        job TEXT NOT NULL REFERENCES jobs (id),
        organisation TEXT NOT NULL REFERENCES organisations (id),
        filename TEXT NOT NULL,
        file_type TEXT NOT NULL,
        size INTEGER NOT NULL,
        sha256 TEXT NOT NULL,
        downloads INTEGER NOT NULL DEFAULT 0,
        created TEXT NOT NULL)""",
    "CREATE INDEX outputs_by_job ON outputs (job)",
    "CREATE TABLE workers (id TEXT PRIMARY KEY, started TEXT NOT NULL, seen TEXT NOT NULL)",
)


_READING_AS_A_JOB = (
    "ALTER TABLE schedules ADD COLUMN groups INTEGER NOT NULL DEFAULT 0",
    "ALTER TABLE schedules ADD COLUMN format INTEGER NOT NULL DEFAULT 0",
    "ALTER TABLE jobs ADD COLUMN content_hash TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE jobs ADD COLUMN dismissed TEXT",
    "CREATE INDEX jobs_by_content ON jobs (organisation, content_hash) WHERE content_hash <> ''",
    "CREATE INDEX estimates_by_schedule ON estimates (schedule)",
)


_CHARGES_AND_OFFICE = (
    """CREATE TABLE profiles (
        id TEXT PRIMARY KEY,
        organisation TEXT NOT NULL REFERENCES organisations (id),
        name TEXT NOT NULL,
        rows TEXT NOT NULL,
        changed TEXT NOT NULL,
        changed_by TEXT NOT NULL,
        UNIQUE (organisation, name))""",
    """CREATE TABLE offices (
        organisation TEXT PRIMARY KEY REFERENCES organisations (id),
        department TEXT NOT NULL,
        signatures TEXT NOT NULL,
        changed TEXT NOT NULL,
        changed_by TEXT NOT NULL)""",
)


_SURE_JOBS = (
    # Attempts that an error ended, and attempts whose worker died: each kind has a limit of its own.
    "ALTER TABLE jobs ADD COLUMN faults INTEGER NOT NULL DEFAULT 0",
    "ALTER TABLE jobs ADD COLUMN losses INTEGER NOT NULL DEFAULT 0",
    # When the running attempt began.
    "ALTER TABLE jobs ADD COLUMN claimed TEXT",
    # What a program calls a job, so that asking twice makes one.
    "ALTER TABLE jobs ADD COLUMN idempotency_key TEXT",
    "CREATE UNIQUE INDEX jobs_by_key ON jobs (organisation, user, idempotency_key) WHERE idempotency_key IS NOT NULL",
    # When the file was deleted because it was kept long enough; its row stays as history.
    "ALTER TABLE outputs ADD COLUMN removed TEXT",
    """CREATE TABLE turns (
        organisation TEXT PRIMARY KEY REFERENCES organisations (id),
        turn INTEGER NOT NULL)""",
    """CREATE TABLE retentions (
        organisation TEXT PRIMARY KEY REFERENCES organisations (id),
        days INTEGER NOT NULL,
        changed TEXT NOT NULL,
        changed_by TEXT NOT NULL)""",
    """CREATE TABLE channels (
        id TEXT PRIMARY KEY,
        organisation TEXT NOT NULL REFERENCES organisations (id),
        user TEXT,
        kind TEXT NOT NULL,
        label TEXT NOT NULL,
        address TEXT NOT NULL,
        secret TEXT NOT NULL DEFAULT '',
        events TEXT NOT NULL,
        created TEXT NOT NULL,
        created_by TEXT NOT NULL)""",
    "CREATE INDEX channels_by_organisation ON channels (organisation)",
    """CREATE TABLE deliveries (
        id TEXT PRIMARY KEY,
        channel TEXT NOT NULL REFERENCES channels (id) ON DELETE CASCADE,
        organisation TEXT NOT NULL REFERENCES organisations (id),
        job TEXT,
        event TEXT NOT NULL,
        body TEXT NOT NULL,
        status TEXT NOT NULL DEFAULT 'waiting',
        attempts INTEGER NOT NULL DEFAULT 0,
        not_before TEXT,
        answer TEXT NOT NULL DEFAULT '',
        created TEXT NOT NULL,
        ended TEXT)""",
    "CREATE INDEX deliveries_by_status ON deliveries (status, not_before)",
    "CREATE INDEX deliveries_by_channel ON deliveries (channel, created)",
)


_CHANNELS_KEPT = (
    # What people are shown of an address, when a channel was paused, and when it was removed.
    "ALTER TABLE channels ADD COLUMN shown TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE channels ADD COLUMN paused TEXT",
    "ALTER TABLE channels ADD COLUMN removed TEXT",
)


_CHORES = ("CREATE TABLE chores (name TEXT PRIMARY KEY, done TEXT NOT NULL)",)


@migrations()
def first_tables(db: Database) -> None:
    """Organisations, people, schedules, estimates and their states, jobs, outputs, workers."""
    for statement in _FIRST_TABLES:
        db.execute(statement)


@migrations()
def reading_as_a_job(db: Database) -> None:
    """How many groups a schedule has and in which format it was read; which content a job reads, and its dismissal."""
    for statement in _READING_AS_A_JOB:
        db.execute(statement)


@migrations()
def charges_and_office(db: Database) -> None:
    """Named charge profiles of an organisation; what it says of itself on paper."""
    for statement in _CHARGES_AND_OFFICE:
        db.execute(statement)


@migrations()
def sure_jobs(db: Database) -> None:
    """Why attempts ended, whose turn it is, how long files are kept, who is told of a job's end and what they were."""
    for statement in _SURE_JOBS:
        db.execute(statement)


@migrations()
def channels_kept(db: Database) -> None:
    """The masked address of a channel; its pause and its removal, which can be undone."""
    for statement in _CHANNELS_KEPT:
        db.execute(statement)


@migrations()
def chores_done(db: Database) -> None:
    """When what is done once a day was done last."""
    for statement in _CHORES:
        db.execute(statement)

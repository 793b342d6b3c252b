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


_PEOPLE_AND_DOORS = (
    """CREATE TABLE accounts (
        id TEXT PRIMARY KEY,
        email TEXT NOT NULL UNIQUE,
        name TEXT NOT NULL,
        password TEXT,
        must_change INTEGER NOT NULL DEFAULT 0,
        disabled TEXT,
        created TEXT NOT NULL)""",
    # A row of users is a person in one organisation: their account has one for each that they belong to.
    "ALTER TABLE users ADD COLUMN account TEXT REFERENCES accounts (id)",
    "ALTER TABLE users ADD COLUMN role TEXT NOT NULL DEFAULT 'owner'",
    # When the person was taken out of the organisation; the row stays, since jobs name it.
    "ALTER TABLE users ADD COLUMN removed TEXT",
    "CREATE UNIQUE INDEX users_by_account ON users (account, organisation) WHERE account IS NOT NULL",
    # When it was asked to be deleted: only then may rows of its audit log go.
    "ALTER TABLE organisations ADD COLUMN leaving TEXT",
    """CREATE TABLE sessions (
        id TEXT PRIMARY KEY,
        secret_hash TEXT NOT NULL UNIQUE,
        account TEXT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
        user TEXT REFERENCES users (id) ON DELETE SET NULL,
        way TEXT NOT NULL,
        address TEXT NOT NULL,
        browser TEXT NOT NULL,
        created TEXT NOT NULL,
        seen TEXT NOT NULL,
        revoked TEXT)""",
    "CREATE INDEX sessions_by_account ON sessions (account, seen)",
    """CREATE TABLE tokens (
        id TEXT PRIMARY KEY,
        organisation TEXT NOT NULL REFERENCES organisations (id),
        user TEXT NOT NULL REFERENCES users (id),
        name TEXT NOT NULL,
        scope TEXT NOT NULL,
        secret_hash TEXT NOT NULL UNIQUE,
        created TEXT NOT NULL,
        expires TEXT NOT NULL,
        used TEXT,
        used_from TEXT NOT NULL DEFAULT '',
        revoked TEXT)""",
    "CREATE INDEX tokens_by_user ON tokens (user, created)",
    """CREATE TABLE invitations (
        id TEXT PRIMARY KEY,
        organisation TEXT NOT NULL REFERENCES organisations (id),
        email TEXT NOT NULL,
        role TEXT NOT NULL,
        secret_hash TEXT NOT NULL UNIQUE,
        created TEXT NOT NULL,
        created_by TEXT NOT NULL,
        expires TEXT NOT NULL,
        accepted TEXT,
        revoked TEXT)""",
    "CREATE INDEX invitations_by_organisation ON invitations (organisation, created)",
    # Tries to sign in that failed, under a hash of whose they were: what is typed as a name may be a password.
    "CREATE TABLE tries (id TEXT NOT NULL, whose TEXT NOT NULL, at TEXT NOT NULL, PRIMARY KEY (id, whose))",
    "CREATE INDEX tries_by_whose ON tries (whose, at)",
    """CREATE TABLE audit (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        organisation TEXT NOT NULL REFERENCES organisations (id),
        at TEXT NOT NULL,
        user TEXT,
        name TEXT NOT NULL,
        deed TEXT NOT NULL,
        kind TEXT NOT NULL,
        object TEXT NOT NULL,
        label TEXT NOT NULL,
        way TEXT NOT NULL,
        address TEXT NOT NULL)""",
    "CREATE INDEX audit_by_organisation ON audit (organisation, id)",
    """CREATE TRIGGER audit_is_not_changed BEFORE UPDATE ON audit
        BEGIN SELECT RAISE(ABORT, 'the audit log is only added to'); END""",
    """CREATE TRIGGER audit_is_not_deleted BEFORE DELETE ON audit
        WHEN EXISTS (SELECT 1 FROM organisations WHERE id = OLD.organisation AND leaving IS NULL)
        BEGIN SELECT RAISE(ABORT, 'the audit log is only added to'); END""",
)


_PROVEN = (
    # 0 where all that is known of who made the account is that they had the link of an invitation.
    "ALTER TABLE accounts ADD COLUMN proven INTEGER NOT NULL DEFAULT 1",
)


_LOG_BY_OBJECT = ("CREATE INDEX audit_by_object ON audit (organisation, object, at)",)


_LAST_SEEN = (
    "ALTER TABLE users ADD COLUMN seen TEXT",
    """UPDATE users SET seen = (SELECT MAX(at) FROM (
            SELECT seen AS at FROM sessions WHERE user = users.id
            UNION ALL SELECT used FROM tokens WHERE user = users.id
            UNION ALL SELECT at FROM audit WHERE organisation = users.organisation AND user = users.id))
        WHERE account IS NOT NULL""",
)


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


@migrations()
def people_and_doors(db: Database) -> None:
    """Accounts, roles, sessions, tokens, invitations, tries to sign in, and what was done by whom."""
    for statement in _PEOPLE_AND_DOORS:
        db.execute(statement)


@migrations()
def log_by_object(db: Database) -> None:
    """What was done to one thing lately is found at once, however long the log is."""
    for statement in _LOG_BY_OBJECT:
        db.execute(statement)


@migrations()
def proven_addresses(db: Database) -> None:
    """Whether anybody but a link vouched for the e-mail address of an account."""
    for statement in _PROVEN:
        db.execute(statement)


@migrations()
def last_seen(db: Database) -> None:
    """When a person used an organisation last; of earlier days, as far as sessions, tokens and the audit log tell."""
    for statement in _LAST_SEEN:
        db.execute(statement)

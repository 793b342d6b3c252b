"""The functions of storage that are asked in nobody's name."""

from collections.abc import Mapping

SPANNING: Mapping[str, set[str]] = {
    "the database as a whole, of nobody in particular": {
        *(f"database.{name}" for name in ("compact", "find_row", "migrate", "reading", "rows", "writing")),
        *(f"snapshot.{name}" for name in ("copy_database", "count_of", "count_rows", "list_migrations", "list_tables")),
        "belongings.list_belongings",
        "jobs.changed",
        "keys.load_key",
    },
    "for who hosts the desk": {
        "accounts.delete_homeless",
        "accounts.has_accounts",
        "accounts.list_all_members",
        "accounts.list_organisations",
        "roster.list_roster",
        *(f"stats.{name}" for name in ("count_jobs", "find_oldest_waiting", "list_durations", "sum_outputs")),
    },
    "what a worker does to a job that it claimed, whosever it is": {
        *(f"queue.{name}" for name in ("add_step", "beat", "cancel_running", "claim_next", "complete", "count_due")),
        *(f"queue.{name}" for name in ("count_queued", "drop_worker", "fail", "find_due", "find_last_ended")),
        *(f"queue.{name}" for name in ("find_running_of", "find_silent", "find_workers", "get_ends")),
        *(f"queue.{name}" for name in ("hand_back", "heartbeat", "is_cancel_asked", "is_ours", "list_beats")),
        *(f"queue.{name}" for name in ("recent_times", "requeue_after_fault", "requeue_after_loss", "save_progress")),
        "jobs.get_work",
    },
    "what the postman does to a delivery that it took, whosever it is": {
        *(f"deliveries.{name}" for name in ("end", "find_due", "get_notice", "rest", "take")),
        "channels.get_target",
    },
    "chores of the whole desk": {
        "channels.delete_removed",
        "deliveries.fail_old",
        "deliveries.trim",
        "library.list_outdated",
        *(f"retention.{name}" for name in ("find_done", "is_any_running", "list_organisations", "put_done")),
        "sessions.delete_old_sessions",
        *(f"tries.{name}" for name in ("delete_other_tries", "forgive_tries", "insert_try", "list_tries")),
        "uploads.list_left_reads",
    },
    "a new row says itself whose it is": {
        "accounts.insert_account",
        "channels.insert_channel",
        "deliveries.insert_delivery",
        "jobs.insert_job",
        "outputs.insert_output",
        "sessions.insert_session",
    },
    "who has the secret or the address is known by it, before anybody can be asked in whose name": {
        "accounts.find_account",
        "invitations.find_by_secret",
        "sessions.find_session",
        "sessions.find_token",
    },
    "what the doors note of a session, a token or an invitation that was found so": {
        "invitations.set_accepted",
        "sessions.set_current",
        "sessions.touch_session",
        "sessions.touch_token",
        "sessions.was_used",
    },
}
"""Functions as `module.function`, by the reason why they may be: a new one is to have one of these, or a name."""

"""Rows and files: the only rooms that know SQLite and folders. Every read of an organisation's things asks for it."""

"""The field's own rules, pure: the standard library and this folder only; no clock, no files, no database."""

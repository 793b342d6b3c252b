# A habit for developers; the two commands of README.md need no make.
PYTHON = .venv/bin/python

check: lint test

lint:
	$(PYTHON) -m ruff check .
	$(PYTHON) -m ruff format --check .
	$(PYTHON) -m mypy

test:
	$(PYTHON) -m pytest

samples:
	$(PYTHON) data/samples/make_samples.py

.PHONY: check lint test samples

"""Use cases: what a signed-in person may do and what the worker does. Reach the outside only through the desk."""

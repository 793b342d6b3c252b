"""Timings, printed as ratios of one run; nothing here is asserted in the tests."""

"""Estimates as PDF and as pictures of it: knows domain only, reads no file but the fonts beside it, writes streams."""

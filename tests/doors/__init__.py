"""What tests/test_isolation.py tries at each door: who asks, and what is asked."""

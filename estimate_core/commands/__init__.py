"""The commands: each reads and writes files of the person who runs it, without a desk, and gives an exit status."""

"""The commands: each gives an exit status. Most read and write files of the person who runs them, without a desk;
those for whoever hosts one (`clean`, `backup`, `leaving`) open it."""

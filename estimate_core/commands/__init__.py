"""The commands: each gives an exit status. Most read and write files of the person who runs them, without a desk;
`clean` is for whoever hosts one, and opens it."""

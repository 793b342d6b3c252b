"""The pages, as the shell names them."""

import ast
from pathlib import Path

SHELL = Path(__file__).parents[2] / "pages" / "shell.py"


def page_names() -> list[str]:
    """The last parts of the pages' addresses; read rather than imported, since the shell would run."""
    for node in ast.parse(SHELL.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "_ROOMS":
            assert isinstance(node.value, ast.Dict)
            return [ast.literal_eval(key) for key in node.value.keys if key]
    raise AssertionError("the shell does not name its pages any more where this test looks for them")

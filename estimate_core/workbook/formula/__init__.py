"""What formulas refer to and what they give: references, programs, the calculator; knows nothing of sheets' looks."""

"""Everything of Estimate Desk that is not a page: an import goes down the floors, never up."""

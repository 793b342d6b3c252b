"""What all workbooks that are written here share: values and texts as XML, package entries, money formats."""

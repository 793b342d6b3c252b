"""Writes the kept workbooks anew: `python -m tests.workbook.golden`."""

from tests.workbook.golden import CASES, FOLDER, file_of, write

for stale in {*FOLDER.glob("*.txt")} - {*map(file_of, CASES)}:
    stale.unlink()
for name in CASES:
    write(name)
print(f"{len(CASES)} workbooks are written to {FOLDER}. Look at what changed before you commit it.")

"""The first action: writes a table with nothing in it about anybody."""

import csv
import pathlib

output = pathlib.Path("output")
output.mkdir(exist_ok=True)
with (output / "first.csv").open("w", newline="") as file:
    csv.writer(file).writerows([["what", "says"], ["first action", "it works"]])

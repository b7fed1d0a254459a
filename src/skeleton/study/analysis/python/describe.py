"""Counts rows by year and area: of all years, or of the one that is named.

Counts are rounded, and small ones are left out: a count of three may be three people who know each other.
"""

import collections
import csv
import sys

ROUND_TO = 5
SMALLEST = 8

only = sys.argv[1] if len(sys.argv) > 1 else None
with open("output/rows.csv", newline="", encoding="utf-8") as file:
    rows = [row for row in csv.DictReader(file) if only in (None, row["year"])]
counts = collections.Counter((row["year"], row["area"]) for row in rows)

name = f"output/describe_{only}.csv" if only else "output/describe.csv"
with open(name, "w", newline="", encoding="utf-8") as file:
    table = csv.writer(file, lineterminator="\n")
    table.writerow(["year", "area", "count"])
    for (year, area), count in sorted(counts.items()):
        shown = ROUND_TO * round(count / ROUND_TO) if count >= SMALLEST else "[REDACTED]"
        table.writerow([year, area, shown])

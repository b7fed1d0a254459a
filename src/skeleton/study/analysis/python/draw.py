"""Draws the counts as bars."""

import csv
import glob

bars = []
for name in sorted(glob.glob("output/describe*.csv")):
    with open(name, newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            if row["count"].isdigit():
                bars.append((f"{row['area']} {row['year']}", int(row["count"])))

style = 'font-size="14" font-family="sans-serif" style="background:#fff"'
lines = [f'<svg xmlns="http://www.w3.org/2000/svg" width="480" height="{24 * len(bars) + 8}" {style}>']
for at, (label, count) in enumerate(bars):
    top = 24 * at + 4
    lines.append(f'  <text x="4" y="{top + 15}">{label}</text>')
    lines.append(f'  <rect x="110" y="{top}" width="{2 * count}" height="20" fill="#2f81f7" />')
    lines.append(f'  <text x="{2 * count + 116}" y="{top + 15}">{count}</text>')
with open("output/areas.svg", "w", encoding="utf-8") as file:
    file.write("\n".join([*lines, "</svg>", ""]))

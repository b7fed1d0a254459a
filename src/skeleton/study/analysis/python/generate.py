"""Invents rows in the place of data: the same ones each time, about nobody."""

import csv
import os
import random

AREAS = ["north", "south", "east", "west"]
YEARS = [2024, 2025]
ROWS = 1000

chance = random.Random(1)
os.makedirs("output", exist_ok=True)
with open("output/rows.csv", "w", newline="", encoding="utf-8") as file:
    table = csv.writer(file, lineterminator="\n")
    table.writerow(["entry", "year", "area", "value"])
    for entry in range(1, ROWS + 1):
        table.writerow([entry, chance.choice(YEARS), chance.choice(AREAS), chance.randint(0, 100)])

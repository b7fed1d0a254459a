-- One line per row of the data. The tables of your deployment have other names: its pages list them.
select entry, year, area, value
from entries
where year in (2024, 2025)

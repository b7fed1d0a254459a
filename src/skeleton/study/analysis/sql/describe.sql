-- Counts by year and area: rounded, and small ones left out. A count of three may be three people who know each other.
select
  year,
  area,
  case when count(*) < 8 then '[REDACTED]' else cast(5 * round(count(*) / 5.0) as text) end as count
from entries
where year in (2024, 2025)
group by year, area
order by year, area

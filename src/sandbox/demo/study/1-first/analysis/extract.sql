-- One row per pupil: absence over the year, and the three scores (empty where no exam was sat).
select
  p.pupil_id,
  p.school_id,
  s.region,
  s.school_type,
  p.sex,
  p.year_group,
  p.free_meals,
  p.deprivation,
  round(a.missed / a.possible, 4) as absence_rate,
  r.english as score_english,
  r.mathematics as score_mathematics,
  r.science as score_science
from pupils p
join sites s using (school_id)
join (
  select pupil_id, sum(sessions_absent)::numeric as missed, sum(sessions_possible) as possible
  from attendance
  group by pupil_id
) a using (pupil_id)
join (
  select
    pupil_id,
    max(score) filter (where subject = 'english') as english,
    max(score) filter (where subject = 'mathematics') as mathematics,
    max(score) filter (where subject = 'science') as science
  from results
  group by pupil_id
) r using (pupil_id)
order by p.pupil_id;

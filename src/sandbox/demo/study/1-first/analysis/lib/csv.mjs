// Tables in and out. The study's values hold no quotes or line ends, only a comma now and then.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

export function readTable(file) {
  const [header, ...lines] = readFileSync(file, 'utf8').trimEnd().split(/\r?\n/);
  const names = header.split(',');
  return lines.map((line) => {
    const fields = line.split(',');
    return Object.fromEntries(names.map((name, at) => [name, fields[at]]));
  });
}

export function writeTable(file, rows) {
  const names = Object.keys(rows[0] ?? {});
  const quote = (value) =>
    /[",\n]/.test(String(value)) ? `"${String(value).replaceAll('"', '""')}"` : String(value);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(
    file,
    [names, ...rows.map((row) => names.map((name) => row[name]))]
      .map((line) => line.map(quote).join(','))
      .join('\n') + '\n',
  );
}

/** The extraction as numbers; a score that is missing is null. */
export function readPupils() {
  const number = (text) => (text === '' || text === undefined ? null : Number(text));
  return readTable('output/pupils.csv').map((row) => {
    const scores = [row.score_english, row.score_mathematics, row.score_science].map(number);
    const known = scores.filter((score) => score !== null);
    return {
      region: row.region,
      schoolType: row.school_type,
      freeMeals: row.free_meals === 't',
      deprivation: Number(row.deprivation),
      absence: Number(row.absence_rate),
      scores,
      score: known.length > 0 ? known.reduce((sum, score) => sum + score, 0) / known.length : null,
    };
  });
}

export function groupBy(rows, key) {
  const groups = new Map();
  for (const row of rows) {
    const name = key(row);
    if (!groups.has(name)) groups.set(name, []);
    groups.get(name).push(row);
  }
  return groups;
}

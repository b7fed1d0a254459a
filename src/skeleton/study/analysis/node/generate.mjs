// Invents rows in the place of data: the same ones each time, about nobody.
import { mkdirSync, writeFileSync } from 'node:fs';

const AREAS = ['north', 'south', 'east', 'west'];
const YEARS = [2024, 2025];
const ROWS = 1000;

let state = 1;
/** A whole number below `end`, by Park and Miller: Node has no source of chance that can be repeated. */
function chance(end) {
  state = (state * 48271) % 2147483647;
  return state % end;
}

const lines = ['entry,year,area,value'];
for (let entry = 1; entry <= ROWS; entry += 1)
  lines.push([entry, YEARS[chance(2)], AREAS[chance(4)], chance(101)].join(','));
mkdirSync('output', { recursive: true });
writeFileSync('output/rows.csv', `${lines.join('\n')}\n`);

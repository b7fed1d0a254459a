/**
 * `npm run bench`: a plan on the command line (C1), dummy data (D1), governance (G), the public log (L), a hub under load (N), the goals P1–P9, the viewer's (V), the public record's
 * pages (R1), the proxy (X) and the quality of the disclosure checks (S2), as docs/performance.md lists them, measured in one run.
 *
 * `--json` prints an array, `--only P1,P4` selects. Exit 1 when a figure that ran misses its must line.
 */
import { availableParallelism, cpus, loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { goalText, type Figure, type Measure } from './figure.ts';

const MEASURES: Record<string, () => Promise<Measure>> = {
  C1: async () => (await import('./c1.ts')).c1,
  D1: async () => (await import('./d1.ts')).d1,
  G1: async () => (await import('./g1.ts')).g1,
  L1: async () => (await import('./l1.ts')).l1,
  L2: async () => (await import('./l1.ts')).l2,
  N1: async () => (await import('./n1.ts')).n1,
  P1: async () => (await import('./p1.ts')).p1,
  P2: async () => (await import('./p2.ts')).p2,
  P3: async () => (await import('./p3.ts')).p3,
  P4: async () => (await import('./p4.ts')).p4,
  P5: async () => (await import('./p5.ts')).p5,
  P6: async () => (await import('./p6.ts')).p6,
  P7: async () => (await import('./p7.ts')).p7,
  P8: async () => (await import('./p8.ts')).p8,
  P9: async () => (await import('./p9.ts')).p9,
  R1: async () => (await import('./r1.ts')).r1,
  S2: async () => (await import('./s2.ts')).s2,
  V1: async () => (await import('./v1.ts')).v1,
  V2: async () => (await import('./v2.ts')).v2,
  V3: async () => (await import('./v3.ts')).v3,
  V4: async () => (await import('./v4.ts')).v4,
  X1: async () => (await import('./x1.ts')).x1,
  X2: async () => (await import('./x2.ts')).x2,
};
const BUSY = 0.5;

const { values } = parseArgs({
  options: { json: { type: 'boolean', default: false }, only: { type: 'string' } },
});
const chosen = values.only
  ? values.only.split(',').map((id) => id.trim().toUpperCase())
  : Object.keys(MEASURES);
const unknown = chosen.filter((id) => !MEASURES[id]);
if (unknown.length > 0) {
  console.error(`No such figure: ${unknown.join(', ')}. There are: ${Object.keys(MEASURES).join(', ')}.`);
  process.exit(2);
}

const load = loadavg()[0]!;
console.error(
  `${cpus()[0]?.model ?? 'unknown processor'}, ${availableParallelism()} threads, Node ${process.versions.node}, load ${load.toFixed(2)}` +
    (load > BUSY ? ' (above 0.5: figures of this run are indicative only)' : ''),
);

const figures: Figure[] = [];
for (const id of chosen) {
  console.error(`${id} …`);
  const measure = await MEASURES[id]!();
  figures.push(...(await measure.run()));
}

if (values.json) {
  const rows = figures.map(({ id, title, value, unit, must, stretch, ok, detail }) => ({
    id,
    title,
    value: value ?? null,
    unit,
    must: goalText(must),
    stretch: goalText(stretch),
    ok: ok ?? null,
    detail,
  }));
  console.log(JSON.stringify(rows, null, 2));
} else {
  for (const found of figures) console.log(line(found));
}
process.exit(figures.some((found) => found.ok === false) ? 1 : 0);

function line({ id, title, value, unit, must, stretch, ok, detail }: Figure): string {
  const result =
    value === undefined ? 'not run' : `${value < 1000 ? value.toPrecision(3) : Math.round(value)}${unit}`;
  const verdict = ok === undefined ? '' : ok ? 'ok' : 'MISSED';
  return `${id.padEnd(4)} ${title.padEnd(58)} ${result.padStart(9)}  must ${goalText(must).padEnd(6)} stretch ${goalText(stretch).padEnd(6)} ${verdict}\n     ${detail}`;
}

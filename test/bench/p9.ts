/**
 * P9: `sallyport check` of 100 actions, cold, against the original command line with nothing to do; what check and
 * `--help` take beyond Node's own start; and the memory of check.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { ENTRY, peakOf, wall } from './child.ts';
import { figure, type Measure } from './figure.ts';
import { pairs, spread } from './stats.ts';

/** Recorded on one machine: the original with nothing to do took 212–244 ms where `node -e 0` took 86 ms. */
const ORIGINAL_OVER_NODE = 228 / 86;
const PAIRS = 20;

const BEYOND = {
  unit: ' ms',
  must: { is: '<=', than: 150 },
  stretch: { is: '<=', than: 60 },
} as const;

export const p9: Measure = {
  id: 'P9',
  async run() {
    const folder = mkdtempSync(path.join(tmpdir(), 'sallyport-bench-'));
    try {
      writeFileSync(path.join(folder, 'project.yaml'), projectOf(100));
      // No engine is asked: whether images are there is a note, and another program's time.
      const words = [ENTRY, 'check', '--no-engine', folder];
      const node = (): Promise<number> => wall(['-e', '0']);
      const check = await pairs(PAIRS, 2, () => wall(words), node);
      const help = await pairs(PAIRS, 2, () => wall([ENTRY, '--help']), node);
      const { median, q1, q3 } = spread(check.ratios);
      return [
        figure({
          id: 'P9',
          title: 'sallyport check, 100 actions, cold / original CLI',
          value: median / ORIGINAL_OVER_NODE,
          unit: '×',
          must: { is: '<=', than: 1 },
          stretch: { is: '<=', than: 0.6 },
          detail:
            `check ${spread(check.a).median.toFixed(0)} ms, node -e 0 ${spread(check.b).median.toFixed(0)} ms, ratio ${median.toFixed(2)} ` +
            `(quartiles ${q1.toFixed(2)}–${q3.toFixed(2)}); the original's recorded ratio to node -e 0 is ${ORIGINAL_OVER_NODE.toFixed(2)}`,
        }),
        beyond('P9-check', 'sallyport check, 100 actions', check),
        beyond('P9-help', 'sallyport --help', help),
        figure({
          id: 'P9-memory',
          title: 'sallyport check, 100 actions, peak memory',
          value: await peakOf(words),
          unit: ' MB',
          must: { is: '<=', than: 120 },
          stretch: { is: '<=', than: 80 },
          detail: `node -e 0 ${(await peakOf(['-e', '0'])).toFixed(0)} MB`,
        }),
      ];
    } finally {
      rmSync(folder, { recursive: true });
    }
  },
};

function beyond(id: string, title: string, { a, b }: Awaited<ReturnType<typeof pairs>>) {
  const { median, q1, q3 } = spread(a.map((time, at) => time - b[at]!));
  return figure({
    ...BEYOND,
    id,
    title: `${title}, beyond Node's own start`,
    value: median,
    detail: `quartiles ${q1.toFixed(0)}–${q3.toFixed(0)}; ${spread(a).median.toFixed(0)} against ${spread(b).median.toFixed(0)} ms`,
  });
}

function projectOf(actions: number): string {
  const lines = ['version: 5', 'actions:'];
  for (let index = 0; index < actions; index += 1) {
    lines.push(`  step_${index}:`, `    run: python:v2 python analysis/step.py ${index}`);
    if (index > 0) lines.push(`    needs: [step_${index - 1}]`);
    lines.push('    outputs:', '      moderately_sensitive:', `        table: output/step_${index}.csv`);
  }
  return lines.join('\n');
}

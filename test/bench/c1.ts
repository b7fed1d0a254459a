/** C1: reading and planning 2,000 actions, written plainly and written once for many, in one process; processor time. And the command. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { plan, readProjectBytes, type Plan } from '../../src/pipeline/pipeline.ts';
import { ENTRY, peakOf, wall } from './child.ts';
import { figure, type Figure, type Measure } from './figure.ts';
import { pairs, spread } from './stats.ts';

const ACTIONS = 2_000;
const TIMES = 20;
const WARM = 3;
const COLD_PAIRS = 10;

export const c1: Measure = {
  id: 'C1',
  async run() {
    const plain = measured(Buffer.from(plainText()));
    const forEach = measured(Buffer.from(forEachText()));
    const folder = mkdtempSync(path.join(tmpdir(), 'sallyport-plan-'));
    try {
      writeFileSync(path.join(folder, 'project.yaml'), plainText());
      const words = [ENTRY, 'plan', 'run_all', '--project-dir', folder];
      const node = (): Promise<number> => wall(['-e', '0']);
      const { a, b } = await pairs(COLD_PAIRS, 2, () => wall(words), node);
      const cold = spread(a.map((time, at) => time - b[at]!));
      return [
        planned(plain, forEach),
        figure({
          id: 'C1-cold',
          title: `sallyport plan, ${ACTIONS.toLocaleString('en-GB')} actions, beyond Node's own start`,
          value: cold.median,
          unit: ' ms',
          must: { is: '<=', than: 600 },
          stretch: { is: '<=', than: 350 },
          detail: `quartiles ${cold.q1.toFixed(0)}–${cold.q3.toFixed(0)}: loading, reading, planning and printing, nothing warm`,
        }),
        figure({
          id: 'C1-memory',
          title: `sallyport plan, ${ACTIONS.toLocaleString('en-GB')} actions, peak memory`,
          value: await peakOf(words),
          unit: ' MB',
          must: { is: '<=', than: 200 },
          stretch: { is: '<=', than: 120 },
          detail: 'of the command',
        }),
      ];
    } finally {
      rmSync(folder, { recursive: true });
    }
  },
};

type Spread = ReturnType<typeof spread>;

const planned = (plain: Spread, forEach: Spread): Figure =>
  figure({
    id: 'C1',
    title: `read and plan ${ACTIONS.toLocaleString('en-GB')} actions`,
    value: plain.median,
    unit: 'ms',
    must: { is: '<=', than: 100 },
    stretch: { is: '<=', than: 30 },
    detail: `quartiles ${plain.q1.toFixed(0)}–${plain.q3.toFixed(0)}; written with for_each ${forEach.median.toFixed(0)} (${forEach.q1.toFixed(0)}–${forEach.q3.toFixed(0)})`,
  });

function measured(bytes: Uint8Array): ReturnType<typeof spread> {
  const times: number[] = [];
  for (let time = 0; time < WARM + TIMES; time += 1) {
    const started = process.cpuUsage();
    const { pipeline } = readProjectBytes(bytes);
    const planned = plan({ pipeline: pipeline!, asked: ['run_all'], latest: new Map(), force: false });
    const { user, system } = process.cpuUsage(started);
    if ((planned as Plan).jobs.length !== ACTIONS) throw new Error('not all actions are planned');
    if (time >= WARM) times.push((user + system) / 1000);
  }
  return spread(times);
}

function plainText(): string {
  const actions = Array.from({ length: ACTIONS }, (_, at) =>
    [
      `  step_${at}:`,
      `    run: python:v2 python analysis/step.py ${at}`,
      ...(at > 0 ? [`    needs: [step_${at - 1}]`] : []),
      '    outputs:',
      '      moderately_sensitive:',
      `        table: output/step_${at}.csv`,
    ].join('\n'),
  );
  return `version: 5\nactions:\n${actions.join('\n')}\n`;
}

function forEachText(): string {
  const values = (count: number): string => Array.from({ length: count }, (_, at) => at).join(', ');
  return `version: 5
defaults: {image: 'python:v2'}
actions:
  step_<a>_<b>:
    for_each: {a: [${values(50)}], b: [${values(ACTIONS / 50)}]}
    run: python analysis/step.py <a> <b>
    outputs: {moderately_sensitive: {table: output/step_<a>_<b>.csv}}
`;
}

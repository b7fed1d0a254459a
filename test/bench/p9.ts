/** P9: `sallyport check` of 100 actions, cold, against the original command line with nothing to do. */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { figure, type Measure } from './figure.ts';
import { pairs, spread } from './stats.ts';

/** Recorded on one machine: the original with nothing to do took 212–244 ms where `node -e 0` took 86 ms. */
const ORIGINAL_OVER_NODE = 228 / 86;
const PAIRS = 20;

export const p9: Measure = {
  id: 'P9',
  async run() {
    const folder = mkdtempSync(path.join(tmpdir(), 'sallyport-bench-'));
    try {
      writeFileSync(path.join(folder, 'project.yaml'), projectOf(100));
      const root = process.cwd();
      const check = () => wall([path.join(root, 'src/cli/bin.js'), 'check', folder]);
      const node = () => wall(['-e', '0']);
      const result = await pairs(PAIRS, 2, check, node);
      const { median, q1, q3 } = spread(result.ratios);
      return [
        figure({
          id: 'P9',
          title: 'sallyport check, 100 actions, cold / original CLI',
          value: median / ORIGINAL_OVER_NODE,
          unit: '×',
          must: { is: '<=', than: 1 },
          stretch: { is: '<=', than: 0.6 },
          detail:
            `check ${spread(result.a).median.toFixed(0)} ms, node -e 0 ${spread(result.b).median.toFixed(0)} ms, ratio ${median.toFixed(2)} ` +
            `(quartiles ${q1.toFixed(2)}–${q3.toFixed(2)}); the original's recorded ratio to node -e 0 is ${ORIGINAL_OVER_NODE.toFixed(2)}`,
        }),
      ];
    } finally {
      rmSync(folder, { recursive: true });
    }
  },
};

function projectOf(actions: number): string {
  const lines = ['version: 5', 'actions:'];
  for (let index = 0; index < actions; index += 1) {
    lines.push(`  step_${index}:`, `    run: python:v2 python analysis/step.py ${index}`);
    if (index > 0) lines.push(`    needs: [step_${index - 1}]`);
    lines.push('    outputs:', '      moderately_sensitive:', `        table: output/step_${index}.csv`);
  }
  return lines.join('\n');
}

/** Milliseconds from spawn to exit. */
function wall(args: string[]): Promise<number> {
  return new Promise((resolve, reject) => {
    const started = performance.now();
    const child = spawn(process.execPath, args, { stdio: 'ignore' });
    child.on('error', reject);
    child.on('exit', (code) => {
      if (code !== 0) reject(new Error(`${args.join(' ')} ended with ${code}`));
      else resolve(performance.now() - started);
    });
  });
}

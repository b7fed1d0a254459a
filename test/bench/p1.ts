/** P1: `sallyport run` of a chain of ten actions against ten bare `docker run`. */
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { bareChain, benchImage, chainProject, command, dockerAnswers, LENGTH } from './chain.ts';
import { figure, type Figure, type Measure } from './figure.ts';
import { pairs, spread, timed } from './stats.ts';

const PAIRS = 10;

const parts = {
  id: 'P1',
  title: 'per action, chain of 10, sallyport run / docker run',
  unit: '×',
  must: { is: '<=', than: 1.5 },
  stretch: { is: '<=', than: 1.2 },
} as const satisfies Partial<Figure>;

export const p1: Measure = {
  id: 'P1',
  async run() {
    if (!dockerAnswers()) return [figure({ ...parts, detail: 'no Docker engine answers' })];
    await benchImage();
    const study = mkdtempSync(path.join(tmpdir(), 'sallyport-chain-'));
    try {
      writeFileSync(path.join(study, 'project.yaml'), chainProject());
      const bin = path.join(process.cwd(), 'src/cli/bin.js');
      const ours = async () => {
        for (const left of readdirSync(study)) {
          if (left !== 'project.yaml') rmSync(path.join(study, left), { recursive: true, force: true });
        }
        return timed(() => command(process.execPath, [bin, 'run', 'run_all', '--project-dir', study]));
      };
      const result = await pairs(PAIRS, 2, ours, () => timed(bareChain));
      const { median, q1, q3 } = spread(result.ratios);
      const each = (times: number[]) => (spread(times).median / LENGTH).toFixed(0);
      return [
        figure({
          ...parts,
          value: median,
          detail: `${each(result.a)} ms against ${each(result.b)} ms per action (quartiles ${q1.toFixed(2)}–${q3.toFixed(2)}, ${PAIRS} pairs)`,
        }),
      ];
    } finally {
      rmSync(study, { recursive: true, force: true });
    }
  },
};

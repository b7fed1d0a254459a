/**
 * P1: `sallyport run` of chains of ten and of a hundred actions against as many bare `docker run`, whether an action
 * of the long chain costs more than one of the short, and the memory of the long one.
 */
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { bareChain, benchImage, chainProject, dockerAnswers, LENGTH } from './chain.ts';
import { ENTRY, peakOf, wall } from './child.ts';
import { figure, type Figure, type Measure } from './figure.ts';
import { pairs, spread, timed } from './stats.ts';

const PAIRS = 10;
const LONG = 100;
/** Each takes ten times as long, and holds as many actions as all short ones together. */
const LONG_PAIRS = 3;

const short = {
  id: 'P1',
  title: `per action, chain of ${LENGTH}, sallyport run / docker run`,
  unit: '×',
  must: { is: '<=', than: 1.5 },
  stretch: { is: '<=', than: 1.2 },
} as const satisfies Partial<Figure>;
const long = { ...short, id: 'P1-long', title: `per action, chain of ${LONG}, sallyport run / docker run` };
const growth = {
  ...short,
  id: 'P1-growth',
  title: `an action of a chain of ${LONG} / of ${LENGTH}`,
  must: { is: '<=', than: 1.25 },
  stretch: { is: '<=', than: 1.05 },
} as const;
const memory = {
  id: 'P1-memory',
  title: `sallyport run, chain of ${LONG}, peak memory`,
  unit: ' MB',
  must: { is: '<=', than: 200 },
  stretch: { is: '<=', than: 120 },
} as const;

export const p1: Measure = {
  id: 'P1',
  async run() {
    if (!dockerAnswers()) {
      const detail = 'no Docker engine answers';
      return [short, long, growth, memory].map((parts) => figure({ ...parts, detail }));
    }
    await benchImage();
    const study = mkdtempSync(path.join(tmpdir(), 'sallyport-chain-'));
    const words = [ENTRY, 'run', 'run_all', '--project-dir', study];
    const anew = (length: number): void => {
      for (const left of readdirSync(study)) rmSync(path.join(study, left), { recursive: true });
      writeFileSync(path.join(study, 'project.yaml'), chainProject(length));
    };
    const ours = async (length: number): Promise<number> => (anew(length), wall(words));
    const bare = (length: number): Promise<number> => timed(() => bareChain(length));
    try {
      const ten = await pairs(
        PAIRS,
        2,
        () => ours(LENGTH),
        () => bare(LENGTH),
      );
      const hundred = await pairs(
        LONG_PAIRS,
        0,
        () => ours(LONG),
        () => bare(LONG),
      );
      anew(LONG);
      return [
        against(short, ten, LENGTH),
        against(long, hundred, LONG),
        // Of two ratios to what was timed beside each, so that a machine that gets busier between them counts for nothing.
        figure({
          ...growth,
          value: spread(hundred.ratios).median / spread(ten.ratios).median,
          detail: `${each(hundred.a, LONG)} against ${each(ten.a, LENGTH)} ms, each by its own docker run`,
        }),
        figure({ ...memory, value: await peakOf(words), detail: 'with the engine, of the command alone' }),
      ];
    } finally {
      rmSync(study, { recursive: true, force: true });
    }
  },
};

const each = (times: readonly number[], length: number): string => (spread(times).median / length).toFixed(0);

function against(
  parts: typeof short | typeof long,
  result: Awaited<ReturnType<typeof pairs>>,
  length: number,
): Figure {
  const { median, q1, q3 } = spread(result.ratios);
  return figure({
    ...parts,
    value: median,
    detail: `${each(result.a, length)} ms against ${each(result.b, length)} ms per action (quartiles ${q1.toFixed(2)}–${q3.toFixed(2)}, ${result.ratios.length} pairs)`,
  });
}

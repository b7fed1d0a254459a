/**
 * X1: a clone of 200 MB in 20,000 files through the proxy against one from where it asks itself.
 *
 * Git's server and the proxy share one process here, so the proxy's figure is worse than where they stand apart.
 */
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { ACTION, proxyWorld } from '../support/proxy.ts';
import { figure, type Measure } from './figure.ts';
import { pairs, spread, timed } from './stats.ts';

const FILES = 20_000;
const BYTES = 10_000;
const PAIRS = 6;
const run = promisify(execFile);

export const x1: Measure = {
  id: 'X1',
  async run() {
    const world = await proxyWorld({ wants: 'any', hub: undefined });
    const dir = mkdtempSync(path.join(tmpdir(), 'sallyport-bench-'));
    try {
      world.upstream.repository(
        ACTION,
        Object.fromEntries(
          Array.from({ length: FILES }, (_, at) => [`${at % 100}/${at}.bin`, randomBytes(BYTES)]),
        ),
      );
      let count = 0;
      const clone = async (origin: string, words: string[]): Promise<number> => {
        const to = path.join(dir, String((count += 1)));
        const took = await timed(() =>
          run('git', [...words, 'clone', '--quiet', '--bare', `${origin}/${ACTION}`, to]),
        );
        rmSync(to, { recursive: true });
        return took;
      };
      const { a, b, ratios } = await pairs(
        PAIRS,
        1,
        () => clone(world.upstream.origin, []),
        async () =>
          clone(world.origin, ['-c', `http.extraHeader=Authorization: Bearer ${await world.token()}`]),
      );
      const { median, q1, q3 } = spread(ratios);
      const seconds = (times: number[]): string => (spread(times).median / 1000).toFixed(1);
      return [
        figure({
          id: 'X1',
          title: 'clone of 200 MB, times the speed of a direct one',
          value: median,
          unit: '×',
          must: { is: '>=', than: 0.8 },
          stretch: { is: '>=', than: 0.95 },
          detail: `${seconds(b)} against ${seconds(a)} s, quartiles ${q1.toFixed(2)} to ${q3.toFixed(2)}, ${PAIRS} pairs`,
        }),
      ];
    } finally {
      await world.close();
      rmSync(dir, { recursive: true, force: true });
    }
  },
};

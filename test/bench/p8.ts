/**
 * P8: the disclosure rules on 1,000 small tables, read from disk on all threads as the command does it, against
 * trevor's recorded speed (two threads), scaled.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Threads } from '../../src/cli/disclose-threads.ts';
import { DEFAULT_POLICY } from '../../src/disclosure/disclosure.ts';
import { figure, type Measure } from './figure.ts';
import { pairs, spread, timed } from './stats.ts';
import { plainScan, table } from './tables.ts';

const FILES = 1000;
/** About 17 KB each. */
const ROWS = 400;
const PAIRS = 20;
/** Recorded on one machine: trevor's files per second; a plain scan there in bytes per second. */
const TREVOR = 924;
const SCAN = 0.5e9;

export const p8: Measure = {
  id: 'P8',
  async run() {
    const threads = new Threads();
    const folder = mkdtempSync(path.join(tmpdir(), 'sallyport-bench-'));
    try {
      const files = Array.from({ length: FILES }, (_, index) => path.join(folder, `table_${index}.csv`));
      let bytes = 0;
      for (const [index, file] of files.entries()) {
        const text = table(ROWS, index);
        bytes += text.length;
        writeFileSync(file, text);
      }
      const rules = async (): Promise<void> => {
        const reports = await threads.smallFiles(files, DEFAULT_POLICY);
        if (reports.length !== FILES) throw new Error(`${reports.length} of ${FILES} files were checked`);
      };
      const scan = (): void => {
        for (const file of files) {
          const read = readFileSync(file);
          plainScan(read, read.length);
        }
      };
      const result = await pairs(
        PAIRS,
        2,
        () => timed(rules),
        () => timed(() => Promise.resolve(scan())),
      );
      const { median, q1, q3 } = spread(result.ratios);
      const perSecond = (1000 * FILES) / spread(result.a).median;
      // trevor's 1,000 files took as long as a plain scan of so many bytes on its machine.
      const original = SCAN / TREVOR / (bytes / FILES);
      return [
        figure({
          id: 'P8',
          title: 'disclosure rules, 1,000 small tables / trevor',
          value: original / median,
          unit: '×',
          must: { is: '>=', than: 8 },
          stretch: { is: '>=', than: 20 },
          detail: `${perSecond.toFixed(0)} files/s of ${(bytes / FILES / 1000).toFixed(1)} KB (trevor recorded ${TREVOR}); ${median.toFixed(2)} times a plain scan (quartiles ${q1.toFixed(2)}–${q3.toFixed(2)}, ${PAIRS} pairs), trevor ${original.toFixed(1)} times`,
        }),
      ];
    } finally {
      await threads.close();
      rmSync(folder, { recursive: true, force: true });
    }
  },
};

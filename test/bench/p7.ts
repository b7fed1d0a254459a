/**
 * P7: the disclosure rules on a 200 MB CSV, streamed by the command line, against what DuckDB and trevor
 * took for such a file. Neither is installed here: their recorded speeds are scaled by a plain scan of the
 * same bytes in the same run.
 */
import { spawn } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readFileSync, readSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { figure, type Figure, type Measure } from './figure.ts';
import { pairs, spread, timed } from './stats.ts';
import { plainScan, writeLarge } from './tables.ts';

const SIZE = 200_000_000;
const MEMORY = 200;
const PAIRS = 5;
/** Recorded on one machine, in GB/s. */
const SCAN = 0.5;
const DUCKDB = 0.17;
const TREVOR = 0.27;

export const p7: Measure = {
  id: 'P7',
  async run() {
    const folder = mkdtempSync(path.join(tmpdir(), 'sallyport-bench-'));
    try {
      const file = path.join(folder, 'large.csv');
      writeLarge(file, SIZE);
      let resident = 0;
      const rules = async (): Promise<number> => {
        const run = await disclose(file);
        resident = Math.max(resident, run.resident);
        return run.ms;
      };
      const result = await pairs(PAIRS, 1, rules, () => timed(() => Promise.resolve(scanFile(file))));
      const size = statSync(file).size / 1e6;
      const speed = size / spread(result.a).median;
      const scan = size / spread(result.b).median;
      const { median, q1, q3 } = spread(result.ratios);
      // rules / original = (rules / scan here) * (scan / original there)
      const against = (original: number): number => SCAN / original / median;
      const detail = `${speed.toFixed(2)} GB/s with ${resident} MB resident; plain scan ${scan.toFixed(2)} GB/s, ${median.toFixed(2)} times as fast (quartiles ${q1.toFixed(2)}–${q3.toFixed(2)}, ${PAIRS} pairs)`;
      return [
        row('P7', 'disclosure rules, 200 MB CSV / DuckDB, 1 thread', against(DUCKDB), 1.3, 2.5, detail),
        row('P7-trevor', 'disclosure rules, 200 MB CSV / trevor', against(TREVOR), 1, 1.5, detail),
        figure({
          id: 'P7-memory',
          title: 'disclosure rules, 200 MB CSV, resident',
          value: resident,
          unit: ' MB',
          must: { is: '<=', than: MEMORY },
          stretch: { is: '<=', than: 120 },
          detail: 'largest resident size of the process, Node included',
        }),
      ];
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
};

function row(
  id: string,
  title: string,
  value: number,
  must: number,
  stretch: number,
  detail: string,
): Figure {
  return figure({
    id,
    title,
    value,
    unit: '×',
    must: { is: '>=', than: must },
    stretch: { is: '>=', than: stretch },
    detail,
  });
}

/** Wall time from spawn to exit, and the largest resident size seen. */
function disclose(file: string): Promise<{ ms: number; resident: number }> {
  return new Promise((resolve, reject) => {
    const started = performance.now();
    const bin = path.join(process.cwd(), 'src/cli/bin.js');
    const child = spawn(process.execPath, [bin, 'disclose', '--json', file], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let out = '';
    let resident = 0;
    child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
    const look = setInterval(() => (resident = Math.max(resident, residentOf(child.pid))), 20);
    child.on('error', reject);
    child.on('exit', (code) => {
      clearInterval(look);
      const ms = performance.now() - started;
      if (code !== 0 || !out.includes('"C1"')) reject(new Error(`disclose ended with ${code}`));
      else resolve({ ms, resident });
    });
  });
}

/** The kernel's high-water mark, in MB; 0 where there is none. */
function residentOf(pid: number | undefined): number {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    return Math.round(Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1000);
  } catch {
    return 0;
  }
}

function scanFile(file: string): number {
  const descriptor = openSync(file, 'r');
  const buffer = Buffer.alloc(1024 * 1024);
  let records = 0;
  try {
    for (;;) {
      const length = readSync(descriptor, buffer);
      if (length === 0) return records;
      records += plainScan(buffer, length);
    }
  } finally {
    closeSync(descriptor);
  }
}

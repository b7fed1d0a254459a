/** The command line as a process of its own: how long it takes from start to end, and the most memory it has held. */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

/** As `npx sallyport` starts it, without asking whether it should be built. */
export const ENTRY = path.join(process.cwd(), 'src/cli/bin.js');

const PEAK = `import { writeFileSync } from 'node:fs';
process.on('exit', () => writeFileSync(process.env.SALLYPORT_BENCH_PEAK, String(process.resourceUsage().maxRSS)));
`;

/** Milliseconds from spawn to exit of a Node with these words. Rejects unless it ends well. */
export function wall(args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<number> {
  return new Promise((resolve, reject) => {
    const started = performance.now();
    const child = spawn(process.execPath, args, {
      stdio: 'ignore',
      env: { ...process.env, SALLYPORT_BUILT: '1', ...env },
    });
    child.on('error', reject);
    child.on('exit', (code) => {
      if (code !== 0) reject(new Error(`${args.join(' ')} ended with ${code}`));
      else resolve(performance.now() - started);
    });
  });
}

/** The peak of its resident memory, in megabytes. */
export async function peakOf(args: readonly string[]): Promise<number> {
  const folder = mkdtempSync(path.join(tmpdir(), 'sallyport-peak-'));
  try {
    const hook = path.join(folder, 'peak.mjs');
    const found = path.join(folder, 'peak');
    writeFileSync(hook, PEAK);
    await wall(['--import', pathToFileURL(hook).href, ...args], { SALLYPORT_BENCH_PEAK: found });
    return (Number(readFileSync(found, 'utf8')) * 1024) / 1e6;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

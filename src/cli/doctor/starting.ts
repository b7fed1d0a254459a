/** Whether a unit of ours was only just started here: systemd calls it active before it listens. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { minutes, seconds } from '../../lib/clock.ts';

/** However slow the machine: databases are migrated, governance is cloned. */
const STARTING_MS = minutes(2);

export async function isStarting(): Promise<boolean> {
  const words = ['show', 'sallyport-*.service', '--property=ActiveState,ActiveEnterTimestampMonotonic'];
  const shown = await promisify(execFile)('systemctl', words, { timeout: seconds(5) }).catch(() => undefined);
  const nowUs = Number(process.hrtime.bigint() / 1_000n);
  return shown !== undefined && youngestMs(shown.stdout, nowUs) < STARTING_MS;
}

/** Since the youngest of the units that run was started; `nowUs` as systemd counts, since the machine was. */
export function youngestMs(shown: string, nowUs: number): number {
  const ages = shown.split('\n\n').flatMap((unit) => {
    const [, since] = /^ActiveEnterTimestampMonotonic=(\d+)$/m.exec(unit) ?? [];
    return /^ActiveState=(?:active|activating)$/m.test(unit) && since ? [(nowUs - Number(since)) / 1000] : [];
  });
  return Math.min(Infinity, ...ages);
}

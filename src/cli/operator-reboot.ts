/** Asks before it empties a machine, and says when that is safe to start anew. */
import { refusal, Refused } from '../lib/refusal.ts';
import { askReboot, askRebootState, type Hub } from './operator-call.ts';
import { ask } from './operator-why.ts';

interface Options extends Hub {
  why?: string;
  status?: boolean;
  yes?: boolean;
}

/** Refuses `operator.unconfirmed`. */
export async function prepareReboot(
  backend: string,
  options: Options,
): Promise<{ text: string; safe: boolean }> {
  if (!options.status) await allowed(backend, options);
  const now = options.status
    ? await askRebootState(options, backend)
    : await askReboot(options, { backend, why: options.why ?? '' });
  return { text: show(backend, now), safe: now.safe };
}

async function allowed(backend: string, options: Options): Promise<void> {
  if (options.yes) return;
  const { running } = await askRebootState(options, backend);
  const question = `${backend} is paused, and ${jobs(running.length)} stopped and put back into the queue. Go on? [y/N] `;
  if (!process.stdin.isTTY || !/^y(es)?$/i.test((await ask(question)).trim()))
    throw new Refused(
      refusal(
        'operator.unconfirmed',
        'Nothing was changed.',
        'Answer y, or add --yes where nobody can answer.',
      ),
    );
}

const jobs = (n: number): string => (n === 1 ? '1 running job is' : `${n} running jobs are`);

function show(
  backend: string,
  { paused, running, safe }: { paused: boolean; running: string[]; safe: boolean },
): string {
  if (safe)
    return `safe: nothing runs on ${backend} and nothing will be started. After the reboot: sallyport hub unpause ${backend}\n`;
  if (!paused)
    return `not safe: ${backend} is not paused, ${jobs(running.length)} there. Prepare it: sallyport hub prepare-for-reboot ${backend}\n`;
  const list = running.map((job) => `  job ${job}\n`).join('');
  return `not yet: ${running.length} containers are being stopped on ${backend}\n${list}Ask again: sallyport hub prepare-for-reboot ${backend} --status\n`;
}

/** A second thread for the checks: reads parts of a long table, or whole small files. Built as a file of its own. */
import { parentPort } from 'node:worker_threads';
import { reported, reportOf } from './disclose-read.ts';
import { scanned, turns, type Done, type Numbered, type Work } from './disclose-work.ts';

/** Reports that are sent at once. */
const MANY = 32;

async function* answers(work: Work): AsyncGenerator<Omit<Done, 'id' | 'last'>> {
  const { policy, taken } = work;
  if (work.kind === 'parts') {
    const { path, parts } = work;
    for (const index of turns(taken, parts.length))
      yield { parts: [[index, await scanned(path, parts[index]!, policy)]] };
    return;
  }
  let reports: Numbered[] = [];
  for (const index of turns(taken, work.paths.length)) {
    reports.push([index, reported(await reportOf(work.paths[index]!, policy, {}))]);
    if (reports.length < MANY) continue;
    yield { reports: JSON.stringify(reports) };
    reports = [];
  }
  yield { reports: JSON.stringify(reports) };
}

async function answer(id: number, work: Work, post: (done: Done) => void): Promise<void> {
  try {
    for await (const done of answers(work)) post({ id, ...done, last: false });
  } catch {
    // Whoever asked does what is missing itself, and meets the same fault with its message.
  }
  post({ id, last: true });
}

parentPort?.on('message', ({ id, work }: { id: number; work: Work }) => {
  void answer(id, work, (done) => parentPort?.postMessage(done));
});

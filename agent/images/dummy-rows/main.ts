/** `dummy-rows <rows> <seed> <words of sqlrunner…>`, in the folder of a job. */
import { Worker } from 'node:worker_threads';
import { makeRows } from './rows.ts';
import { PARENT_VARIABLE } from './usual.ts';

const parent = process.env[PARENT_VARIABLE];
if (parent !== undefined) endWith(Number(parent));

const [rows = '', seed = '', ...words] = process.argv.slice(2);
process.exitCode = await makeRows({ rows: Number(rows), seed, words }, process.cwd(), (line) => {
  process.stderr.write(`${line}\n`);
});

/** A query hears nothing while it runs, and may run for ever: whoever began it may have been killed meanwhile. */
function endWith(pid: number): void {
  const watch = `setInterval(() => process.ppid === ${pid} || process.kill(process.pid, 'SIGKILL'), 500)`;
  new Worker(watch, { eval: true }).unref();
}

/** `dummy-rows <rows> <seed> <words of sqlrunner…>`, in the folder of a job. */
import { makeRows } from './rows.ts';

const [rows = '', seed = '', ...words] = process.argv.slice(2);
process.exitCode = await makeRows({ rows: Number(rows), seed, words }, process.cwd(), (line) => {
  process.stderr.write(`${line}\n`);
});

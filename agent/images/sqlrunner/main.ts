import { sqlrunner } from './sqlrunner.ts';

process.exitCode = await sqlrunner(process.argv.slice(2), process.env, (line) => {
  process.stderr.write(`${line}\n`);
});

// Writes the airlock's migration. With `--first` the one migration there is is made anew from the schema,
// triggers included: for as long as no airlock has been released with it.
import { spawnSync } from 'node:child_process';
import { appendFileSync, readdirSync, readFileSync, rmSync } from 'node:fs';

const out = 'agent/airlock/migrations';
const first = process.argv.includes('--first');
if (first) rmSync(out, { recursive: true, force: true });
const args = [
  'drizzle-kit',
  'generate',
  '--config',
  'drizzle.airlock.config.ts',
  ...(first ? ['--name', 'init'] : []),
];
const made = spawnSync('npx', args, { stdio: 'inherit' });
if (made.status !== 0) process.exit(made.status ?? 1);
if (first) {
  const file = readdirSync(out).find((name) => name.startsWith('0000') && name.endsWith('.sql'));
  appendFileSync(
    `${out}/${file}`,
    `\n--> statement-breakpoint\n${readFileSync('agent/airlock/schema/guards.sql', 'utf8')}`,
  );
}

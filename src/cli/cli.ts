/** The command line: one program, one subcommand per role. */
import { CommanderError } from 'commander';
import { isRefusal, refusalText } from '../lib/refusal.ts';
import { program } from './program.ts';

const EXIT_USAGE = 2;

async function main(argv: readonly string[]): Promise<void> {
  try {
    await program().parseAsync([...argv]);
  } catch (error) {
    process.exitCode = report(error);
  }
}

/** A refusal is for the person; anything else is a bug and shows where. */
function report(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : EXIT_USAGE;
  const no = (error as { refusal?: unknown } | undefined)?.refusal;
  if (isRefusal(no)) {
    process.stderr.write(`sallyport: ${refusalText(no)}\n`);
    return 1;
  }
  process.stderr.write(
    `sallyport: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
  );
  return 1;
}

await main(process.argv);

/** From a command line to an exit code: 0 done, 1 refused or failed, 2 bad usage. */
import { CommanderError, type Command } from 'commander';
import { isRefusal, refusalText } from '../lib/refusal.ts';

const EXIT_USAGE = 2;

export async function main(program: Command, argv: readonly string[]): Promise<void> {
  for (const stream of [process.stdout, process.stderr]) stream.on('error', unread);
  try {
    await program.parseAsync([...argv]);
  } catch (error) {
    process.exitCode = report(error);
  }
  if (!process.stderr.isTTY) return;
  const { tellOfNewer } = await import('./upgrade-notice.ts');
  tellOfNewer(argv[2]);
}

/** Whoever read what is printed may leave early (a pager, `head`): that is no fault of anybody's. */
function unread(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE') throw error;
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

/** From a command line to an exit code: 0 done, 1 refused or failed, 2 bad usage. */
import { CommanderError, type Command } from 'commander';
import { isRefusal, refusalText, type Refusal } from '../lib/refusal.ts';

const EXIT_USAGE = 2;

export async function main(program: Command, argv: readonly string[]): Promise<void> {
  for (const stream of [process.stdout, process.stderr]) stream.on('error', unread);
  try {
    await program.parseAsync([...argv]);
  } catch (error) {
    process.exitCode = await report(error);
  }
  if (!process.stderr.isTTY) return;
  const { tellOfNewer } = await import('./upgrade-notice.ts');
  tellOfNewer(argv[2]);
}

/**
 * Whoever read what is printed may leave early (a pager, `head`): that is no fault of anybody's. A file that it goes into
 * may be on a full disk: what stands there is not all of it.
 */
function unread(error: NodeJS.ErrnoException): void {
  if (error.code === 'EPIPE') return;
  process.stderr.write(
    `sallyport: What it prints cannot be written (${error.code ?? error.message}). Make room, or let it print elsewhere; what was printed is not all of it. (print.not-written)\n`,
  );
  process.exit(1);
}

/** A refusal is for the person, and so is what the machine refuses; anything else is a bug and shows where. */
async function report(error: unknown): Promise<number> {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : EXIT_USAGE;
  const no = (error as { refusal?: unknown } | undefined)?.refusal ?? (await faultIn(error));
  if (isRefusal(no)) {
    process.stderr.write(`sallyport: ${refusalText(no)}\n`);
    return 1;
  }
  process.stderr.write(
    `sallyport: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
  );
  return 1;
}

/** Loaded when something went wrong, and only then. */
async function faultIn(error: unknown): Promise<Refusal | undefined> {
  const { fileFault } = await import('./file-fault.ts');
  return fileFault(error);
}

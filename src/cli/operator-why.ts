/** Asks at a terminal why something is done; nobody can be asked in a script. */
import { createInterface } from 'node:readline/promises';
import { refusal, Refused } from '../lib/refusal.ts';
import { isWhy, oneLine } from './one-line.ts';

/** Refuses `operator.no-why`. `where`: where the answer goes, for whoever gives it. */
export async function askWhy(where: string): Promise<string> {
  const said = process.stdin.isTTY ? (await ask(`Why (${where})? `)).trim() : '';
  if (isWhy(said)) return oneLine(said);
  throw new Refused(
    refusal(
      'operator.no-why',
      'What changes something needs a reason; nothing was changed.',
      "Add --why 'a new kernel', in one line.",
    ),
  );
}

/** One line; empty when the terminal was closed. */
export async function ask(question: string): Promise<string> {
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const closed = new Promise<string>((resolve) => lines.once('close', () => resolve('')));
    return await Promise.race([lines.question(question), closed]);
  } finally {
    lines.close();
  }
}

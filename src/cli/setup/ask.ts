/** A person at a terminal: one question at a time, its reason above it, Enter takes what stands in brackets. */
import { createInterface, type Interface } from 'node:readline/promises';
import { refusal, Refused } from '../../lib/refusal.ts';
import { printable } from '../../pipeline/pipeline.ts';
import { taken, type Asker } from './answers.ts';

export interface Person {
  ask: Asker;
  agrees(question: string): Promise<boolean>;
  /** Undefined when the person has gone, or `signal` said so. */
  line(prompt: string, signal?: AbortSignal): Promise<string | undefined>;
  leave(): void;
}

export interface Paint {
  bold(text: string): string;
  dim(text: string): string;
  red(text: string): string;
}

export function person(
  { input, output }: { input: NodeJS.ReadableStream; output: NodeJS.WritableStream },
  paint: Paint,
): Person {
  const lines: Interface = createInterface({ input, output });
  let gone = false;
  lines.once('close', () => (gone = true));
  lines.on('SIGINT', () => process.exit(130));
  const line: Person['line'] = async (prompt, signal) => {
    if (gone) return undefined;
    const ended = new Promise<undefined>((resolve) => lines.once('close', () => resolve(undefined)));
    const said = lines.question(prompt, signal ? { signal } : {}).catch(() => undefined);
    return (await Promise.race([said, ended]))?.trim();
  };
  const must = async (prompt: string): Promise<string> => {
    const said = await line(prompt);
    if (said === undefined)
      throw new Refused(refusal('setup.left', 'The questions were not answered.', 'Nothing was written.'));
    return said;
  };
  return {
    line,
    leave: () => lines.close(),
    async agrees(question) {
      return /^(?:y|yes|)$/i.test(await must(`${question} ${paint.dim('[Y/n]')} `));
    },
    async ask(question, standard, known) {
      const { asks, why } = question;
      output.write(`\n${paint.bold(asks)}\n${paint.dim(why)}\n`);
      for (;;) {
        const said = await must(
          standard === undefined ? '> ' : `${paint.dim(`[${printable(standard) || 'nothing'}]`)} > `,
        );
        const text = said === '-' ? '' : said || standard;
        const read =
          text === undefined
            ? { text: '', fault: 'Somebody has to say it.' }
            : await taken(question, text, known);
        if (read.fault === undefined) return read.text;
        output.write(`${paint.red(`✗ ${read.fault}`)}\n`);
      }
    },
  };
}

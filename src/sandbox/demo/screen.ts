/** The demo as lines to read: chapters, what happened, where to look. */
import pc from 'picocolors';

export interface Screen {
  chapter(title: string): void;
  /** Something is being done; the time it took is added when it is done. */
  step<T>(doing: string, work: () => Promise<T>): Promise<T>;
  /** Something that was seen to be so. */
  seen(text: string): void;
  /** Quoted from a page, a file or a log. */
  quote(lines: string): void;
  look(label: string, where: string): void;
  warn(text: string): void;
  say(text: string): void;
}

export function screenOn(out: NodeJS.WritableStream, now: () => number): Screen {
  const line = (text = ''): void => void out.write(`${text}\n`);
  return {
    chapter: (title) => line(`\n${pc.bold(title)}`),
    async step(doing, work) {
      const started = now();
      try {
        const answer = await work();
        line(`  ${pc.dim('·')} ${doing} ${pc.dim(`${((now() - started) / 1000).toFixed(1)} s`)}`);
        return answer;
      } catch (error) {
        line(`  ${pc.red('✗')} ${doing}`);
        throw error;
      }
    },
    seen: (text) => line(`  ${pc.green('✓')} ${text}`),
    quote: (lines) => {
      for (const one of lines.split('\n')) line(`      ${pc.dim('│')} ${one}`);
    },
    look: (label, where) => line(`    ${label.padEnd(22)} ${pc.cyan(where)}`),
    warn: (text) => line(`${pc.yellow('!')} ${pc.yellow(text)}`),
    say: (text) => line(text === '' ? '' : `  ${text}`),
  };
}

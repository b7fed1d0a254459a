/** What a process of ours logs, line by line, for a test that waits for one. */
import { EventEmitter, once } from 'node:events';

type Line = Record<string, unknown>;

export interface WrittenLog {
  lines: Line[];
  /** The line that has these fields, as soon as it is written: a client may have its answer before the line is. */
  logged(fields: Line): Promise<Line>;
  /** Where a logger writes to. */
  to: { write(line: string): void };
}

export function writtenLog(): WrittenLog {
  const lines: Line[] = [];
  const news = new EventEmitter();
  return {
    lines,
    async logged(fields) {
      const fits = (line: Line): boolean =>
        Object.entries(fields).every(([key, value]) => line[key] === value);
      for (;;) {
        const line = lines.find(fits);
        if (line) return line;
        await once(news, 'line');
      }
    },
    to: {
      write: (line) => {
        lines.push(JSON.parse(line) as Line);
        news.emit('line');
      },
    },
  };
}

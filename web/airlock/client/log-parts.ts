/** A job's log in two: what the program wrote, of which the end matters most, and what Sallyport adds. */

/** As the agent writes it (agent/runner/compat.ts). */
const MARKER = '=============JOB SUMMARY=============';
const TAIL = 10_000;

/** cut: characters before the tail */
export interface LogParts {
  summary: string;
  tail: string;
  cut: number;
}

export function splitLog(text: string): LogParts {
  const found = text.lastIndexOf(MARKER);
  const isAlone = found === 0 || text[found - 1] === '\n';
  const at = found >= 0 && isAlone ? found : text.length;
  const from = Math.max(0, at - TAIL);
  // Whole lines, unless the line itself is longer.
  const line = from === 0 ? 0 : text.indexOf('\n', from) + 1;
  const start = line > 0 && line < at ? line : from;
  return { summary: text.slice(at), tail: text.slice(start, at), cut: start };
}

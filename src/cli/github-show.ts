/** Checks of a commit as lines for a terminal, and the jobs that stand in the text of a run's check. */
import { printable } from '../pipeline/pipeline.ts';
import type { CheckRun } from './github-api.ts';

/** Anything that has not ended has no conclusion. */
export const hasEnded = ({ status }: CheckRun): boolean => status === 'completed';

const BAD = new Set(['failure', 'timed_out', 'action_required', 'startup_failure', 'cancelled', 'stale']);
export const hasFailed = (check: CheckRun): boolean => hasEnded(check) && BAD.has(check.conclusion ?? '');

export function checkLines(checks: readonly CheckRun[]): string[] {
  const rows = [...checks]
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .map((check) => ({
      check,
      cells: [signOf(check), check.name, stateOf(check), check.output.title ?? ''],
    }));
  const width = (at: number): number => Math.max(0, ...rows.map(({ cells }) => cells[at]!.length));
  return rows
    .flatMap(({ check, cells }) => [
      `${cells[0]!} ${cells[1]!.padEnd(width(1))}  ${cells[2]!.padEnd(width(2))}  ${cells[3]!}`.trimEnd(),
      ...jobLines(check),
    ])
    .map(printable);
}

function signOf(check: CheckRun): string {
  if (!hasEnded(check)) return '…';
  if (hasFailed(check)) return '✗';
  return check.conclusion === 'success' ? '✓' : '–';
}

const stateOf = ({ status, conclusion }: CheckRun): string => (conclusion ?? status).replaceAll('_', ' ');

/** Rows of the first table in what a run's check says. */
export function jobsOf({ name, output }: CheckRun): string[][] {
  if (!name.startsWith('sallyport/run ')) return [];
  const lines = `${output.summary ?? ''}\n${output.text ?? ''}`.split(/\r?\n/);
  const from = lines.findIndex(
    (line, at) => isRow(line) && /^\|(?:\s*:?-+:?\s*\|)+\s*$/.test(lines[at + 1] ?? ''),
  );
  if (from < 0) return [];
  const behind = lines.slice(from + 2);
  const end = behind.findIndex((line) => !isRow(line));
  const rows = end < 0 ? behind : behind.slice(0, end);
  return [lines[from]!, ...rows].map(cellsOf);
}

const isRow = (line: string): boolean => /^\|.*\|\s*$/.test(line);

const cellsOf = (line: string): string[] =>
  line
    .trim()
    .slice(1, -1)
    .split(/(?<!\\)\|/)
    .map((cell) =>
      cell
        .trim()
        .replaceAll('\\|', '|')
        .replace(/^`+\s?(.*?)\s?`+$/, '$1'),
    );

function jobLines(check: CheckRun): string[] {
  const [head, ...rows] = jobsOf(check);
  if (!head || rows.length === 0) return [];
  const widths = head.map((_, at) => Math.max(...[head, ...rows].map((row) => (row[at] ?? '').length)));
  return [head, ...rows].map((row) =>
    `    ${row.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join('  ')}`.trimEnd(),
  );
}

/** What the App wrote, for a terminal: without its marker, what is folded away, and signs of Markdown. */
export function plainAnswer(body: string): string {
  return printable(
    body
      .replace(/<!--[^]*?-->/g, '')
      .replace(/<details>[^]*?<\/details>/g, '')
      .replaceAll(/[`*]/g, '')
      .replaceAll(/\\([[\](){}_#<>|!.-])/g, '$1')
      .replaceAll(/\s+/g, ' ')
      .trim(),
  );
}

/** `sallyport run` in plain lines, and in lines that a workflow of GitHub Actions groups and annotates. */
import { linesOf, plainLines, shown, type LaptopEvent } from '../../agent/laptop.ts';
import { isoTime, systemClock, type Clock } from '../lib/clock.ts';
import { data, property } from './check-github.ts';

export interface Screen {
  show(event: LaptopEvent): void;
  /** A line of its own. */
  say(text: string): void;
  /** Lines that belong together. */
  section(title: string, lines: readonly string[]): void;
  /** Nothing moves any more. */
  close(): void;
}

export interface ScreenOptions {
  out: { write(text: string): unknown };
  timestamps: boolean;
  clock?: Clock;
}

export function stamped(text: string, { timestamps, clock = systemClock }: ScreenOptions): string {
  return timestamps ? `${isoTime(clock.now()).replace(/\.\d+Z$/, 'Z')} ${text}`.trimEnd() : text;
}

export function plainScreen(options: ScreenOptions): Screen {
  const say = (text: string): void => void options.out.write(`${stamped(text, options)}\n`);
  return {
    show: (event) => linesOf(event).forEach(({ text }) => say(text)),
    say,
    section: (title, lines) => ['', `${title}:`, ...lines].forEach(say),
    close: () => undefined,
  };
}

export interface GithubOptions extends ScreenOptions {
  /** From the top of the repository. */
  project: string;
  /** Nobody else knows it: between two of these lines nothing that a program wrote is a command. */
  token: string;
}

/** What a runner would take for a command, also behind spaces. */
const COMMAND = /::|##\[/;

export function githubScreen(options: GithubOptions): Screen {
  const write = (text: string): void => void options.out.write(`${text}\n`);
  const say = (text: string): void => write(stamped(text, options));
  const quoted = (lines: readonly string[]): void => {
    const risky = lines.some((text) => COMMAND.test(text));
    if (risky) write(`::stop-commands::${options.token}`);
    lines.forEach(write);
    if (risky) write(`::${options.token}::`);
  };
  const tell = (lines: readonly string[]): void => quoted(lines.map((text) => stamped(text, options)));
  const group = (title: string, lines: readonly string[]): void => {
    write(`::group::${data(title)}`);
    quoted(lines);
    write('::endgroup::');
  };
  const annotate = (kind: 'error' | 'warning', title: string, at: Place, text: string): void =>
    write(
      `::${kind} file=${property(options.project)},line=${at.line},col=${at.column},title=${property(title)}::${data(text)}`,
    );

  function ended(event: Extract<LaptopEvent, { type: 'ended' }>): void {
    const { action, result } = event;
    // The engine says when each line was written.
    const log = (options.timestamps ? result.log : plainLines(result.log)).trimEnd();
    if (log !== '') group(`log of ${action.name}`, log.split('\n').map(shown));
    const lines = linesOf(log === '' ? event : { ...event, withoutLog: true });
    tell(lines.map(({ text }) => text));
    for (const { tone, text } of lines) {
      if (tone === 'bad') annotate('error', action.name, action.at, text);
      if (tone === 'warn') annotate('warning', action.name, action.at, text);
    }
  }

  return {
    show(event) {
      if (event.type === 'ended') ended(event);
      else if (event.type === 'finding')
        annotate(event.found.severity, event.found.code, event.found, event.found.message);
      else tell(linesOf(event).map(({ text }) => text));
    },
    say,
    section: group,
    close: () => undefined,
  };
}

interface Place {
  line: number;
  column: number;
}

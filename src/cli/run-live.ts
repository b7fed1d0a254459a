/**
 * `sallyport run` on a terminal: what has happened scrolls by, what is running stands below it and moves.
 *
 * The picture is a few lines that are drawn over: up, clear, write. Nothing is kept on the terminal but what scrolled.
 */
import picocolors from 'picocolors';
import {
  bytes,
  linesOf,
  plainLines,
  seconds,
  shown,
  type LaptopEvent,
  type Line,
} from '../../agent/laptop.ts';
import { systemClock } from '../lib/clock.ts';
import { stamped, type Screen, type ScreenOptions } from './run-show.ts';

const FRAMES = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];
const EVERY_MS = 100;
const CLEAR_BELOW = '\u001b[0J';
const HIDE_CURSOR = '\u001b[?25l';
const SHOW_CURSOR = '\u001b[?25h';
/** Lines that are too long are cut by the terminal, which knows how wide each letter is. */
const NO_WRAP = '\u001b[?7l';
const WRAP = '\u001b[?7h';

export interface LiveOptions extends ScreenOptions {
  size(): { rows: number };
}

interface Row {
  since: number;
  image?: string;
  usage: string;
  tail: string[];
}

export function liveScreen(options: LiveOptions): Screen {
  const paint = picocolors.createColors(true);
  const clock = options.clock ?? systemClock;
  const running = new Map<string, Row>();
  let planned = 0;
  let over = 0;
  let frame = 0;
  let drawn = 0;
  let timer: NodeJS.Timeout | undefined;

  const tones: Record<Line['tone'], (text: string) => string> = {
    plain: String,
    dim: paint.dim,
    good: (text) => `${paint.green('✓')} ${text}`,
    bad: (text) => `${paint.red('✗')} ${text}`,
    warn: paint.yellow,
  };
  const erase = (): string => (drawn === 0 ? '' : `\u001b[${drawn}A\r${CLEAR_BELOW}`);

  function picture(): string[] {
    if (running.size === 0) return [];
    const lines = [...running].flatMap(([action, row]) => [
      `${paint.cyan(FRAMES[frame % FRAMES.length] ?? '')} ${paint.bold(action)}  ${seconds(clock.now() - row.since)}${row.usage}`,
      ...row.tail.map((text) => paint.dim(`    ${text}`)),
    ]);
    const waiting = planned - over - running.size;
    // Some terminals do not say how large they are.
    const room = Math.max(1, (options.size().rows || 24) - 2);
    return [
      ...lines.slice(0, room),
      paint.dim(`${over} of ${planned} done, ${running.size} running, ${waiting} waiting · Ctrl-C stops`),
    ];
  }

  /** Draws the picture anew, below lines that stay. */
  function draw(staying: readonly string[] = []): void {
    const lines = timer ? picture() : [];
    const text = [...staying, ...lines].map((one) => `${one}\n`);
    const kept = text.slice(0, staying.length).join('');
    const moving = text.slice(staying.length).join('');
    options.out.write(`${erase()}${kept}${moving === '' ? '' : `${NO_WRAP}${moving}${WRAP}`}`);
    drawn = lines.length;
  }

  function begin(): void {
    options.out.write(HIDE_CURSOR);
    timer = setInterval(() => {
      frame += 1;
      draw();
    }, EVERY_MS);
    timer.unref();
  }

  function close(): void {
    if (!timer) return;
    clearInterval(timer);
    timer = undefined;
    draw();
    options.out.write(SHOW_CURSOR);
  }

  function note(event: LaptopEvent): void {
    if (event.type === 'planned') planned = event.actions.length;
    if (event.type === 'started')
      running.set(event.action.name, {
        since: clock.now(),
        usage: '',
        tail: event.image === undefined ? [] : [event.image],
      });
    if (event.type === 'running') measured(event);
    if (event.type === 'ended') running.delete(event.action.name);
    if (event.type === 'ended' || event.type === 'same') over += 1;
  }

  function measured({ action, usage, tail }: Extract<LaptopEvent, { type: 'running' }>): void {
    const row = running.get(action);
    if (!row) return;
    if (usage) row.usage = `  cpu ${usage.cpuPercent.toFixed(0)} %  memory ${bytes(usage.memoryBytes)}`;
    const lines = tail.map((one) => shown(plainLines(one))).filter((one) => one.trim() !== '');
    if (lines.length > 0) row.tail = lines;
  }

  const said = (event: LaptopEvent): string[] =>
    // That something began is seen; what stays is how it ended.
    event.type === 'started'
      ? []
      : linesOf(event).map((line) => tones[line.tone](stamped(line.text, options)));

  return {
    show(event) {
      note(event);
      if (event.type === 'planned') begin();
      if (event.type === 'over') close();
      draw(said(event));
    },
    say: (text) => draw([text]),
    section: (title, lines) => draw(['', paint.bold(title), ...lines]),
    close,
  };
}

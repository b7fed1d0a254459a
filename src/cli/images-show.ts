/** `sallyport images` on a terminal, and in plain lines. */
import picocolors from 'picocolors';
import type { Fetched, ListedImage, Newer } from '../../agent/laptop/images.ts';
import type { PullProgress } from '../../agent/laptop/pull.ts';
import type { Clock } from '../lib/clock.ts';
import { refusalText } from '../lib/refusal.ts';
import { printable } from '../pipeline/pipeline.ts';

const DAY_MS = 86_400_000;
const SHORT_DIGEST = 'sha256:'.length + 12;
const UNITS = ['B', 'kB', 'MB', 'GB', 'TB'] as const;

/** As engines count: thousands. */
export function size(bytes: number): string {
  const power = bytes < 1 ? 0 : Math.min(UNITS.length - 1, Math.floor(Math.log10(bytes) / 3));
  const value = bytes / 1000 ** power;
  return `${power === 0 || value >= 100 ? value.toFixed(0) : value.toFixed(1)} ${UNITS[power]}`;
}

export function age(madeAt: string, now: number): string {
  const days = Math.floor((now - Date.parse(madeAt)) / DAY_MS);
  // Built reproducibly: its time is the epoch, and says nothing.
  if (!Number.isFinite(days) || days > 18_000) return '–';
  if (days < 1) return 'today';
  if (days < 60) return `${days} ${days === 1 ? 'day' : 'days'} old`;
  if (days < 730) return `${Math.floor(days / 30)} months old`;
  return `${Math.floor(days / 365)} years old`;
}

const STATES: Record<ListedImage['state'], (image: ListedImage) => string> = {
  missing: ({ image }) => `not on this machine: sallyport pull ${image}`,
  current: () => 'the newest',
  outdated: ({ image }) => `the registry has a newer one: sallyport images update ${image}`,
  local: () => 'made on this machine',
  unknown: () => '',
};

function endOf({ retireOn, replacedBy }: ListedImage): string {
  if (retireOn === undefined) return '';
  return `retires on ${retireOn}${replacedBy === undefined ? '' : `: move to ${replacedBy}`}`;
}

export interface Listing extends Newer {
  offline: boolean;
  /** There is a study in the folder. */
  study: boolean;
  registry: string;
}

export function imagesText({ images, silent, offline, study, registry }: Listing, now: number): string {
  const rows = images.map((image) => ({
    image,
    cells: [
      printable(image.image),
      image.digest?.slice(0, SHORT_DIGEST) ?? (image.id ? '(no digest)' : ''),
      image.bytes === undefined ? '' : size(image.bytes),
      image.madeAt === undefined ? '' : age(image.madeAt, now),
      [STATES[image.state](image), endOf(image)].filter(Boolean).join('; '),
    ],
  }));
  const widths = [0, 1, 2, 3].map((at) => Math.max(0, ...rows.map(({ cells }) => cells[at]!.length)));
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, at) => (at === 2 ? cell.padStart(widths[at]!) : cell.padEnd(widths[at] ?? 0)))
      .join('  ');
  const lined = (wanted: boolean): string[] =>
    rows
      .filter(({ image }) => image.used === wanted)
      .map(({ image, cells }) => line(image.state === 'missing' ? [cells[0]!, cells[4]!] : cells).trimEnd());
  const [ofStudy, others] = [lined(true), lined(false)];
  const lines = [
    ...(ofStudy.length > 0 ? ['images of this study:', ...ofStudy.map((line) => `  ${line}`)] : []),
    ...(study && ofStudy.length === 0 ? ['This study runs no image.'] : []),
    ...(others.length > 0
      ? [
          `${ofStudy.length > 0 ? 'others' : 'images'} of ${registry} on this machine:`,
          ...others.map((line) => `  ${line}`),
        ]
      : []),
    ...(images.length === 0 && !study ? [`No image of ${registry} is on this machine.`] : []),
  ];
  if (silent) lines.push(`Whether ${silent.image} is the newest is not known: ${silent.why}.`);
  else if (offline && images.length > 0) lines.push('No registry was asked (--offline).');
  return lines.map((line) => `${line}\n`).join('');
}

export interface PullScreen {
  started(image: string): void;
  progress(image: string, progress: PullProgress): void;
  ended(fetched: Fetched): void;
  say(text: string): void;
  close(): void;
}

type Out = { write(text: string): unknown; isTTY?: boolean };

/** A picture that moves for a person at a terminal, else a line when something begins and one when it has ended. */
export function pullScreen(out: Out, clock: Clock, env = process.env): PullScreen {
  const live = Boolean(out.isTTY) && !env['NO_COLOR'] && !env['CI'] && env['TERM'] !== 'dumb';
  return live ? liveScreen(out, clock) : plainScreen(out);
}

function plainScreen(out: Out): PullScreen {
  const say = (text: string): void => void out.write(`${text}\n`);
  return {
    started: (image) => say(`${image}: fetching`),
    progress: () => undefined,
    ended: (fetched) => say(endText(fetched)),
    say,
    close: () => undefined,
  };
}

const EVERY_MS = 100;
const NO_WRAP = '\u001b[?7l';
const WRAP = '\u001b[?7h';
const BAR = 20;

function liveScreen(out: Out, clock: Clock): PullScreen {
  const paint = picocolors.createColors(true);
  const rows = new Map<string, { since: number; progress?: PullProgress }>();
  let drawn = 0;
  let timer: NodeJS.Timeout | undefined;

  function draw(staying: readonly string[] = []): void {
    const moving = [...rows].map(
      ([image, { since, progress }]) =>
        `${paint.bold(image)}  ${progressText(progress)}  ${paint.dim(`${Math.floor((clock.now() - since) / 1000)} s`)}`,
    );
    const erase = drawn === 0 ? '' : `\u001b[${drawn}A\r\u001b[0J`;
    const kept = staying.map((line) => `${line}\n`).join('');
    const picture = moving.map((line) => `${line}\n`).join('');
    out.write(`${erase}${kept}${picture === '' ? '' : `${NO_WRAP}${picture}${WRAP}`}`);
    drawn = moving.length;
  }

  return {
    started(image) {
      rows.set(image, { since: clock.now() });
      timer ??= setInterval(draw, EVERY_MS).unref();
      draw();
    },
    progress(image, progress) {
      const row = rows.get(image);
      if (row) row.progress = progress;
    },
    ended(fetched) {
      rows.delete(fetched.image);
      const mark = fetched.result === 'refused' ? paint.red('✗') : paint.green('✓');
      draw([`${mark} ${endText(fetched)}`]);
    },
    say: (text) => draw([text]),
    close() {
      clearInterval(timer);
      rows.clear();
      draw();
    },
  };
}

export function progressText(progress: PullProgress | undefined): string {
  if (!progress || progress.layers === 0) return 'asking the registry';
  const { layers, layersDone, bytes, ofBytes } = progress;
  const share = ofBytes > 0 ? bytes / ofBytes : layersDone / layers;
  const full = Math.round(Math.min(1, share) * BAR);
  const amount = ofBytes > 0 ? `${size(bytes)} of ${size(ofBytes)}, ` : '';
  return `${'█'.repeat(full)}${'░'.repeat(BAR - full)}  ${amount}${layersDone} of ${layers} layers`;
}

export function endText(fetched: Fetched): string {
  const { image, result, refusal: no, digest, bytes, tookMs, removedOld } = fetched;
  if (no) return `${image}: ${refusalText(no)}`;
  const what = { fetched: 'fetched', newer: 'a newer one was fetched', current: 'the newest is here' };
  const facts = [
    ...(digest === undefined ? [] : [digest.slice(0, SHORT_DIGEST)]),
    ...(bytes === undefined ? [] : [size(bytes)]),
    ...(result === 'current' ? [] : [`${(tookMs / 1000).toFixed(1)} s`]),
  ];
  const old = {
    true: '; the old one was removed',
    false: '; the old one stays, something uses it',
    undefined: '',
  };
  return `${image}: ${what[result as keyof typeof what]} (${facts.join(', ')})${old[`${removedOld}`]}`;
}

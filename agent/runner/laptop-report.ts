/** What a person at a terminal is told of what happens, line by line. Pure. */
import { freshnessText, type Freshness } from '../../src/pipeline/pipeline.ts';
import { isQuery } from '../images/dummy-rows/usual.ts';
import { lastLines, plainLines } from './job-log.ts';
import type { Ended, LaptopEvent } from './laptop-events.ts';
import { WORDS } from './laptop-words.ts';

const LAST_LINES = 32;
const MIB = 1024 ** 2;

export interface Line {
  tone: 'plain' | 'dim' | 'good' | 'bad' | 'warn';
  text: string;
}

const line = (text: string, tone: Line['tone'] = 'plain'): Line => ({ tone, text });

export function linesOf(event: LaptopEvent): Line[] {
  switch (event.type) {
    case 'finding': {
      const { line: at, column, severity, message } = event.found;
      return [
        line(`project.yaml:${at}:${column} ${severity}: ${message}`, severity === 'error' ? 'bad' : 'warn'),
      ];
    }
    case 'note':
      return [line(WORDS.leftOut(event.text), 'warn')];
    case 'step':
      return [line(`debug: ${event.action === undefined ? '' : `${event.action}: `}${event.text}`, 'dim')];
    case 'kept':
      return [keptLine(event.action, event.found)];
    case 'nothing':
      return [line(event.refresh ? WORDS.nothingStale : WORDS.nothing)];
    case 'started':
      return [line(startText(event))];
    case 'same':
      return [line(WORDS.same(event.action), 'dim')];
    case 'ended':
      return endLines(event);
    case 'over':
      return overLines(event);
    case 'planned':
    case 'running':
      return [];
  }
}

function keptLine(action: string, found: Freshness): Line {
  return found.state === 'out-of-date'
    ? line(WORDS.outOfDate(action, freshnessText(found)), 'warn')
    : line(WORDS.fresh(action), 'dim');
}

function startText({ action, image, invented, why }: Extract<LaptopEvent, { type: 'started' }>): string {
  if (invented) return WORDS.invented(action.name, invented.rows, invented.seed);
  if (image === undefined) return WORDS.dummy(action.name, action.dummyDataFile ?? 'nothing');
  if (why === undefined || why.state !== 'out-of-date') return WORDS.start(action.name, image);
  return WORDS.startAgain(action.name, image, freshnessText(why));
}

function endLines(event: Extract<LaptopEvent, { type: 'ended' }>): Line[] {
  const { action, result, folder } = event;
  const { name } = action;
  const { outcome, outputs, collected } = result;
  const files = [
    ...outputs
      .filter(({ excluded }) => excluded)
      .map((output) => WORDS.withheld(name, output.path, (output.message ?? '').replaceAll('\n', ' '))),
    ...collected.refused.map((refused) => WORDS.refused(name, refused.path, refused.why)),
  ].map((text) => line(text, 'warn'));
  if (outcome.state === 'succeeded')
    return [...files, line(WORDS.done(name, result.tookMs / 1000, outputs.length), 'good')];
  if (outcome.state === 'cancelled_by_user') return [];
  const why = line(WORDS.failed(name, outcome.message, outcome.hint), 'bad');
  const left = folder === undefined ? [] : [line(WORDS.keptAt(name, folder))];
  if (result.dummyMissing)
    return [
      ...files,
      line(WORDS.dummyMissing(name, action.dummyDataFile), 'bad'),
      ...(isQuery(action) ? [line(WORDS.pinTables(name))] : []),
    ];
  if (outcome.state !== 'unmatched_patterns')
    return [
      ...files,
      ...logLines(event),
      ...left,
      ...(result.exit.outOfMemory ? [line(WORDS.moreMemory(name))] : []),
      why,
    ];
  return [
    ...files,
    ...collected.unmatched.map((pattern) => line(WORDS.unmatched(name, pattern), 'bad')),
    ...collected.hints.map((made) => line(WORDS.hint(name, made), 'warn')),
    ...left,
    line(WORDS.failed(name, outcome.message, ''), 'bad'),
  ];
}

function logLines({
  action: { name: action },
  result,
  logFile: file,
  withoutLog,
}: Extract<LaptopEvent, { type: 'ended' }>): Line[] {
  if (withoutLog) return [];
  const text = lastLines(plainLines(result.log), LAST_LINES);
  if (text.trim() === '') return [line(WORDS.noLog(action))];
  const lines = text.split('\n');
  return [
    line(WORDS.lastLines(action, lines.length)),
    ...lines.map((one) => line(`  ${shown(one)}`, 'dim')),
    line(WORDS.logAt(action, result.exit.code, file)),
  ];
}

/** Without what a program could do to the terminal: colours, the cursor, its title. */
export function shown(text: string): string {
  return (
    text
      // A progress bar overwrites its line: what stands there last counts.
      .replace(/\r+$/, '')
      .replace(/^.*\r/, '')
      .replace(/\u001b(?:\[[0-?]*[ -/]*[@-~]|[\]PX^_][^\u0007\u001b]*(?:\u0007|\u001b\\)?|[ -/]*[0-~])/g, '')
      .replaceAll('\t', '    ')
      .replace(/[\p{Cc}\u200e\u200f\u202a-\u202e\u2066-\u2069]|\p{Cs}/gu, '')
  );
}

const STATES: Record<string, string> = {
  succeeded: 'done',
  nonzero_exit: 'failed',
  unmatched_patterns: 'outputs missing',
  timed_out: 'out of time',
};

export const stateWord = (state: string): string => STATES[state] ?? state.replaceAll('_', ' ');

const HEADINGS = ['action', 'result', 'time', 'cpu mean', 'cpu peak', 'memory peak'];

function overLines({ ended, notRun, continued }: Extract<LaptopEvent, { type: 'over' }>): Line[] {
  const rows = [HEADINGS, ...ended.map(rowOf)];
  const widths = HEADINGS.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  const table = rows.map((row) =>
    row
      .map((cell, column) => (column < 2 ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!)))
      .join('  ')
      .trimEnd(),
  );
  return [
    ...(notRun.length > 0 ? [line(continued ? WORDS.notRun(notRun) : WORDS.notBegun(notRun), 'warn')] : []),
    ...(ended.length > 0 ? ['', ...table].map((text) => line(text)) : []),
  ];
}

function rowOf({ action, result: { outcome, tookMs, metrics } }: Ended): string[] {
  const cpu = (name: string): string => {
    const value = metrics[`cpu_${name}`];
    return value === undefined ? '–' : `${value.toFixed(0)} %`;
  };
  const memory = metrics['mem_mb_peak'];
  return [
    action,
    stateWord(outcome.state),
    seconds(tookMs),
    cpu('mean'),
    cpu('peak'),
    memory === undefined ? '–' : bytes(memory * MIB),
  ];
}

/** `0.4 s`, `2 min 05 s`, `3 h 07 min`. */
export function seconds(ms: number): string {
  if (ms < 60_000) return `${(ms / 1000).toFixed(1)} s`;
  const whole = Math.round(ms / 1000);
  const two = (n: number): string => String(n).padStart(2, '0');
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${two(whole % 60)} s`;
  return `${Math.floor(whole / 3600)} h ${two(Math.floor((whole % 3600) / 60))} min`;
}

export function bytes(n: number): string {
  return n < 1024 * MIB ? `${(n / MIB).toFixed(0)} MiB` : `${(n / 1024 / MIB).toFixed(1)} GiB`;
}

/**
 * Ends a run that stands still. Jest ends a test that takes too long, but not a suite whose process waits for another
 * one, nor a process that never answers: the run would say nothing until somebody else's patience ends.
 *
 * What every worker is doing is printed first: its suite and test, its processes, and what it waits for.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';

/** Five times what the slowest suite takes on a busy machine. */
const PATIENCE_MINUTES = 20;
const LOOK_EVERY_MS = 30_000;
/** Until Node has written its report. */
const REPORT_MS = 5_000;

export default class StuckReporter {
  /** Suites under way, by file: since when, and in which test. */
  underWay = new Map();

  constructor(
    _globalConfig,
    { minutes = Number(process.env.SALLYPORT_TEST_PATIENCE || PATIENCE_MINUTES) } = {},
  ) {
    this.patienceMs = minutes * 60_000;
  }

  onRunStart() {
    this.timer = setInterval(() => void this.#look(), Math.min(LOOK_EVERY_MS, this.patienceMs)).unref();
  }

  onRunComplete() {
    clearInterval(this.timer);
  }

  onTestFileStart(test) {
    this.underWay.set(test.path, { since: Date.now(), at: 'before its first test' });
  }

  onTestCaseStart(test, { fullName }) {
    const suite = this.underWay.get(test.path);
    if (suite) suite.at = fullName;
  }

  onTestFileResult(test) {
    this.underWay.delete(test.path);
  }

  async #look() {
    const now = Date.now();
    const stuck = [...this.underWay].filter(([, { since }]) => now - since > this.patienceMs);
    if (stuck.length === 0) return;
    clearInterval(this.timer);
    for (const [file, { since, at }] of this.underWay)
      console.error(`Under way for ${Math.round((now - since) / 60_000)} min: ${file}\n  ${at}`);
    const { theirs, text } = await whatWorkersDo(process.pid);
    console.error(`${text}\nThe run stands still: it ends here.`);
    for (const id of theirs) end(id);
    process.exit(1);
  }
}

/** The processes below this one, and of each worker where its JavaScript is and what it waits for. */
async function whatWorkersDo(pid) {
  const rows = execFileSync('ps', ['-eo', 'pid=,ppid=,pgid=,etimes=,stat=,wchan:20=,args='], {
    encoding: 'utf8',
  })
    .split('\n')
    .flatMap((line) => {
      const [, id, parent, group] = (/^\s*(\d+)\s+(\d+)\s+(\d+)/.exec(line) ?? []).map(Number);
      return id ? [{ id, parent, group, line: line.slice(0, 240) }] : [];
    });
  const below = (id, depth) =>
    rows
      .filter(({ parent }) => parent === id)
      .flatMap((row) => [{ ...row, depth }, ...below(row.id, depth + 1)]);
  const all = below(pid, 0);
  const workers = all
    .filter(({ parent, line }) => parent === pid && line.includes('processChild'))
    .map(({ id }) => id);
  const reports = await Promise.all(workers.map(async (id) => `worker ${id}\n${await report(id)}`));
  // Who has a group of its own sees to itself, as what stops the database server after the run.
  const group = rows.find(({ id }) => id === pid)?.group;
  return {
    theirs: all.filter((row) => row.group === group).map(({ id }) => id),
    text: [...all.map(({ depth, line }) => `${'  '.repeat(depth)}${line}`), ...reports].join('\n'),
  };
}

/** Node writes it from a thread of its own when asked by a signal (--report-on-signal, .tools/ready.mjs). */
async function report(pid) {
  process.kill(pid, 'SIGUSR2');
  for (const until = Date.now() + REPORT_MS; Date.now() < until; await wait(100)) {
    const told = read(pid);
    if (told === undefined) continue;
    const { javascriptStack, libuv } = told;
    const handles = libuv
      .filter((handle) => handle.is_active && handle.is_referenced)
      .map(({ type, ...about }) => `${type} ${JSON.stringify(about).slice(0, 200)}`);
    return [...(javascriptStack?.stack ?? []), ...handles].map((line) => `  ${line}`).join('\n');
  }
  return '  does not answer: it turns in circles, or is in a call that waits (its processes are above)';
}

function end(pid) {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // Gone in between.
  }
}

function read(pid) {
  try {
    const name = readdirSync(tmpdir()).find(
      (file) => file.startsWith('report.') && file.split('.')[3] === `${pid}`,
    );
    return name && JSON.parse(readFileSync(path.join(tmpdir(), name), 'utf8'));
  } catch {
    // Not there, or half written.
    return undefined;
  }
}

/**
 * Looks, from a thread of its own, whether this process still turns. Jest's limits are timers: code that never gives way
 * (a loop, or one promise after another over a database in this very process) keeps them from running, and the whole run
 * would stand still without a word.
 *
 * Where the code is goes to standard error, then the process ends: its suite fails, the others go on.
 */
import { writeSync } from 'node:fs';
import { Session } from 'node:inspector';
import { setTimeout as wait } from 'node:timers/promises';
import { isMainThread, Worker, workerData } from 'node:worker_threads';

/** Beyond what any test computes in one piece on a busy machine; the long run has longer pieces (.tools/ready.mjs). */
const PATIENCE_MINUTES = 4;
const BEAT_MS = 1000;
/** Places of the code to tell, and how often it is asked for one. */
const LOOKS = 3;
const TRIES = 100;
const TRY_MS = 100;
const STANDARD_ERROR = 2;
let isOn = false;

/** For this process, from now on. */
export function watchOver(
  patienceMs = Number(process.env.SALLYPORT_TEST_PATIENCE || PATIENCE_MINUTES) * 60_000,
) {
  if (isOn || !isMainThread) return;
  isOn = true;
  const beats = new Int32Array(new SharedArrayBuffer(4));
  setInterval(() => Atomics.add(beats, 0, 1), BEAT_MS).unref();
  const watchdog = new Worker(new URL(import.meta.url), {
    workerData: { beats, patienceMs, watchdog: true },
  });
  watchdog.unref();
  // Without a thread there is no watch, and tests are tests all the same.
  watchdog.on('error', (error) =>
    writeSync(STANDARD_ERROR, `no watch over this process: ${error.message}\n`),
  );
}

function watch({ beats, patienceMs }) {
  let seen = -1;
  let since = performance.now();
  setInterval(() => {
    const now = Atomics.load(beats, 0);
    if (now !== seen) since = performance.now();
    seen = now;
    if (performance.now() - since <= patienceMs) return;
    since = Infinity;
    void end();
  }, BEAT_MS * 2);
}

async function end() {
  const { stops, looks } = await whereItIs();
  // In a call that waits for another program, which has a limit of its own (ended-calls.js).
  if (stops === 0) return;
  const where = looks.map((lines) => lines.join('\n')).join('\n  and then\n');
  writeSync(STANDARD_ERROR, `\nThis process has not given way for minutes, and is ended. It is\n${where}\n`);
  process.kill(process.pid, 'SIGKILL');
}

/** The calls it is in, with those that wait for their answers, looked at a few times. */
async function whereItIs() {
  const session = new Session();
  session.connectToMainThread();
  const files = new Map();
  const looks = [];
  let stops = 0;
  session.on('Debugger.scriptParsed', ({ params: { scriptId, url } }) => files.set(scriptId, url));
  session.on('Debugger.paused', ({ params }) => {
    stops += 1;
    const frames = params.callFrames.map(({ functionName, location }) => ({ functionName, ...location }));
    for (let stack = params.asyncStackTrace; stack; stack = stack.parent) frames.push(...stack.callFrames);
    const line = ({ functionName, scriptId, lineNumber, columnNumber }) =>
      `    at ${functionName || '(anonymous)'} (${files.get(scriptId)}:${lineNumber + 1}:${columnNumber + 1})`;
    // Between two promises it is nowhere.
    if (frames.length > 0) looks.push(frames.map(line));
    session.post('Debugger.resume');
  });
  session.post('Debugger.enable');
  // Who waits for whom is known of what begins to wait from now on.
  session.post('Debugger.setAsyncCallStackDepth', { maxDepth: 16 });
  for (let tries = 0; tries < TRIES && looks.length < LOOKS; tries += 1) {
    session.post('Debugger.pause');
    await wait(TRY_MS);
  }
  return { stops, looks };
}

if (workerData?.watchdog) watch(workerData);

/**
 * Jobs as plain processes, for `sallyport run --executor process` and the demo. **It isolates nothing**: time,
 * disk and log are limited, memory, processors, network and files are not; the job runs as the
 * agent's own user.
 *
 * An image name stands for the words put before the job's own (`commands`); a name without such words is refused.
 * A job belongs to its supervisor (supervisor-script.ts), so it outlives the agent, and its state is a folder.
 */
import { spawn } from 'node:child_process';
import {
  chmodSync,
  closeSync,
  copyFileSync,
  createReadStream,
  existsSync,
  fstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { sha256 } from '../../src/lib/hash.ts';
import { ID_PATTERN } from '../../src/lib/ids.ts';
import { systemClock, type Clock } from '../../src/lib/clock.ts';
import type { Logger } from '../../src/lib/logger.ts';
import type { Executor, JobPhase, JobSpec } from './executor.ts';
import { lastBytes } from './log-text.ts';
import { marksIn } from './marks.ts';
import {
  endOf,
  exitOf,
  isAlive,
  jobIn,
  killGroup,
  startedIn,
  supervisorIn,
  type JobFile,
} from './process-state.ts';
import { processUsage, type ProcessSample } from './process-usage.ts';
import { faultOf } from './spec.ts';
import { SUPERVISOR_SCRIPT } from './supervisor-script.ts';
import { watch } from './watch.ts';
import { cannotStart, noProgram } from './words.ts';

export interface ProcessExecutorOptions {
  /** A folder that outlives the process: jobs, their logs and ends. */
  stateDir: string;
  /** Words put before a job's own, by image: `{ python: ['python3'], sqlrunner: [process.execPath, script] }`. Tag optional. */
  commands: Record<string, string[]>;
  clock?: Clock;
  log?: Logger;
  /** Pause between two measurements of a job's folder, 2 s unless said. */
  diskEveryMs?: number;
}

export function processExecutor(options: ProcessExecutorOptions): Executor {
  const clock = options.clock ?? systemClock;
  const jobs = path.join(options.stateDir, 'jobs');
  mkdirSync(jobs, { recursive: true, mode: 0o700 });
  const marks = marksIn(path.join(options.stateDir, 'marks'));
  const supervisor = placeSupervisor(options.stateDir);
  const samples = new Map<string, ProcessSample>();
  const folderOf = (id: string): string => path.join(jobs, ID_PATTERN.test(id) ? id : 'no-such-job');
  const watching = watch({
    clock,
    ...(options.log ? { log: options.log } : {}),
    ...(options.diskEveryMs ? { diskEveryMs: options.diskEveryMs } : {}),
    async end(id, why) {
      marks.put(id, why);
      killGroup(folderOf(id));
    },
  });

  function phaseOf(id: string): JobPhase {
    const folder = folderOf(id);
    if (!existsSync(path.join(folder, 'job.json'))) return 'absent';
    if (existsSync(path.join(folder, 'exit.json'))) return 'exited';
    if (!startedIn(folder)) return 'created';
    return isAlive(folder) ? 'running' : 'exited';
  }

  return {
    kind: 'process',
    healthy: async () => true,
    findImage: async (image) => (wordsFor(options.commands, image) ? `process:${image}` : undefined),

    async create(spec) {
      const fault = faultOf(spec);
      if (fault) return fault;
      const words = wordsFor(options.commands, spec.image);
      if (!words) return noProgram(spec.image, Object.keys(options.commands));
      const folder = folderOf(spec.id);
      if (existsSync(folder)) return undefined;
      placeInputs(spec);
      const job: JobFile = {
        id: spec.id,
        words: [...words, ...spec.command],
        image: spec.image,
        labels: spec.labels,
        workDir: spec.workDir,
        environment: { PATH: process.env['PATH'] ?? '/usr/bin:/bin', HOME: '/tmp', ...spec.environment },
        limits: spec.limits,
        markFile: path.join(options.stateDir, 'marks', spec.id),
      };
      // Whole or not at all: the folder gets its name when all is in it.
      const making = `${folder}.new`;
      rmSync(making, { recursive: true, force: true });
      mkdirSync(making, { mode: 0o700 });
      writeFileSync(path.join(making, 'job.json'), JSON.stringify(job), { mode: 0o600, flush: true });
      renameSync(making, folder);
      return undefined;
    },

    async start(id) {
      const folder = folderOf(id);
      if (!existsSync(folder)) return cannotStart('it was never created');
      if (startedIn(folder)) return undefined;
      const answer = await supervise(supervisor, folder);
      return answer === '' ? cannotStart('its supervisor ended without a word') : undefined;
    },

    phase: async (id) => phaseOf(id),

    async list() {
      return readdirSync(jobs)
        .filter((name) => ID_PATTERN.test(name))
        .map((id) => ({ id, phase: phaseOf(id), labels: jobIn(folderOf(id))?.labels ?? {} }));
    },

    async wait(id, signal) {
      signal.throwIfAborted();
      const folder = folderOf(id);
      const job = jobIn(folder);
      const started = startedIn(folder);
      if (job && !started) throw new Error(`job ${id} was never started`);
      if (job && started) {
        const running = { limits: job.limits, workDir: job.workDir, uid: process.getuid?.() ?? 0 };
        if (isAlive(folder))
          watching.over(id, { ...running, startedAt: started.startedAt, pid: started.pid });
      }
      const end = await endOf(folder, signal, clock);
      watching.leave(id);
      return exitOf(end, marks.get(id), job ? `process:${job.image}` : '');
    },

    async log(id, lines) {
      const folder = folderOf(id);
      const job = jobIn(folder);
      if (!job) return '';
      if (lines !== undefined) return endOfLogs(folder, lines);
      return lastBytes(bothLogs(folder), job.limits.logBytes);
    },

    async usage(id) {
      const started = startedIn(folderOf(id));
      if (!started || phaseOf(id) !== 'running') return undefined;
      const measured = processUsage(
        started.pid,
        samples.get(id) ?? { ticks: 0, at: started.startedAt },
        clock.now(),
      );
      if (measured) samples.set(id, measured.sample);
      return measured?.usage;
    },

    async stop(id) {
      if (phaseOf(id) !== 'running') return;
      marks.put(id, 'stopped');
      killGroup(folderOf(id));
    },

    async remove(id) {
      watching.leave(id);
      samples.delete(id);
      const folder = folderOf(id);
      const supervisedBy = isAlive(folder) ? supervisorIn(folder)?.pid : undefined;
      // The supervisor first, or it would write the end into a folder that is being removed.
      if (supervisedBy) process.kill(supervisedBy, 'SIGKILL');
      if (supervisedBy) killGroup(folder);
      rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
      marks.drop(id);
    },
  };
}

/** The longest name first: `sqlrunner:v1`, then `sqlrunner`; registry and digest do not count. */
function wordsFor(commands: Record<string, string[]>, image: string): string[] | undefined {
  const short = image.split('@')[0]?.split('/').at(-1) ?? '';
  const names = [image, short, short.split(':')[0] ?? ''];
  const name = names.find((candidate) => Object.hasOwn(commands, candidate));
  return name === undefined ? undefined : commands[name];
}

function placeInputs(spec: JobSpec): void {
  for (const file of spec.readOnlyFiles) {
    const target = path.join(spec.workDir, file.path);
    mkdirSync(path.dirname(target), { recursive: true });
    rmSync(target, { force: true });
    copyFileSync(file.source, target);
    chmodSync(target, 0o444);
  }
}

function placeSupervisor(stateDir: string): string {
  const file = path.join(stateDir, `supervisor-${sha256(SUPERVISOR_SCRIPT).slice(0, 16)}.cjs`);
  if (!existsSync(file)) {
    writeFileSync(`${file}.${process.pid}`, SUPERVISOR_SCRIPT, { flush: true });
    renameSync(`${file}.${process.pid}`, file);
  }
  return file;
}

/** The supervisor's first line: `started` or `already`; empty when it died. */
async function supervise(script: string, folder: string): Promise<string> {
  const child = spawn(process.execPath, [script, folder], {
    detached: true,
    stdio: ['ignore', 'pipe', 'ignore'],
    env: {},
    cwd: folder,
  });
  child.unref();
  try {
    let text = '';
    for await (const chunk of child.stdout) {
      text += String(chunk);
      if (text.includes('\n')) break;
    }
    return text.trim();
  } finally {
    child.stdout.destroy();
  }
}

const END_BYTES = 64 * 1024;

/** The last lines of the newer file, as far as they are not very long. */
function endOfLogs(folder: string, lines: number): string {
  const file = ['log.1', 'log.0'].map((name) => path.join(folder, name)).find((one) => existsSync(one));
  if (file === undefined) return '';
  const fd = openSync(file, 'r');
  try {
    const { size } = fstatSync(fd);
    const end = Buffer.alloc(Math.min(size, END_BYTES));
    const got = readSync(fd, end, 0, end.length, size - end.length);
    const whole = end.toString('utf8', 0, got).split('\n');
    return whole.slice(-lines - 1).join('\n');
  } finally {
    closeSync(fd);
  }
}

async function* bothLogs(folder: string): AsyncIterable<Buffer> {
  for (const name of ['log.0', 'log.1']) {
    const file = path.join(folder, name);
    if (!existsSync(file)) continue;
    for await (const chunk of createReadStream(file)) yield chunk as Buffer;
  }
}

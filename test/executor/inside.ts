/** Looks around from inside a container: runs a script there and brings back what it wrote. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { Executor, JobExit, JobSpec } from '../../agent/executor/executor.ts';
import { jobSpec } from './contract.ts';

export interface Inside<T> {
  job: JobSpec;
  exit: JobExit;
  /** What the script gave to `tell`, or undefined when it did not get that far. */
  told: T;
}

const PREAMBLE = `
  const fs = require('fs'), net = require('net'), os = require('os'), path = require('path');
  const { spawn, spawnSync } = require('child_process');
  const tell = (value) => fs.writeFileSync('/workspace/told.json', JSON.stringify(value));
  const attempt = (work) => { try { return { done: work() ?? true } } catch (error) { return { code: error.code } } };
  const connect = (host, port) => new Promise((resolve) => {
    const socket = net.connect({ host, port, timeout: 2000 });
    const end = (answer) => { socket.destroy(); resolve(answer) };
    // After a stop of the whole machine the timer is looked at first: what came meanwhile is heard before it counts.
    const late = () => setImmediate(() => setImmediate(() => end('timeout')));
    socket.on('connect', () => end('connected')).on('timeout', late).on('error', (e) => end(e.code));
  });
`;

export async function inside<T>(
  executor: Executor,
  place: { root: string; image: string },
  script: string,
  over: Partial<JobSpec> = {},
): Promise<Inside<T>> {
  const command = ['-e', `${PREAMBLE};(async () => {${script}})()`];
  const job = jobSpec(place.root, place.image, command, over);
  const no = (await executor.create(job)) ?? (await executor.start(job.id));
  if (no) throw new Error(no.says);
  const exit = await executor.wait(job.id, AbortSignal.timeout(100_000));
  return { job, exit, told: told<T>(job.workDir) };
}

function told<T>(folder: string): T {
  try {
    return JSON.parse(readFileSync(path.join(folder, 'told.json'), 'utf8')) as T;
  } catch {
    return undefined as T;
  }
}

/**
 * The executor that counts: containers over the engine's socket, hardened as container.ts says.
 *
 * One container per job, named after it. What the engine cannot remember (that it was us who killed a
 * job, and why) stands in `marks.ts`; everything else is asked afresh each time.
 */
import path from 'node:path';
import type { ContainerInspectInfo, ImageInspectInfo } from 'dockerode';
import { systemClock, type Clock } from '../../src/lib/clock.ts';
import type { Logger } from '../../src/lib/logger.ts';
import type { Refusal } from '../../src/lib/refusal.ts';
import { containerName, givenLabels, jobContainer, LABELS, runningFrom, type Dialect } from './container.ts';
import {
  ask,
  askUnless,
  connectEngine,
  openStream,
  statusOf,
  wasCutOff,
  wordsOf,
  type Engine,
} from './engine.ts';
import { nameInUse } from './answers.ts';
import type { Executor, JobExit, JobPhase, JobSpec, Usage } from './executor.ts';
import { engineBeginnings, exitFrom, exitOfTheGone, machineBegan } from './exit.ts';
import { ENGINES_OWN, isolationFault, loopbackFault, type EngineInfo, type Isolation } from './isolation.ts';
import { frames, lastBytes } from './log-text.ts';
import { marksIn } from './marks.ts';
import { ranOutOfMemory } from './memory.ts';
import { faultOf } from './spec.ts';
import { usageFrom, type CpuSample } from './usage.ts';
import { watch } from './watch.ts';
import { badSpec, cannotStart, imageMissing, imageVolumes } from './words.ts';

export interface DockerExecutorOptions {
  /** Whose containers these are: the agent's id, or something unique to the folder of a laptop's run. */
  owner: string;
  /** A folder that outlives the process; only marks are kept there. */
  stateDir: string;
  /** Default: DOCKER_HOST, else the usual socket. */
  socketPath?: string;
  /** Instead of a socket. */
  tcp?: { host: string; port: number };
  /** Default: Docker's own. */
  dialect?: Dialect;
  /** What must be around a job; default: what the engine puts there by itself. */
  isolation?: Isolation;
  clock?: Clock;
  log?: Logger;
  /** Pause between two measurements of a job's folder, 2 s unless said. */
  diskEveryMs?: number;
  /** Jobs end when less is left on the disk of their folders; default: nothing is kept free. */
  keepFreeBytes?: number;
}

const GONE = 404;
const SAME_ALREADY = 304;
const CONFLICT = 409;

export function dockerExecutor(options: DockerExecutorOptions): Executor {
  const engine: Engine = connectEngine(options.socketPath, options.tcp);
  const clock = options.clock ?? systemClock;
  const { dialect, isolation = ENGINES_OWN } = options;
  const marks = marksIn(path.join(options.stateDir, 'marks'));
  const samples = new Map<string, CpuSample>();
  /** Volumes that images declare, by the name that was asked for. */
  const volumes = new Map<string, string[]>();
  /** Created by this process and not started: the only ones whose start needs no question first. */
  const fresh = new Set<string>();
  /** The code of what the engine lacks, as it was last said. */
  let lacking: string | undefined;
  /** Of what this process created: to read such a log takes no question about it first. */
  const logCaps = new Map<string, number>();
  const watching = watch({
    clock,
    ...(options.log ? { log: options.log } : {}),
    ...(options.diskEveryMs ? { diskEveryMs: options.diskEveryMs } : {}),
    keepFreeBytes: options.keepFreeBytes ?? 0,
    async end(id, why) {
      marks.put(id, why);
      await kill(id);
    },
  });

  const container = (id: string) => engine.getContainer(containerName(id));
  const inspect = (id: string): Promise<ContainerInspectInfo | undefined> =>
    askUnless([GONE], 'looking at a job', container(id).inspect());
  const kill = (id: string): Promise<unknown> =>
    askUnless([GONE, CONFLICT], 'stopping a job', container(id).kill({ signal: 'SIGKILL' }));

  async function takeUpWatch(id: string): Promise<ContainerInspectInfo | undefined> {
    const found = await inspect(id);
    if (found?.State.Running) watching.over(id, runningFrom(found));
    return found;
  }

  return {
    kind: 'docker',

    async healthy() {
      try {
        if (options.isolation === undefined) {
          await ask('asking for a sign of life', engine.ping(), 5000);
          return true;
        }
        const info = await ask('asking the engine about itself', engine.info() as Promise<EngineInfo>, 5000);
        return isAsWanted(isolationFault(info, isolation));
      } catch {
        return false;
      }
    },

    async findImage(image) {
      const found = await askUnless([GONE], 'looking for an image', engine.getImage(image).inspect());
      if (!found) return undefined;
      volumes.set(image, volumesOf(found));
      return image.includes('@sha256:') ? image : found.Id;
    },

    async create(spec) {
      const fault =
        faultOf(spec, isolation.usersFrom) ?? (await volumeFault(spec.image)) ?? (await networkFault(spec));
      if (fault) return fault;
      try {
        await ask(
          'creating a job',
          engine.createContainer(
            jobContainer(spec, options.owner, { ...(dialect && { dialect }), isolation }),
          ),
        );
      } catch (error) {
        const status = statusOf(error);
        if (nameInUse(error)) return ofAnother(spec);
        if (status === GONE && /no such image/i.test(wordsOf(error))) return imageMissing(spec.image);
        if (status === 400) return badSpec(wordsOf(error));
        throw error;
      }
      fresh.add(spec.id);
      logCaps.set(spec.id, spec.limits.logBytes);
      return undefined;
    },

    async start(id) {
      if (!fresh.delete(id)) {
        // Starting what has ended would run it a second time.
        const found = await inspect(id);
        if (!found) return cannotStart('its container is gone');
        if (found.State.Status !== 'created') return undefined;
      }
      try {
        await askUnless([SAME_ALREADY], 'starting a job', container(id).start());
        return undefined;
      } catch (error) {
        if (statusOf(error) === undefined) throw error;
        options.log?.warn(
          { err: error, job: id, code: 'executor.cannot-start' },
          'A job could not be started',
        );
        return cannotStart(reasonOf(wordsOf(error)));
      }
    },

    async phase(id) {
      const found = await inspect(id);
      return found ? phaseOf(found.State.Status) : 'absent';
    },

    async list() {
      const found = await ask(
        'listing the jobs',
        engine.listContainers({
          all: true,
          filters: { label: [`${LABELS.owner}=${options.owner}`, `${LABELS.kind}=job`] },
        }),
      );
      return found.map((one) => ({
        id: one.Labels[LABELS.job] ?? '',
        phase: phaseOf(one.State),
        labels: givenLabels(one.Labels),
      }));
    },

    async wait(id, signal) {
      signal.throwIfAborted();
      try {
        return await exitOf(id, signal);
      } catch (error) {
        if (wasCutOff(error)) marks.putLoss(id, Date.now());
        throw error;
      }
    },

    async log(id, lines) {
      const cap = logCaps.get(id) ?? (await logCapOf(id));
      if (cap === undefined) return '';
      const stream = await openLog(id, lines);
      return stream ? lastBytes(frames(stream), cap) : '';
    },

    async usage(id): Promise<Usage | undefined> {
      const found = await inspect(id);
      if (!found?.State.Running) return undefined;
      const stats = await ask('measuring a job', container(id).stats({ stream: false, 'one-shot': true }));
      const before = samples.get(id) ?? { used: 0, at: Date.parse(found.State.StartedAt) };
      const { usage, sample } = usageFrom(stats, before);
      samples.set(id, sample);
      return usage;
    },

    // A stopped job keeps no outputs, so there is nothing to be graceful for.
    async stop(id) {
      const found = await inspect(id);
      if (!found?.State.Running) return;
      marks.put(id, 'stopped');
      await kill(id);
    },

    async remove(id) {
      watching.leave(id);
      fresh.delete(id);
      logCaps.delete(id);
      samples.delete(id);
      await askUnless([GONE, CONFLICT], 'removing a job', container(id).remove({ force: true, v: true }));
      marks.drop(id);
    },
  };

  /** Said once, not at each look; and once more when it is mended. */
  function isAsWanted(fault: Refusal | undefined): boolean {
    if (fault?.code !== lacking) {
      if (fault) options.log?.error({ code: fault.code, next: fault.next }, fault.says);
      else
        options.log?.info(
          { code: 'executor.isolation' },
          'The container engine isolates jobs as zone.yml asks',
        );
      lacking = fault?.code;
    }
    return fault === undefined;
  }

  async function exitOf(id: string, signal: AbortSignal): Promise<JobExit> {
    const before = takeUpWatch(id);
    const ended = hasEnded(id, signal);
    // Together: the question that arms the watch is not on the way of a job that ends at once.
    const [seen] = await Promise.all([before, ended]);
    watching.leave(id);
    const found = await inspect(id);
    const mark = marks.get(id);
    if (!found) return exitOfTheGone(seen, mark, clock.now());
    if (found.State.Status === 'created') throw new Error(`job ${id} was never started`);
    return exitFrom(found, mark, {
      engineBeginnings: async () =>
        dialect?.podman ? [machineBegan()] : engineBeginnings(engine, marks.lossOf(id)),
      // Podman's state says it in any case, and its events do not.
      ranOutOfMemory: async (lived) => !dialect?.podman && ranOutOfMemory(engine, found.Id, lived),
    });
  }

  async function logCapOf(id: string): Promise<number | undefined> {
    const found = await inspect(id);
    return found && runningFrom(found).limits.logBytes;
  }

  async function openLog(id: string, lines: number | undefined): Promise<AsyncIterable<Buffer> | undefined> {
    try {
      return await openStream(engine, {
        method: 'GET',
        path: `/containers/${containerName(id)}/logs`,
        query: {
          stdout: '1',
          stderr: '1',
          timestamps: '1',
          ...(lines === undefined ? {} : { tail: String(lines) }),
        },
        doing: 'reading a log',
      });
    } catch (error) {
      if (statusOf(error) === GONE) return undefined;
      throw error;
    }
  }

  /** A declared volume would be a writable folder on the host that no limit holds for. */
  async function volumeFault(image: string): Promise<Refusal | undefined> {
    let declared = volumes.get(image);
    if (!declared) {
      const found = await askUnless([GONE], 'looking at an image', engine.getImage(image).inspect());
      if (!found) return imageMissing(image);
      declared = volumesOf(found);
    }
    return declared.length > 0 ? imageVolumes(image, declared) : undefined;
  }

  /** A job that could not reach its database would be the user's failure: it is not made. */
  async function networkFault({ network }: JobSpec): Promise<Refusal | undefined> {
    if (network.kind === 'none' || (isolation.databaseRuntime ?? isolation.runtime) === undefined)
      return undefined;
    const info = await ask('asking the engine about its runtimes', engine.info() as Promise<EngineInfo>);
    return loopbackFault(info, isolation);
  }

  /** Resolves when the job does not run; the engine answers at once when it already has ended, or is gone. */
  async function hasEnded(id: string, signal: AbortSignal): Promise<void> {
    try {
      const answer = await openStream(engine, {
        method: 'POST',
        path: `/containers/${containerName(id)}/wait`,
        query: { condition: 'not-running' },
        doing: 'waiting for a job',
        signal,
      });
      for await (const _chunk of answer) continue;
    } catch (error) {
      signal.throwIfAborted();
      if (statusOf(error) !== GONE) throw error;
    }
  }

  async function ofAnother(spec: JobSpec) {
    const found = await inspect(spec.id);
    const owner = found?.Config.Labels[LABELS.owner];
    return owner === undefined || owner === options.owner ? undefined : badSpec('another agent has this job');
  }
}

function volumesOf(image: ImageInspectInfo): string[] {
  // The engine leaves the field out, or null, when there are none.
  return Object.keys((image.Config.Volumes ?? {}) as Record<string, unknown>);
}

function phaseOf(status: string): JobPhase {
  if (status === 'created') return 'created';
  return status === 'running' || status === 'paused' || status === 'restarting' ? 'running' : 'exited';
}

/** The engine wraps the one useful sentence in four layers of runtime names. */
function reasonOf(words: string): string {
  return /exec: (.*?)(?:: unknown)?$/.exec(words)?.[1] ?? words;
}

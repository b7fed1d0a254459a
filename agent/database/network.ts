/**
 * The only way from a job to the database: a network namespace with nothing in it but one port.
 *
 * Per job two containers of ours. The *relay* has no network at all; the job joins its namespace and finds
 * `lo` with the database's port on 127.0.0.1, and nothing else: no gateway, no host, no neighbour, no
 * DNS. The *door* is in the host's namespace and connects to the pinned address only. Between them
 * is a socket file that the job cannot see. Both live in the engine, so the agent may be restarted.
 */
import { chownSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import path from 'node:path';
import type { ContainerCreateOptions } from 'dockerode';
import { ID_PATTERN } from '../../src/lib/ids.ts';
import { bind, containerName, hardened, insideOf, LABELS, logCap } from '../executor/container.ts';
import { ask, askUnless, connectEngine, openStream, type Engine } from '../executor/engine.ts';
import type { JobSpec } from '../executor/executor.ts';
import { ENGINES_OWN, type Isolation } from '../executor/isolation.ts';
import { frames } from '../executor/log-text.ts';
import { buildNodeImage } from '../images/node-image.ts';
import { RELAY_SCRIPT } from './relay-script.ts';

export interface DatabaseNetworkOptions {
  /** Same as the executor's. */
  owner: string;
  /** Socket files lie in `<stateDir>/doors/<job>/`. */
  stateDir: string;
  socketPath?: string;
  /** As the executor's. */
  isolation?: Isolation;
  /** The pinned server. A name is looked up once per job, on the host. */
  host: string;
  port: number;
}

export interface DatabaseNetwork {
  /** Name by which a job reaches the database inside. */
  readonly hostInside: string;
  /** Resolves when both halves listen. Harmless when they do already. */
  open(job: string): Promise<JobSpec['network']>;
  close(job: string): Promise<void>;
  closeAllBut(jobs: ReadonlySet<string>): Promise<void>;
}

const LIMITS = { cpus: 1, memoryBytes: 128 * 1024 ** 2, pids: 32, fileBytes: 1024 ** 2 };
const LOG_BYTES = 256 * 1024;
const INSIDE = '/door';
const SOCKET = `${INSIDE}/database.sock`;
/** TEST-NET-1: belongs to nobody, and nothing in the namespace leads to it anyway. */
const NOBODY = '192.0.2.1';
const GONE = 404;

type Half = 'relay' | 'door';

export function databaseNetwork(options: DatabaseNetworkOptions): DatabaseNetwork {
  const engine: Engine = connectEngine(options.socketPath);
  const folders = path.join(options.stateDir, 'doors');
  const { isolation = ENGINES_OWN } = options;
  const user = ourUser(isolation.usersFrom);
  // `localhost` and addresses mean the relay's own loopback inside; any other name is pinned in the hosts file.
  const isName = isIP(options.host) === 0 && options.host !== 'localhost';
  const hostInside = isName ? options.host : '127.0.0.1';
  let image: Promise<string> | undefined;

  /** The image is looked for once per process; a failure is not remembered. */
  function relayImage(): Promise<string> {
    image ??= buildNodeImage({
      name: 'relay',
      files: [{ path: '/app/relay.cjs', content: RELAY_SCRIPT }],
      entry: ['node', '/app/relay.cjs'],
      docker: engine,
    }).then(
      (built) => built.image,
      (error: unknown) => {
        image = undefined;
        throw error;
      },
    );
    return image;
  }

  const nameOf = (job: string, half: Half): string => `${containerName(job)}-${half}`;

  async function ensure(job: string, half: Half, words: string[]): Promise<void> {
    const name = nameOf(job, half);
    const container = engine.getContainer(name);
    const found = await askUnless([GONE], `looking at a ${half}`, container.inspect());
    if (found?.State.Running) return;
    if (!found) {
      await ask(`making a ${half}`, engine.createContainer(await halfContainer(job, half, words)));
    }
    const since = Date.now() / 1000 - 1;
    await ask(`starting a ${half}`, container.start());
    await listens(name, half, found ? since : 0);
  }

  /** Its first line says that it listens; a half that dies before ends the stream without one. */
  async function listens(name: string, half: Half, since: number): Promise<void> {
    const giveUp = AbortSignal.timeout(10_000);
    const stream = await openStream(engine, {
      method: 'GET',
      path: `/containers/${name}/logs`,
      query: { stdout: '1', follow: '1', since: since.toFixed(3) },
      doing: `waiting for a ${half}`,
      signal: giveUp,
    });
    for await (const line of frames(stream)) {
      if (line.toString().startsWith('ready')) return;
    }
    throw new Error(`the ${half} of a job ended before it listened`);
  }

  async function halfContainer(job: string, half: Half, words: string[]): Promise<ContainerCreateOptions> {
    const relay = half === 'relay';
    return {
      name: nameOf(job, half),
      Image: await relayImage(),
      Cmd: [half, SOCKET, ...words],
      User: relay ? insideOf(user, isolation) : `${user.uid}:${user.gid}`,
      StopSignal: 'SIGKILL',
      Labels: { [LABELS.owner]: options.owner, [LABELS.kind]: half, [LABELS.job]: job },
      HostConfig: {
        ...hardened(LIMITS, isolation),
        // A container in the host's network cannot have users of its own: it is nobody's, and ours.
        ...(relay || isolation.usersFrom === undefined ? {} : { UsernsMode: 'host' }),
        NetworkMode: relay ? 'none' : 'host',
        Mounts: [bind(path.join(folders, job), INSIDE, relay)],
        LogConfig: { Type: 'local', Config: logCap(LOG_BYTES) },
        ...(relay ? { Dns: [NOBODY], DnsSearch: ['.'], DnsOptions: ['attempts:1', 'timeout:1'] } : {}),
        ...(relay && isName ? { ExtraHosts: [`${options.host}:127.0.0.1`] } : {}),
      },
    };
  }

  async function remove(name: string): Promise<void> {
    await askUnless(
      [GONE, 409],
      'removing a relay',
      engine.getContainer(name).remove({ force: true, v: true }),
    );
  }

  return {
    hostInside,

    async open(job) {
      const { address } = await lookup(options.host, { verbatim: false });
      const folder = path.join(folders, job);
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      if (process.getuid?.() === 0) chownSync(folder, user.uid, user.gid);
      await Promise.all([
        ensure(job, 'relay', ['-', String(options.port)]),
        ensure(job, 'door', [address, String(options.port)]),
      ]);
      return { kind: 'private', name: nameOf(job, 'relay') };
    },

    async close(job) {
      await Promise.all([remove(nameOf(job, 'relay')), remove(nameOf(job, 'door'))]);
      rmSync(path.join(folders, job), { recursive: true, force: true });
    },

    async closeAllBut(jobs) {
      const found = await ask(
        'listing the relays',
        engine.listContainers({ all: true, filters: { label: [`${LABELS.owner}=${options.owner}`] } }),
      );
      const kinds: string[] = ['relay', 'door'];
      const left = found.filter(
        (one) => kinds.includes(one.Labels[LABELS.kind] ?? '') && !jobs.has(one.Labels[LABELS.job] ?? ''),
      );
      await Promise.all(left.map((one) => remove(one.Id)));
      for (const job of foldersIn(folders)) {
        if (!jobs.has(job)) rmSync(path.join(folders, job), { recursive: true, force: true });
      }
    },
  };
}

/** The agent's own user, so that both halves may open the socket file; root's agent lends them nobody's. */
function ourUser(usersFrom = 0): { uid: number; gid: number } {
  const uid = process.getuid?.() ?? 0;
  const nobody = usersFrom + 65_534;
  return uid === 0 ? { uid: nobody, gid: nobody } : { uid, gid: process.getgid?.() ?? uid };
}

function foldersIn(folder: string): string[] {
  try {
    return readdirSync(folder).filter((name) => ID_PATTERN.test(name));
  } catch {
    return [];
  }
}

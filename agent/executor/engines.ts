/**
 * Where this machine's container engine listens: as the `docker` command would look for it, then where Podman offers
 * the same socket. Only for the laptop: an agent is told by its operator.
 */
import { createHash } from 'node:crypto';
import path from 'node:path';
import { refusal, type Refusal } from '../../src/lib/refusal.ts';
import { badContext, engineFar } from './words.ts';

export interface EnginePlace {
  /** As it is called to people. */
  name: string;
  socketPath?: string;
  /** Neither this nor a socket: whatever DOCKER_HOST says. */
  tcp?: { host: string; port: number };
}

export interface Surroundings {
  env: Readonly<Record<string, string | undefined>>;
  home: string;
  uid: number;
  exists(file: string): boolean;
  /** Undefined when it is not there. */
  read(file: string): string | undefined;
}

/** Best first; one of a socket only when it exists, unless it was named. Refuses what is named and cannot be used. */
export function enginePlaces(here: Surroundings): EnginePlace[] | Refusal {
  const { DOCKER_HOST: host, DOCKER_CONTEXT: context } = here.env;
  if (host) return host.startsWith('tcp:') ? [{ name: host }] : placeOf(host, `DOCKER_HOST=${host}`);
  const chosen = context || configuredContext(here);
  if (chosen && chosen !== 'default') return ofContext(chosen, here);
  const runtime = here.env['XDG_RUNTIME_DIR'] || `/run/user/${here.uid}`;
  const usual = [
    '/var/run/docker.sock',
    path.join(runtime, 'docker.sock'),
    path.join(here.home, '.docker/run/docker.sock'),
    path.join(here.home, '.docker/desktop/docker.sock'),
    path.join(runtime, 'podman/podman.sock'),
    '/run/podman/podman.sock',
  ];
  return usual
    .filter((socket) => here.exists(socket))
    .map((socketPath) => ({ name: socketPath, socketPath }));
}

function placeOf(host: string, said: string): EnginePlace[] | Refusal {
  const { protocol, hostname, port, pathname } = urlOf(host);
  if (protocol === 'unix:') return [{ name: said, socketPath: pathname }];
  if (protocol === 'tcp:') return [{ name: said, tcp: { host: hostname, port: Number(port) || 2375 } }];
  // The study's folder is mounted into the containers: it has to be on the engine's machine.
  return refusal('run.engine-far', ...engineFar(said));
}

function urlOf(text: string): Pick<URL, 'protocol' | 'hostname' | 'port' | 'pathname'> {
  try {
    return new URL(text);
  } catch {
    return { protocol: '', hostname: '', port: '', pathname: '' };
  }
}

const dockerFolder = (here: Surroundings): string =>
  here.env['DOCKER_CONFIG'] || path.join(here.home, '.docker');

function configuredContext(here: Surroundings): string | undefined {
  const config = parsed(here.read(path.join(dockerFolder(here), 'config.json')));
  const name = config['currentContext'];
  return typeof name === 'string' ? name : undefined;
}

/** The `docker` command keeps each context in a folder that is called by the digest of its name. */
function ofContext(name: string, here: Surroundings): EnginePlace[] | Refusal {
  const digest = createHash('sha256').update(name).digest('hex');
  const meta = parsed(here.read(path.join(dockerFolder(here), 'contexts/meta', digest, 'meta.json')));
  const endpoint = (meta['Endpoints'] as Record<string, { Host?: unknown } | undefined> | undefined)?.[
    'docker'
  ];
  const said = `Docker context ${JSON.stringify(name)}`;
  if (typeof endpoint?.Host !== 'string') return refusal('run.no-context', ...badContext(name));
  if (here.exists(path.join(dockerFolder(here), 'contexts/tls', digest)))
    return refusal('run.engine-far', ...engineFar(said));
  return placeOf(endpoint.Host, said);
}

function parsed(text: string | undefined): Record<string, unknown> {
  try {
    const value = JSON.parse(text ?? '{}') as unknown;
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

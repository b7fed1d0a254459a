/**
 * What a person signed in to a registry with, as `docker login` and `podman login` keep it: handed to the engine with
 * a question for that registry, and to nobody else. Whatever cannot be read is as good as no sign-in.
 */
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { readIfThere } from '../store/durable.ts';

export interface Login {
  username?: string;
  password?: string;
  identitytoken?: string;
  serveraddress: string;
}

interface Kept {
  auths?: Record<string, { auth?: unknown; identitytoken?: unknown } | undefined>;
  credsStore?: unknown;
  credHelpers?: Record<string, unknown>;
}

const HELPER = /^[A-Za-z0-9][A-Za-z0-9_.-]*$/;
const HELPER_MS = 10_000;

export function loginFor(host: string, here: { env: NodeJS.ProcessEnv; home: string }): Login | undefined {
  for (const file of placesOf(here)) {
    const login = loginIn(parsed(file), host, here.env);
    if (login) return login;
  }
  return undefined;
}

function placesOf({ env, home }: { env: NodeJS.ProcessEnv; home: string }): string[] {
  const runtime = env['XDG_RUNTIME_DIR'];
  return [
    path.join(env['DOCKER_CONFIG'] || path.join(home, '.docker'), 'config.json'),
    ...(runtime ? [path.join(runtime, 'containers/auth.json')] : []),
    path.join(home, '.config/containers/auth.json'),
  ];
}

function loginIn(kept: Kept, host: string, env: NodeJS.ProcessEnv): Login | undefined {
  const helper = kept.credHelpers?.[host] ?? kept.credsStore;
  const helped = typeof helper === 'string' ? ofHelper(helper, host, env) : undefined;
  if (helped) return helped;
  const entry = kept.auths?.[host];
  if (typeof entry?.identitytoken === 'string' && entry.identitytoken !== '')
    return { identitytoken: entry.identitytoken, serveraddress: host };
  if (typeof entry?.auth !== 'string') return undefined;
  const [, username, password] = /^([^:]+):([^]*)$/.exec(Buffer.from(entry.auth, 'base64').toString()) ?? [];
  return username === undefined || password === undefined
    ? undefined
    : { username, password, serveraddress: host };
}

/** The host goes in by standard input, the secret comes out the same way: neither stands in a list of processes. */
function ofHelper(helper: string, host: string, env: NodeJS.ProcessEnv): Login | undefined {
  if (!HELPER.test(helper)) return undefined;
  const asked = spawnSync(`docker-credential-${helper}`, ['get'], {
    input: host,
    encoding: 'utf8',
    timeout: HELPER_MS,
    env,
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  if (asked.status !== 0) return undefined;
  const { Username: username, Secret: secret } = object(asked.stdout);
  if (typeof username !== 'string' || typeof secret !== 'string') return undefined;
  return username === '<token>'
    ? { identitytoken: secret, serveraddress: host }
    : { username, password: secret, serveraddress: host };
}

function parsed(file: string): Kept {
  try {
    return object(readIfThere(file) ?? '{}') as Kept;
  } catch {
    return {};
  }
}

function object(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

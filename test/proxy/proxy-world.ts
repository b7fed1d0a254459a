/** A proxy with a study and an action behind it, and ways to ask it. */
import { afterAll, afterEach, beforeAll, beforeEach } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { Agent, request as httpRequest, type IncomingMessage } from 'node:http';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type GitFailed, gitFetch, gitInitBare } from '../../src/lib/git.ts';
import { ACTION, proxyWorld, STUDY, type ProxyWorld } from '../support/proxy.ts';

export let world: ProxyWorld;

export let dir: string;

export let study: string;

export let action: string;

beforeAll(async () => {
  world = await proxyWorld({
    limits: { requests_per_agent: 3, response_bytes: 3_000_000, total_seconds: 110 },
  });
  study = world.upstream.repository(STUDY, {
    'project.yaml': 'version: 4\n',
    'big.bin': randomBytes(2_000_000),
  });
  action = world.upstream.repository(ACTION, { 'action.yaml': 'run: x\n' });
  world.upstream.repository('northshire-research/other', { 'a.txt': 'a' });
});

afterAll(() => world.close());

beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'sallyport-clone-'));
  await gitInitBare(join(dir, 'a.git'));
  world.upstream.seen.length = 0;
  world.log.length = 0;
});

afterEach(() => {
  world.onRequest = undefined;
  rmSync(dir, { recursive: true, force: true });
});

export interface Ask {
  method?: string;
  path: string;
  headers?: Record<string, string | string[]>;
  body?: string | Buffer;
  auth?: boolean;
}

export const REFS = `/${STUDY}/info/refs?service=git-upload-pack`;

export async function ask({ method = 'GET', path, headers = {}, body, auth = true }: Ask) {
  const authorization: Record<string, string> = auth
    ? { authorization: `Bearer ${await world.token()}` }
    : {};
  // A connection of its own: one kept from an earlier world on the same port would be reset.
  const agent = new Agent({ keepAlive: true });
  const sent = httpRequest(world.origin, { method, path, agent, headers: { ...authorization, ...headers } });
  sent.on('error', () => undefined);
  sent.end(body);
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  agent.destroy();
  return { status: response.statusCode, text: Buffer.concat(chunks).toString(), headers: response.headers };
}

/** The status and code of a refusal. */
export async function refused(what: Ask): Promise<string> {
  const { status, text } = await ask(what);
  return `${status} ${/\(([\w.-]+)\)\n$/.exec(text)?.[1]}`;
}

export async function fetchThrough(
  repository: string,
  more: {
    headers?: Record<string, string>;
    token?: string;
    ref?: string;
    /** What is handed over; of the study, one that names its branch, if nothing is said. */
    task?: string | false;
  } = {},
) {
  const token = more.token ?? (await world.token());
  const isStudy = repository.toLowerCase().startsWith(STUDY);
  const task = more.task ?? (isStudy && (await world.task({ task: { commit: study } })));
  return gitFetch({
    dir: join(dir, 'a.git'),
    url: `${world.origin}/${repository}`,
    refspecs: [more.ref ?? '+refs/heads/*:refs/heads/*'],
    authorization: `Bearer ${token}`,
    headers: { ...(task ? { 'Sallyport-Task': task } : {}), ...more.headers },
  });
}

export const trouble = (fetching: Promise<void>) =>
  fetching.then(
    () => 'none',
    (error: unknown) => (error as GitFailed).trouble,
  );

/**
 * Git smart HTTP: a request becomes a `git http-backend` (CGI) and its answer. A push is understood by
 * comparing the refs before and after; the pusher hears of success when the events are queued.
 */
import { execFileSync, spawn } from 'node:child_process';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { join } from 'node:path';
import type { GitStore } from '../git/store.ts';
import { ZERO } from '../git/objects.ts';
import { isFailure } from '../state/failure.ts';
import type { Level, Repo, Signed } from '../state/model.ts';
import { refuseMove } from '../state/rulesets.ts';
import type { RefChange } from '../state/pushes.ts';
import type { SandboxState } from '../state/state.ts';
import { authenticate } from './auth.ts';

const ROUTE = /^\/([\w.-]+)\/([\w.-]+?)(?:\.git)?\/(info\/refs|git-upload-pack|git-receive-pack)$/;

/** For this process only: repositories need no configuration of their own, and get none from the machine. */
const CONFIG: Record<string, string> = {
  'http.receivepack': 'true',
  // GitHub serves any object by its sha, as long as something reaches it.
  'uploadpack.allowReachableSHA1InWant': 'true',
  'uploadpack.allowAnySHA1InWant': 'true',
  'uploadpack.allowTipSHA1InWant': 'true',
  'uploadpack.allowFilter': 'true',
  // The pull request refs are GitHub's own.
  'receive.hideRefs': 'refs/pull',
  'receive.denyDeleteCurrent': 'refuse',
  'receive.autogc': 'false',
  'gc.auto': '0',
  // The data folder may belong to another user (a container's volume); without this git answers 500.
  'safe.directory': '*',
};

let backend: string | undefined;

/** What git can do, as it says it first in version 2 of its protocol (gitprotocol-v2(5)): it names nothing of a repository. */
let abilities: { head: string; body: Buffer } | undefined;

/** Resolves to false when the path is not git's. */
export async function serveGit(
  state: SandboxState,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<boolean> {
  const url = new URL(request.url ?? '/', 'http://localhost');
  const match = ROUTE.exec(url.pathname);
  if (!match) return false;
  const [, owner = '', name = '', tail = ''] = match;
  const service = tail === 'info/refs' ? url.searchParams.get('service') : tail;
  const writes = service === 'git-receive-pack';
  const actor = await authenticate(state, request.headers.authorization);
  const repo = state.repos.find(owner, name);
  const status = refusal(state, actor, repo, writes);
  if (status !== undefined || !repo || isFailure(actor)) {
    request.resume();
    response.writeHead(status ?? 404, status === 401 ? { 'WWW-Authenticate': 'Basic realm="GitHub"' } : {});
    response.end(
      status === 401
        ? 'Invalid username or token.'
        : status === 403
          ? 'Write access to repository not granted.'
          : 'Repository not found.',
    );
    return true;
  }
  const pushes =
    writes && tail === 'git-receive-pack' && (actor.kind === 'person' || actor.kind === 'installation');
  const store = state.repos.git(repo);
  if (pushes) await store.lock(() => receive(state, repo, store, actor, request, response, url, tail));
  else await run(state, repo, request, response, url, tail, [], async () => undefined);
  return true;
}

/** 401 makes git ask for credentials, so an unknown repository is 401 to strangers. */
function refusal(
  state: SandboxState,
  actor: Awaited<ReturnType<typeof authenticate>>,
  repo: Repo | undefined,
  writes: boolean,
): number | undefined {
  if (isFailure(actor) || actor.kind === 'app') return 401;
  if (actor.kind === 'anonymous' && (writes || !repo || repo.private)) return 401;
  if (!repo) return 404;
  const no = state.repos.refuse(actor, repo, writes ? 'contents.write' : 'contents.read');
  if (!no) return undefined;
  return no.status === 404 || !writes ? 404 : 403;
}

async function receive(
  state: SandboxState,
  repo: Repo,
  store: GitStore,
  actor: Signed,
  request: IncomingMessage,
  response: ServerResponse,
  url: URL,
  tail: string,
): Promise<void> {
  const before = store.refs;
  const rules = ruled(repo, actor, state.repos.level(repo, actor.user.id), [...before.keys()]);
  await run(state, repo, request, response, url, tail, rules, async () => {
    const after = await store.readRefs();
    const changes: RefChange[] = [];
    for (const ref of new Set([...before.keys(), ...after.keys()])) {
      const [from, to] = [before.get(ref) ?? ZERO, after.get(ref) ?? ZERO];
      if (from !== to) changes.push({ ref, before: from, after: to });
    }
    if (changes.length > 0) await state.pushes.happened(repo, actor.user, changes);
  });
}

/** Rulesets, as git's own settings put them: a rule against losing commits holds for every branch then. */
function ruled(
  repo: Repo,
  actor: Signed,
  level: Level,
  refs: readonly string[],
): (readonly [string, string])[] {
  const no = (ref: string, after: string | undefined, forward: boolean): boolean =>
    refuseMove(repo, actor, level, { ref, before: 'one', after, forward }) !== undefined;
  return [
    ...refs.filter((ref) => no(ref, 'other', true)).map((ref) => ['receive.hideRefs', ref] as const),
    ...(refs.some((ref) => no(ref, 'other', false))
      ? [['receive.denyNonFastForwards', 'true'] as const]
      : []),
    ...(refs.some((ref) => no(ref, undefined, true)) ? [['receive.denyDeletes', 'true'] as const] : []),
  ];
}

/** `finish` runs after git has ended and before the caller hears so. */
async function run(
  state: SandboxState,
  repo: Repo,
  request: IncomingMessage,
  response: ServerResponse,
  url: URL,
  tail: string,
  more: readonly (readonly [string, string])[],
  finish: () => Promise<void>,
): Promise<void> {
  const asksAbilities = isFirstOfVersion2(request, url, tail);
  if (asksAbilities && abilities) {
    writeHead(response, abilities.head);
    response.end(abilities.body);
    return;
  }
  backend ??= join(execFileSync('git', ['--exec-path'], { encoding: 'utf8' }).trim(), 'git-http-backend');
  const config = [...Object.entries(CONFIG), ...more];
  const child = spawn(backend, [], {
    env: {
      PATH: process.env['PATH'],
      GIT_CONFIG_NOSYSTEM: '1',
      GIT_CONFIG_GLOBAL: '/dev/null',
      GIT_CONFIG_COUNT: String(config.length),
      ...Object.fromEntries(
        config.flatMap(([key, value], i) => [
          [`GIT_CONFIG_KEY_${i}`, key],
          [`GIT_CONFIG_VALUE_${i}`, value],
        ]),
      ),
      GIT_PROJECT_ROOT: state.gitRoot,
      GIT_HTTP_EXPORT_ALL: '1',
      PATH_INFO: `/${repo.id}.git/${tail}`,
      REQUEST_METHOD: request.method,
      QUERY_STRING: url.search.slice(1),
      CONTENT_TYPE: request.headers['content-type'] ?? '',
      ...(request.headers['content-length'] ? { CONTENT_LENGTH: request.headers['content-length'] } : {}),
      HTTP_CONTENT_ENCODING: request.headers['content-encoding'] ?? '',
      GIT_PROTOCOL: textOf(request.headers['git-protocol']),
      REMOTE_USER: 'sandbox',
      REMOTE_ADDR: request.socket.remoteAddress ?? '',
    },
  });
  request.pipe(child.stdin);
  child.stdin.on('error', () => undefined);
  child.stderr.on('data', (chunk: Buffer) =>
    state.log.warn({ code: 'sandbox.git', says: chunk.toString('utf8').trim() }, 'git http-backend'),
  );
  response.on('close', () => child.kill('SIGKILL'));
  const holdBack = tail === 'git-receive-pack';
  const held: Buffer[] = [];
  const said: Buffer[] = [];
  let head: Buffer | undefined = Buffer.alloc(0);
  let headText = '';
  child.stdout.on('data', (chunk: Buffer) => {
    if (head) {
      head = Buffer.concat([head, chunk]);
      const end = head.indexOf('\r\n\r\n');
      if (end < 0) return;
      const rest = head.subarray(end + 4);
      headText = head.subarray(0, end).toString('latin1');
      writeHead(response, headText);
      head = undefined;
      chunk = rest;
    }
    if (asksAbilities) said.push(chunk);
    if (holdBack) held.push(chunk);
    else if (!response.write(chunk)) {
      child.stdout.pause();
      response.once('drain', () => child.stdout.resume());
    }
  });
  const code = await new Promise<number | null>((resolve) => {
    child.on('error', () => resolve(null));
    child.on('close', resolve);
  });
  if (asksAbilities && code === 0 && response.statusCode === 200)
    abilities = { head: headText, body: Buffer.concat(said) };
  await finish();
  if (head && !response.headersSent) response.writeHead(500);
  response.end(Buffer.concat(held));
}

function isFirstOfVersion2(request: IncomingMessage, url: URL, tail: string): boolean {
  return (
    request.method === 'GET' &&
    tail === 'info/refs' &&
    url.search === '?service=git-upload-pack' &&
    request.headers['git-protocol'] === 'version=2'
  );
}

function textOf(value: string | string[] | undefined): string {
  return Array.isArray(value) ? value.join(':') : (value ?? '');
}

function writeHead(response: ServerResponse, text: string): void {
  let status = 200;
  const headers: Record<string, string> = {};
  for (const line of text.split('\r\n')) {
    const colon = line.indexOf(':');
    const [name, value] = [line.slice(0, colon), line.slice(colon + 1).trim()];
    if (name.toLowerCase() === 'status') status = Number.parseInt(value, 10);
    else headers[name] = value;
  }
  response.writeHead(status, headers);
}

/**
 * Running git in a closed environment: no system or user configuration, no credential helper, no
 * prompt, no hook, no redirect, only http(s). Credentials travel in the environment of the one
 * process, never in an argument, a URL or a file.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { mayAddress } from './origin.ts';
import { Refused } from './refusal.ts';

export type GitConfig = Readonly<Record<string, string>> | readonly (readonly [key: string, value: string])[];

export interface GitOptions {
  /** The git directory (a bare repository). Absent for commands that need none. */
  dir?: string;
  signal?: AbortSignal;
  /** Default 60 s. */
  timeoutMs?: number;
  input?: string | Uint8Array;
  /** Cap on standard output, default 64 MiB. */
  maxBytes?: number;
  /** Further configuration of this one process; a key may come several times. */
  config?: GitConfig;
  /** File of an index that is not the repository's own. */
  index?: string;
  /** Who a commit is by, and when; the time as git writes it. */
  identity?: { name: string; email: string; date: string };
  /** Exit codes that are answers, not failures. Default [0]. */
  accept?: readonly number[];
}

export interface GitOutput {
  code: number;
  stdout: Buffer;
}

export type GitTrouble =
  | 'missing'
  | 'denied'
  | 'unreachable'
  | 'timeout'
  | 'aborted'
  | 'too-large'
  | 'failed';

/** Git could not do it. `stderr` is git's own text: for logs of the zone it ran in, never for GitHub. */
export class GitFailed extends Error {
  readonly trouble: GitTrouble;
  readonly stderr: string;

  constructor(command: string, trouble: GitTrouble, stderr: string, options?: ErrorOptions) {
    super(`git ${command}: ${trouble}${stderr ? `: ${stderr.trim().slice(0, 500)}` : ''}`, options);
    this.name = 'GitFailed';
    this.trouble = trouble;
    this.stderr = stderr;
  }
}

/** A full SHA-1 object name in lower case: the only form in which commits are passed around. */
export function isSha(text: string): boolean {
  return /^[0-9a-f]{40}$/.test(text);
}

/** Runs git to its end. Rejects with GitFailed unless it exits with an accepted code. */
export async function git(args: readonly string[], options: GitOptions = {}): Promise<GitOutput> {
  const chunks: Buffer[] = [];
  const running = gitStream(args, options);
  const limit = options.maxBytes ?? 64 * 1024 * 1024;
  let size = 0;
  running.stdout.on('data', (chunk: Buffer) => {
    size += chunk.length;
    if (size > limit) running.stop('too-large');
    else chunks.push(chunk);
  });
  const code = await running.done;
  return { code, stdout: Buffer.concat(chunks) };
}

export interface RunningGit {
  stdin: NodeJS.WritableStream;
  stdout: Readable;
  /** The exit code, one of `accept`; rejects with GitFailed. */
  done: Promise<number>;
  /** Ends git and what it started. Harmless when it has ended. */
  stop(trouble?: GitTrouble): void;
}

/** Starts git and hands over its streams. Standard input is left open unless `input` is given. */
export function gitStream(args: readonly string[], options: GitOptions = {}): RunningGit {
  const command = args[0] ?? '';
  // A group of its own: git starts helpers (git-remote-https) that must end with it.
  const child = spawn('git', args, { env: closedEnvironment(options), stdio: 'pipe', detached: true });
  remember(child);
  let trouble: GitTrouble | undefined;
  let stderr = '';
  child.stderr.on('data', (chunk: Buffer) => {
    if (stderr.length < 16_384) stderr += chunk.toString('utf8');
  });
  // Git may end without reading all its input; the exit code tells the story.
  child.stdin.on('error', () => undefined);
  const stop = (why: GitTrouble = 'aborted'): void => {
    trouble ??= why;
    killGroup(child);
    // What nobody reads any more would otherwise keep the pipe, and this process, open.
    child.stdout.destroy();
  };
  const timer = setTimeout(() => stop('timeout'), options.timeoutMs ?? 60_000);
  const onAbort = (): void => stop('aborted');
  if (options.signal?.aborted) onAbort();
  options.signal?.addEventListener('abort', onAbort, { once: true });
  const done = new Promise<number>((resolve, reject) => {
    child.on('error', (cause) =>
      reject(new GitFailed(command, 'failed', 'git could not be started', { cause })),
    );
    child.on('close', (code) => {
      if (trouble === undefined && code !== null && (options.accept ?? [0]).includes(code)) resolve(code);
      else reject(new GitFailed(command, trouble ?? troubleIn(stderr), stderr));
    });
  }).finally(() => {
    clearTimeout(timer);
    options.signal?.removeEventListener('abort', onAbort);
  });
  // The caller may only read the stream; a failure must not end the process then.
  done.catch(() => undefined);
  if (options.input !== undefined) child.stdin.end(options.input);
  return { stdin: child.stdin, stdout: child.stdout, done, stop };
}

export interface ClientCertificate {
  certFile: string;
  keyFile: string;
}

export interface FetchOptions {
  dir: string;
  /** https, or http to this machine (lib/origin); never with credentials in it. */
  url: string;
  /** Like `+refs/heads/*:refs/heads/*`; a sha alone fetches that commit. */
  refspecs: readonly string[];
  /** Value of the Authorization header, sent to this URL only. */
  authorization?: string;
  /** Further headers, sent to this URL only. */
  headers?: Record<string, string>;
  /** PEM file of authorities to trust instead of the system's. */
  caFile?: string;
  /** PEM files with which this side says who it is in the handshake. */
  client?: ClientCertificate | undefined;
  prune?: boolean;
  depth?: number;
  signal?: AbortSignal;
  /** Default 5 minutes. */
  timeoutMs?: number;
}

/** Fetches into a bare repository. Throws Refused for an address that may not be spoken to. */
export async function gitFetch(options: FetchOptions): Promise<void> {
  const no = mayAddress(options.url);
  if (no) throw new Refused(no);
  const headers = Object.entries({
    ...(options.authorization === undefined ? {} : { Authorization: options.authorization }),
    ...options.headers,
  });
  const config: [string, string][] = headers.map(([name, value]) => [
    `http.${options.url}.extraHeader`,
    `${name}: ${value}`,
  ]);
  if (options.caFile) config.push(['http.sslCAInfo', options.caFile]);
  if (options.client)
    config.push(['http.sslCert', options.client.certFile], ['http.sslKey', options.client.keyFile]);
  const flags = [
    '--quiet',
    '--no-tags',
    '--no-write-fetch-head',
    '--no-auto-maintenance',
    '--no-recurse-submodules',
  ];
  if (options.prune) flags.push('--prune');
  if (options.depth) flags.push(`--depth=${options.depth}`);
  await git(['fetch', ...flags, '--end-of-options', options.url, ...options.refspecs], {
    dir: options.dir,
    config,
    signal: options.signal,
    timeoutMs: options.timeoutMs ?? 300_000,
  });
}

/**
 * Makes an empty bare repository, as `git init --bare` does (gitrepository-layout(5)); harmless when it is there.
 * HEAD comes last: without it git sees no repository, so one that was left half made is made again.
 */
export async function gitInitBare(dir: string): Promise<void> {
  for (const folder of ['objects/info', 'objects/pack', 'refs/heads', 'refs/tags'])
    await mkdir(join(dir, folder), { recursive: true });
  const head = join(dir, 'HEAD');
  if ((await readFile(head, 'utf8').catch(absent)) !== '') return;
  await writeFile(join(dir, 'config'), BARE);
  await writeFile(`${head}.new`, 'ref: refs/heads/main\n');
  await rename(`${head}.new`, head);
}

function absent(error: NodeJS.ErrnoException): string {
  if (error.code === 'ENOENT') return '';
  throw error;
}

const BARE = '[core]\n\trepositoryformatversion = 0\n\tfilemode = true\n\tbare = true\n';

/** Configuration that every process gets; a repository's own file cannot weaken it. */
const CLOSED: Record<string, string> = {
  'protocol.allow': 'never',
  'protocol.https.allow': 'always',
  // Which http addresses may be used is decided by mayAddress before git is started.
  'protocol.http.allow': 'always',
  'http.followRedirects': 'false',
  'http.lowSpeedLimit': '1',
  'http.lowSpeedTime': '60',
  'credential.helper': '',
  'core.hooksPath': '/dev/null',
  'core.fsmonitor': 'false',
  'core.symlinks': 'false',
  'gc.auto': '0',
  'maintenance.auto': 'false',
  'submodule.recurse': 'false',
};

function closedEnvironment(options: GitOptions): NodeJS.ProcessEnv {
  const own = Array.isArray(options.config) ? options.config : Object.entries(options.config ?? {});
  const config: (readonly [string, string])[] = [...Object.entries(CLOSED), ...authority(), ...own];
  const env: NodeJS.ProcessEnv = {
    PATH: process.env['PATH'],
    LC_ALL: 'C',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_TERMINAL_PROMPT: '0',
    GIT_ASKPASS: '/bin/false',
    GIT_NO_REPLACE_OBJECTS: '1',
    GIT_NO_LAZY_FETCH: '1',
    GIT_CONFIG_COUNT: String(config.length),
  };
  if (options.dir !== undefined) env['GIT_DIR'] = options.dir;
  if (options.index !== undefined) env['GIT_INDEX_FILE'] = options.index;
  if (options.identity)
    for (const who of ['AUTHOR', 'COMMITTER']) {
      env[`GIT_${who}_NAME`] = options.identity.name;
      env[`GIT_${who}_EMAIL`] = options.identity.email;
      env[`GIT_${who}_DATE`] = options.identity.date;
    }
  config.forEach(([key, value], index) => {
    env[`GIT_CONFIG_KEY_${index}`] = key;
    env[`GIT_CONFIG_VALUE_${index}`] = value;
  });
  return env;
}

/** An authority of the operator's own is named once, for Node and for git; git takes it beside the system's. */
function authority(): [string, string][] {
  const file = process.env['NODE_EXTRA_CA_CERTS'];
  return file ? [['http.sslCAInfo', file]] : [];
}

function troubleIn(stderr: string): GitTrouble {
  if (/couldn't find remote ref|not our ref|no such remote ref/i.test(stderr)) return 'missing';
  if (/error: (401|403)|authentication failed|could not read username/i.test(stderr)) return 'denied';
  if (/error: 404|repository .* not found/i.test(stderr)) return 'missing';
  if (/could not resolve|failed to connect|unable to access|hung up|early eof|rpc failed/i.test(stderr))
    return 'unreachable';
  return 'failed';
}

const alive = new Set<ChildProcess>();

/** What was started ends with this process, also on an exit nobody planned. */
function remember(child: ChildProcess): void {
  if (alive.size === 0) process.on('exit', killAll);
  alive.add(child);
  child.on('close', () => {
    alive.delete(child);
    if (alive.size === 0) process.off('exit', killAll);
  });
}

function killAll(): void {
  for (const child of alive) killGroup(child);
}

function killGroup(child: ChildProcess): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, 'SIGKILL');
  } catch {
    // Already gone.
  }
}

/** Which version is the newest: asked of npm, as the person configured it, or of the repository the person named. */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import { limitedText } from '../lib/limited-text.ts';
import { mayAddress } from '../lib/origin.ts';
import { installed, type Way } from './installed.ts';
import { keepSeen, readSeen, VERSION } from './upgrade-cache.ts';

const PATIENCE_MS = 20_000;
const LONGEST_ANSWER = 4 * 1024 * 1024;

/** In the background: nobody waits for it, and nobody reads what goes wrong. */
export async function lookForNewer(now = Date.now()): Promise<void> {
  const found = await newest(installed().way);
  keepSeen({ ...readSeen(), askedAt: now, ...(found === undefined ? {} : { newest: found }) });
}

/** Undefined: nobody that may be asked knows. Of a clone git knows, and git is not asked by itself. */
export async function newest(way: Way, env: NodeJS.ProcessEnv = process.env): Promise<string | undefined> {
  const answer =
    way === 'clone' ? undefined : way === 'single' || way === 'gh' ? await ofReleases(env) : await ofNpm(env);
  return answer !== undefined && VERSION.test(answer) ? answer : undefined;
}

/** npm itself, so that its registry, proxy and certificates are what the person set. */
export interface NpmCall {
  file: string;
  words: string[];
  /** Not the study's folder: its `.npmrc` is a stranger's. */
  cwd: string;
}

export function npmCall(words: readonly string[]): NpmCall {
  const node = path.dirname(process.execPath);
  const places = [path.join(node, '..', 'lib'), node].map((one) =>
    path.join(one, 'node_modules', 'npm', 'bin', 'npm-cli.js'),
  );
  // Without a shell, which Windows would need for its npm.cmd.
  const cli = places.find((file) => existsSync(file));
  return cli
    ? { file: process.execPath, words: [cli, ...words], cwd: homedir() }
    : { file: 'npm', words: [...words], cwd: homedir() };
}

function ofNpm(env: NodeJS.ProcessEnv): Promise<string | undefined> {
  const { file, words, cwd } = npmCall(['view', 'sallyport', 'version', '--json']);
  return new Promise((resolve) => {
    execFile(
      file,
      words,
      { cwd, env, timeout: PATIENCE_MS, encoding: 'utf8', windowsHide: true },
      (error, out) => resolve(error ? undefined : textIn(out)),
    );
  });
}

/** The repository is the person's choice: none is built in. */
export function releasesOf(env: NodeJS.ProcessEnv = process.env): { page: string; api: string } | undefined {
  const page = env['SALLYPORT_RELEASES']?.replace(/\/+$/, '');
  if (page === undefined || mayAddress(page)) return undefined;
  const [, origin, repository] = /^(https?:\/\/[^/]+)\/([\w.-]+\/[\w.-]+)$/.exec(page) ?? [];
  if (origin === undefined || repository === undefined) return undefined;
  const api = origin === 'https://github.com' ? 'https://api.github.com' : `${origin}/api/v3`;
  return { page, api: `${api}/repos/${repository}` };
}

async function ofReleases(env: NodeJS.ProcessEnv): Promise<string | undefined> {
  const releases = releasesOf(env);
  if (!releases) return undefined;
  try {
    const answer = await fetch(`${releases.api}/releases/latest`, {
      headers: { accept: 'application/vnd.github+json' },
      redirect: 'error',
      signal: AbortSignal.timeout(PATIENCE_MS),
    });
    const text = answer.ok ? await limitedText(answer.body, LONGEST_ANSWER) : '';
    const { tag_name: tag } = JSON.parse(text) as { tag_name?: unknown };
    return typeof tag === 'string' ? tag.replace(/^v/, '') : undefined;
  } catch {
    return undefined;
  }
}

function textIn(json: string): string | undefined {
  try {
    const value = JSON.parse(json) as unknown;
    return typeof value === 'string' ? value : undefined;
  } catch {
    return undefined;
  }
}

/** A governance repository with signers, and a zone's mirror of it whose clock moves only when told: each test has its own. */
import { afterAll, afterEach, beforeAll, beforeEach, expect } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  mayRun,
  openGovernanceMirror,
  type GovernanceMirror,
  type MirrorOptions,
} from '../../src/governance/governance.ts';
import { fixedClock } from '../../src/lib/clock.ts';
import { createLogger } from '../../src/lib/logger.ts';
import { governanceFiles, PEOPLE, PROJECT } from '../support/governance.ts';
import { gitUpstream, type GitUpstream } from '../support/git-upstream.ts';
import { keys, signers, type Signer } from './signers.ts';

const logger = createLogger('test', { level: 'silent' });

export const GOOD = Object.fromEntries(governanceFiles());

export const START = '2026-10-01T12:00:00Z';

/** The example's files with one text replaced by another. */
export function changed(path: string, from: string, to: string): Record<string, string> {
  const text = GOOD[path] ?? '';
  if (!text.includes(from)) throw new Error(`${path} does not hold ${from}`);
  return { [path]: text.replace(from, to) };
}

/** Gives the collaborator what runs jobs; takes the lead away; neither gives nor takes. */
export const GIVES = changed(`projects/${PROJECT}.yml`, 'roles: [collaborator]', 'roles: [developer]');

export let upstream: GitUpstream;

export const repository = 'northshire-research/root';

export let dir: string;

export let pinned: string;

export let clock: ReturnType<typeof fixedClock>;

/** The repository as every test finds it, and the folder of a zone that has taken its first version. */
let prepared: string;

beforeAll(async () => {
  upstream = await gitUpstream();
  prepared = mkdtempSync(join(tmpdir(), 'sallyport-root-'));
  dir = join(prepared, 'zone');
  clock = fixedClock(START);
  pinned = upstream.repository(repository, GOOD);
  expect(await (await open()).refresh()).toEqual({ changed: true });
  cpSync(bare(), join(prepared, 'upstream'), { recursive: true });
});

afterAll(async () => {
  await upstream.close();
  rmSync(prepared, { recursive: true, force: true });
});

beforeEach(() => {
  rmSync(bare(), { recursive: true });
  cpSync(join(prepared, 'upstream'), bare(), { recursive: true });
  dir = mkdtempSync(join(tmpdir(), 'sallyport-root-'));
  clock = fixedClock(START);
});

afterEach(() => {
  upstream.intercept = undefined;
  rmSync(dir, { recursive: true, force: true });
});

export const bare = (): string => join(upstream.root, `${repository}.git`);

export function git(...args: string[]): string {
  const env = {
    PATH: process.env['PATH'],
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_COMMITTER_NAME: 'S',
    GIT_COMMITTER_EMAIL: 's@example.edu',
  };
  return execFileSync('git', ['-C', bare(), ...args], {
    encoding: 'utf8',
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  }).trim();
}

/** As a signer does it: `git tag -s` with their SSH key. */
export function sign(who: Signer, commit: string, name = `${commit.slice(0, 8)}-${who}`): string {
  const config = ['-c', 'gpg.format=ssh', '-c', `user.signingKey=${join(keys, who)}`];
  git(...config, 'tag', '-s', '-f', '-m', 'approved', `approved/${name}`, commit);
  return `refs/tags/approved/${name}`;
}

export const signTwice = (commit: string): void =>
  ['ash', 'noor'].forEach((who) => void sign(who as Signer, commit));

export function open(changes: Partial<MirrorOptions> = {}): Promise<GovernanceMirror> {
  return openGovernanceMirror({
    dir,
    remote: `${upstream.origin}/${repository}`,
    branch: 'main',
    pinned,
    signers: { keys: signers.slice(0, 2), clock },
    logger,
    ...changes,
  });
}

/** A zone in which the pinned version is in force, as one that was there before. */
export function opened(): Promise<GovernanceMirror> {
  cpSync(join(prepared, 'zone'), dir, { recursive: true });
  return open();
}

/** Who may run jobs, as this zone sees it. */
export function runs(mirror: GovernanceMirror): string[] {
  const g = mirror.current();
  if (!g) return ['nothing is in force'];
  const at = Date.parse(START);
  return Object.entries(PEOPLE)
    .filter(
      ([, person]) =>
        mayRun(g, { person, project: PROJECT, backend: 'rehearsal', at })?.code !== 'run.not-a-member',
    )
    .filter(
      ([, person]) =>
        mayRun(g, { person, project: PROJECT, backend: 'rehearsal', at })?.code !== 'run.role-missing',
    )
    .map(([name]) => name);
}

export const WAITS = { refused: expect.objectContaining({ code: 'governance.unapproved' }) as unknown };

/** The stand-in for GitHub with an empty public log repository, a log in memory, and the steward that keeps one in the other. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fixedClock } from '../../src/lib/clock.ts';
import { createLogger } from '../../src/lib/logger.ts';
import type { LogSource, TrustedKeys } from '../../src/ledger/ledger.ts';
import { startSandbox, type Repo, type Sandbox } from '../../src/sandbox/github/github.ts';
import { walkTree } from '../../src/sandbox/github/git/edit.ts';
import { readStewardAppKey } from '../../src/steward/settings.ts';
import { StewardGitHub, type GitHubOptions } from '../../src/steward/github.ts';
import { KeptNote } from '../../src/steward/kept-note.ts';
import { BranchGitHub } from '../../src/steward/branch-github.ts';
import { keepPublicLog, type LogTask } from '../../src/steward/public-log.ts';
import { appKey } from './app-key.ts';
import { aSigner, MemoryLog, numbers, sourceOf } from './log.ts';

const ORG = 'northshire-research';
export const LOG_REPOSITORY = 9010;
export const json = (from: number, to: number): string[] =>
  numbers(from, to).map((n) => `{"body":{"event":"e"},"n":${n}}`);
export const aLog = (size: number): MemoryLog => new MemoryLog().append(...json(0, size));

export type PublicLogWorld = Awaited<ReturnType<typeof publicLogWorld>>;

export async function publicLogWorld() {
  const dir = mkdtempSync(join(tmpdir(), 'sallyport-public-log-'));
  const logger = createLogger('test', { level: 'silent' });
  const sandbox: Sandbox = await startSandbox({
    dataDir: join(dir, 'github'),
    logger,
    oneByOne: true,
    limits: {
      contentPerMinute: 100_000,
      contentPerHour: 100_000,
      pointsPerMinute: 1_000_000,
      primary: 1_000_000,
    },
    seed: {
      users: [{ login: 'olive-owner', id: 5550199 }],
      orgs: [{ login: ORG, id: 80001, members: { 'olive-owner': 'admin' } }],
      repos: [{ owner: ORG, name: 'public-log', id: LOG_REPOSITORY, private: false }],
      apps: [
        {
          slug: 'steward',
          id: 4712,
          owner: ORG,
          manifest: new URL('../../steward.yml', import.meta.url).pathname,
          privateKey: appKey('steward'),
          installations: [{ account: ORG }],
        },
      ],
    },
  });
  const clock = { now: () => Date.now() };
  const days = fixedClock('2027-03-01T09:00:00Z');
  let trusted: TrustedKeys = { current: [aSigner()] };
  const kept = join(dir, 'public-log-checkpoint');
  const repo = (): Repo => sandbox.state.repos.find(ORG, 'public-log')!;
  const git = () => sandbox.state.repos.git(repo());
  const owner = { kind: 'person' as const, user: sandbox.state.people.user('olive-owner')! };
  const stewardGitHub = (around?: GitHubOptions['around']): StewardGitHub =>
    new StewardGitHub({
      origin: sandbox.url,
      appId: 4712,
      key: readStewardAppKey(sandbox.apps['steward']!.privateKeyFile),
      clock,
      ...(around && { around }),
    });
  return {
    sandbox,
    repo,
    org: ORG,
    github: stewardGitHub,
    kept: new KeptNote(kept),
    /** The steward's clock, by which days are told. */
    days,
    trust: (keys: TrustedKeys) => void (trusted = keys),
    forget: () => rmSync(kept, { force: true }),
    /** One task, by a steward that was started for it. */
    async keep(task: LogTask, source: LogSource, around?: GitHubOptions['around']) {
      return keepPublicLog(
        {
          github: new BranchGitHub(stewardGitHub(around), ORG, 'log'),
          repository: LOG_REPOSITORY,
          log: source,
          address: 'https://hub.example.edu/log',
          trusted,
          kept: new KeptNote(kept),
          clock: days,
          logger,
        },
        task,
      );
    },
    /** The log as the hub would serve it, told to the steward as it is now. */
    async told(log: MemoryLog, entries = false, around?: GitHubOptions['around']) {
      return this.keep({ note: await log.checkpoint(), entries }, sourceOf(await log.files()), around);
    },
    /** Every file of the branch. */
    async files(): Promise<Map<string, string>> {
      const head = await git().commitAt(git().branch('main') ?? '');
      const found = new Map<string, string>();
      for (const { path, sha, mode } of head ? await walkTree(git(), head.tree, true) : [])
        if (mode === '100644') found.set(path, (await git().blob(sha))!.toString('utf8'));
      return found;
    },
    async write(path: string, text: string): Promise<void> {
      const files = new Map([[path, Buffer.from(text)]]);
      const done = await sandbox.state.repos.commitFiles(owner, repo(), {
        message: 'By hand',
        files,
        branch: 'main',
      });
      if ('failed' in done) throw new Error(done.message);
    },
    head: () => git().branch('main'),
    async moveBack(sha: string): Promise<void> {
      await sandbox.state.repos.moveRef(owner, repo(), 'refs/heads/main', sha, true);
    },
    async stop(): Promise<void> {
      await sandbox.stop();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

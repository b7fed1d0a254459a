/** Repositories that a steward may make public: one organisation on one sandbox, a fresh repository for each study. */
import { afterAll, beforeAll } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createPrivateKey } from 'node:crypto';
import type { Governance } from '../../src/governance/governance.ts';
import { createLogger } from '../../src/lib/logger.ts';
import { isRefusal } from '../../src/lib/refusal.ts';
import { startSandbox, type Repo, type Sandbox } from '../../src/sandbox/github/github.ts';
import { makePublic, type VisibilityResult } from '../../src/steward/make-public.ts';
import { type HistoryLimits } from '../../src/steward/history.ts';
import { Pins } from '../../src/steward/pins.ts';
import { StewardGitHub, type GitHubOptions } from '../../src/steward/steward.ts';
import { appKey } from './app-key.ts';
import { aGovernance, REPOSITORY } from './governance.ts';
import { LOGINS, ORG } from './world-seed.ts';
const APP = 4712;
const REPOS = 24;

export interface DueStudy {
  repo: Repo;
  g: Governance;
  opened: Pins;
  git(...args: string[]): string;
  /** Commits these files on a branch; null deletes. */
  commit(files: Record<string, string | null>, branch?: string): Promise<string>;
  ask(more?: {
    published?: boolean;
    start?: string | null;
    owner?: string;
    repository?: number;
    today?: string;
    limits?: HistoryLimits;
    around?: GitHubOptions['around'];
  }): Promise<VisibilityResult | string>;
}

export interface VisibilityWorld {
  dir: string;
  sandbox(): Sandbox;
  /** A repository of its own, first run on 2026-03-01 and so due on 2027-03-01; asked about on that day. */
  study(): DueStudy;
}

/** Call it once at the top of a suite. */
export function visibilityWorld(): VisibilityWorld {
  const dir = mkdtempSync(join(tmpdir(), 'sallyport-public-'));
  let sandbox: Sandbox;
  let next = 0;
  beforeAll(async () => {
    const repos = Array.from({ length: REPOS }, (_, at) => ({
      ...{ owner: ORG, name: `study-${at}`, id: REPOSITORY + at, private: true },
      files: { 'README.md': 'A study.\n', 'analysis/model.py': 'print(1)\n', 'codelists/ages.csv': 'code\n' },
      collaborators: { [LOGINS.lead]: 'write' as const },
    }));
    sandbox = await startSandbox({
      dataDir: join(dir, 'github'),
      logger: createLogger('sandbox', { level: 'silent' }),
      seed: {
        users: [{ login: LOGINS.lead, id: 5550101 }],
        orgs: [
          { login: ORG, id: 80001, base: 'read', members: { [LOGINS.lead]: 'member' } },
          { login: 'elsewhere', id: 80009, base: 'read', members: { [LOGINS.lead]: 'admin' } },
        ],
        repos: [...repos, { owner: ORG, name: 'reviews', id: 9005, private: true, files: { a: 'b' } }],
        apps: [
          {
            slug: 'steward',
            id: APP,
            owner: ORG,
            manifest: new URL('../../steward.yml', import.meta.url).pathname,
            privateKey: appKey('steward'),
            installations: [{ account: ORG }],
          },
        ],
      },
    });
  });
  afterAll(async () => {
    await sandbox.stop();
    rmSync(dir, { recursive: true, force: true });
  });

  function study(): DueStudy {
    const repo = sandbox.state.repos.find(ORG, `study-${next}`)!;
    next += 1;
    const { dir: bare } = sandbox.state.repos.git(repo);
    const g = aGovernance();
    g.projects[0]!.repos = [{ id: repo.id, visibility: 'private', extensions: [], cleared: [] }];
    const opened = new Pins(join(dir, `opened-${repo.id}.json`));
    const by = { kind: 'person', user: sandbox.state.people.user(LOGINS.lead)! } as const;
    const git = (...args: string[]): string =>
      execFileSync('git', args, {
        encoding: 'utf8',
        env: {
          ...{ PATH: process.env['PATH'], GIT_DIR: bare, HOME: dir, GIT_CONFIG_COUNT: '1' },
          ...{ GIT_CONFIG_KEY_0: 'advice.nestedTag', GIT_CONFIG_VALUE_0: 'false' },
          ...{ GIT_AUTHOR_NAME: 'A', GIT_AUTHOR_EMAIL: 'a@example.org' },
          ...{ GIT_COMMITTER_NAME: 'A', GIT_COMMITTER_EMAIL: 'a@example.org' },
        },
      }).trim();
    return {
      repo,
      g,
      opened,
      git,
      async commit(files, branch = 'main') {
        const store = sandbox.state.repos.git(repo);
        if (!store.branch(branch))
          await sandbox.state.repos.moveRef(by, repo, `refs/heads/${branch}`, store.branch('main')!, false);
        const all = new Map(Object.entries(files));
        const done = await sandbox.state.repos.commitFiles(by, repo, { message: 'Work', files: all, branch });
        if ('failed' in done) throw new Error(done.message);
        return done.sha;
      },
      async ask({
        published = false,
        start = '2026-03-01',
        owner = ORG,
        repository = repo.id,
        today = '2027-03-01',
        limits,
        around,
      } = {}) {
        // GitHub's tokens go by the real time; what is due goes by the day that is asked about.
        const github = new StewardGitHub({
          origin: sandbox.url,
          appId: APP,
          key: createPrivateKey(readFileSync(sandbox.apps['steward']!.privateKeyFile)),
          clock: { now: () => Date.now() },
          ...(around && { around }),
        });
        const parts = {
          github,
          clock: { now: () => Date.parse(`${today}T00:00:00Z`) },
          folder: (id: number) => join(dir, `scan-${id}`),
          opened,
          isPublished: () => published,
          isBarred: (id: number) => id === 9005,
          ...(limits && { limits }),
        };
        const answer = await makePublic(parts, g, { repository, owner, start });
        return isRefusal(answer) ? answer.code : answer;
      },
    };
  }
  return { dir, sandbox: () => sandbox, study };
}

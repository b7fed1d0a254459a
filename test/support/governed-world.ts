/**
 * A hub and a steward over the stand-in for GitHub, with a fork for proposals and people enough to approve: for
 * changes of governance from the wish to the effect.
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { OpenDatabase } from '../../src/db/open.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { newKeyPair, writePrivateKey } from '../../src/lib/keys.ts';
import { createLogger } from '../../src/lib/logger.ts';
import { isFailure, type Failure, type Repo, type Signed } from '../../src/sandbox/github/github.ts';
import { plant } from '../../src/sandbox/github/seed.ts';
import { stewardParts } from '../../src/steward.ts';
import { stewardSettings } from '../../src/steward/settings.ts';
import { stepOnce, type GitHubOptions, type StewardParts } from '../../src/steward/steward.ts';
import { appKey } from './app-key.ts';
import { governanceFiles } from './governance.ts';
import { aWorld, lasting, LOGINS, ORG, type World } from './world.ts';

export const FORK = 'governance-proposals';
export const PROPOSALS = 9106;
/** Further people of governance, registered and in the organisation. */
export const BOARD = { 'board-one': 5550141, 'board-two': 5550142, 'board-three': 5550143 } as const;
export type Approver = keyof typeof BOARD;

export interface GovernedWorld {
  world: World;
  /** A steward process: what it keeps is on disk, so that the next one finds what this one left. */
  steward(around?: GitHubOptions['around']): Promise<StewardParts>;
  /** The steward does what it is asked for, and everything that follows from it happens. */
  step(parts?: StewardParts): Promise<void>;
  governance(): Repo;
  fork(): Repo;
  /** Somebody of the sandbox, by login. */
  person(login: string): Signed;
  review(number: number, login: string, event?: string, commit?: string): Promise<number>;
  merge(number: number, login?: string): Promise<void>;
  /** A file of the governance repository's main branch. */
  text(path: string): Promise<string>;
  /** Merged by people, without us. */
  push(files: Record<string, string>): Promise<string>;
  stop(): Promise<void>;
}

/** The example, with the board and the fork in it; other texts by path. */
export function governedFiles(changes: Record<string, string> = {}): Map<string, string> {
  const files = governanceFiles();
  const board = Object.entries(BOARD);
  const person = ([login, id]: readonly [string, number]): string =>
    `- {id: ${id}, login: ${login}, name: ${login}, until: 2027-08-31}\n`;
  files.set('people.yml', files.get('people.yml')! + board.map(person).join(''));
  const member = ([, id]: readonly [string, number]): string =>
    `    - {id: ${id}, until: 2027-01-31, reason: board, ref: GOV-2}\n`;
  files.set('teams.yml', files.get('teams.yml')! + board.map(member).join(''));
  files.set(
    'deployment.yml',
    files
      .get('deployment.yml')!
      .replace('repos: {governance: 9001', `repos: {proposals: ${PROPOSALS}, governance: 9001`),
  );
  for (const [path, text] of Object.entries(changes)) files.set(path, text);
  return lasting(files);
}

export async function governedWorld(
  database: OpenDatabase,
  changes: Record<string, string> = {},
  more: Pick<Parameters<typeof aWorld>[0], 'more' | 'pages'> = {},
): Promise<GovernedWorld> {
  const dir = mkdtempSync(join(tmpdir(), 'sallyport-governed-'));
  const key = newKeyPair();
  writePrivateKey(join(dir, 'steward.key'), key);
  const world = await aWorld({
    database,
    governance: governedFiles(changes),
    hub: { stewardKeys: [key.publicText] },
    ...more,
  });
  const { state } = world.sandbox;
  const planted = await plant(state, {
    users: Object.entries(BOARD).map(([login, id]) => ({ login, id })),
    repos: [{ owner: ORG, name: FORK, id: PROPOSALS, forkOf: 'governance' }],
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
  });
  for (const [login, id] of Object.entries(BOARD)) {
    state.people.org(ORG)!.members.set(id, 'member');
    world.repo('governance').collaborators.set(state.people.user(login)!.id, 'write');
  }
  await state.idle();
  mkdirSync(join(dir, 'state'));
  const settings = stewardSettings.parse({
    github: {
      origin: world.sandbox.url,
      app_id: 4712,
      private_key_file: planted.apps['steward']!.privateKeyFile,
    },
    governance: { repository: 9001, owner: ORG, name: 'governance', commit: world.head('governance') },
    hub: { origin: world.hub.url },
    key_file: join(dir, 'steward.key'),
    state_dir: join(dir, 'state'),
    reviews: 'leave',
  });
  const steward = (around?: GitHubOptions['around']): Promise<StewardParts> =>
    stewardParts(settings, {
      clock: world.clock,
      githubClock: systemClock,
      logger: createLogger('steward', { level: process.env['WORLD_LOG'] ?? 'silent' }),
      ...(around && { around }),
    });
  const person = (login: string): Signed => {
    const user = state.people.user(login);
    if (!user) throw new Error(`no person ${login}`);
    return { kind: 'person', user };
  };
  const governance = (): Repo => world.repo('governance');
  const pull = (number: number) => {
    const found = state.pulls.find(governance(), number);
    if (!found) throw new Error(`no pull request ${number}`);
    return found;
  };
  let first: Promise<StewardParts> | undefined;
  return {
    world,
    steward,
    governance,
    fork: () => world.repo(FORK),
    person,
    async step(parts) {
      await world.settle();
      const own = parts ?? (await (first ??= steward()));
      while ((await stepOnce(own, 0)) > 0);
      await world.settle();
    },
    async review(number, login, event = 'APPROVE', commit) {
      const given = { event, body: event === 'APPROVE' ? null : 'No.', commit };
      return must(await state.reviews.submit(person(login), governance(), pull(number), given)).id;
    },
    async merge(number, login = LOGINS.governor) {
      must(await state.pulls.merge(person(login), governance(), pull(number), { method: 'merge' }));
      await world.settle();
    },
    async text(path) {
      const store = state.repos.git(governance());
      const commit = (await store.commitAt(world.head('governance')))!;
      const entry = await store.entry(commit.tree, path);
      return entry ? (await store.blob(entry.sha))!.toString('utf8') : '';
    },
    push: (files) => world.as('governor').push(files, { repo: 'governance' }),
    async stop() {
      await world.stop();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

function must<T>(value: T | Failure): T {
  if (isFailure(value)) throw new Error(`GitHub said ${value.status}: ${value.message}`);
  return value as T;
}

/**
 * A hub and a steward that really speak to each other, over the stand-in for GitHub: for what the steward does by
 * itself, and what the hub makes of it. A project is merged that has no repository yet.
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { OpenDatabase } from '../../src/db/open.ts';
import { refreshGovernance } from '../../src/github/github.ts';
import { newKeyPair, writePrivateKey } from '../../src/lib/keys.ts';
import { createLogger } from '../../src/lib/logger.ts';
import { plant } from '../../src/sandbox/github/seed.ts';
import type { Issue, Repo, Team } from '../../src/sandbox/github/github.ts';
import { stewardParts } from '../../src/steward.ts';
import { ProjectRounds, type StewardParts, type StewardSettings } from '../../src/steward/steward.ts';
import { appKey } from './app-key.ts';
import { governanceFiles, PEOPLE } from './governance.ts';
import { lasting, LOGINS, ORG, aWorld, type World } from './world.ts';

export const NEW = 'ns-2026-020';
export const TEMPLATE = 9004;
export const STEWARD_APP = 4712;

/** Days are of the tests' own clock. */
export interface NewProject {
  support?: string;
  access?: string;
  conditions?: string;
  status?: string;
  repos?: string;
  collaborator?: string;
}

const projectText = (changes: NewProject): string => `id: ${NEW}
number: NS-2026-020
title: Free meals and attendance
summary: Whether free meals bring pupils to school.
orgs: {lead: riverside-university, others: []}
type: [research]
approval:
  state: approved_with_conditions
  on: 2026-03-01
  conditions: ${changes.conditions ?? '[{id: c1, text: Ethics letter, met_on: null, blocks: [run]}]'}
copilot: {id: ${PEOPLE.copilot}, support_until: ${changes.support ?? '2127-01-15'}, access_until: ${changes.access ?? '2127-02-28'}}
status: ${changes.status ?? 'ongoing'}
until: 2127-02-28
backends: [attainment]
repos: ${changes.repos ?? '[]'}
members:
  - {id: ${PEOPLE.lead}, roles: [lead, developer], until: 2127-02-28, reason: applicant, ref: GOV-140}
  - {id: ${PEOPLE.collaborator}, roles: [collaborator], until: ${changes.collaborator ?? '2127-02-28'}, reason: writes up, ref: GOV-142}
`;

export interface ProvisionWorld {
  world: World;
  steward(): Promise<StewardParts>;
  /** The steward looks at everything that is due, and tells the hub; then all comes to rest. */
  look(parts?: StewardParts): Promise<ProjectRounds>;
  /** Merges this project file, other policies or teams, and takes it into use. */
  merge(project?: NewProject, more?: Record<string, string>): Promise<void>;
  files(project?: NewProject): Map<string, string>;
  made(): Repo | undefined;
  team(slug: string): Team | undefined;
  /** The issue of the App with this mark. */
  issue(repo: Repo | undefined, mark: string): Issue | undefined;
  stop(): Promise<void>;
}

export async function provisionWorld(database: OpenDatabase): Promise<ProvisionWorld> {
  const dir = mkdtempSync(join(tmpdir(), 'sallyport-provision-'));
  const key = newKeyPair();
  writePrivateKey(join(dir, 'steward.key'), key);
  const files = (project: NewProject = {}): Map<string, string> => {
    const all = lasting(governanceFiles());
    all.set(`projects/${NEW}.yml`, projectText(project));
    const deployment = all.get('deployment.yml')!;
    all.set(
      'deployment.yml',
      deployment.replace('repos: {governance: 9001', `repos: {template: ${TEMPLATE}, governance: 9001`),
    );
    return all;
  };
  const world = await aWorld({
    database,
    governance: files(),
    hub: { stewardKeys: [key.publicText] },
  });
  const { state } = world.sandbox;
  const planted = await plant(state, {
    users: [{ login: 'olive-owner', id: 5550199 }],
    orgs: [{ login: ORG, id: 80001, members: { 'olive-owner': 'admin' } }],
    repos: [
      {
        owner: ORG,
        name: 'template',
        id: TEMPLATE,
        private: true,
        template: true,
        files: { 'README.md': '# A study\n', 'project.yaml': "version: '4.0'\nactions: {}\n" },
      },
    ],
    apps: [
      {
        slug: 'steward',
        id: STEWARD_APP,
        owner: ORG,
        manifest: new URL('../../steward.yml', import.meta.url).pathname,
        privateKey: appKey('steward'),
        installations: [{ account: ORG }],
      },
    ],
  });
  // As the governance repository asks for itself.
  await state.idle();
  const org = state.people.org(ORG)!;
  org.base = 'none';
  mkdirSync(join(dir, 'state'));
  const settings: StewardSettings = {
    github: {
      origin: world.sandbox.url,
      app_id: STEWARD_APP,
      private_key_file: planted.apps['steward']!.privateKeyFile,
    },
    governance: {
      repository: 9001,
      owner: ORG,
      name: 'governance',
      branch: 'main',
      commit: world.head('governance'),
    },
    hub: { origin: world.hub.url },
    key_file: join(dir, 'steward.key'),
    state_dir: join(dir, 'state'),
    reviews: 'leave',
    projects: 'keep',
    log: 'info',
  };
  const steward = (): Promise<StewardParts> =>
    stewardParts(settings, {
      clock: world.clock,
      logger: createLogger('steward', { level: process.env['WORLD_LOG'] ?? 'silent' }),
    });
  const repos = state.repos;
  return {
    world,
    steward,
    files,
    async look(parts) {
      const own = parts ?? (await steward());
      const rounds = new ProjectRounds({ ...own.keep, hub: own.hub, governance: own.governance });
      await rounds.look();
      await world.settle();
      return rounds;
    },
    async merge(project = {}, more = {}) {
      const governor = { kind: 'person', user: state.people.user(LOGINS.governor)! } as const;
      const all = new Map([...files(project), ...Object.entries(more)]);
      const done = await repos.commitFiles(governor, world.repo('governance'), {
        message: 'A change',
        files: all,
      });
      if ('failed' in done) throw new Error(done.message);
      await refreshGovernance(world.hub.room);
      await world.settle();
    },
    made: () => repos.find(ORG, NEW),
    team: (slug) => org.teams.get(slug),
    issue: (repo, mark) => [...(repo?.issues.values() ?? [])].find(({ body }) => body?.startsWith(mark)),
    async stop() {
      await world.stop();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

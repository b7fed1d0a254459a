/**
 * The whole way from an approved publication to GitHub: the stand-in for GitHub with the steward's App, the
 * hub's door over a database, and the steward, stepped by hand. Signatures, HTTP, git and files are real.
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import express from 'express';
import { repositories } from '../../src/db/schema/github.ts';
import type { OpenDatabase } from '../../src/db/open.ts';
import { Signals } from '../../src/jobs/jobs.ts';
import { newKeyPair, writePrivateKey } from '../../src/lib/keys.ts';
import { createLogger } from '../../src/lib/logger.ts';
import {
  decidePublication,
  publicationById,
  requestPublication,
  retryEditions,
  STEWARD_SIGNAL,
  stewardRoutes,
  type FileRef,
  type PublicationRequest,
  type PublicationView,
} from '../../src/publication/publication.ts';
import {
  startSandbox,
  type SandboxSeed,
  type Release,
  type Repo,
  type Sandbox,
  type Signed,
} from '../../src/sandbox/github/github.ts';
import { stewardParts } from '../../src/steward.ts';
import {
  stepOnce,
  type GitHubOptions,
  type StewardParts,
  type StewardSettings,
} from '../../src/steward/steward.ts';
import { appKey } from './app-key.ts';
import { aGovernance, REPOSITORY } from './governance.ts';
import { listen } from './zone.ts';
import {
  must,
  FILES,
  OWNER,
  publicationDeps,
  publicationFiles,
  PUBLIC_STUDY,
  RELEASE,
  WHO,
  type PlantedFile,
  type TestDeps,
} from './publication.ts';
import { lasting, LOGINS, ORG, PROJECT_YAML, STUDY } from './world-seed.ts';

export const STEWARD_APP = 4712;
const quiet = (name: string) => createLogger(name, { level: process.env['WORLD_LOG'] ?? 'silent' });

const lastingFiles = (): Map<string, string> => lasting(publicationFiles());

export interface StewardWorld {
  sandbox: Sandbox;
  deps: TestDeps;
  hubOrigin: string;
  settings: StewardSettings;
  /** Where the files of the study were made. */
  commit: string;
  study(): Repo;
  /** A steward process: settings and mirror on disk, so that the next one finds what this one left. */
  steward(around?: GitHubOptions['around']): Promise<StewardParts>;
  step(parts?: StewardParts): Promise<number>;
  /** What the zone sent, made at the study's commit. */
  released(files?: readonly PlantedFile[], changes?: Parameters<TestDeps['releases']['add']>[1]): void;
  /** What held the steward back is over: it is asked again now. */
  again(): Promise<void>;
  /** Asked for and approved. */
  approved(files?: number[]): Promise<PublicationView>;
  /** The same, of several releases. */
  approvedSet(files: readonly FileRef[]): Promise<PublicationView>;
  view(id: string): Promise<PublicationView>;
  releases(): Release[];
  asset(release: Release, name: string): Promise<Buffer>;
  lead(): Signed;
  work: string;
  stop(): Promise<void>;
}

/** Files may name their own `commit`; the study's first commit stands for `STUDY_COMMIT`. */
export async function stewardWorld(
  database: OpenDatabase,
  study: Record<string, string> = {},
): Promise<StewardWorld> {
  const dir = mkdtempSync(join(tmpdir(), 'sallyport-steward-'));
  const sandbox = await startSandbox({
    dataDir: join(dir, 'github'),
    logger: quiet('sandbox'),
    oneByOne: true,
    limits: {
      contentPerMinute: 100_000,
      contentPerHour: 100_000,
      pointsPerMinute: 1_000_000,
      primary: 1_000_000,
    },
    seed: seed(study),
  });
  const repo = (): Repo => sandbox.state.repos.find(ORG, STUDY)!;
  const head = (name: string): string =>
    sandbox.state.repos.git(sandbox.state.repos.find(ORG, name)!).branch('main')!;
  const commit = head(STUDY);
  const deps = publicationDeps(database, aGovernance(lastingFiles()));
  // GitHub and its tokens go by the real time.
  deps.clock = { now: () => Date.now(), advance: () => undefined };
  await database.db.insert(repositories).values({
    ...{ id: REPOSITORY, owner: ORG, name: STUDY, installationId: 1, private: false, updatedAt: 0 },
  });
  const key = newKeyPair();
  writePrivateKey(join(dir, 'steward.key'), key);
  const { server, origin } = await hub(deps, key.publicKey);
  const state = join(dir, 'steward');
  mkdirSync(state);
  const pinned = head('governance');
  const settings: StewardSettings = {
    github: {
      origin: sandbox.url,
      app_id: STEWARD_APP,
      private_key_file: sandbox.apps['steward']!.privateKeyFile,
    },
    governance: { repository: 9001, owner: ORG, name: 'governance', branch: 'main', commit: pinned },
    hub: { origin },
    key_file: join(dir, 'steward.key'),
    state_dir: state,
    reviews: 'keep',
    projects: 'leave',
    log: 'info',
  };
  const steward = (around?: GitHubOptions['around']): Promise<StewardParts> =>
    stewardParts(settings, { clock: deps.clock, logger: quiet('steward'), ...(around && { around }) });
  let first: Promise<StewardParts> | undefined;
  const approve = async (ask: Pick<PublicationRequest, 'of' | 'files'>): Promise<PublicationView> => {
    const both = { repository: PUBLIC_STUDY };
    const asked = must(await requestPublication(deps, { ...ask, ...both, actor: WHO.author }));
    const said = { publication: asked.id, actor: WHO.publisher, decision: 'approve' as const, owner: OWNER };
    return must(await decidePublication(deps, { ...said, ...both }));
  };
  return {
    sandbox,
    deps,
    hubOrigin: origin,
    settings,
    commit,
    study: repo,
    steward,
    step: async (parts) => stepOnce(parts ?? (await (first ??= steward())), 0),
    released: (files = FILES, changes = {}) =>
      void deps.releases.add(
        files.map((file) => ({ ...file, madeBy: { commit, ...file.madeBy } })),
        changes,
      ),
    again: () => retryEditions(deps, REPOSITORY),
    approved: (files) => approve({ of: { release: RELEASE }, ...(files && { files }) }),
    approvedSet: (files) => approve({ of: { files } }),
    view: async (id) => (await publicationById(deps, id))!,
    releases: () => [...repo().releases.values()],
    async asset(release, name) {
      const found = [...release.assets.values()].find((asset) => asset.name === name);
      if (!found) throw new Error(`no asset ${name}`);
      return readFile(sandbox.state.releases.assets.file(found));
    },
    lead: () => ({ kind: 'person', user: sandbox.state.people.user(LOGINS.lead)! }),
    work: join(state, 'work'),
    async stop() {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
      await sandbox.stop();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

async function hub(
  deps: TestDeps,
  key: ReturnType<typeof newKeyPair>['publicKey'],
): Promise<{ server: Server; origin: string }> {
  const app = express();
  const signals = new Signals();
  const wake = deps.wake;
  deps.wake = () => {
    wake();
    signals.wake(STEWARD_SIGNAL);
  };
  const door = {
    ...deps,
    governance: () => deps.governed,
    logger: quiet('hub'),
    signals,
    keys: [key],
    audience: '',
  };
  app.use(stewardRoutes(door));
  const server = createServer(app);
  door.audience = await listen(server);
  return { server, origin: door.audience };
}

function seed(study: Record<string, string>): SandboxSeed {
  const people = Object.entries(LOGINS);
  const ids = {
    lead: WHO.lead,
    collaborator: WHO.collaborator,
    checker: WHO.checker,
    governor: WHO.governor,
    copilot: WHO.copilot,
    stranger: WHO.stranger,
  };
  return {
    users: people.map(([role, login]) => ({ login, id: ids[role as keyof typeof ids] })),
    orgs: [
      {
        login: ORG,
        id: 80001,
        base: 'read' as const,
        members: Object.fromEntries(people.map(([, login]) => [login, 'member' as const])),
      },
    ],
    repos: [
      {
        owner: ORG,
        name: 'governance',
        id: 9001,
        files: Object.fromEntries(lastingFiles()),
        collaborators: { [LOGINS.governor]: 'write' as const },
      },
      {
        owner: ORG,
        name: STUDY,
        id: REPOSITORY,
        private: false,
        files: { 'project.yaml': PROJECT_YAML, ...study },
        collaborators: { [LOGINS.lead]: 'write' as const },
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
  };
}

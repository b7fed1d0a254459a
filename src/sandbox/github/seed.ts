/**
 * The world to begin with, as plain data: in TypeScript for tests, as YAML or JSON for a separate
 * process. Planting is idempotent: what is there already (by name) is kept, only where webhooks go and
 * what an App asks for follow the seed. Planting in an empty folder emits nothing.
 */
import { createPublicKey, generateKeyPairSync, randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { refusal, Refused } from '../../lib/refusal.ts';
import type { Manifest } from './state/apps.ts';
import { isFailure } from './state/failure.ts';
import { LEVELS, type App, type Permissions, type Repo, type User } from './state/model.ts';
import type { SandboxState } from './state/state.ts';

const id = z.int().positive();
const level = z.enum(LEVELS);

const Manifest = z.object({
  name: z.string().optional(),
  description: z.string().optional(),
  url: z.string().optional(),
  default_permissions: z.record(z.string(), z.string()).optional(),
  default_events: z.array(z.string()).optional(),
  callback_urls: z.array(z.string()).optional(),
});

export const SandboxSeed = z.strictObject({
  users: z.array(
    z.strictObject({
      login: z.string(),
      id: id.optional(),
      name: z.string().optional(),
      email: z.string().optional(),
      /** Given, or made. */
      token: z.string().optional(),
    }),
  ),
  orgs: z
    .array(
      z.strictObject({
        login: z.string(),
        id: id.optional(),
        name: z.string().optional(),
        /** What every member may do in every repository. Default read. */
        base: level.optional(),
        members: z.record(z.string(), z.enum(['admin', 'member'])),
        teams: z
          .array(
            z.strictObject({
              slug: z.string(),
              id: id.optional(),
              name: z.string().optional(),
              description: z.string().optional(),
              members: z.record(z.string(), z.enum(['member', 'maintainer'])).optional(),
              /** Repository name → level. */
              repos: z.record(z.string(), level).optional(),
            }),
          )
          .optional(),
      }),
    )
    .optional(),
  repos: z
    .array(
      z.strictObject({
        owner: z.string(),
        name: z.string(),
        id: id.optional(),
        private: z.boolean().optional(),
        /** Others may be generated from it. */
        template: z.boolean().optional(),
        /** Name of a repository of the same owner, planted before, that it is a fork of. */
        forkOf: z.string().optional(),
        description: z.string().optional(),
        defaultBranch: z.string().optional(),
        /** First commit: path → text. */
        files: z.record(z.string(), z.string()).optional(),
        /** First commit: what is in this folder. `files` goes on top. */
        folder: z.string().optional(),
        message: z.string().optional(),
        /** Login of the first commit's author; default the first user. */
        author: z.string().optional(),
        collaborators: z.record(z.string(), level).optional(),
        labels: z
          .array(
            z.strictObject({
              name: z.string(),
              color: z.string().optional(),
              description: z.string().optional(),
            }),
          )
          .optional(),
      }),
    )
    .optional(),
  apps: z
    .array(
      z.strictObject({
        slug: z.string(),
        id: id.optional(),
        owner: z.string(),
        /** Path of an `app.yml`, or what stands in it. */
        manifest: z.union([z.string(), Manifest]),
        webhook: z.strictObject({ url: z.string(), secret: z.string() }).optional(),
        /** PEM file (RSA, private). Made in the data folder when absent. */
        privateKey: z.string().optional(),
        /** Given, or made and kept in the data folder. */
        clientSecret: z.string().optional(),
        /** Instead of the manifest's `callback_urls`. */
        callbackUrls: z.array(z.string()).optional(),
        installations: z
          .array(
            z.strictObject({
              account: z.string(),
              id: id.optional(),
              /** Names; absent: all. */
              repositories: z.array(z.string()).optional(),
              /** What was consented to; absent: all that the App asks for. */
              permissions: z.record(z.string(), z.enum(['read', 'write', 'admin'])).optional(),
            }),
          )
          .optional(),
      }),
    )
    .optional(),
});
export type SandboxSeed = z.infer<typeof SandboxSeed>;

/** What the seed leads to and cannot be read from the state: secrets. */
export interface Planted {
  /** Login → personal token. */
  tokens: Record<string, string>;
  /** Slug → what its owner would keep. */
  apps: Record<
    string,
    {
      id: number;
      clientId: string;
      clientSecret: string;
      privateKeyFile: string;
      webhookSecret: string | null;
    }
  >;
}

/** A seed file; paths in it are relative to it. */
export function readSeed(file: string): SandboxSeed {
  const read = SandboxSeed.safeParse(parse(readFileSync(file, 'utf8')));
  if (!read.success) throw broken(`The seed ${file} is not valid: ${z.prettifyError(read.error)}`);
  const from = (path: string): string => resolve(dirname(file), path);
  const seed = read.data;
  for (const repo of seed.repos ?? []) if (repo.folder) repo.folder = from(repo.folder);
  for (const app of seed.apps ?? []) {
    if (typeof app.manifest === 'string') app.manifest = from(app.manifest);
    if (app.privateKey) app.privateKey = from(app.privateKey);
  }
  return seed;
}

export function readManifest(file: string): Manifest {
  const read = Manifest.safeParse(parse(readFileSync(file, 'utf8')));
  if (!read.success) throw broken(`The manifest ${file} is not valid: ${z.prettifyError(read.error)}`);
  return read.data;
}

export async function plant(state: SandboxState, seed: SandboxSeed): Promise<Planted> {
  const planted: Planted = { tokens: {}, apps: {} };
  for (const given of seed.users) {
    const user = state.people.user(given.login) ?? state.people.addUser(given.login, given);
    planted.tokens[user.login] = tokenOf(state, user, given.token);
  }
  for (const given of seed.orgs ?? []) {
    const org = state.people.org(given.login) ?? state.people.addOrg(given.login, given);
    for (const [login, role] of Object.entries(given.members)) {
      if (!org.members.has(person(state, login).id)) org.members.set(person(state, login).id, role);
    }
  }
  for (const given of seed.repos ?? []) await plantRepo(state, given, seed.users[0]?.login);
  plantTeams(state, seed);
  for (const given of seed.apps ?? []) planted.apps[given.slug] = plantApp(state, given);
  state.touch();
  return planted;
}

function plantTeams(state: SandboxState, seed: SandboxSeed): void {
  for (const given of seed.orgs ?? []) {
    const org = state.people.org(given.login);
    for (const one of given.teams ?? []) {
      if (!org || org.teams.has(one.slug)) continue;
      const team = state.people.addTeam(org, one.slug, one);
      for (const [login, role] of Object.entries(one.members ?? {}))
        team.members.set(person(state, login).id, role);
      for (const [name, granted] of Object.entries(one.repos ?? {})) {
        const repo = state.repos.find(given.login, name);
        if (!repo) throw broken(`Team ${one.slug} names the unknown repository ${given.login}/${name}.`);
        team.repos.set(repo.id, granted);
      }
    }
  }
}

type RepoSeed = NonNullable<SandboxSeed['repos']>[number];

async function plantRepo(state: SandboxState, given: RepoSeed, firstUser: string | undefined): Promise<Repo> {
  const known = state.repos.find(given.owner, given.name);
  if (known) return known;
  const owner = state.people.accountNamed(given.owner);
  if (!owner) throw broken(`Repository ${given.name} belongs to the unknown account ${given.owner}.`);
  if (given.forkOf !== undefined) {
    const source = state.repos.find(given.owner, given.forkOf);
    if (!source) throw broken(`Repository ${given.name} is a fork of the unknown ${given.forkOf}.`);
    const fork = await state.forks.make(source, owner, {
      name: given.name,
      ...(given.id && { id: given.id }),
    });
    if (isFailure(fork)) throw broken(`Repository ${given.name} could not be forked: ${fork.message}`);
    return fork;
  }
  const repo = await state.repos.add(owner, given.name, given);
  if (given.template) repo.isTemplate = true;
  for (const [login, granted] of Object.entries(given.collaborators ?? {}))
    repo.collaborators.set(person(state, login).id, granted);
  for (const label of given.labels ?? [])
    state.issues.label(repo, label.name, label.color, label.description ?? null);
  const files = new Map<string, Uint8Array | string>(given.folder ? filesBelow(given.folder) : []);
  for (const [path, text] of Object.entries(given.files ?? {})) files.set(path, text);
  if (files.size === 0) return repo;
  const user = person(state, given.author ?? firstUser ?? '');
  const message = given.message ?? 'Initial commit';
  const done = await state.repos.commitFiles({ kind: 'person', user }, repo, {
    message,
    files,
    quietly: true,
  });
  if (isFailure(done)) throw broken(`Repository ${given.name} could not be filled: ${done.message}`);
  return repo;
}

function filesBelow(folder: string): [string, Uint8Array][] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => join(folder, name))
    .filter((file) => statSync(file).isFile() && !relative(folder, file).split('/').includes('.git'))
    .sort()
    .map((file) => [relative(folder, file), readFileSync(file)]);
}

type AppSeed = NonNullable<SandboxSeed['apps']>[number];

function plantApp(state: SandboxState, given: AppSeed): Planted['apps'][string] {
  const written = typeof given.manifest === 'string' ? readManifest(given.manifest) : given.manifest;
  const manifest = given.callbackUrls ? { ...written, callback_urls: given.callbackUrls } : written;
  const keyFile = given.privateKey ?? ownKey(state, given.slug);
  const app = state.apps.named(given.slug) ?? addApp(state, given, manifest, keyFile);
  if (given.webhook) state.apps.setWebhook(app, given.webhook);
  const clientSecret = given.clientSecret ?? ownSecret(state, given.slug);
  state.apps.setClientSecret(app, clientSecret);
  const no = state.apps.changeManifest(app, manifest);
  if (no) throw broken(`${no.message}: ${(no.errors ?? []).join('; ')}`);
  for (const one of given.installations ?? []) {
    const account = state.people.accountNamed(one.account);
    if (!account) throw broken(`${given.slug} is installed on the unknown account ${one.account}.`);
    if (state.apps.find(app, account.id)) continue;
    const repositories = one.repositories?.map((name) => {
      const repo = state.repos.find(one.account, name);
      if (!repo) throw broken(`${given.slug} is installed on the unknown repository ${one.account}/${name}.`);
      return repo.id;
    });
    state.apps.install(app, account.id, {
      id: one.id,
      repositories,
      permissions: one.permissions as Permissions | undefined,
      quietly: true,
    });
  }
  return {
    id: app.id,
    clientId: app.clientId,
    clientSecret,
    privateKeyFile: keyFile,
    webhookSecret: app.webhook?.secret ?? null,
  };
}

function addApp(state: SandboxState, given: AppSeed, manifest: Manifest, keyFile: string): App {
  const owner = state.people.accountNamed(given.owner);
  if (!owner) throw broken(`App ${given.slug} belongs to the unknown account ${given.owner}.`);
  const publicKeyPem = createPublicKey(readFileSync(keyFile))
    .export({ type: 'spki', format: 'pem' })
    .toString();
  const app = state.apps.add(given.slug, {
    id: given.id,
    owner: owner.id,
    manifest,
    publicKeyPem,
    webhook: given.webhook,
  });
  if (isFailure(app)) throw broken(`${app.message}: ${(app.errors ?? []).join('; ')}`);
  return app;
}

function ownKey(state: SandboxState, slug: string): string {
  const file = join(state.dataDir, 'apps', `${slug}.pem`);
  if (existsSync(file)) return file;
  mkdirSync(dirname(file), { recursive: true });
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  writeFileSync(file, privateKey.export({ type: 'pkcs1', format: 'pem' }), { mode: 0o600 });
  return file;
}

function ownSecret(state: SandboxState, slug: string): string {
  const file = join(state.dataDir, 'apps', `${slug}.client-secret`);
  if (existsSync(file)) return readFileSync(file, 'utf8');
  const secret = randomBytes(20).toString('hex');
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, secret, { mode: 0o600 });
  return secret;
}

function tokenOf(state: SandboxState, user: User, given: string | undefined): string {
  for (const [token, held] of state.data.tokens) {
    if (held.kind === 'person' && held.user === user.id && (given === undefined || token === given))
      return token;
  }
  return state.apps.personToken(user, given);
}

function person(state: SandboxState, login: string): User {
  const user = state.people.user(login);
  if (!user) throw broken(`The seed names the unknown person "${login}".`);
  return user;
}

function broken(says: string): Refused {
  return new Refused(refusal('sandbox.seed', says, 'Correct the seed.'));
}

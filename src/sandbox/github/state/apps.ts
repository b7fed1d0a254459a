/** Apps, what was consented to when they were installed, and their tokens. */
import { createPublicKey, randomBytes } from 'node:crypto';
import { sha256 } from '../../../lib/hash.ts';
import { fail, isFailure, notFound, type Failure } from './failure.ts';
import {
  accessAtLeast,
  type Access,
  type Actor,
  type App,
  type Installation,
  type Permissions,
  type Repo,
  type Token,
  type User,
} from './model.ts';
import type { SandboxState } from './state.ts';
import { callbackFaults, manifestFaults } from './subscriptions.ts';

/** The parts of an App manifest (`app.yml`) that GitHub acts on. */
export interface Manifest {
  name?: string;
  description?: string;
  url?: string;
  default_permissions?: Record<string, string>;
  default_events?: string[];
  callback_urls?: string[];
}

const TOKEN_LIFE_MS = 3_600_000;
const MOST_NARROWED = 500;

export class Apps {
  readonly #state: SandboxState;
  tokenLifeMs = TOKEN_LIFE_MS;

  constructor(state: SandboxState) {
    this.#state = state;
  }

  add(
    slug: string,
    options: {
      id?: number;
      owner: number;
      manifest: Manifest;
      publicKeyPem: string;
      webhook?: { url: string; secret: string };
    },
  ): App | Failure {
    const { manifest } = options;
    const faults = allFaults(manifest);
    if (faults.length > 0) return fail(422, `The manifest of ${slug} is not valid`, faults);
    const now = this.#state.clock.now();
    const bot = this.#state.people.addUser(`${slug}[bot]`, { type: 'Bot' });
    const id = this.#state.takeId(options.id);
    const app: App = {
      id,
      slug,
      name: manifest.name ?? slug,
      clientId: `Iv23sb${String(id).padStart(14, '0')}`,
      description: manifest.description ?? null,
      url: manifest.url ?? this.#state.url,
      owner: options.owner,
      bot: bot.id,
      permissions: asked(manifest),
      events: [...(manifest.default_events ?? [])],
      callbackUrls: [...(manifest.callback_urls ?? [])],
      webhook: options.webhook ?? null,
      publicKey: createPublicKey(options.publicKeyPem).export({ type: 'spki', format: 'pem' }).toString(),
      createdAt: now,
      updatedAt: now,
    };
    this.#state.data.apps.set(id, app);
    this.#state.touch();
    return app;
  }

  named(slug: string): App | undefined {
    return [...this.#state.data.apps.values()].find((app) => app.slug === slug);
  }

  /** Where its webhooks go from now on; queued and recorded ones keep their place. */
  setWebhook(app: App, webhook: { url: string; secret: string } | null): void {
    app.webhook = webhook;
    app.updatedAt = this.#state.clock.now();
    this.#state.touch();
  }

  setClientSecret(app: App, secret: string): void {
    app.clientSecretHash = sha256(secret);
    this.#state.touch();
  }

  /** Where people may be sent after they agreed, as its owner sets it. */
  setCallbacks(app: App, urls: readonly string[]): Failure | undefined {
    const faults = callbackFaults(urls);
    if (faults.length > 0) return fail(422, `The callback URLs of ${app.slug} are not valid`, faults);
    app.callbackUrls = [...urls];
    this.#state.touch();
    return undefined;
  }

  /** The App asks for something else. Installations keep what they consented to until `accept`. */
  changeManifest(app: App, manifest: Manifest): Failure | undefined {
    const faults = allFaults(manifest);
    if (faults.length > 0) return fail(422, `The manifest of ${app.slug} is not valid`, faults);
    app.permissions = asked(manifest);
    app.events = [...(manifest.default_events ?? [])];
    app.callbackUrls = [...(manifest.callback_urls ?? [])];
    app.updatedAt = this.#state.clock.now();
    this.#state.touch();
    return undefined;
  }

  install(
    app: App,
    account: number,
    options: {
      id?: number;
      repositories?: 'all' | number[];
      permissions?: Permissions;
      by?: User | null;
      quietly?: boolean;
    } = {},
  ): Installation {
    const now = this.#state.clock.now();
    const installation: Installation = {
      id: this.#state.takeId(options.id),
      app: app.id,
      account,
      repositories: options.repositories ?? 'all',
      permissions: { ...(options.permissions ?? app.permissions), metadata: 'read' },
      events: [...app.events],
      createdAt: now,
      updatedAt: now,
      suspendedAt: null,
      suspendedBy: null,
    };
    this.#state.data.installations.set(installation.id, installation);
    this.#state.touch();
    if (options.quietly) return installation;
    const repositories = [...this.#state.data.repos.values()].filter((repo) =>
      this.covers(installation, repo),
    );
    this.#emit('created', installation, options.by, {
      repositories: repositories.map((repo) => this.#state.present.repoName(repo)),
    });
    return installation;
  }

  uninstall(installation: Installation, by?: User | null): void {
    this.#emit('deleted', installation, by, {});
    this.#state.data.installations.delete(installation.id);
    for (const [token, held] of this.#state.data.tokens) {
      if (held.installation === installation.id) this.#state.data.tokens.delete(token);
    }
    this.#state.touch();
  }

  /** The owner agrees to what the App asks for now. */
  accept(installation: Installation, by?: User | null): void {
    const app = this.#state.data.apps.get(installation.app);
    if (!app) return;
    installation.permissions = { ...app.permissions };
    installation.events = [...app.events];
    this.#emit('new_permissions_accepted', installation, by, {});
  }

  setSuspended(installation: Installation, suspended: boolean, by?: User | null): void {
    if ((installation.suspendedAt !== null) === suspended) return;
    installation.suspendedAt = suspended ? this.#state.clock.now() : null;
    installation.suspendedBy = suspended ? (this.#sender(installation, by)?.id ?? null) : null;
    this.#emit(suspended ? 'suspend' : 'unsuspend', installation, by, {});
  }

  /** Emits `installation_repositories`. */
  setRepositories(installation: Installation, repositories: 'all' | number[], by?: User | null): void {
    const all = [...this.#state.data.repos.values()];
    const before = new Set(all.filter((repo) => this.covers(installation, repo)));
    installation.repositories = repositories;
    const after = new Set(all.filter((repo) => this.covers(installation, repo)));
    const added = [...after].filter((repo) => !before.has(repo));
    const removed = [...before].filter((repo) => !after.has(repo));
    const names = (list: Repo[]): unknown[] => list.map((repo) => this.#state.present.repoName(repo));
    for (const [action, list] of [
      ['added', added],
      ['removed', removed],
    ] as const) {
      if (list.length === 0) continue;
      this.#emit(
        action,
        installation,
        by,
        {
          repository_selection: repositories === 'all' ? 'all' : 'selected',
          repositories_added: action === 'added' ? names(added) : [],
          repositories_removed: action === 'removed' ? names(removed) : [],
          requester: null,
        },
        'installation_repositories',
      );
    }
  }

  of(app: App): Installation[] {
    return [...this.#state.data.installations.values()].filter((one) => one.app === app.id);
  }

  find(app: App, account: number): Installation | undefined {
    return this.of(app).find((one) => one.account === account);
  }

  /** Selection only; suspension is asked separately because its answer differs. */
  covers(installation: Installation, repo: Repo): boolean {
    if (installation.account !== repo.owner) return false;
    return installation.repositories === 'all' || installation.repositories.includes(repo.id);
  }

  /** A token for an installation, at most as strong as what was consented to. */
  mint(
    installation: Installation,
    wish: {
      permissions?: Record<string, string>;
      repositories?: readonly string[];
      repositoryIds?: readonly number[];
    },
  ): { token: string; held: Token; repos: Repo[] | null } | Failure {
    if (installation.suspendedAt !== null) return fail(403, 'This installation has been suspended');
    const app = this.#state.data.apps.get(installation.app);
    if (!app) return notFound();
    const permissions = this.#narrowed(installation, wish.permissions);
    if (isFailure(permissions)) return permissions;
    const repos = this.#named(installation, wish);
    if (isFailure(repos)) return repos;
    const held: Token = {
      kind: 'installation',
      user: app.bot,
      installation: installation.id,
      permissions,
      repositories: repos?.map((repo) => repo.id) ?? null,
      expiresAt: this.#state.clock.now() + this.tokenLifeMs,
    };
    // Longer than 40 characters, as GitHub's are since 2026: nobody may rely on a length.
    const token = `ghs_${app.id}_${randomBytes(60).toString('base64url')}`;
    this.#state.data.tokens.set(token, held);
    this.#forgetExpired();
    this.#state.touch();
    return { token, held, repos };
  }

  /** A person's token; for git and for tests. */
  personToken(user: User, token = `ghp_${randomBytes(27).toString('hex').slice(0, 36)}`): string {
    this.#state.data.tokens.set(token, {
      kind: 'person',
      user: user.id,
      installation: null,
      permissions: {},
      repositories: null,
      expiresAt: null,
    });
    this.#state.touch();
    return token;
  }

  /** Who a token is; a failure when it is unknown or over. */
  actorOf(token: string): Actor | Failure {
    const held = this.#state.data.tokens.get(token);
    if (!held || (held.expiresAt !== null && held.expiresAt <= this.#state.clock.now()))
      return fail(401, 'Bad credentials');
    const user = this.#state.data.users.get(held.user);
    if (!user) return fail(401, 'Bad credentials');
    if (held.kind === 'person') return { kind: 'person', user };
    if (held.kind === 'user') {
      const via = this.#state.data.apps.get(held.app ?? 0);
      return via ? { kind: 'person', user, via } : fail(401, 'Bad credentials');
    }
    const installation = this.#state.data.installations.get(held.installation ?? 0);
    const app = installation && this.#state.data.apps.get(installation.app);
    if (!installation || !app) return fail(401, 'Bad credentials');
    return {
      kind: 'installation',
      app,
      installation,
      user,
      permissions: held.permissions,
      repositories: held.repositories,
    };
  }

  revoke(token: string): void {
    this.#state.data.tokens.delete(token);
    this.#state.touch();
  }

  /** Ends every token of an installation and of a person for an App now. */
  expireTokens(): void {
    for (const held of this.#state.data.tokens.values()) {
      if (held.kind !== 'person') held.expiresAt = this.#state.clock.now();
    }
    this.#state.touch();
  }

  #narrowed(installation: Installation, wish: Record<string, string> | undefined): Permissions | Failure {
    if (!wish) return { ...installation.permissions };
    for (const [name, access] of Object.entries(wish)) {
      if (!accessAtLeast(installation.permissions[name], access as Access)) {
        return fail(422, 'The permissions requested are not granted to this installation.');
      }
    }
    return { ...(wish as Permissions), metadata: 'read' };
  }

  #named(
    installation: Installation,
    wish: { repositories?: readonly string[]; repositoryIds?: readonly number[] },
  ): Repo[] | null | Failure {
    if (!wish.repositories && !wish.repositoryIds) return null;
    const covered = [...this.#state.data.repos.values()].filter((repo) => this.covers(installation, repo));
    const wanted = [
      ...(wish.repositories ?? []).map((name) =>
        covered.find((repo) => repo.name.toLowerCase() === name.toLowerCase()),
      ),
      ...(wish.repositoryIds ?? []).map((id) => covered.find((repo) => repo.id === id)),
    ];
    if (wanted.length > MOST_NARROWED)
      return fail(422, `At most ${MOST_NARROWED} repositories can be named.`);
    const found = wanted.filter((repo): repo is Repo => repo !== undefined);
    if (found.length < wanted.length) {
      return fail(
        422,
        'There is at least one repository that does not exist or is not accessible to the parent installation.',
      );
    }
    return [...new Set(found)];
  }

  #forgetExpired(): void {
    if (this.#state.data.tokens.size < 1000) return;
    const longAgo = this.#state.clock.now() - 86_400_000;
    for (const [token, held] of this.#state.data.tokens) {
      if (held.expiresAt !== null && held.expiresAt < longAgo) this.#state.data.tokens.delete(token);
    }
  }

  #sender(installation: Installation, by: User | null | undefined): User | null {
    const org = this.#state.data.orgs.get(installation.account);
    return (
      by ??
      (org ? this.#state.people.firstAdmin(org) : (this.#state.data.users.get(installation.account) ?? null))
    );
  }

  #emit(
    action: string,
    installation: Installation,
    by: User | null | undefined,
    extra: Record<string, unknown>,
    event = 'installation',
  ): void {
    installation.updatedAt = this.#state.clock.now();
    this.#state.touch();
    this.#state.hooks.emit({
      event,
      action,
      account: installation.account,
      sender: this.#sender(installation, by),
      extra,
      installation,
    });
  }
}

/** `metadata: read` comes with any permission. */
function asked(manifest: Manifest): Permissions {
  return { metadata: 'read', ...(manifest.default_permissions as Permissions | undefined) };
}

function allFaults(manifest: Manifest): string[] {
  return [
    ...manifestFaults(manifest.default_permissions ?? {}, manifest.default_events ?? []),
    ...callbackFaults(manifest.callback_urls ?? []),
  ];
}

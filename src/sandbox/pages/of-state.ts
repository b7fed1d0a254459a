/** The pages' view of the sandbox's state: what GitHub offers on its pages and not in its REST API. */
import type { Express } from 'express';
import { isFailure, type Failure, type SandboxState } from '../github/github.ts';
import type { Actor, CheckRun, Repo, Signed } from '../github/github.ts';
import { consentOf } from './of-state-consent.ts';
import { registrationOf } from './of-state-registration.ts';
import { pages, type DeliveryRow, type Download, type PagesBackend } from './pages.ts';

/** Mounts the pages below everything else of the sandbox: pass it as `mount`. */
export function mountPages(web: Express, state: SandboxState): void {
  web.use(pages(backendOf(state)));
}

function backendOf(state: SandboxState): PagesBackend {
  const tokens = new Map<string, string>();
  const latest = new Map<number, number>();
  let changes = 0;
  state.onChange((repo) => latest.set(repo.id, (changes += 1)));
  const signed = (login: string): Signed => {
    const user = state.people.user(login);
    if (!user) throw new Error(`nobody is called ${login} here`);
    return { kind: 'person', user };
  };
  const runOf = (fullName: string, id: number): { repo: Repo; run: CheckRun } | undefined => {
    const repo = repoNamed(state, fullName);
    const run = repo?.checks.get(id);
    return repo && run ? { repo, run } : undefined;
  };
  const press = (
    login: string,
    fullName: string,
    id: number,
    act: (by: Signed, repo: Repo, run: CheckRun) => Failure | undefined,
  ) => {
    const found = runOf(fullName, id);
    if (!found) return 'There is no such check run.';
    return act(signed(login), found.repo, found.run)?.message;
  };
  return {
    get url() {
      return state.url;
    },
    people: () =>
      [...state.data.users.values()]
        .filter((user) => user.type === 'User')
        .map((user) => ({ login: user.login, name: user.name ?? '', note: roleOf(state, user.id) })),
    tokenOf(login) {
      let token = tokens.get(login);
      // After a restart or an expiry the old one is no longer known.
      if (!token || isFailure(state.apps.actorOf(token))) {
        token = state.apps.personToken(signed(login).user as Parameters<typeof state.apps.personToken>[0]);
        tokens.set(login, token);
      }
      return token;
    },
    repositories: (login) =>
      state.repos.visible(login ? signed(login) : { kind: 'anonymous' }).map((repo) => ({
        fullName: state.repos.fullName(repo),
        private: repo.private,
        description: repo.description ?? '',
      })),
    actionsOf: (fullName, id) => runOf(fullName, id)?.run.actions ?? [],
    clickAction: async (login, fullName, id, identifier) =>
      press(login, fullName, id, (by, repo, run) => state.checks.click(by, repo, run, identifier)),
    rerequest: async (login, fullName, id) =>
      press(login, fullName, id, (by, repo, run) => state.checks.rerequest(by, repo, run)),
    ...consentOf(state),
    ...registrationOf(state),
    openFromForm(login, fullName, given) {
      const repo = repoNamed(state, fullName);
      if (!repo) return 'There is no such repository.';
      const issue = state.issues.create(signed(login), repo, { ...given, fromForm: true });
      return isFailure(issue) ? issue.message : { number: issue.number };
    },
    download(login, fullName, tag, name) {
      const repo = repoNamed(state, fullName);
      return repo && downloadOf(state, login ? signed(login) : { kind: 'anonymous' }, repo, tag, name);
    },
    apps: () => [...state.data.apps.values()].map((app) => ({ slug: app.slug, name: app.name })),
    deliveries: (slug) => deliveriesOf(state, slug),
    redeliver: async (id) => {
      const delivery = state.hooks.log.get(id);
      if (delivery) state.hooks.redeliver(delivery);
    },
    changes: () => changes,
    changedSince: (fullName, since) => (latest.get(repoNamed(state, fullName)?.id ?? 0) ?? 0) > since,
    onChange: (listener) => state.onChange((repo) => listener(state.repos.fullName(repo))),
  };
}

function repoNamed(state: SandboxState, fullName: string): Repo | undefined {
  const [owner = '', name = ''] = fullName.split('/');
  return state.repos.find(owner, name);
}

function downloadOf(
  state: SandboxState,
  actor: Actor,
  repo: Repo,
  tag: string,
  name: string,
): Download | undefined {
  if (state.repos.refuse(actor, repo, 'contents.read')) return undefined;
  const release = state.releases.all(actor, repo).find((one) => (one.draft ? one.untagged : one.tag) === tag);
  const asset = [...(release?.assets.values() ?? [])].find((one) => one.name === name);
  if (asset?.state !== 'uploaded') return undefined;
  asset.downloads += 1;
  state.touch();
  return { file: state.releases.assets.file(asset), name, contentType: asset.contentType };
}

function roleOf(state: SandboxState, user: number): string {
  const roles = [...state.data.orgs.values()].flatMap((org) => {
    const role = org.members.get(user);
    return role ? [`${role === 'admin' ? 'owner' : 'member'} of ${org.login}`] : [];
  });
  return roles.join(', ') || 'outsider';
}

const MOST_ROWS = 100;

function deliveriesOf(state: SandboxState, slug: string): DeliveryRow[] {
  const app = state.apps.named(slug);
  if (!app) return [];
  return state.hooks.log
    .of(app.id, state.clock.now())
    .slice(0, MOST_ROWS)
    .map((delivery) => ({
      id: delivery.id,
      guid: delivery.guid,
      event: delivery.event,
      action: delivery.action,
      at: new Date(delivery.deliveredAt).toISOString(),
      status: delivery.status,
      statusCode: delivery.statusCode,
      redelivery: delivery.redelivery,
      payload: pretty(delivery.body),
    }));
}

function pretty(body: string): string {
  return JSON.stringify(JSON.parse(body), null, 2);
}

/** Repositories made from others, their topics, and the teams that work in one. */
import { walkTree } from '../git/edit.ts';
import { entryType } from '../git/objects.ts';
import type { GitStore } from '../git/store.ts';
import type { Api } from '../http/api.ts';
import { created, json, ok, page, signed, text } from '../http/call.ts';
import { fail, isFailure, notFound } from '../state/failure.ts';
import type { Org } from '../state/model.ts';
import { holds } from '../state/permission.ts';

export function templateRoutes(api: Api): void {
  /** An App needs `contents: read` of the template, and `administration: write` over the whole account. */
  api.onRepo('post', '/generate', 'contents.read', async (call) => {
    const { state, repo: template } = call;
    const by = signed(call);
    if (isFailure(by)) return by;
    if (!template.isTemplate) return fail(422, 'Validation Failed', ['is not a template repository']);
    const given = json(call);
    const owner = text(given, 'owner');
    const account = owner === undefined ? by.user : state.people.accountNamed(owner);
    if (!account) return notFound();
    if (by.kind === 'installation') {
      const all = by.installation.account === account.id && by.repositories === null;
      if (!all || !holds(by.permissions, 'administration:write'))
        return fail(403, 'Resource not accessible by integration', undefined, {
          'x-accepted-github-permissions': 'administration=write',
        });
    } else if (account.id !== by.user.id && !(account as Org).members?.has(by.user.id)) return notFound();
    const name = text(given, 'name') ?? '';
    if (!/^[A-Za-z0-9._-]{1,100}$/.test(name)) return fail(422, 'Repository creation failed.');
    if (state.repos.find(account.login, name))
      return fail(422, 'Could not clone: Name already exists on this account');
    const made = await state.repos.add(account, name, {
      private: given['private'] === true,
      description: text(given, 'description'),
      defaultBranch: template.defaultBranch,
    });
    made.madeFrom = template.id;
    if (by.kind === 'person') made.collaborators.set(by.user.id, 'admin');
    const { files, executable } = await filesOf(state.repos.git(template), template.defaultBranch);
    if (files.size > 0) {
      const wish = { message: 'Initial commit', files, executable, quietly: true };
      const first = await state.repos.commitFiles(by, made, wish);
      if (isFailure(first)) {
        state.repos.remove(made);
        return first;
      }
    }
    state.touch();
    state.hooks.emit({
      event: 'repository',
      action: 'created',
      account: account.id,
      repo: made,
      sender: by.user,
      extra: {},
    });
    return created(state.present.repoFull(made));
  });

  api.onRepo('get', '/topics', 'metadata.read', (call) => ok({ names: call.repo.topics ?? [] }));

  api.onRepo('put', '/topics', 'repo.admin', (call) => {
    const names = json(call)['names'];
    const valid =
      Array.isArray(names) &&
      names.length <= 20 &&
      names.every((one) => typeof one === 'string' && /^[a-z0-9][a-z0-9-]{0,49}$/.test(one));
    if (!valid) return fail(422, 'Validation Failed', ['topics are lower case letters, digits and hyphens']);
    call.repo.topics = names as string[];
    call.state.touch();
    return ok({ names: call.repo.topics });
  });

  api.onRepo('get', '/teams', 'repo.teams', (call) => {
    const org = call.state.data.orgs.get(call.repo.owner);
    const teams = [...(org?.teams.values() ?? [])].flatMap((team) => {
      const level = team.repos.get(call.repo.id);
      return org && level ? [{ org, team, level }] : [];
    });
    const { items, headers } = page(call, teams);
    return ok(
      items.map(({ org, team, level }) => call.state.present.repoTeam(org, team, level)),
      headers,
    );
  });
}

async function filesOf(
  git: GitStore,
  branch: string,
): Promise<{ files: Map<string, Uint8Array>; executable: Set<string> }> {
  const files = new Map<string, Uint8Array>();
  const executable = new Set<string>();
  const head = git.branch(branch);
  const commit = head ? await git.commitAt(head) : undefined;
  for (const { mode, path, sha } of commit ? await walkTree(git, commit.tree, true) : []) {
    const bytes = entryType(mode) === 'blob' ? await git.blob(sha) : undefined;
    if (bytes) files.set(path, bytes);
    if (mode === '100755') executable.add(path);
  }
  return { files, executable };
}

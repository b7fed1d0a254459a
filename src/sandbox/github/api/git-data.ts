/** Blobs, trees, commits and refs one by one. */
import { editTree, isPath, walkTree, type TreeEdit } from '../git/edit.ts';
import { entryType } from '../git/objects.ts';
import type { Api } from '../http/api.ts';
import {
  created,
  json,
  noContent,
  ok,
  page,
  signed,
  text,
  type Answer,
  type RepoCall,
} from '../http/call.ts';
import { fail, invalid, isFailure, notFound, type Failure } from '../state/failure.ts';
import type { Signature } from '../git/objects.ts';

const MOST_ENTRIES = 100_000;

export function gitDataRoutes(api: Api): void {
  api.onRepo('get', '/git/blobs/:sha', 'contents.read', async (call) => {
    const bytes = await call.state.repos.git(call.repo).blob(call.params['sha'] ?? '');
    return bytes ? ok(call.state.present.blob(call.repo, call.params['sha'] ?? '', bytes)) : notFound();
  });

  api.onRepo('post', '/git/blobs', 'contents.write', (call) => {
    const given = json(call);
    const content = text(given, 'content');
    if (content === undefined) return fail(422, `Invalid request.\n\n"content" wasn't supplied.`);
    const bytes = Buffer.from(content, text(given, 'encoding') === 'base64' ? 'base64' : 'utf8');
    const sha = call.state.repos.git(call.repo).put('blob', bytes);
    return created({ sha, url: `${call.state.present.apiRepo(call.repo)}/git/blobs/${sha}` });
  });

  api.onRepo('get', '/git/trees/*tree', 'contents.read', readTree);
  api.onRepo('post', '/git/trees', 'contents.write', makeTree);

  api.onRepo('get', '/git/commits/:sha', 'contents.read', async (call) => {
    const commit = await call.state.repos.git(call.repo).commitAt(call.params['sha'] ?? '');
    return commit ? ok(call.state.present.gitCommit(call.repo, commit)) : notFound();
  });

  api.onRepo('post', '/git/commits', 'contents.write', makeCommit);
  refs(api);
}

function refs(api: Api): void {
  api.onRepo('get', '/git/ref/*ref', 'contents.read', async (call) => {
    const ref = `refs/${call.params['ref']}`;
    const sha = call.state.repos.git(call.repo).refs.get(ref);
    return sha ? ok(await refJson(call, ref, sha)) : notFound();
  });

  for (const path of ['/git/matching-refs', '/git/matching-refs/*ref']) {
    api.onRepo('get', path, 'contents.read', async (call) => {
      const start = `refs/${call.params['ref'] ?? ''}`;
      const found = [...call.state.repos.git(call.repo).refs].filter(([ref]) => ref.startsWith(start));
      const { items, headers } = page(call, found);
      return ok(await Promise.all(items.map(([ref, sha]) => refJson(call, ref, sha))), headers);
    });
  }

  api.onRepo('post', '/git/refs', 'contents.write', async (call) => {
    const by = signed(call);
    if (isFailure(by)) return by;
    const given = json(call);
    const [ref, sha] = [text(given, 'ref') ?? '', text(given, 'sha') ?? ''];
    if (!/^refs\/(heads|tags)\/[^\s~^:?*[\\]+$/.test(ref))
      return fail(422, `${ref} is not a valid ref name.`);
    if (call.state.repos.git(call.repo).refs.has(ref)) return fail(422, 'Reference already exists');
    const no = await call.state.repos.moveRef(by, call.repo, ref, sha, false);
    return no ?? created(await refJson(call, ref, sha));
  });

  api.onRepo('patch', '/git/refs/*ref', 'contents.write', async (call) => {
    const by = signed(call);
    if (isFailure(by)) return by;
    const given = json(call);
    const [ref, sha] = [`refs/${call.params['ref']}`, text(given, 'sha') ?? ''];
    if (!call.state.repos.git(call.repo).refs.has(ref)) return fail(422, 'Reference does not exist');
    const no = await call.state.repos.moveRef(by, call.repo, ref, sha, given['force'] === true);
    return no ?? ok(await refJson(call, ref, sha));
  });

  api.onRepo('delete', '/git/refs/*ref', 'contents.write', async (call) => {
    const by = signed(call);
    if (isFailure(by)) return by;
    const no = await call.state.repos.moveRef(by, call.repo, `refs/${call.params['ref']}`, null, true);
    return no ?? noContent();
  });
}

async function refJson(call: RepoCall, ref: string, sha: string): Promise<unknown> {
  // An annotated tag points to a tag object, not to the commit it names.
  const isCommit = await call.state.repos.git(call.repo).isCommit(sha);
  return call.state.present.ref(call.repo, ref, sha, isCommit ? 'commit' : 'tag');
}

async function readTree(call: RepoCall): Promise<Answer | Failure> {
  const store = call.state.repos.git(call.repo);
  const name = call.params['tree'] ?? '';
  const sha = (await store.tree(name)) ? name : (await store.resolve(name))?.tree;
  if (!sha) return notFound();
  const all = await walkTree(store, sha, Boolean(call.query.get('recursive')));
  const items = await Promise.all(
    all.slice(0, MOST_ENTRIES).map(async (item) => ({
      ...item,
      size: entryType(item.mode) === 'blob' ? (await store.blob(item.sha))?.length : undefined,
    })),
  );
  return ok(call.state.present.tree(call.repo, sha, items, all.length > MOST_ENTRIES));
}

interface GivenEntry {
  path?: string;
  mode?: string;
  sha?: string | null;
  content?: string;
}

async function makeTree(call: RepoCall): Promise<Answer | Failure> {
  const by = signed(call);
  if (isFailure(by)) return by;
  const given = json(call);
  const store = call.state.repos.git(call.repo);
  const entries = Array.isArray(given['tree']) ? (given['tree'] as GivenEntry[]) : undefined;
  if (!entries) return fail(422, `Invalid request.\n\n"tree" wasn't supplied.`);
  const base = text(given, 'base_tree');
  const baseTree =
    base === undefined ? undefined : (await store.tree(base)) ? base : (await store.commitAt(base))?.tree;
  if (base !== undefined && !baseTree) return fail(422, 'base_tree is not a valid tree oid');
  const edits: TreeEdit[] = [];
  for (const entry of entries) {
    if (!entry.path || !isPath(entry.path)) return fail(422, 'tree.path contains a malformed path component');
    const sha =
      entry.content !== undefined ? store.put('blob', Buffer.from(entry.content)) : (entry.sha ?? null);
    if (sha !== null && !(await store.has(sha))) return fail(422, `tree.sha ${sha} is not a valid oid`);
    edits.push({ path: entry.path, mode: entry.mode ?? '100644', sha });
  }
  const noWorkflows = call.state.repos.refuseWorkflows(
    by,
    call.repo,
    edits.map((edit) => edit.path),
  );
  if (noWorkflows) return noWorkflows;
  const tree = await editTree(store, baseTree, edits);
  if (!tree) return invalid({ resource: 'Tree', field: 'tree', code: 'invalid' });
  return created(call.state.present.tree(call.repo, tree, await walkTree(store, tree, false), false));
}

async function makeCommit(call: RepoCall): Promise<Answer | Failure> {
  const by = signed(call);
  if (isFailure(by)) return by;
  const given = json(call);
  const store = call.state.repos.git(call.repo);
  const [message, tree] = [text(given, 'message'), text(given, 'tree') ?? ''];
  if (message === undefined) return fail(422, `Invalid request.\n\n"message" wasn't supplied.`);
  if (!(await store.tree(tree))) return fail(422, 'Tree SHA does not exist');
  const parents = (Array.isArray(given['parents']) ? given['parents'] : []).map(String);
  for (const parent of parents) {
    if (!(await store.isCommit(parent)))
      return fail(422, 'Parent SHA does not exist or is not a commit object');
  }
  const author = person(given['author']) ?? call.state.repos.signature(by.user);
  const commit = store.putCommit({
    tree,
    parents,
    message,
    author,
    committer: person(given['committer']) ?? author,
  });
  return created(call.state.present.gitCommit(call.repo, commit));
}

function person(value: unknown): Signature | undefined {
  const given = value as { name?: unknown; email?: unknown; date?: unknown } | undefined;
  if (typeof given?.name !== 'string' || typeof given.email !== 'string') return undefined;
  const at = typeof given.date === 'string' ? Date.parse(given.date) : Number.NaN;
  return Number.isNaN(at) ? undefined : { name: given.name, email: given.email, at, zone: '+0000' };
}

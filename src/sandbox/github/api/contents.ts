/** The contents API: files and folders at a ref, and one-file commits. */
import { isPath } from '../git/edit.ts';
import { entryType, type TreeItem } from '../git/objects.ts';
import type { Api } from '../http/api.ts';
import { json, ok, signed, text, type Answer, type RepoCall } from '../http/call.ts';
import { base64 } from '../present/code.ts';
import { fail, isFailure, notFound, type Failure } from '../state/failure.ts';
import type { Signature } from '../git/objects.ts';

const MOST_JSON = 1024 * 1024;
const MOST_RAW = 100 * 1024 * 1024;
const MOST_ENTRIES = 1000;

export function contentRoutes(api: Api): void {
  for (const path of ['/contents', '/contents/*path']) api.onRepo('get', path, 'contents.read', read);
  api.onRepo('put', '/contents/*path', 'contents.write', (call) => write(call, false));
  api.onRepo('delete', '/contents/*path', 'contents.write', (call) => write(call, true));
  api.onRepo('get', '/readme', 'contents.read', (call) =>
    read({ ...call, params: { ...call.params, path: 'README.md' } }),
  );
}

async function read(call: RepoCall): Promise<Answer | Failure> {
  const store = call.state.repos.git(call.repo);
  const ref = call.query.get('ref') || call.repo.defaultBranch;
  const path = (call.params['path'] ?? '').replace(/\/+$/, '');
  const commit = await store.resolve(ref);
  if (!commit)
    return call.query.get('ref')
      ? fail(404, `No commit found for the ref ${ref}`)
      : fail(404, 'This repository is empty.');
  const item = await store.entry(commit.tree, path);
  if (!item) return notFound();
  if (entryType(item.mode) === 'tree') return folder(call, ref, path, item);
  const found = { ...item, path };
  if (entryType(item.mode) === 'commit')
    return ok({ ...call.state.present.contentEntry(call.repo, ref, found, 0), submodule_git_url: null });
  const bytes = await store.blob(item.sha);
  if (!bytes) return notFound();
  if (bytes.length > MOST_RAW) return tooLarge('100 MB');
  if (/[.+]raw\b/.test(call.accept))
    return { status: 200, bytes, type: 'application/vnd.github.raw; charset=utf-8' };
  const entry = call.state.present.contentEntry(call.repo, ref, found, bytes.length);
  if (item.mode === '120000') return ok({ ...entry, target: bytes.toString('utf8') });
  // Above 1 MB the content stays out; only the raw form has it.
  if (bytes.length > MOST_JSON) return ok({ ...entry, content: '', encoding: 'none' });
  return ok({ ...entry, content: base64(bytes), encoding: 'base64' });
}

async function folder(call: RepoCall, ref: string, path: string, item: TreeItem): Promise<Answer | Failure> {
  const store = call.state.repos.git(call.repo);
  const items = ((await store.tree(item.sha)) ?? []).slice(0, MOST_ENTRIES);
  const entries = await Promise.all(
    items.map(async (one) => {
      const size = entryType(one.mode) === 'blob' ? ((await store.blob(one.sha))?.length ?? 0) : 0;
      const entry = call.state.present.contentEntry(
        call.repo,
        ref,
        { ...one, path: path ? `${path}/${one.name}` : one.name },
        size,
      );
      // In a listing GitHub calls a submodule a file.
      return entry['type'] === 'submodule' ? { ...entry, type: 'file' } : entry;
    }),
  );
  return ok(entries);
}

function tooLarge(most: string): Failure {
  return fail(
    403,
    `This API returns blobs up to ${most} in size. The requested blob is too large to fetch via the API.`,
    [{ resource: 'Blob', field: 'data', code: 'custom' }],
  );
}

async function write(call: RepoCall, deletes: boolean): Promise<Answer | Failure> {
  const by = signed(call);
  if (isFailure(by)) return by;
  const given = json(call);
  const path = call.params['path'] ?? '';
  const message = text(given, 'message');
  const content = text(given, 'content');
  if (!message || (!deletes && content === undefined)) {
    return fail(422, `Invalid request.\n\n"${message ? 'content' : 'message'}" wasn't supplied.`);
  }
  if (!isPath(path)) return fail(422, 'path contains a malformed path component');
  const store = call.state.repos.git(call.repo);
  const branch = text(given, 'branch') ?? call.repo.defaultBranch;
  const head = await store.commitAt(store.branch(branch) ?? '');
  const known = head && (await store.entry(head.tree, path));
  const sha = text(given, 'sha');
  if (known && sha === undefined) return fail(422, `Invalid request.\n\n"sha" wasn't supplied.`);
  if (known && sha !== known.sha) return fail(409, `${path} does not match ${sha}`);
  if (deletes && !known) return notFound();
  const bytes = deletes ? null : Buffer.from(content ?? '', 'base64');
  const commit = await call.state.repos.commitFiles(by, call.repo, {
    branch,
    message,
    files: new Map([[path, bytes]]),
    author: person(given['author'], call),
    committer: person(given['committer'], call),
    expect: new Map([[path, known?.sha ?? null]]),
  });
  if (isFailure(commit)) return commit;
  const item = await store.entry(commit.tree, path);
  return {
    status: known ? 200 : 201,
    body: {
      content: item
        ? call.state.present.contentEntry(call.repo, branch, { ...item, path }, bytes?.length ?? 0)
        : null,
      commit: call.state.present.gitCommit(call.repo, commit),
    },
  };
}

function person(value: unknown, call: RepoCall): Signature | undefined {
  const given = value as { name?: unknown; email?: unknown; date?: unknown } | undefined;
  if (typeof given?.name !== 'string' || typeof given.email !== 'string') return undefined;
  const at = typeof given.date === 'string' ? Date.parse(given.date) : call.state.clock.now();
  return {
    name: given.name,
    email: given.email,
    at: Number.isNaN(at) ? call.state.clock.now() : at,
    zone: '+0000',
  };
}

/** New trees from old ones. */
import { entryType, EMPTY_TREE, type TreeItem } from './objects.ts';
import type { GitStore } from './store.ts';

export interface TreeEdit {
  path: string;
  mode: string;
  /** Null deletes. */
  sha: string | null;
}

/** Undefined when a path goes through a file or names nothing (`''`, `.`, `..`, `.git`). */
export async function editTree(
  store: GitStore,
  base: string | undefined,
  edits: readonly TreeEdit[],
): Promise<string | undefined> {
  if (!edits.every(({ path }) => isPath(path))) return undefined;
  return edit(
    store,
    base ?? EMPTY_TREE,
    edits.map((one) => ({ ...one, parts: one.path.split('/') })),
  );
}

export function isPath(path: string): boolean {
  return path
    .split('/')
    .every(
      (part) =>
        part !== '' && part !== '.' && part !== '..' && part.toLowerCase() !== '.git' && !part.includes('\0'),
    );
}

async function edit(
  store: GitStore,
  treeSha: string,
  edits: readonly (TreeEdit & { parts: string[] })[],
): Promise<string | undefined> {
  const items = new Map((await store.tree(treeSha))?.map((item) => [item.name, item]));
  const below = new Map<string, (TreeEdit & { parts: string[] })[]>();
  for (const one of edits) {
    const [name = '', ...rest] = one.parts;
    if (rest.length > 0) {
      below.set(name, [...(below.get(name) ?? []), { ...one, parts: rest }]);
    } else if (one.sha === null) {
      items.delete(name);
    } else {
      items.set(name, { mode: one.mode.replace(/^0/, ''), name, sha: one.sha });
    }
  }
  for (const [name, inner] of below) {
    const old: TreeItem | undefined = items.get(name);
    const oldTree = old && entryType(old.mode) === 'tree' ? old.sha : EMPTY_TREE;
    const next = await edit(store, oldTree, inner);
    if (next === undefined) return undefined;
    // A folder is there as long as something is in it.
    if (next === EMPTY_TREE) items.delete(name);
    else items.set(name, { mode: '40000', name, sha: next });
  }
  return store.putTree([...items.values()]);
}

/** Every entry below a tree, folders before what is in them. */
export async function walkTree(
  store: GitStore,
  treeSha: string,
  recursive: boolean,
  prefix = '',
): Promise<(TreeItem & { path: string })[]> {
  const found: (TreeItem & { path: string })[] = [];
  for (const item of (await store.tree(treeSha)) ?? []) {
    const path = `${prefix}${item.name}`;
    found.push({ ...item, path });
    if (recursive && entryType(item.mode) === 'tree') {
      found.push(...(await walkTree(store, item.sha, true, `${path}/`)));
    }
  }
  return found;
}

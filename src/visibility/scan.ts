/**
 * What must not become public unseen: every file that any commit of any reference ever held.
 *
 * A file is found by a secret in it, by where it lies, what it is called or how large it is; what governance has cleared, by
 * the object of its bytes, is not found again. Nothing is found in a name that nobody can read: a path that
 * is no text counts as its escaped form.
 */
import type { Policies, Repository } from '../governance/types.ts';
import { secretUnder } from './secrets.ts';
import type { Finding, HistoryFile } from './types.ts';

/** One finding a file at most, by the strongest reason; each (path, object) once. */
export function findIn(
  files: Iterable<HistoryFile>,
  { scan }: Policies['visibility'],
  { cleared }: Pick<Repository, 'cleared'>,
): Finding[] {
  const passed = new Set(cleared.map(({ object }) => object));
  const found: Finding[] = [];
  for (const { path, object, size, kind, commit, secrets = [] } of files) {
    if (kind === 'link' || kind === 'module' || passed.has(object)) continue;
    // The strongest reason: who clears a file for another one would clear its key unseen.
    const secret = secretUnder(path, secrets);
    const why = secret ? 'secret' : kind === 'reference' ? kind : whyNot(path, size, scan);
    if (!why) continue;
    found.push({
      ...{ why, path, object, size: size ?? null },
      ...(commit !== undefined && { commit }),
      ...(secret && { secret }),
    });
  }
  return found;
}

function whyNot(
  path: string,
  size: number | undefined,
  { folders, types, max_file, allow }: Policies['visibility']['scan'],
): Finding['why'] | undefined {
  const plain = path.normalize('NFKC').toLowerCase();
  // Who may be large may not: a folder of codelists is a good place to hide a table of people in.
  if (size === undefined || size > max_file) return 'large';
  if (folders.some((folder) => liesIn(plain, folder))) return 'folder';
  if (allow.some((folder) => plain.startsWith(`${folder.toLowerCase()}/`))) return undefined;
  return types.some((type) => plain.endsWith(`.${type}`)) ? 'type' : undefined;
}

/** At any depth: `analysis/output/x` lies in `output`. */
const liesIn = (path: string, folder: string): boolean => `/${path}`.includes(`/${folder.toLowerCase()}/`);

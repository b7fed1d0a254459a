/** Which files of a commit may change the results of its actions: the rule of freshness, read from git and not from a folder. */
import { readObjects, type TreeEntry } from '../../src/lib/git-objects.ts';
import {
  codeOf,
  LONGEST_PROGRAM,
  programText,
  readProjectBytes,
  type CodeFile,
} from '../../src/pipeline/pipeline.ts';
import { bytesAt, treeOf } from '../store/mirror.ts';

/** Digests by path; of an action that the commit does not have, of what all actions have. */
export type CodeAt = (action: string) => Record<string, string>;

const MAX_PROJECT_BYTES = 8 * 1024 * 1024;
/** Searching more than this for names takes longer than most programs run. */
const MOST_TEXT = 32 * 1024 * 1024;
const REMEMBERED = 16;
const known = new Map<string, Promise<CodeAt | undefined>>();

/** Undefined where it cannot be told: no valid project, or more programs than can be looked through. */
export function codeAt(mirror: string, commit: string): Promise<CodeAt | undefined> {
  const key = `${mirror} ${commit}`;
  const before = known.get(key);
  if (before) return before;
  if (known.size >= REMEMBERED) known.clear();
  const reading = read(mirror, commit);
  known.set(key, reading);
  reading.catch(() => known.delete(key));
  return reading;
}

async function read(mirror: string, commit: string): Promise<CodeAt | undefined> {
  const tree = await treeOf(mirror, commit);
  const project = await bytesAt(mirror, tree, 'project.yaml', MAX_PROJECT_BYTES);
  const pipeline = project && readProjectBytes(project.bytes).pipeline;
  if (!pipeline) return undefined;
  const wanted = tree.filter(isShort);
  if (wanted.reduce((sum, { size }) => sum + size, 0) > MOST_TEXT) return undefined;
  const objects = new Map<string, Buffer>();
  for await (const { sha, bytes } of readObjects(mirror, new Set(wanted.map(({ sha }) => sha))))
    objects.set(sha, bytes);
  const files = tree.map(({ path, sha }): CodeFile => {
    const bytes = objects.get(sha);
    const text = bytes && programText(path, bytes);
    return { path, ...(text === undefined ? {} : { text }) };
  });
  const { shared, own } = codeOf(pipeline, files);
  const digests = new Map(tree.map(({ path, mode, sha }) => [path, `${mode} ${sha}`]));
  const of = (paths: readonly string[]): [string, string][] =>
    paths.map((path) => [path, digests.get(path) ?? '']);
  const common = of(shared);
  // From entries: a file may be called `__proto__`.
  return (action) => Object.fromEntries([...common, ...of(own.get(action) ?? [])]);
}

const isShort = ({ mode, size }: TreeEntry): boolean => mode.startsWith('100') && size <= LONGEST_PROGRAM;

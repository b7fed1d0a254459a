/** The code behind what was released last under the same path: what has changed since is what a checker looks for. */
import { sql } from 'drizzle-orm';
import { rowsOf } from '../../src/db/open.ts';
import type { ReleaseRequest, RequestFile } from '../../src/release/types.ts';
import type { CodePlace } from './code.ts';
import type { Core } from './core.ts';
import { originsOf } from './facts.ts';
import type { CodeEntry, CodePage } from './face.ts';

/** Undefined when nothing was released under this path before, or by the same commit. */
export async function codeBefore(
  core: Core,
  request: ReleaseRequest,
  file: Pick<RequestFile, 'path'>,
  commit: string,
): Promise<CodePlace | undefined> {
  const [last] = await rowsOf<{ request: string }>(
    core.db,
    sql`select request from released where workspace = ${request.workspace} and path = ${file.path}
        and request <> ${request.id} and uploaded = 1 and revoked = 0 order by at desc limit 1`,
  );
  const origin = last && (await originsOf(core.db, last.request)).find(({ path }) => path === file.path);
  return origin && origin.commit !== commit ? origin : undefined;
}

type Since = NonNullable<CodePage['since']>;

export function changedSince(before: readonly CodeEntry[], now: readonly CodeEntry[]): Since['changed'] {
  const was = new Map(before.map(({ path, id }) => [path, id]));
  const is = new Set(now.map(({ path }) => path));
  const gone = before.filter(({ path }) => !is.has(path));
  return [
    ...now
      .filter(({ path, id }) => was.get(path) !== id)
      .map(({ path }) => ({ path, how: was.has(path) ? ('changed' as const) : ('added' as const) })),
    ...gone.map(({ path }) => ({ path, how: 'removed' as const })),
  ].sort((a, b) => (a.path < b.path ? -1 : 1));
}

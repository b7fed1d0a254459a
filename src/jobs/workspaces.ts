/** Names of workspaces: one per repository and branch, unique in the hub. */
import { sql } from 'drizzle-orm';
import { rowsOf, type Tx } from '../db/database.ts';
import { sha256 } from '../lib/hash.ts';
import type { Repository } from '../protocol/protocol.ts';

const LONGEST = 70;
/** Form of the workspaces of dummy runs; no branch's workspace may look like one. */
const DUMMY = /-dummy-[a-z0-9]{16}$/;

/** Made on first use, the same ever after, also when the repository is renamed. */
export async function workspaceFor(
  tx: Tx,
  repository: Repository,
  branch: string,
  now: number,
): Promise<string> {
  const known = await find(tx, repository.id, branch);
  if (known) return known;
  const plain = workspaceName(repository.name, branch);
  const suffixed = `${plain}-${sha256(`${repository.id}\n${branch}`).slice(0, 8)}`;
  for (const name of DUMMY.test(plain) ? [suffixed] : [plain, suffixed]) {
    await tx.execute(sql`
      insert into workspaces (name, repository_id, branch, created_at)
      values (${name}, ${repository.id}, ${branch}, ${now}) on conflict do nothing`);
    // Also found when another hub made it meanwhile.
    const made = await find(tx, repository.id, branch);
    if (made) return made;
  }
  throw new Error(`no workspace name is free for repository ${repository.id}, branch ${branch}`);
}

/** A dummy run checks the whole pipeline: nothing of another run may be lying there but what its zone finds fresh. */
export function dummyWorkspace(repository: Repository, branch: string, request: string): string {
  return `${workspaceName(repository.name, branch)}-dummy-${request}`;
}

/** Dummy runs have workspaces of their own form. */
export const mayBeCalled = (name: string): boolean => !DUMMY.test(name);

/** `[a-z0-9_-]`, starting with a letter, digit or `_`. */
export function workspaceName(repository: string, branch: string): string {
  const reduced = `${repository}-${branch}`
    .toLowerCase()
    .replace(/[^a-z0-9_-]+/g, '-')
    .replace(/^-+/, '')
    .slice(0, LONGEST)
    .replace(/-+$/, '');
  return reduced || 'workspace';
}

async function find(tx: Tx, repository: number, branch: string): Promise<string | undefined> {
  const [row] = await rowsOf<{ name: string }>(
    tx,
    sql`select name from workspaces where repository_id = ${repository} and branch = ${branch}`,
  );
  return row?.name;
}

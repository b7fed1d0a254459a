/**
 * Which commit of which branch does a command mean?
 *
 * The head of the pull request, the head of the default branch, or the commit commented on; `--sha` names
 * another that must lie on the branch. A branch that moved after the command was written is refused: the
 * writer has not seen what would run. Commits of forks resolve here too, so reachability from a branch of
 * this repository is always checked.
 */
import { and, desc, eq } from 'drizzle-orm';
import type { Db } from '../db/database.ts';
import { pushes } from '../db/schema/github.ts';
import type { Refusal } from '../lib/refusal.ts';
import { isRefusal } from '../lib/refusal.ts';
import type { Place } from './places.ts';
import type { RepoClient } from './repo.ts';
import * as words from './words.ts';

export interface Target {
  branch: string;
  sha: string;
}

export interface TargetQuestion {
  place: Place;
  /** When the command was written, by GitHub's clock, in milliseconds. */
  saidAt: number;
  sha?: string;
}

export async function targetOf(
  db: Db,
  client: RepoClient,
  question: TargetQuestion,
): Promise<Target | Refusal> {
  const { place } = question;
  if (place.kind !== 'issue') return onCommit(db, client, question.sha ?? place.sha);
  const branch = place.pull
    ? await pullBranch(client, place.number)
    : (await client.describe())?.defaultBranch;
  if (isRefusal(branch)) return branch;
  if (!branch) return words.branchGone('the default branch');
  return onBranch(db, client, branch, question);
}

export async function pullBranch(client: RepoClient, number: number): Promise<string | Refusal> {
  const pull = await client.pull(number);
  if (!pull || pull.from !== client.repo.id) return words.fromFork();
  return pull.branch;
}

async function onBranch(
  db: Db,
  client: RepoClient,
  branch: string,
  { sha, saidAt }: TargetQuestion,
): Promise<Target | Refusal> {
  const head = await client.branchHead(branch);
  if (!head) return words.branchGone(branch);
  if (sha) {
    if (!(await client.commitExists(sha))) return words.noSuchCommit(sha);
    return (await client.contains(head, sha)) ? { branch, sha } : words.notOnBranch(sha, branch);
  }
  const pushedAt = (await lastPush(db, client.repo.id, branch, head)) ?? (await client.describe())?.pushedAt;
  if (pushedAt === undefined || pushedAt > saidAt) return words.shaMoved(branch, head);
  return { branch, sha: head };
}

/** A commit alone names no branch: the one it was last pushed as head of, else the default branch. */
async function onCommit(db: Db, client: RepoClient, sha: string): Promise<Target | Refusal> {
  if (!(await client.commitExists(sha))) return words.noSuchCommit(sha);
  const pushed = await db
    .select({ branch: pushes.branch })
    .from(pushes)
    .where(and(eq(pushes.repositoryId, client.repo.id), eq(pushes.sha, sha)))
    .orderBy(desc(pushes.at));
  const main = (await client.describe())?.defaultBranch;
  const branches = [...new Set([...pushed.map((row) => row.branch), ...(main ? [main] : [])])];
  for (const branch of branches) {
    const head = await client.branchHead(branch);
    if (head && (await client.contains(head, sha))) return { branch, sha };
  }
  return words.onNoBranch(sha);
}

/**
 * By GitHub's clock; undefined when the head is not the one we heard of last: then only the last push to any
 * branch is known, which is never too early.
 */
async function lastPush(
  db: Db,
  repository: number,
  branch: string,
  sha: string,
): Promise<number | undefined> {
  const last = await db
    .select({ sha: pushes.sha, at: pushes.at })
    .from(pushes)
    .where(and(eq(pushes.repositoryId, repository), eq(pushes.branch, branch)))
    .orderBy(desc(pushes.at))
    .limit(2);
  const own = last.find((row) => row.sha === sha);
  return own && last.every((row) => row === own || row.at < own.at) ? own.at : undefined;
}

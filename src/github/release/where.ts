/** What an issue is to us, by its stored number: looked up, never searched for. */
import { and, eq } from 'drizzle-orm';
import type { Db } from '../../db/database.ts';
import { githubObjects } from '../../db/schema/github.ts';
import { ISSUE } from './show-issue.ts';

export type OurIssue =
  | { kind: 'release' | 'review'; request: string; number: number }
  | { kind: 'publication'; publication: string; number: number }
  | { kind: 'dashboard'; subject: string; number: number }
  | { kind: 'due' | 'due-held' | 'ends' | 'completion'; subject: string; number: number }
  | { kind: 'sign-ins'; number: number };

/** Undefined: an issue like any other. `id` when it is known: an issue that was replaced is ours no more. */
export async function ourIssue(
  db: Db,
  repository: number,
  number: number,
  id?: number,
): Promise<OurIssue | undefined> {
  const [row] = await db
    .select({ key: githubObjects.key, githubId: githubObjects.githubId })
    .from(githubObjects)
    .where(
      and(
        eq(githubObjects.repositoryId, repository),
        eq(githubObjects.kind, ISSUE),
        eq(githubObjects.number, number),
      ),
    );
  if (!row || (id !== undefined && row.githubId !== id)) return undefined;
  const [, kind, subject = ''] = row.key.split(':');
  if (kind === 'release' || kind === 'review') return { kind, request: subject, number };
  if (kind === 'publication') return { kind, publication: subject, number };
  if (kind === 'dashboard') return { kind, subject, number };
  if (kind === 'due' || kind === 'due-held' || kind === 'ends' || kind === 'completion')
    return { kind, subject, number };
  return kind === 'sign-ins' ? { kind, number } : undefined;
}

/** The news that has the issue looked at and put right. */
export function newsOf(issue: OurIssue): { topic: string; subject: string } | undefined {
  switch (issue.kind) {
    case 'publication':
      return { topic: 'publication', subject: issue.publication };
    case 'sign-ins':
      return undefined;
    case 'due':
    case 'due-held':
    case 'dashboard':
    case 'ends':
    case 'completion':
      return { topic: issue.kind, subject: issue.subject };
    default:
      return { topic: 'review', subject: issue.request };
  }
}

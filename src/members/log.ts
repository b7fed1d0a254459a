/**
 * Who looked at or took what. Written before the first byte goes out; a row is never changed.
 */
import { and, desc, eq, gt, inArray, sql } from 'drizzle-orm';
import type { Db } from '../db/database.ts';
import { memberLog, type MEMBER_DEEDS } from '../db/schema/members.ts';

export type MemberDeed = (typeof MEMBER_DEEDS)[number];

export interface Deed {
  at: number;
  what: MemberDeed;
  person?: number;
  session?: string;
  backend?: string;
  release?: string;
  file?: number;
  sha256?: string;
  code?: string;
}

export async function logDeed(db: Db, ...deeds: Deed[]): Promise<void> {
  if (deeds.length > 0) await db.insert(memberLog).values(deeds);
}

/** How often this person was told no with this code since then. */
export async function deniedSince(db: Db, person: number, code: string, since: number): Promise<number> {
  const [row] = await db
    .select({ n: sql<number>`count(*)::int4` })
    .from(memberLog)
    .where(
      and(
        eq(memberLog.person, person),
        eq(memberLog.what, 'ACCESS_DENIED'),
        eq(memberLog.code, code),
        gt(memberLog.at, since),
      ),
    );
  return row?.n ?? 0;
}

/** The person's own recent sign-ins and codes, newest first. */
export async function recentOf(
  db: Db,
  person: number,
): Promise<{ at: number; what: MemberDeed; backend: string | null }[]> {
  const { at, what, backend } = memberLog;
  return db
    .select({ at, what, backend })
    .from(memberLog)
    .where(and(eq(memberLog.person, person), inArray(what, ['LOGIN', 'LOGOUT', 'SIGN_IN_CODE'])))
    .orderBy(desc(memberLog.id))
    .limit(20);
}

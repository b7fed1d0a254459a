/** What is frozen now: asked before anything is begun, in the transaction that begins it where there is one. */
import { sql } from 'drizzle-orm';
import { rowsOf, type Db } from '../db/database.ts';
import {
  freezeOver,
  scopeText,
  type Freeze,
  type FreezeScope,
  type WhenFrozen,
} from '../governance/governance.ts';
import { refusal, type Refusal } from '../lib/refusal.ts';
import { isoTime } from '../lib/clock.ts';

export interface FreezeView extends Freeze {
  /** For governance alone: what happened may be nobody else's business yet. */
  why: string;
  by: { id: number; login: string };
  /** Who asked first to lift it. */
  lift: { by: number; login: string; at: number } | null;
}

interface Row {
  id: string;
  scope: FreezeScope['kind'];
  subject: string | null;
  running: WhenFrozen;
  why: string;
  by: number;
  login: string;
  at: number;
  lift_by: number | null;
  lift_login: string | null;
  lift_at: number | null;
}

/** Oldest first. */
export async function freezesOn(db: Db): Promise<FreezeView[]> {
  const rows = await rowsOf<Row>(
    db,
    sql`
      select id, scope, subject, running, why, by::float8 as by, by_login as login, at::float8 as at,
        lift_by::float8 as lift_by, lift_by_login as lift_login, lift_at::float8 as lift_at
      from freezes where lifted_at is null order by at, id`,
  );
  return rows.map(viewOf);
}

function viewOf({ id, scope, subject, running, why, by, login, at, ...row }: Row): FreezeView {
  const { lift_by: lifter, lift_login: lifterLogin, lift_at: liftAt } = row;
  return {
    id,
    scope: scopeOf(scope, subject),
    running,
    why,
    by: { id: by, login },
    at,
    lift: lifter === null ? null : { by: lifter, login: lifterLogin ?? '', at: liftAt ?? 0 },
  };
}

function scopeOf(kind: FreezeScope['kind'], subject: string | null): FreezeScope {
  return kind === 'all' ? { kind } : { kind, id: subject ?? '' };
}

/** Without a backend: of what happens outside every zone. */
export interface FreezePlace {
  project: string | null;
  backend?: string;
}

export async function frozenAt(db: Db, place: FreezePlace): Promise<FreezeView | undefined> {
  return freezeOver(await freezesOn(db), { backend: '', ...place });
}

/** Why not, said to somebody whose work it is: what stands still and since when, not why. */
export async function frozenRefusal(db: Db, place: FreezePlace): Promise<Refusal | undefined> {
  const freeze = await frozenAt(db, place);
  return freeze && frozen(freeze);
}

export function frozen({ scope, at }: Pick<Freeze, 'scope' | 'at'>): Refusal {
  const what = scope.kind === 'all' ? 'Everything here' : `The ${scopeText(scope)}`;
  return refusal(
    'freeze.frozen',
    `${what} has been paused by governance since ${isoTime(at).slice(0, 16).replace('T', ' ')} UTC.`,
    'It goes on when two of the governance team lift the freeze; nothing that waits is lost.',
  );
}

/**
 * Moves an application on: one state, its ledger entry, what it asks for, in one transaction. Looking at it again when
 * nothing changed does nothing, so no event that was lost or came twice matters.
 */
import { and, eq, isNull, ne, notInArray, sql } from 'drizzle-orm';
import {
  grantAsked,
  isDecided,
  newProject,
  nextState,
  seal as sealOf,
  sealedText,
  type ApplicationFacts,
  type ApplicationState,
  type Fault,
  type KnownPeople,
  type Reading,
} from '../../applications/applications.ts';
import type { Db, Tx } from '../../db/database.ts';
import { record } from '../../db/record.ts';
import { applications } from '../../db/schema/applications.ts';
import { proposals } from '../../db/schema/stewarding.ts';
import { editSchema, type Edit, type Governance } from '../../governance/governance.ts';
import type { LedgerEntry } from '../../ledger/ledger.ts';
import { isoDay, isoTime } from '../../lib/clock.ts';
import { propose, withdrawProposal } from '../proposals/propose.ts';
import type { Room } from '../room.ts';
import { formOf } from './intake.ts';
import * as words from './words.ts';

export type Application = typeof applications.$inferSelect;

/** What is there now: read from GitHub and from governance in force. */
export interface Seen {
  governance: Governance;
  reading: Reading & { people: KnownPeople };
  texts: readonly string[];
  closedByApplicant: boolean;
  /** What a label of the pull request says, asked when it was closed. */
  closedAs(pull: number): Promise<'deferred' | 'rejected'>;
}

/** What the answers ask for; faults when nothing can be made of them. */
export interface Asked {
  edit: Edit;
  project: string;
  number: string | null;
  people: number[];
  title: string;
  why: string;
  steward?: string;
}

const MOST_STEPS = 4;

export async function advance(room: Room, application: Application, seen: Seen): Promise<Application> {
  let now = application;
  for (let step = 0; step < MOST_STEPS; step += 1) {
    const facts = await factsOf(room, now, seen);
    const next = nextState(now, facts);
    if (next === undefined) return now;
    const moved = await move(room, now, next, seen, facts.seal);
    if (moved === undefined) return now;
    now = moved;
  }
  return now;
}

async function factsOf(room: Room, now: Application, seen: Seen): Promise<ApplicationFacts> {
  const proposal = await proposalOf(room.db, now);
  const inForce = inForceAs(seen.governance, now, proposal?.edit);
  const closed = proposal?.state === 'closed' && proposal.pull !== null ? proposal.pull : undefined;
  return {
    whole: isWhole(seen.reading) && !Array.isArray(await askedFor(room.db, now, seen, room.clock.now())),
    seal: sealNow(now, seen.texts),
    closedByApplicant: seen.closedByApplicant,
    closedAs: closed === undefined ? 'deferred' : await seen.closedAs(closed),
    ...(proposal && { proposal: proposal.state }),
    ...(inForce && { inForce }),
  };
}

export const isWhole = ({ faults, further }: Pick<Reading, 'faults' | 'further'>): boolean =>
  faults.length === 0 && further.length === 0;

export const sealNow = ({ salt, applicant }: Application, texts: readonly string[]): string =>
  sealOf(salt, sealedText(applicant, texts));

export async function proposalOf(db: Db, { proposal }: Application) {
  if (proposal === null) return undefined;
  const [row] = await db.select().from(proposals).where(eq(proposals.id, proposal));
  return row;
}

/** What holds is what governance in force says, not what became of a pull request. */
function inForceAs(
  g: Governance,
  { kind, seal }: Application,
  edit: unknown,
): 'approved' | 'approved_with_conditions' | undefined {
  if (seal === null) return undefined;
  if (kind === 'project')
    return g.projects.find(({ approval }) => approval.application_hash === seal)?.approval.state;
  const read = editSchema.safeParse(edit);
  if (!read.success || read.data.kind !== 'add-grant') return undefined;
  const { table, name, project, ref } = read.data.grant;
  const all = table === 'datasets' ? g.datasets.map((each) => ({ ...each, name: each.dataset })) : g[table];
  const grants = all.find((each) => each.name === name)?.grants ?? [];
  return grants.some((grant) => grant.project === project && grant.ref === ref) ? 'approved' : undefined;
}

export async function askedFor(
  db: Db | Tx,
  now: Application,
  { governance, reading, texts }: Pick<Seen, 'governance' | 'reading' | 'texts'>,
  at: number,
): Promise<Asked | Fault[]> {
  const form = formOf(governance, now.kind);
  if (!form) return [];
  const today = isoDay(at);
  const applicant = { id: now.applicant, login: now.applicantLogin };
  const seal = sealNow(now, texts);
  if (now.kind === 'permission') {
    const ref = `request ${now.id}`;
    const made = grantAsked(governance, { applicant: applicant.id, raw: reading.raw, ref, today });
    if (Array.isArray(made)) return made;
    const { project, name } = made.edit.grant;
    const steward = `${governance.deployment.github.org.login}/${made.steward}`;
    const members = governance.projects.find(({ id }) => id === project)?.members ?? [];
    return {
      ...{ edit: made.edit, project, number: null, steward },
      people: members.map(({ id }) => id),
      title: words.pullTitle.permission(name, project),
      why: words.pullWhy.permission(now.id, seal, steward),
    };
  }
  const made = newProject(governance, form, {
    ...{ applicant, raw: reading.raw, people: reading.people, seal, today },
    ref: `application ${now.id}`,
    promised: await promised(db, now.id),
    ...(now.number !== null && { number: now.number }),
  });
  if (Array.isArray(made)) return made;
  const { id, number, title, members } = made.project;
  return {
    edit: made,
    ...{ project: id, number, people: members.map((member) => member.id) },
    title: words.pullTitle.project(number, title),
    why: words.pullWhy.project(now.id, seal),
  };
}

/** Numbers that other applications wait for. */
async function promised(db: Db | Tx, except: string): Promise<string[]> {
  const rows = await db
    .select({ number: applications.number })
    .from(applications)
    .where(and(ne(applications.id, except), notInArray(applications.state, ['rejected', 'withdrawn'])));
  return rows.flatMap(({ number }) => number ?? []);
}

async function move(
  room: Room,
  now: Application,
  next: ApplicationState,
  seen: Seen,
  seal: string,
): Promise<Application | undefined> {
  return room.db.transaction(async (tx) => {
    if (next !== 'submitted') return enter(room, tx, now, next, { seal: now.seal });
    // Two that are handed in at once are not promised the same number.
    await tx.execute(sql`select pg_advisory_xact_lock(hashtext('applications.number'))`);
    const asked = await askedFor(tx, now, seen, room.clock.now());
    if (Array.isArray(asked)) return undefined;
    const turn = now.turn + 1;
    const { project, number, people } = asked;
    const entered = await enter(room, tx, now, next, { seal, turn, project, number, people });
    if (!entered) return undefined;
    if (now.proposal !== null) await withdrawProposal(tx, room, now.proposal, words.superseded());
    const proposal = await propose(tx, room, {
      key: `application:${now.id}:${turn}`,
      edit: asked.edit,
      askedBy: { id: now.applicant, login: now.applicantLogin },
      where: { repository: now.repositoryId, number: now.issue },
      title: asked.title,
      why: asked.why,
    });
    await tx.update(applications).set({ proposal }).where(eq(applications.id, now.id));
    return { ...entered, proposal };
  });
}

/** State and entry together, once: whoever comes second finds it moved. Undefined then. */
export async function enter(
  room: Room,
  tx: Tx,
  now: Application,
  next: ApplicationState,
  { decidedBy, ...changes }: Partial<Application>,
): Promise<Application | undefined> {
  const at = room.clock.now();
  const submitted = next === 'submitted';
  const [row] = await tx
    .update(applications)
    .set({
      ...changes,
      state: next,
      ...(submitted && { submittedAt: at }),
      ...(isDecided(next) && { decidedAt: at }),
      ...(decidedBy !== undefined && { decidedBy }),
    })
    .where(
      and(
        eq(applications.id, now.id),
        eq(applications.state, now.state),
        now.seal === null ? isNull(applications.seal) : eq(applications.seal, now.seal),
      ),
    )
    .returning();
  if (!row) return undefined;
  if (CLOSES.includes(next) && row.proposal !== null)
    await withdrawProposal(tx, room, row.proposal, words.takenBack(next));
  await record(tx, {
    time: isoTime(at),
    type: 'application',
    actor: 'hub',
    subject: `application:${row.id}`,
    policy_commit: room.governance.current()?.commit ?? null,
    body: bodyOf(row),
  });
  return row;
}

const CLOSES: readonly ApplicationState[] = ['rejected', 'withdrawn'];

function bodyOf({ kind, state, turn, seal, project }: Application): LedgerEntry['body'] {
  const digest = (seal ?? '').replace(/^sha256:/, '');
  if (state === 'submitted') return { event: 'sealed', kind, turn, seal: digest };
  if (state === 'approved' || state === 'approved_with_conditions')
    return { event: state, kind, project: project ?? '', seal: digest };
  return { event: state, kind };
}

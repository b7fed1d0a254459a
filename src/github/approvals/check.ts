/** Keeps `governance/approvals` on the head of a pull request of the governance repository. */
import { eq, sql } from 'drizzle-orm';
import { rowsOf } from '../../db/database.ts';
import { queueOutbox } from '../../db/outbox.ts';
import { proposals } from '../../db/schema/stewarding.ts';
import {
  approving,
  editSchema,
  isGovernancePath,
  type Approving,
  type Governance,
} from '../../governance/governance.ts';
import { canonicalJson } from '../../lib/canonical.ts';
import { CHECK_NAMES, type CheckContent } from '../checks/content.ts';
import { derivedId } from '../derived.ts';
import { needsNobody } from '../provision/facts.ts';
import { planNumbers } from '../plans.ts';
import type { RepoRef } from '../repo.ts';
import { knownRepository, settingOf, type Room } from '../room.ts';
import { GovernancePulls, type GovernancePull } from './pulls.ts';
import { approvalsCheck } from './words.ts';

const PUSHERS = 'governance-pushers:';

/** Told of each push to it: who pushed what somebody else wrote has a hand in it as well. */
export async function notePusher(room: Room, number: number, person: number): Promise<void> {
  // One statement: two deliveries at once must not lose one of the two.
  await room.db.execute(sql`
    insert into settings as held (key, value, updated_at)
    values (${`${PUSHERS}${number}`}, jsonb_build_array(${person}::bigint), ${room.clock.now()}::bigint)
    on conflict (key) do update set value = held.value || excluded.value, updated_at = excluded.updated_at
      where not held.value @> excluded.value`);
}

/** Looks at everything afresh: what is shown follows from GitHub and governance, not from the event. */
export async function checkApprovals(room: Room, repo: RepoRef, number: number): Promise<void> {
  const pulls = await GovernancePulls.of(room, repo);
  const pull = await pulls.pull(number);
  // Against another branch it lists other commits, and says nothing about what may come to this one.
  if (!pull?.open || pull.base !== (await knownRepository(room.db, repo.id))?.defaultBranch) return;
  const { reading, base } = await room.governance.propose(pull.head);
  const inForce = room.governance.current();
  const { governance: after } = reading;
  if (!inForce) return;
  const found =
    after && (await countApprovals(room, pulls, pull, { inForce, before: base ?? inForce, after }));
  await keepNewest(room, repo.id, pull.head, approvalsCheck(found));
}

/** Of every pull request that is open: what is in force has changed, and with it who may approve. */
export async function checkApprovalsAgain(room: Room, repo: RepoRef): Promise<void> {
  for (const number of await planNumbers(room, { open: true })) await checkApprovals(room, repo, number);
}

export async function countApprovals(
  room: Room,
  pulls: GovernancePulls,
  pull: GovernancePull,
  change: { inForce: Governance; before: Governance; after: Governance },
): Promise<Approving> {
  const [proposal] = await room.db
    .select({ askedBy: proposals.askedBy, edit: proposals.edit })
    .from(proposals)
    .where(eq(proposals.pull, pull.number));
  const files = await pulls.files(pull.number);
  const found = approving(
    change,
    {
      head: pull.head,
      author: pull.author.id,
      writers: await pulls.writers(pull.number, change.inForce.people),
      pushers: (await settingOf<number[]>(room.db, `${PUSHERS}${pull.number}`)) ?? [],
      askedBy: proposal?.askedBy,
      askedByNobody: pull.author.bot && !proposal,
      files,
    },
    { reviews: await pulls.reviews(pull.number), at: room.clock.now() },
  );
  // The number of a repository that was made here for a project: who approved the project approved this.
  const edit = proposal && editSchema.safeParse(proposal.edit).data;
  const isData = files.every((path) => isGovernancePath(path));
  if (!edit || !isData || !(await needsNobody(room, change, edit))) return found;
  const ok = found.objecting.length === 0 && found.faults.length === 0;
  return { ...found, ok, demands: [{ what: 'provisioned', number: 0, counted: 0, roles: [], teams: [] }] };
}

/** One run for each head, edited in place. */
async function keepNewest(room: Room, repository: number, sha: string, content: CheckContent): Promise<void> {
  const name = CHECK_NAMES.approvals;
  const id = derivedId('check', repository, sha, name, '');
  const now = room.clock.now();
  await room.db.transaction(async (tx) => {
    const [kept] = await rowsOf<{ id: string }>(
      tx,
      sql`
        insert into shown_checks as held (id, repository_id, sha, name, round, content, updated_at)
        values (${id}, ${repository}::bigint, ${sha}, ${name}, 0, ${canonicalJson(content)}::jsonb, ${now}::bigint)
        on conflict (id) do update set content = excluded.content, updated_at = excluded.updated_at
          where held.content <> excluded.content
        returning id`,
    );
    if (kept) await queueOutbox(tx, [{ topic: 'check', subject: id }], now);
  });
}

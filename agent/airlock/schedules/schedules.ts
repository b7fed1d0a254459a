/**
 * Release requests by the clock. Governance declares them with their project; here they are made, in their
 * author's name and under every guard that holds for them, when their time has come.
 *
 * A time is written in the transaction that makes its request, under a key of its own: it is made once,
 * whatever dies in between. Times that passed while nothing ran are made up for the latest of them. A
 * schedule begins with its being seen, and begins anew when its clock is changed: nothing is made up of
 * what it would have been before.
 */
import { dueAt, nextAfter, type Schedule } from '../../../src/governance/governance.ts';
import { isRefusal, type Refusal } from '../../../src/lib/refusal.ts';
import { outputsAtStake, type Command } from '../../../src/release/release.ts';
import { commandAll, stored1, type Outcome as Done } from '../command.ts';
import type { Core, Rules, Tx } from '../core.ts';
import { activeRequest, outsideFacts } from '../facts.ts';
import { besideOf, snapshots } from '../files.ts';
import type { ScheduleRow } from '../page-data.ts';
import { inTurn } from '../in-turn.ts';
import { projectOf } from '../where.ts';
import { no } from '../words.ts';
import type { WorkspaceIndex } from '../workspace-index.ts';
import { commandsOf, wishOf, type Wish } from './request.ts';
import { clockOf, isTaken, latest, note, settle, unsubmitted, write, type Time } from './times.ts';

/** What may pass is no outcome: the time is made up when it has passed. */
const PASSES: readonly string[] = ['airlock.governance-away', 'airlock.history-away', 'airlock.busy'];
const WAITS: readonly string[] = [...PASSES, 'release.checks-running'];

/** Files of one request at most: what two people can look at. */
const MOST = 500;

interface Kept {
  key: string;
  project: string;
  schedule: Schedule;
}

/** `look` is told of the requests that the checks have to look at. */
export async function tendSchedules(core: Core, look: (request: string) => void): Promise<void> {
  const now = core.clock.now();
  const rules = core.rules(now);
  if (!rules) return;
  const known = await latest(core.db);
  await inTurn(
    [
      () =>
        inTurn(schedulesOf(core, rules, now), async (kept) => {
          const last = known.get(kept.key);
          const clock = clockOf(kept.schedule);
          const time: Time = {
            ...{
              schedule: kept.key,
              due: now,
              clock,
              outcome: 'begun',
              code: null,
              request: null,
              seq: null,
            },
            at: now,
          };
          if (last?.clock !== clock) return note(core.db, time);
          const due = dueAt(kept.schedule, now);
          if (due > last.due) (await make(core, rules, kept, { ...time, due })).forEach(look);
        }),
      async () => inTurn(await unsubmitted(core.db), (time) => submit(core, time)),
      async () => (await unsubmitted(core.db)).forEach(({ request }) => look(request!)),
    ],
    (step) => step(),
  );
}

function schedulesOf(core: Core, { governance }: Rules, now: number): Kept[] {
  const today = new Date(now).toISOString().slice(0, 10);
  return governance.projects.flatMap(({ id: project, schedules }) =>
    schedules
      .filter(({ backend, until }) => backend === core.zone.backend && until >= today)
      .map((schedule) => ({ key: `${project}/${schedule.id}`, project, schedule })),
  );
}

async function make(core: Core, rules: Rules, kept: Kept, time: Time): Promise<string[]> {
  const { schedule, project } = kept;
  const none =
    (outcome: 'skipped' | 'refused') =>
    async (code: string): Promise<string[]> => {
      await note(core.db, { ...time, outcome, code });
      return [];
    };
  const [skip, refuse] = [none('skipped'), none('refused')];
  const index = await core.workspaces.ready(schedule.workspace);
  // A project asks for its own workspaces, whatever it writes.
  if (!index || projectOf(core, rules, schedule.workspace) !== project) return refuse(no.workspace().code);
  const all = wishOf(schedule, index);
  if (!all) return skip('schedule.nothing-there');
  if ((await activeRequest(core.db, schedule.workspace, all.author)) !== null)
    return skip('schedule.under-review');
  const wish = { ...all, outputs: await unreleased(core, index, all.outputs) };
  if (wish.outputs.size === 0) return skip('schedule.all-released');
  // A part of them would look like all of them.
  if (wish.outputs.size > MOST) return refuse('schedule.too-many');

  const taken = await snapshots(core, index, [...wish.outputs.keys(), ...wish.supporting]);
  // It is made up for when there is room.
  if (isRefusal(taken)) return [];
  const by = { kind: 'person', id: wish.author, automated: true } as const;
  const id = core.ids.id();
  const { policyText } = rules.release;
  const commands = commandsOf(schedule, wish, { id, project, by, copies: taken.copies, policyText });
  const beside = besideOf(core, taken);
  const also = async (tx: Tx, done: Done): Promise<void> => {
    const against = whyNot(done, commands);
    if (against) throw new NotMade(against);
    await beside.also(tx);
    const outcome = schedule.submit ? 'made' : 'draft';
    await write(tx, { ...time, outcome, request: id, seq: done.request!.seq });
  };
  const answer = await commandAll(core, null, commands, { ...beside, also }, true).catch(notMade);
  if (answer === 'made') return [];
  if (!isRefusal(answer)) return [id];
  if (PASSES.includes(answer.code)) return [];
  core.logger.warn({ code: answer.code, schedule: kept.key }, 'A scheduled request was refused');
  return answer.code === 'release.active-request' ? skip('schedule.under-review') : refuse(answer.code);
}

async function unreleased(
  core: Core,
  index: WorkspaceIndex,
  outputs: Wish['outputs'],
): Promise<Wish['outputs']> {
  const hashOf = (path: string): string => index.file(path)!.sha256;
  const facts = await outsideFacts(core.db, '', [...outputs.keys()].map(hashOf));
  const released = new Set(facts.released);
  return new Map([...outputs].filter(([path]) => !released.has(hashOf(path))));
}

/** A request without an output is none: then the first reason is the answer. */
function whyNot({ request, refused }: Done, commands: readonly Command[]): Refusal | undefined {
  if (request && outputsAtStake(request).length > 0) return undefined;
  const first = commands.findIndex((_, place) => refused.has(place));
  return refused.get(first) ?? no.workspace();
}

class NotMade extends Error {
  readonly refusal: Refusal;
  constructor(refusal: Refusal) {
    super(refusal.code);
    this.refusal = refusal;
  }
}

function notMade(error: unknown): Refusal | 'made' {
  if (error instanceof NotMade) return error.refusal;
  if (isTaken(error)) return 'made';
  throw error;
}

/** As its author would: what stands against it stays theirs to mend. Whoever has gone on with it is not overtaken. */
async function submit(core: Core, time: Time): Promise<void> {
  const id = time.request!;
  const stored = await stored1(core.db, id, false);
  if (stored?.request.state !== 'draft' || stored.request.seq !== time.seq)
    return settle(core.db, time, stored?.request.submittedAt ? 'submitted' : 'draft', null);
  const by = { kind: 'person', id: stored.request.author, automated: true } as const;
  const also = (tx: Tx): Promise<void> => settle(tx, time, 'submitted', null);
  const answer = await commandAll(core, id, [{ type: 'submit', by }], { also });
  if (!isRefusal(answer) || WAITS.includes(answer.code)) return;
  await settle(core.db, time, 'draft', answer.code);
}

/** For the operations page. */
export async function scheduleRows(core: Core, rules: Rules): Promise<ScheduleRow[]> {
  const now = core.clock.now();
  const known = await latest(core.db);
  return schedulesOf(core, rules, now).map(({ key, schedule }) => {
    const last = known.get(key);
    return {
      schedule: key,
      workspace: schedule.workspace,
      clock: clockOf(schedule),
      next: nextAfter(schedule, now),
      last:
        last && last.outcome !== 'begun'
          ? { due: last.due, outcome: last.outcome, code: last.code, request: last.request }
          : null,
    };
  });
}

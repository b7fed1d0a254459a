/**
 * The airlock room: release requests in the zone. `openAirlock` puts the parts together; what it offers is
 * in face.ts. It reads the agent's folder and writes only its own.
 */
import { hours } from '../../src/lib/clock.ts';
import { sql } from 'drizzle-orm';
import { rowsOf } from '../../src/db/open.ts';
import { isRefusal, type Refusal } from '../../src/lib/refusal.ts';
import { precision } from './checks/fates.ts';
import { Checks } from './checks/service.ts';
import { command, obstaclesOf } from './command.ts';
import { Copies } from './copies.ts';
import type { AirlockParts, Core } from './core.ts';
import type { AirlockRoom, FilesDone, Taken } from './face.ts';
import { epochOf, markRestore, pendingRestore } from './epochs.ts';
import { addFiles, updateFiles, withdrawFiles } from './files.ts';
import { logLines, sealLog } from './log.ts';
import { drawn, open, sent, watched, whyOver } from './looking.ts';
import { inlineReader } from './manifests/read.ts';
import { Workspaces } from './manifests/workspaces.ts';
import { order } from './orders.ts';
import { decisionFigures } from './pages/figures.ts';
import { queue, requestsOf } from './pages/lists.ts';
import { standing } from './pages/people.ts';
import { activityOf, auditLog, operations } from './pages/records.ts';
import { makeHead, markHead, pendingHead } from './record-heads.ts';
import { requestPage } from './pages/request.ts';
import { codeAt, workspaceFile } from './pages/workspace-file.ts';
import { listing, pathsOf, workspaces } from './pages/workspaces.ts';
import { inTurn } from './in-turn.ts';
import { issuesFailed, keepTold, shownFailed, tendNotices } from './notices.ts';
import { tendSchedules } from './schedules/schedules.ts';
import { setSetting, settingOf } from './settings.ts';
import { markShown, pendingShown, shown } from './shown.ts';
import { shownCodeOf } from './shown-code.ts';
import { tendPlaces } from './tend-places.ts';
import { retryUpload, uploadsOf } from './uploads.ts';
import { verifyChains, verifyCopies } from './verify.ts';
import { watchManifests } from './watch.ts';

export type { AirlockParts, Rules } from './core.ts';
export type { AirlockRoom } from './face.ts';

/** Copies are hashed again after so long, so many at a time. */
const COPY_AGE_MS = hours(24);
const COPIES_AT_ONCE = 500;
const CHAINS_AGE_MS = hours(24);

export async function openAirlock(parts: AirlockParts): Promise<AirlockRoom> {
  const listeners = new Set<() => void>();
  const core: Core = {
    ...parts,
    db: parts.database.db,
    workspaces: new Workspaces({
      agentState: parts.agentState,
      keys: parts.agentKeys,
      reader: parts.manifests ?? inlineReader(),
      logger: parts.logger,
    }),
    copies: new Copies(parts.dir, parts.ids),
    changed: () => {
      for (const listener of [...listeners]) listener();
    },
  };
  const forget = parts.freezes?.onChange(() => core.changed());
  core.copies.clearIncoming();
  const checks = new Checks(core);
  const watching = watchManifests(core.workspaces, (name) => {
    // Reading begins at once, before anybody asks.
    core.workspaces.get(name);
    checks.wantWorkspace(name);
  });
  for (const { id } of await openRequests(core)) checks.wantRequest(id);

  /** By another governance other keys may sign manifests, and other policies check files. */
  let commit = commitOf(core);
  async function lookAgain(): Promise<void> {
    if (commitOf(core) === commit) return;
    commit = commitOf(core);
    core.workspaces.forget();
    for (const name of core.workspaces.names()) checks.wantWorkspace(name);
    for (const { id } of await openRequests(core)) checks.wantRequest(id);
  }

  /** What was decided is decided; the checks look at it after. */
  function taken(answer: Taken | Refusal): Taken | Refusal {
    if (!isRefusal(answer)) checks.wantRequest(answer.request.id);
    return answer;
  }
  function done(answer: FilesDone | Refusal): FilesDone | Refusal {
    if (!isRefusal(answer)) checks.wantRequest(answer.request);
    return answer;
  }

  return {
    command: async (id, asked) =>
      (id === null || asked.type === 'withdraw' ? undefined : await whyOver(core, asked.by, id)) ??
      taken(await command(core, id, asked)),
    paused: () => parts.freezes?.over(null),
    obstaclesOf: (id, asked) => obstaclesOf(core, id, asked),
    addFiles: async (wish) => done(await addFiles(core, wish)),
    updateFiles: async (...wish) =>
      (await whyOver(core, wish[0], wish[1])) ?? done(await updateFiles(core, ...wish)),
    withdrawFiles: async (...wish) =>
      (await whyOver(core, wish[0], wish[1])) ?? done(await withdrawFiles(core, ...wish)),

    reading: () => core.workspaces.isReading,
    workspaces: (person) => workspaces(core, person),
    listing: (person, name, query) => {
      checks.asked({ workspace: name });
      return listing(core, person, name, query);
    },
    pathsOf: (...asked) => pathsOf(core, ...asked),
    workspaceFile: (person, name, path) => {
      checks.asked({ workspace: name });
      return workspaceFile(core, person, name, path);
    },
    codeAt: (...asked) => codeAt(core, ...asked),
    request: (person, id) => {
      checks.asked({ request: id });
      return requestPage(core, person, id);
    },
    requestsOf: (...asked) => requestsOf(core, ...asked),
    queue: (checker) => queue(core, checker),
    activityOf: (...asked) => activityOf(core, ...asked),
    auditLog: (...asked) => auditLog(core, ...asked),
    operations: (person) => operations(core, checks, person),
    precision: () => precision(core.db),
    decisionFigures: () => decisionFigures(core),

    open: (...asked) => open(core, ...asked),
    sent: (load, bytes) => sent(core, load, bytes),
    drawn: (session, load) => drawn(core, session, load),
    async shownCode(person, id) {
      const held = await watched(core, person, id);
      return isRefusal(held) ? held : shownCodeOf(held.request, person, core.zoneKey);
    },
    standing: (person) => standing(core, person),
    log: (line) => logLines(core, core.db, [line]),

    async order(asked) {
      const answer = await order(core, asked);
      if (answer.outcome === 'done') checks.wantRequest(asked.deed.request);
      return answer;
    },
    pendingShown: (limit) => pendingShown(core, limit),
    shown: (ids) => shown(core, ids),
    markShown: (taken) => markShown(core, taken),
    notTaken: (request, code) => shownFailed(core, request, code),
    unsaid: (list) => issuesFailed(core, list),
    recallsTold: (told) => keepTold(core, told),
    ...core.browsers,
    recordHead: () => pendingHead(core),
    markRecordHead: (told) => markHead(core, told),
    epoch: () => epochOf(core.db),
    restored: () => pendingRestore(core.db),
    markRestored: (told) => markRestore(core, told),
    uploads: uploadsOf(core),
    retryUpload: (...asked) => retryUpload(core, ...asked),
    governanceCommit: () => core.rules(core.clock.now())?.governance.commit,
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    settled: () => checks.settled(),
    checksWaiting: () => checks.waiting,
    async tend() {
      await lookAgain();
      watching.follow();
      await checks.tend();
      await tend(core, checks);
    },
    async close() {
      forget?.();
      watching.close();
      await Promise.all([checks.close(), core.workspaces.close()]);
    },
  };
}

function commitOf(core: Core): string | undefined {
  return core.rules(core.clock.now())?.governance.commit;
}

/** Requests the checks may have to look at again: they were waiting when the process ended, or the checks are newer. */
async function openRequests(core: Core): Promise<{ id: string }[]> {
  return rowsOf<{ id: string }>(
    core.db,
    sql`select id from requests where state in ('draft', 'returned', 'submitted', 'reviewing', 'consolidating')`,
  );
}

async function tend(core: Core, checks: Checks): Promise<void> {
  const now = core.clock.now();
  const steps = [
    () => notePolicy(core),
    () => seal(core),
    // What was made is looked at, and submitted the next time.
    () => tendSchedules(core, (id) => checks.wantRequest(id)),
    () => tendPlaces(core),
    () => tendNotices(core),
    () => tendCopies(core, now),
    () => tendChains(core, now),
  ];
  await inTurn(steps, (step) => step());
}

async function seal(core: Core): Promise<void> {
  // The embedded database answers without ever letting go: others get a turn between two batches.
  while ((await sealLog(core)) > 0) await new Promise(setImmediate);
  await makeHead(core);
}

async function tendCopies(core: Core, now: number): Promise<void> {
  const broken = await verifyCopies(core.db, core.copies, now, {
    before: now - COPY_AGE_MS,
    most: COPIES_AT_ONCE,
  });
  for (const { where } of broken) {
    core.logger.error(
      { sha256: where, code: 'airlock.stored-copy' },
      'A stored copy no longer matches its hash',
    );
  }
}

/** By which governance things were decided from when on; also when it changed while nothing ran here. */
async function notePolicy(core: Core): Promise<void> {
  const commit = commitOf(core);
  const before = await settingOf(core.db, 'policy-commit');
  if (commit === undefined || commit === before) return;
  const details = { commit, ...(before === undefined ? {} : { before }) };
  await logLines(core, core.db, [{ type: 'POLICY_CHANGE', person: null, details }]);
  await setSetting(core.db, 'policy-commit', commit);
}

async function tendChains(core: Core, now: number): Promise<void> {
  const last = Number((await settingOf(core.db, 'chain-checked-at')) ?? 0);
  if (now - last < CHAINS_AGE_MS) return;
  const faults = await verifyChains(core.db);
  await setSetting(core.db, 'chain-checked-at', String(now));
  await setSetting(core.db, 'chain-broken', faults[0] ? `${faults[0].what} ${faults[0].where}` : null);
  for (const { what, where } of faults) {
    core.logger.error({ what, where, code: 'airlock.chain' }, 'The record does not hold');
  }
}

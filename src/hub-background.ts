/** What a hub does without being asked: at times of the day, and every so often. */
import { isDatabaseAway } from './db/away.ts';
import { numberLeaves } from './db/sequencer.ts';
import type { Appointment } from './db/timetable.ts';
import {
  askForCommit,
  auditMerges,
  checkMissedHeads,
  followProposals,
  forgetOldDeliveries,
  lookAtApplications,
  lookAtBackends,
  lookAtBreaches,
  lookAtClocks,
  lookAtCompletions,
  lookAtDashboards,
  lookAtOnboarding,
  lookAtProjects,
  lookAtRegistry,
  lookAtReviewRepositories,
  lookForReleases,
  readInstallations,
  refreshGovernance,
  remindCheckers,
  type Room,
  sweepDeliveries,
  warnOfEnds,
} from './github/github.ts';
import type { HubConfig } from './hub-config.ts';
import { driftWatch, noteSilences, silenceWatch, sweep, takeOver } from './jobs/jobs.ts';
import { days, hours, minutes, seconds } from './lib/clock.ts';
import type { Logger } from './lib/logger.ts';
import type { Pulse } from './lib/pulse.ts';
import { forgetEnded } from './members/members.ts';
import { sweepOutputs } from './outputs/outputs.ts';

/** What is due at times of the day rather than every so often. */
export function appointments(room: Room): Appointment[] {
  return [
    {
      name: 'commit-log',
      cron: '20 * * * *',
      work: async () => void (await askForCommit(room, { entries: false })),
    },
    {
      name: 'copy-entries',
      cron: '10 1 * * *',
      work: async () => void (await askForCommit(room, { entries: true })),
    },
    { name: 'repository-clocks', cron: '15 * * * *', work: async () => void (await lookAtClocks(room)) },
    { name: 'dashboards', cron: '*/10 * * * *', work: async () => void (await lookAtDashboards(room)) },
    { name: 'onboarding', cron: '45 * * * *', work: async () => void (await lookAtOnboarding(room)) },
    { name: 'breaches', cron: '*/10 * * * *', work: async () => void (await lookAtBreaches(room)) },
    { name: 'what-ends-soon', cron: '25 * * * *', work: async () => void (await warnOfEnds(room)) },
    {
      name: 'proposals',
      cron: '*/10 * * * *',
      work: async () => {
        await followProposals(room, { moved: false });
        await auditMerges(room);
      },
    },
    { name: 'remind-checkers', cron: '5 * * * *', work: async () => void (await remindCheckers(room)) },
    { name: 'projects', cron: '20 * * * *', work: async () => void (await lookAtProjects(room)) },
    {
      name: 'review-repositories',
      cron: '35 * * * *',
      work: async () => void (await lookAtReviewRepositories(room)),
    },
  ];
}

export function startTimers(
  timers: Timers,
  room: Room,
  {
    since,
    ledger: keys,
    sweepMs = minutes(1),
  }: { since: number; ledger: HubConfig['ledger']; sweepMs?: number },
): void {
  if (!keys) {
    room.logger.warn(
      { code: 'ledger.unsigned' },
      'The public log is not signed, and nobody can check it: give hub.yml a key for it (ledger.key_file)',
    );
  }
  timers.every('sweep', seconds(30), () => sweep(room.jobs));
  timers.every('runs of silent agents', seconds(1), () => takeOver(room.jobs));
  timers.every('outputs', minutes(1), () => sweepOutputs(room.jobs));
  timers.every('silence', seconds(30), silenceWatch(room.jobs, since));
  timers.every('drift of zones', seconds(30), driftWatch(room.jobs));
  timers.every('uptime', seconds(30), async () => {
    await noteSilences(room.jobs, since);
    await lookAtBackends(room);
  });
  timers.every('sequencer', seconds(5), async () => {
    const signing = keys && { keys, now: room.clock.now() };
    while ((await numberLeaves(room.db, undefined, signing)) > 0);
    await lookForReleases(room);
  });
  timers.every('deliveries', sweepMs, () => sweepDeliveries(room));
  timers.every('governance', minutes(1), () => refreshGovernance(room));
  timers.every('applications', minutes(10), () => lookAtApplications(room, { issues: true }));
  timers.every('completions', hours(1), () => lookAtCompletions(room));
  timers.every('installations', hours(1), () => readInstallations(room));
  timers.every('codelists', minutes(10), () => lookAtRegistry(room));
  timers.every('heads', hours(1), () => checkMissedHeads(room));
  timers.every('members', hours(1), () => forgetEnded(room));
  timers.every('forget', hours(6), () => forgetOldDeliveries(room.db, room.clock.now() - days(8)));
}

/** What comes every hour does not wait an hour for a database that was away for a second. ms. */
export function restAfter(failure: unknown, failures: number, ms: number): number {
  return isDatabaseAway(failure) ? Math.min(ms, seconds(2 ** (failures - 1))) : ms;
}

/** Background work at a steady pace: one at a time of a kind, and a failure is only logged. */
export class Timers {
  readonly #logger: Logger;
  readonly #pulse: Pulse | undefined;
  readonly #timers = new Set<NodeJS.Timeout>();
  readonly #running = new Set<Promise<void>>();
  #stopped = false;

  constructor(logger: Logger, pulse?: Pulse) {
    this.#logger = logger;
    this.#pulse = pulse;
  }

  /** What it failed with, which is only logged; undefined when it did not. */
  async once(name: string, work: () => Promise<unknown>): Promise<unknown> {
    let failure: unknown;
    const run = work().then(
      () => undefined,
      (error: unknown) => {
        failure = error;
        this.#logger.warn(
          { err: error, code: 'hub.background', work: name },
          'Background work failed; it is tried again',
        );
      },
    );
    this.#running.add(run);
    await run;
    this.#running.delete(run);
    return failure;
  }

  /** At once, and after rests that grow up to `mostMs` until it has been done. Resolves after the first attempt. */
  async until(name: string, mostMs: number, work: () => Promise<unknown>, failures = 0): Promise<void> {
    const failure = await this.once(name, work);
    if (failure === undefined || this.#stopped) return;
    const rest = Math.min(mostMs, seconds(2 ** failures));
    this.#later(rest, () => this.until(name, mostMs, work, failures + 1));
  }

  /** At once, then after each `ms` of rest; sooner where the database was away. */
  every(name: string, ms: number, work: () => Promise<unknown>): void {
    let failures = 0;
    const again = async () => {
      // Between two turns lies the rest and the work itself, calls to GitHub among it.
      this.#pulse?.beat(name, ms + minutes(15));
      const failure = await this.once(name, work);
      failures = failure === undefined ? 0 : failures + 1;
      if (this.#stopped) return;
      this.#later(restAfter(failure, failures, ms), again);
    };
    void again();
  }

  #later(ms: number, work: () => Promise<void>): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      void work();
    }, ms);
    this.#timers.add(timer);
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    for (const timer of this.#timers) clearTimeout(timer);
    await Promise.all(this.#running);
  }
}

/**
 * Release requests that are made by the clock: declared with the project they belong to, reviewed like the
 * rest of it. The time is a cron expression with the calendar it is meant in; here stands what it comes to.
 */
import { CronExpressionParser } from 'cron-parser';
import { z } from 'zod';
import { hours } from '../lib/clock.ts';
import { spot, type Finding, type Placed, type Rule } from './facts.ts';
import { holds } from './grants.ts';
import type { Project, Schedule } from './types.ts';
import { day, githubId, reason, slug, text } from './values.ts';
import { words } from './words.ts';

/**
 * Five fields, the first a minute and an hour: at most once a day, since whether a request is made is known outside.
 * Without H, which draws another day whenever it is read.
 */
const FIVE_FIELDS = /^(?!.*\bH\b)\d{1,2} \d{1,2}( [\dA-Za-z*,/-]+){3}$/i;

const cron = z
  .string()
  .max(100, 'at most 100 characters')
  .regex(FIVE_FIELDS, 'five fields of cron that begin with one minute and one hour, like "30 6 * * 1"')
  .refine(
    (written) => !FIVE_FIELDS.test(written) || isCron(written),
    'a time that comes: five fields of cron, like "30 6 * * 1"',
  );

const calendar = z.string().refine(isCalendar, 'a calendar by its time zone, like UTC or Europe/London');

/** Of the workspace, without a way out of it. */
const folder = z
  .string()
  .max(300, 'at most 300 characters')
  .regex(/^(?!.*(^|\/)\.)[^\0-\x1f\\]+(?<!\/)$/, 'a folder of the workspace, like output/tables');

const controls = z.strictObject({
  threshold: z.int('a whole number').min(0, 'zero or more').nullable().default(null),
  base: z.int('a whole number').min(1, 'one or more').nullable().default(null),
  method: z.enum(['rounding', 'midpoint', 'suppression', 'none']),
  text,
});

export const scheduleEntry: z.ZodType<Schedule> = z
  .strictObject({
    id: slug,
    backend: slug,
    workspace: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/, 'the name of a workspace'),
    author: githubId.optional(),
    cron,
    calendar,
    dirs: z.array(folder).min(1, 'at least one folder').max(50, 'at most 50 folders'),
    supporting: z.array(folder).max(100, 'at most 100 files').default([]),
    context: z.string().min(1, 'not empty').max(20_000, 'at most 20000 characters'),
    controls,
    submit: z.boolean().default(false),
    policy_text: z.string().max(40, 'at most 40 characters').optional(),
    until: day,
    reason,
    ref: text,
  })
  .refine(({ submit, policy_text }) => !submit || policy_text !== undefined, {
    error: 'the version of the policy text that is accepted, since the request is submitted',
    path: ['policy_text'],
  })
  .transform(({ policy_text, ...schedule }) => ({
    ...schedule,
    ...(policy_text === undefined ? {} : { policyText: policy_text }),
  }));

/** What must fit the project around it. */
export const schedulesFitTheirProject: Rule = (facts) =>
  facts.projects.flatMap((placed) =>
    placed.value.schedules.flatMap((schedule, index) => faultsOf(placed, schedule, index)),
  );

function faultsOf(placed: Placed<Project>, schedule: Schedule, index: number): Finding[] {
  const { backends, members, schedules, until } = placed.value;
  const found: Finding[] = [];
  const say = (field: string, code: string, message: string): void => {
    const { source, path } = spot(placed, 'schedules', index, field);
    found.push(source.at(path, code, message));
  };
  if (schedules.findIndex(({ id }) => id === schedule.id) !== index)
    say('id', 'governance.duplicate-id', words.twice('schedule', schedule.id));
  if (!backends.includes(schedule.backend))
    say('backend', 'governance.unknown-reference', words.scheduleBackend(schedule.backend));
  const author = members.find(({ id }) => id === schedule.author);
  if (schedule.author !== undefined && !author)
    say('author', 'governance.unknown-reference', words.scheduleAuthor(schedule.author));
  const limits = [
    { day: until, whose: 'the project' },
    { day: author?.until, whose: "the author's membership" },
  ];
  return [...found, ...holds(schedule, spot(placed, 'schedules', index), limits)];
}

/** The last time at or before `at` at which it is due. */
export function dueAt(schedule: Pick<Schedule, 'cron' | 'calendar'>, at: number): number {
  const { cron: written, calendar: tz } = schedule;
  // The parser looks strictly before: what is due at this very moment counts.
  const near = CronExpressionParser.parse(written, { currentDate: new Date(at + 1), tz }).prev();
  // Backwards it misses a time that clocks leave out, and finds one that they repeat twice; forwards neither.
  let due = nextAfter(schedule, near.getTime() - hours(3));
  for (let next = due; next <= at; next = nextAfter(schedule, next)) due = next;
  return due;
}

/** The first time after `at`. */
export function nextAfter(
  { cron: written, calendar: tz }: Pick<Schedule, 'cron' | 'calendar'>,
  at: number,
): number {
  return CronExpressionParser.parse(written, { currentDate: new Date(at), tz })
    .next()
    .getTime();
}

function isCron(written: string): boolean {
  try {
    return CronExpressionParser.parse(written, { currentDate: new Date(0), tz: 'UTC' }).next() !== undefined;
  } catch {
    return false;
  }
}

function isCalendar(written: string): boolean {
  try {
    // An offset has no calendar: it does not say when clocks change.
    return /^[A-Za-z]/.test(written) && Boolean(new Intl.DateTimeFormat('en', { timeZone: written }));
  } catch {
    return false;
  }
}

/** A link taken away for the length of a step: what is seen meanwhile, and that the step ends once the link is back. */
import { setTimeout as pause } from 'node:timers/promises';
import type { Stage } from '../../../src/sandbox/demo/stage.ts';
import type { Installation } from './installation.ts';
import { cut, restore, type Kind, type Link } from './links.ts';
import { NAMES } from './places.ts';
import { asks, reads } from './probe.ts';
import type { Around, Told } from './steps.ts';

export interface Cut {
  /** The `nth` step (from 1) whose words match. */
  step: RegExp;
  nth?: number;
  link: Link;
  kind: Kind;
}

/** What was seen while a link was away, as one line; read by whoever compares. */
export interface Seen {
  step: string;
  link: Link;
  kind: Kind;
  /** Of `/healthz` and of the viewer, as a monitor and a person at a desk see them. */
  hub: string;
  viewer: string;
  /** Checks of runs on real data that ended as something while nobody could know how they ended. */
  ended: string[];
}

/** Long enough for a push, a poll or a query to fall into it. */
const HOLD_MS = 4_000;

/** In these a person is at a page, and when that did not come, does the same again. */
const AT_A_PAGE =
  /signs in|opens release|explains the files|accepts the policy|takes the new model|reads the new model|tells Wren|proposes the part|automatic checks/;

/** Cuts as planned; each of them once, what was seen goes to `seen`. */
export function withCuts(
  here: Installation,
  stage: () => Stage,
  told: Told,
  plan: readonly Cut[],
  seen: Seen[],
): Around {
  const passed = new Map<Cut, number>();
  return async (doing, work) => {
    const like = plan.filter((one) => one.step.test(doing));
    for (const one of like) passed.set(one, (passed.get(one) ?? 0) + 1);
    const due = like.find((one) => passed.get(one) === (one.nth ?? 1));
    return due ? during(here, stage(), told, { ...due, doing }, work, seen) : work();
  };
}

/** The same at every step of a story. */
export function cutAlways(
  here: Installation,
  stage: () => Stage,
  told: Told,
  { link, kind }: { link: Link; kind: Kind },
  seen: Seen[],
): Around {
  return (doing, work) => during(here, stage(), told, { link, kind, doing }, work, seen);
}

async function during<T>(
  here: Installation,
  stage: Stage,
  told: Told,
  { link, kind, doing }: { link: Link; kind: Kind; doing: string },
  work: () => Promise<T>,
  seen: Seen[],
): Promise<T> {
  const open = await openRuns(stage);
  told.say(`  cut: ${link}, ${kind}`);
  cut(here.network, link, kind);
  const working = work();
  const done = working.then(
    (value) => ({ value }),
    (error: unknown) => ({ error }),
  );
  try {
    await pause(HOLD_MS);
    const [hub, viewer, ended] = await Promise.all([
      health(here),
      asks(here, 'desk', `https://${NAMES.viewer}/sign-in`, { silent: link === 'desk and airlock' }),
      endedOf(stage, open, link),
    ]);
    seen.push({ step: doing, link, kind, hub, viewer, ended });
  } finally {
    restore(here.network, link);
    told.say('  restored');
  }
  const how = await done;
  if ('value' in how) return how.value;
  if (!AT_A_PAGE.test(doing)) throw how.error;
  told.say('  and once more');
  return work();
}

/** `ok`, `not ok`, or why there was no answer. */
async function health(here: Installation): Promise<string> {
  const said = await reads(here, 'office', `https://${NAMES.hub}/healthz`);
  const ok = /"ok":(true|false)/.exec(said)?.[1];
  return ok === undefined ? said.trim() : ok === 'true' ? 'ok' : 'not ok';
}

async function openRuns(stage: Stage): Promise<Set<string>> {
  return new Set((await stage.runs()).filter(({ status }) => status !== 'completed').map(({ name }) => name));
}

/** Nobody can say how a run ended as long as the one who knows cannot be heard. */
async function endedOf(stage: Stage, open: ReadonlySet<string>, link: Link): Promise<string[]> {
  if (link !== 'zone and hub' && link !== 'GitHub and hub' && link !== 'hub and database') return [];
  const runs = await stage.runs();
  return runs.filter(({ name, status }) => status === 'completed' && open.has(name)).map(({ name }) => name);
}

/**
 * What a freeze covers, who may freeze and unfreeze, and what a zone believes of it.
 *
 * freeze: everything in its scope stands still · act: one freeze, or one lifting, as zones hear of it ·
 * held: a zone's own copy. Freezing is the safe direction: a zone takes it from whoever speaks for the hub.
 * Lifting takes two people with the right to freeze, by the zone's own governance, and names the freeze by its
 * id: what lifted one lifts no other, however often it is said.
 */
import { days } from '../lib/clock.ts';
import { refusal, type Refusal } from '../lib/refusal.ts';
import { backendById, projectById } from './lookup.ts';
import { hasPermission } from './permissions.ts';
import type { Governance } from './types.ts';

export type FreezeScope = { kind: 'all' } | { kind: 'project' | 'backend'; id: string };
/** What becomes of jobs that run. */
export type WhenFrozen = 'stop' | 'finish';

export interface Freeze {
  id: string;
  scope: FreezeScope;
  running: WhenFrozen;
  at: number;
}

/** Where something is about to happen. */
export interface FrozenPlace {
  /** Null: it is about no project; undefined: about one that is not known, which any freeze of a project may mean. */
  project: string | null | undefined;
  backend: string;
}

export function covers(scope: FreezeScope, { project, backend }: FrozenPlace): boolean {
  if (scope.kind === 'all') return true;
  if (scope.kind === 'backend') return scope.id === backend;
  return project === undefined || scope.id === project;
}

/** The oldest that holds here: since when it stands still. One that stops what runs goes before one that does not. */
export function freezeOver<F extends Pick<Freeze, 'scope' | 'running' | 'at'>>(
  freezes: readonly F[],
  place: FrozenPlace,
): F | undefined {
  const here = freezes.filter(({ scope }) => covers(scope, place));
  return [...here].sort((a, b) => rank(a) - rank(b) || a.at - b.at)[0];
}

const rank = ({ running }: { running: WhenFrozen }): number => (running === 'stop' ? 0 : 1);

export function scopeRefusal(g: Governance, scope: FreezeScope): Refusal | undefined {
  if (scope.kind === 'project' && !projectById(g, scope.id)) return no.unknownScope('project', scope.id);
  if (scope.kind === 'backend' && !backendById(g, scope.id)) return no.unknownScope('backend', scope.id);
  return undefined;
}

/** Projects are frozen by the id they have now, also where somebody writes a former one. */
export function ownScope(g: Governance, scope: FreezeScope): FreezeScope {
  return scope.kind === 'project' ? { ...scope, id: projectById(g, scope.id)?.id ?? scope.id } : scope;
}

export function mayFreeze(g: Governance, person: number, at: number): Refusal | undefined {
  return hasPermission(g, 'freeze', { person }, at) ? undefined : no.notPermitted();
}

/** Two different people, each with the right to freeze now. */
export function mayLift(
  g: Governance,
  [first, second]: readonly [number, number],
  at: number,
): Refusal | undefined {
  if (first === second) return no.samePerson();
  return mayFreeze(g, first, at) ?? mayFreeze(g, second, at);
}

/** A first word older than this counts no more: what it was said about may have changed. */
export const LIFT_WAITS_MS = days(1);

/** A freeze that is on, with who asked first to lift it. */
export interface AskedToLift {
  lift: { by: number; at: number } | null;
}

/**
 * What somebody's word does to the freezes of a scope: begins their lifting, or ends it. One that was made
 * after the first word lacks it, so that the first word has to be said again. `heardAt`: when this word was heard
 * first, which doing it a second time does not change.
 */
export function unfreezing(
  g: Governance,
  on: readonly AskedToLift[],
  { person, at, heardAt = at }: { person: number; at: number; heardAt?: number },
): 'asked' | 'lifted' | Refusal {
  const against = mayFreeze(g, person, at);
  if (against) return against;
  if (on.length === 0) return no.notFrozen();
  const first = on[0]!.lift;
  const same = first !== null && on.every(({ lift }) => lift?.by === first.by);
  if (!same || at - first.at > LIFT_WAITS_MS) return 'asked';
  if (first.by === person && first.at >= heardAt) return 'asked';
  // Whoever asked first and may no longer do so has not asked.
  if (mayFreeze(g, first.by, at)) return 'asked';
  return mayLift(g, [first.by, person], at) ?? 'lifted';
}

export type FreezeAct =
  | ({ act: 'freeze'; seq: number } & Freeze)
  | { act: 'lift'; seq: number; id: string; by: readonly [number, number]; at: number };

export interface HeldFreeze extends Freeze {
  /** Said by the hub, and not yet believed. */
  lift: readonly [number, number] | null;
  lifted: boolean;
}

/** `seq`: where the hub's counting stood when it was last heard. */
export interface Held {
  seq: number;
  freezes: readonly HeldFreeze[];
}

export const NOTHING_HELD: Held = { seq: 0, freezes: [] };

/** Lifted ones are remembered, so that an old message does not freeze again; the oldest of them are let go. */
const MOST_REMEMBERED = 1000;

/**
 * The copy after these acts. What was said before changes nothing, in whatever order it comes. A hub that was
 * restored counts from where it was then: its number is taken as it is, or nothing new would be asked for any more.
 */
export function heard(held: Held, acts: readonly FreezeAct[]): Held {
  const freezes = new Map(held.freezes.map((each) => [each.id, each]));
  const seq = acts.at(-1)?.seq ?? held.seq;
  for (const act of acts) {
    const known = freezes.get(act.id);
    if (act.act === 'lift') {
      if (known && !known.lifted) freezes.set(act.id, { ...known, lift: act.by });
    } else if (!known) {
      const { id, scope, running, at } = act;
      freezes.set(id, { id, scope, running, at, lift: null, lifted: false });
    }
  }
  const all = [...freezes.values()];
  const old = all.filter(({ lifted }) => lifted).slice(0, -MOST_REMEMBERED);
  return { seq, freezes: all.filter((each) => !old.includes(each)) };
}

/**
 * The copy after those liftings that the zone's own governance bears out: two people who may. Where nobody outside
 * is believed about who acted it also takes the zone's operator (`confirmed`).
 */
export function settled(
  held: Held,
  g: Governance | undefined,
  { at, confirmed = () => true }: { at: number; confirmed?: (id: string) => boolean },
): Held {
  if (!g) return held;
  const freezes = held.freezes.map((each) =>
    each.lift && !each.lifted && confirmed(each.id) && mayLift(g, each.lift, at) === undefined
      ? { ...each, lifted: true }
      : each,
  );
  return freezes.every((each, index) => each === held.freezes[index]) ? held : { ...held, freezes };
}

/** Those that hold. */
export function inForce(held: Held): HeldFreeze[] {
  return held.freezes.filter(({ lifted }) => !lifted);
}

export function scopeText(scope: FreezeScope): string {
  return scope.kind === 'all' ? 'everything' : `${scope.kind} "${scope.id}"`;
}

const GOVERNANCE = 'Ask somebody with the role "governance" in teams.yml.';

const no = {
  notPermitted: () => refusal('freeze.not-permitted', 'Only governance may freeze and unfreeze.', GOVERNANCE),
  samePerson: () =>
    refusal(
      'freeze.same-person',
      'You asked for this yourself: unfreezing takes a second person.',
      'Somebody else with the role "governance" writes the same command.',
    ),
  notFrozen: () =>
    refusal('freeze.not-frozen', 'This is not frozen.', 'Name what was frozen: project, backend or all.'),
  unknownScope: (kind: 'project' | 'backend', id: string) =>
    refusal(
      'freeze.unknown-scope',
      `There is no ${kind} "${id}".`,
      `Name the ${kind} as its file in the governance repository does.`,
    ),
} as const;

/**
 * What governance and the zone's floors make of each other: the numbers that a request and its automatic
 * checks go by. Governance may tighten a floor, never loosen it.
 */
import { DEFAULT_POLICY as CHECKS, type DisclosurePolicy } from '../disclosure/disclosure.ts';
import { hours } from '../lib/clock.ts';
import { projectById, type Governance } from '../governance/governance.ts';
import type { KnownPeople } from './committers.ts';
import { CONTENT_OF } from './file-types.ts';
import { DEFAULT_POLICY, withinFloors } from './policy.ts';
import type { ReleasePolicy } from './types.ts';

/** The floors of zone.yml, and whom it trusts. What is absent sets no floor of its own. */
export interface ReviewFloors {
  trust: 'hub' | 'zone';
  signingCode?: 'optional' | 'required';
  types?: readonly string[];
  maxFile?: number;
}

export function reviewPolicy(g: Governance, floors: ReviewFloors): ReleasePolicy {
  const { outputs, review } = g.policies;
  const allowed = outputs.types.filter((type) => review.types?.includes(type) ?? true);
  const floor: ReleasePolicy = {
    ...DEFAULT_POLICY,
    trust: floors.trust,
    signingCode: floors.signingCode ?? 'optional',
    types: suffixes(floors.types ?? Object.keys(CONTENT_OF)),
    maxFile: Math.min(DEFAULT_POLICY.maxFile, floors.maxFile ?? Infinity),
  };
  return withinFloors(floor, {
    blind: review.blind,
    confirm: review.confirm,
    signingCode: review.signingCode,
    sameOrganisation: review.sameOrganisation,
    types: suffixes(allowed),
    maxFile: outputs.max_file,
    policyText: review.policyText.version,
    workingDays: outputs.working_days,
    incidentMs: hours(outputs.incident_hours),
  });
}

export interface DisclosureFloors {
  threshold?: number;
  rounding?: number;
  maxFile?: number;
  rows?: number;
}

export function disclosurePolicy(g: Governance, floors: DisclosureFloors): DisclosurePolicy {
  const { outputs } = g.policies;
  const { limits } = CHECKS;
  return {
    ...CHECKS,
    threshold: Math.max(outputs.suppress_at_or_below, floors.threshold ?? 0),
    base: Math.max(outputs.round_to, floors.rounding ?? 1, 1),
    packs: outputs.packs,
    limits: {
      ...limits,
      bytes: Math.min(limits.bytes, outputs.max_file, floors.maxFile ?? Infinity),
      rows: Math.min(limits.rows, outputs.csv_rows, floors.rows ?? Infinity),
    },
  };
}

/** No number that an address could hold: what governance settled as nobody's belongs to it. */
const NOBODY = -1;

/** Whose the addresses in this project's history are. A project that is unknown has no start: every commit counts. */
export function knownPeople(g: Governance, project: string): KnownPeople {
  const { bots, commitEmailsOfNobody } = g.policies.review;
  const start = projectById(g, project)?.start;
  return {
    people: [...g.people, ...bots, { id: NOBODY, commitEmails: commitEmailsOfNobody }],
    since: start === undefined ? -Infinity : Date.parse(start),
    bots: [NOBODY, ...bots.map(({ id }) => id)],
  };
}

/** One type may be written in two ways. */
const ALSO: Readonly<Record<string, readonly string[]>> = { jpeg: ['jpg'], jpg: ['jpeg'], svg: ['svgz'] };

function suffixes(types: readonly string[]): string[] {
  return [...new Set(types.flatMap((type) => [type, ...(ALSO[type] ?? [])]))];
}

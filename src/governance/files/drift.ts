/** `policies.yml`, `drift`: what becomes of settings on GitHub that somebody changed by hand. */
import { z } from 'zod';

/**
 * teams: who is in them, and what they may · collaborators: rights given to single people · rulesets: of the
 * repositories of projects · labels: those that Sallyport puts on · visibility: public where governance says private ·
 * forms: the issue forms of intake and incidents.
 */
export const DRIFT_KINDS = ['teams', 'collaborators', 'rulesets', 'labels', 'visibility', 'forms'] as const;
export type DriftKind = (typeof DRIFT_KINDS)[number];
export type DriftPolicy = Record<DriftKind, 'report' | 'put_back'>;

const what = z.enum(['report', 'put_back']).default('put_back');

export const driftPolicy = z
  .strictObject({
    teams: what,
    collaborators: what,
    rulesets: what,
    labels: what,
    visibility: what,
    forms: what,
  })
  .prefault({});

/** Of two policies what is stricter. */
export function strictestDrift(a: DriftPolicy, b: DriftPolicy): DriftPolicy {
  const both = (kind: DriftKind): DriftPolicy[DriftKind] => (a[kind] === 'put_back' ? 'put_back' : b[kind]);
  return {
    teams: both('teams'),
    collaborators: both('collaborators'),
    rulesets: both('rulesets'),
    labels: both('labels'),
    visibility: both('visibility'),
    forms: both('forms'),
  };
}

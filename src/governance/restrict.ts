/**
 * What of a new version acts before it is approved: what it takes away, nothing that it gives.
 *
 * Rights are kept as far as both versions give them; what protects (a condition, a threshold, a bar to
 * checking) is kept when either version asks for it. Texts and names, which grant nothing, are taken as
 * they are. A version that loosens nothing comes out as it went in, so `loosens` is the difference.
 */
import { canonicalJson } from '../lib/canonical.ts';
import { describeChange, type GovernanceChange } from './change.ts';
import { both, earliest, either, meet, pairs, type Pair } from './agreement.ts';
import { strictestDrift } from './files/drift.ts';
import { restrictPeople, restrictTeams } from './restrict-people.ts';
import { restrictProject } from './restrict-projects.ts';
import type {
  AgentKey,
  Backend,
  DatasetPermission,
  Deployment,
  Governance,
  Image,
  Policies,
} from './types.ts';

/** Never grants what one of the two does not. `restrict(a, a)` is `a`; applied again it changes nothing. */
export function restrict(inForce: Governance, next: Governance): Governance {
  const teams = restrictTeams(inForce.teams, next.teams);
  const checkers = new Set(
    teams
      .filter(({ role }) => role === 'output_checker')
      .flatMap(({ members }) => members.map(({ id }) => id)),
  );
  return {
    commit: next.commit,
    deployment: restrictDeployment(inForce.deployment, next.deployment),
    backends: pairs(inForce.backends, next.backends, ({ id }) => id).map(restrictBackend),
    images: pairs(inForce.images, next.images, imageKey).map(restrictImage),
    people: restrictPeople(inForce.people, next.people),
    teams,
    projects: pairs(inForce.projects, next.projects, ({ id }) => id).map((pair) =>
      restrictProject(pair, checkers),
    ),
    datasets: pairs(inForce.datasets, next.datasets, ({ dataset }) => dataset).map(restrictPermission),
    populations: pairs(inForce.populations, next.populations, ({ name }) => name).map(restrictPermission),
    components: pairs(inForce.components, next.components, ({ name }) => name).map(restrictPermission),
    policies: restrictPolicies(inForce.policies, next.policies),
    // What is shown and asked; nobody may do anything by it.
    orgs: next.orgs,
    forms: next.forms,
    alerts: next.alerts,
    // Of dummy data alone: nobody may do more by them.
    schemas: next.schemas,
  };
}

/** What of `next` would not act without approval, in plain words; empty when all of it may. */
export function loosens(inForce: Governance, next: Governance): GovernanceChange[] {
  const now = restrict(inForce, next);
  const found = describeChange(now, next);
  if (found.length > 0 || canonicalJson(now) === canonicalJson(next)) return found;
  return [{ kind: 'changes', text: 'Details that no sentence names' }];
}

/** A setting without a stricter side: until it is approved it stays as it was. */
function kept<T>(inForce: T, next: T): T {
  return canonicalJson({ is: inForce }) === canonicalJson({ is: next }) ? next : inForce;
}

function restrictDeployment(a: Deployment, b: Deployment): Deployment {
  return {
    ...b,
    id: a.id,
    subject: { ...b.subject, id_column: a.subject.id_column },
    github: {
      app_id: a.github.app_id,
      org: kept(a.github.org, b.github.org),
      repos: sameEntries(a.github.repos, b.github.repos),
      review_repos: sameEntries(a.github.review_repos, b.github.review_repos),
      code_orgs: both(a.github.code_orgs, b.github.code_orgs),
      action_orgs: both(a.github.action_orgs, b.github.action_orgs),
    },
    population_permissions: either(a.population_permissions, b.population_permissions),
    component_permissions: either(a.component_permissions, b.component_permissions),
    proxy: kept(a.proxy, b.proxy),
    codelists: kept(a.codelists, b.codelists),
  };
}

function sameEntries<T>(a: Record<string, T>, b: Record<string, T>): Record<string, T> {
  return Object.fromEntries(Object.entries(b).filter(([key, value]) => a[key] === value));
}

function restrictBackend([a, b]: Pair<Backend>): Backend {
  const { limits } = b;
  return {
    ...b,
    active: a.active && b.active,
    // Of dummy data more may leave, so it is real when either says so.
    data: a.data === 'dummy' && b.data === 'dummy' ? 'dummy' : 'real',
    datasets: both(a.datasets, b.datasets),
    keys: {
      agent: restrictKeys(a.keys.agent, b.keys.agent),
      viewer: restrictKeys(a.keys.viewer, b.keys.viewer),
    },
    limits: {
      cpus: Math.min(a.limits.cpus, limits.cpus),
      memoryBytes: Math.min(a.limits.memoryBytes, limits.memoryBytes),
      pids: Math.min(a.limits.pids, limits.pids),
      diskBytes: Math.min(a.limits.diskBytes, limits.diskBytes),
      timeMs: Math.min(a.limits.timeMs, limits.timeMs),
      logBytes: Math.min(a.limits.logBytes, limits.logBytes),
    },
  };
}

const restrictKeys = (a: readonly AgentKey[], b: readonly AgentKey[]): AgentKey[] =>
  meet(a, b, ({ id, key }) => `${id} ${key}`);

/** An image that changed under its name is another one: the old is gone, and the new is not there yet. */
function imageKey({ name, version, image, digest, imageId }: Image): string {
  return canonicalJson([name, version, image, digest ?? null, imageId ?? null]);
}

function restrictImage([a, b]: Pair<Image>): Image {
  return {
    ...b,
    database: a.database && b.database,
    exitCodes: a.exitCodes === 'trusted' && b.exitCodes === 'trusted' ? 'trusted' : 'hidden',
    retireOn: earliest(a.retireOn ?? undefined, b.retireOn ?? undefined) ?? null,
  };
}

function restrictPermission<T extends Pick<DatasetPermission, 'grants'>>([a, b]: Pair<T>): T {
  return {
    ...b,
    grants: meet(a.grants, b.grants, ({ project }) => project),
  };
}

function restrictPolicies(a: Policies, b: Policies): Policies {
  const { outputs, review } = b;
  return {
    ...b,
    approvals: Object.fromEntries(
      either(Object.keys(a.approvals), Object.keys(b.approvals)).map((what) => [
        what,
        Math.max(a.approvals[what] ?? 0, b.approvals[what] ?? 0),
      ]),
    ),
    outputs: {
      ...outputs,
      max_file: Math.min(a.outputs.max_file, outputs.max_file),
      types: both(a.outputs.types, outputs.types),
      csv_rows: Math.min(a.outputs.csv_rows, outputs.csv_rows),
      suppress_at_or_below: Math.max(a.outputs.suppress_at_or_below, outputs.suppress_at_or_below),
      incident_hours: Math.min(a.outputs.incident_hours, outputs.incident_hours),
      round_to: Math.max(a.outputs.round_to, outputs.round_to),
      packs: either(a.outputs.packs, outputs.packs),
      malware_scan: a.outputs.malware_scan === 'required' ? 'required' : outputs.malware_scan,
    },
    review: {
      ...review,
      blind: a.review.blind === 'strict' ? 'strict' : review.blind,
      confirm: a.review.confirm || review.confirm,
      sameOrganisation: a.review.sameOrganisation && review.sameOrganisation,
      signingCode: a.review.signingCode === 'required' ? 'required' : review.signingCode,
      training: a.review.training === 'required' ? 'required' : review.training,
      ...typesOf(a.review.types, review.types),
      bots: pairs(a.review.bots, review.bots, ({ id }) => id).map(([held, bot]) => ({
        ...bot,
        commitEmails: both(held.commitEmails, bot.commitEmails),
      })),
      commitEmailsOfNobody: both(a.review.commitEmailsOfNobody, review.commitEmailsOfNobody),
    },
    publish: {
      dataOwnerReference:
        a.publish.dataOwnerReference === 'required' ? 'required' : b.publish.dataOwnerReference,
    },
    drift: strictestDrift(a.drift, b.drift),
    closing_days: Math.min(a.closing_days, b.closing_days),
  };
}

function typesOf(a: string[] | undefined, b: string[] | undefined): { types?: string[] } {
  if (a === undefined || b === undefined) {
    const types = a ?? b;
    return types ? { types } : {};
  }
  return { types: both(a, b) };
}

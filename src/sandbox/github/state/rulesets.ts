/** Rulesets of a repository: kept, and held to when a ref moves. Those of an organisation are not played here. */
import { fail, type Failure } from './failure.ts';
import { LEVELS, type Level, type Repo, type Ruleset, type Signed } from './model.ts';

/** The roles that a bypass list names by number. */
const ROLE_NUMBERS: Record<number, Level> = { 1: 'read', 2: 'maintain', 3: 'triage', 4: 'write', 5: 'admin' };

export interface RefMove {
  ref: string;
  /** Absent: it is made. */
  before: string | undefined;
  /** Absent: it is deleted. */
  after: string | undefined;
  forward: boolean;
}

/** Rules in force for a ref, with the ruleset they come from. */
export function rulesFor(repo: Repo, ref: string): { ruleset: Ruleset; rule: Ruleset['rules'][number] }[] {
  return [...(repo.rulesets?.values() ?? [])]
    .filter((ruleset) => ruleset.enforcement === 'active' && meets(repo, ruleset, ref))
    .flatMap((ruleset) => ruleset.rules.map((rule) => ({ ruleset, rule })));
}

/** Undefined when the rules let this pass; a merge of a pull request is no direct move. */
export function refuseMove(repo: Repo, by: Signed, level: Level, move: RefMove): Failure | undefined {
  const broken = rulesFor(repo, move.ref).find(
    ({ ruleset, rule }) => forbids(rule.type, move) && !bypasses(ruleset, by, level),
  );
  return broken && fail(422, `Repository rule violations found: ${broken.rule.type}`);
}

function forbids(type: string, { before, after, forward }: RefMove): boolean {
  if (type === 'creation') return before === undefined;
  if (type === 'deletion') return after === undefined;
  if (before === undefined || after === undefined) return false;
  if (type === 'non_fast_forward') return !forward;
  return type === 'update' || type === 'pull_request';
}

function bypasses({ bypass_actors }: Ruleset, by: Signed, level: Level): boolean {
  return bypass_actors.some(({ actor_type, actor_id, bypass_mode }) => {
    if (bypass_mode !== 'always') return false;
    if (actor_type === 'Integration') return by.kind === 'installation' && by.app.id === actor_id;
    if (actor_type !== 'RepositoryRole' || by.kind !== 'person') return false;
    const role = ROLE_NUMBERS[actor_id ?? 0];
    return role !== undefined && LEVELS.indexOf(level) >= LEVELS.indexOf(role);
  });
}

function meets(repo: Repo, { target, conditions }: Ruleset, ref: string): boolean {
  const kind = target === 'branch' ? 'refs/heads/' : 'refs/tags/';
  if (!ref.startsWith(kind)) return false;
  const named = (pattern: string): boolean => {
    if (pattern === '~ALL') return true;
    if (pattern === '~DEFAULT_BRANCH') return ref === `refs/heads/${repo.defaultBranch}`;
    const escaped = pattern.replace(/[.+?^${}()|[\]\\]/g, '\\$&').replaceAll('*', '[^/]*');
    return new RegExp(`^${escaped}$`).test(ref);
  };
  const { include, exclude } = conditions.ref_name;
  return include.some(named) && !exclude.some(named);
}

/** What the steward changed on GitHub, by itself, as governance says. */
import { z } from 'zod';
import { id, repository, word, type Kind } from './kind.ts';
import type { LedgerType } from './entry.ts';

/** Names of teams may begin with an underscore. */
const team = z.string().regex(/^[A-Za-z0-9_-]{1,100}$/);
const body = {
  project: word.nullable(),
  repository: repository.nullable(),
  team: team.nullable(),
  person: id.nullable(),
  /** False: GitHub's answer was lost, so it may not have happened; a look followed. */
  sure: z.boolean(),
};

export const STEWARD_EVENTS = {
  workspace: [
    'repository-created',
    'repository-adopted',
    'issues-switched-on',
    'topics-set',
    'ruleset-set',
    'forms-set',
  ],
  visibility: ['made-private'],
  membership: ['team-created', 'member-added', 'member-removed'],
  grant: ['team-given', 'team-right-taken', 'collaborator-removed'],
} as const satisfies Partial<Record<LedgerType, readonly string[]>>;

const SAYS: Record<keyof typeof STEWARD_EVENTS, string> = {
  workspace:
    'The steward made a repository for a project or for reviews, or set one up: its topics, ruleset, or issue forms.',
  visibility: 'The steward closed a repository that was open, and that governance keeps private.',
  membership: 'The steward made a team, or took somebody into it or out of it, as governance lists them.',
  grant: 'The steward gave a team a right on a repository, or took a right that governance does not give.',
};

export const STEWARD_KINDS: readonly Kind[] = (
  Object.keys(STEWARD_EVENTS) as (keyof typeof STEWARD_EVENTS)[]
).map((type) => ({ type, of: 'steward', event: STEWARD_EVENTS[type], says: SAYS[type], body }));

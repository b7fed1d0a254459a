/** Rulesets of a repository. Anybody who reads it may read them; whom they let past stays with who may change them. */
import { z } from 'zod';
import type { Api } from '../http/api.ts';
import { created, noContent, ok, page, wholeNumber, type RepoCall } from '../http/call.ts';
import { fail, notFound, type Failure } from '../state/failure.ts';
import type { Ruleset } from '../state/model.ts';
import { rulesFor } from '../state/rulesets.ts';

const TYPES = ['creation', 'update', 'deletion', 'non_fast_forward', 'pull_request'] as const;
const names = z.array(z.string());
const wish = z.object({
  name: z.string().min(1),
  target: z.enum(['branch', 'tag']).default('branch'),
  enforcement: z.enum(['disabled', 'active']),
  bypass_actors: z
    .array(
      z.object({
        actor_id: z.int().nullable().default(null),
        actor_type: z.enum(['Integration', 'OrganizationAdmin', 'RepositoryRole', 'Team', 'DeployKey']),
        bypass_mode: z.enum(['always', 'pull_request']).default('always'),
      }),
    )
    .default([]),
  conditions: z
    .object({ ref_name: z.object({ include: names.default([]), exclude: names.default([]) }) })
    .default({ ref_name: { include: [], exclude: [] } }),
  rules: z
    .array(z.object({ type: z.enum(TYPES), parameters: z.record(z.string(), z.unknown()).optional() }))
    .default([]),
});

export function rulesetRoutes(api: Api): void {
  api.onRepo('get', '/rulesets', 'metadata.read', (call) => {
    const { items, headers } = page(call, [...(call.repo.rulesets?.values() ?? [])]);
    return ok(
      items.map((each) => call.state.present.ruleset(call.repo, each)),
      headers,
    );
  });

  api.onRepo('post', '/rulesets', 'repo.admin', (call) => {
    const read = wish.safeParse(call.body);
    if (!read.success) return invalid();
    const held = (call.repo.rulesets ??= new Map<number, Ruleset>());
    if ([...held.values()].some(({ name }) => name === read.data.name))
      return fail(422, 'Validation Failed', ['Name must be unique']);
    const now = call.state.clock.now();
    const made: Ruleset = { ...read.data, id: call.state.nextId(), createdAt: now, updatedAt: now };
    held.set(made.id, made);
    call.state.touch();
    return created(call.state.present.fullRuleset(call.repo, made, true));
  });

  api.onRepo('get', '/rulesets/:id', 'metadata.read', (call) => {
    const found = rulesetOf(call);
    const writes = !call.state.repos.refuse(call.actor, call.repo, 'repo.admin');
    return found ? ok(call.state.present.fullRuleset(call.repo, found, writes)) : notFound();
  });

  api.onRepo('put', '/rulesets/:id', 'repo.admin', (call) => {
    const found = rulesetOf(call);
    if (!found) return notFound();
    const read = wish.partial().safeParse(call.body);
    if (!read.success) return invalid();
    const given = call.body as Record<string, unknown>;
    // What is not named stays; zod's standards would set it back.
    const named = Object.entries(read.data).filter(([key]) => key in given);
    Object.assign(found, Object.fromEntries(named), { updatedAt: call.state.clock.now() });
    call.state.touch();
    return ok(call.state.present.fullRuleset(call.repo, found, true));
  });

  api.onRepo('delete', '/rulesets/:id', 'repo.admin', (call) => {
    const found = rulesetOf(call);
    if (!found) return notFound();
    call.repo.rulesets?.delete(found.id);
    call.state.touch();
    return noContent();
  });

  api.onRepo('get', '/rules/branches/*branch', 'metadata.read', (call) => {
    const rules = rulesFor(call.repo, `refs/heads/${call.params['branch'] ?? ''}`);
    const { items, headers } = page(call, rules);
    return ok(
      items.map(({ ruleset, rule }) => ({
        ...rule,
        ruleset_source_type: 'Repository',
        ruleset_source: call.state.repos.fullName(call.repo),
        ruleset_id: ruleset.id,
      })),
      headers,
    );
  });
}

const invalid = (): Failure => fail(422, 'Invalid request.\n\nInvalid property in the ruleset.');

function rulesetOf(call: RepoCall): Ruleset | undefined {
  return call.repo.rulesets?.get(wholeNumber(call.params['id']));
}

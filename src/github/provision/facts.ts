/** The repository that the steward made for a project, as the hub's own App sees it, and whether that is all it is. */
import { eq } from 'drizzle-orm';
import { z } from 'zod';
import { provisions } from '../../db/schema/provisioning.ts';
import {
  addsOnlyTheNumber,
  provisionedRefusal,
  type Edit,
  type Governance,
  type MadeRepository,
} from '../../governance/governance.ts';
import type { Refusal } from '../../lib/refusal.ts';
import { findRepository } from '../reach.ts';
import type { Room } from '../room.ts';
import { orMissing } from '../trouble.ts';

const seenRepository = z.object({
  id: z.int(),
  name: z.string(),
  owner: z.object({ id: z.int(), login: z.string() }),
  private: z.boolean(),
  visibility: z.string().optional(),
  archived: z.boolean(),
  template_repository: z.object({ id: z.int() }).nullish(),
});

/** Why a change takes approvals like any other; undefined: its only effect is the number of a repository made here. */
export async function whyNotProvisioned(room: Room, g: Governance, edit: Edit): Promise<Refusal | undefined> {
  const project = edit.kind === 'add-repo' ? edit.project : '';
  const [row] = await room.db.select().from(provisions).where(eq(provisions.project, project));
  const told = row && { project: row.project, repository: row.repositoryId };
  const seen = row && (await seenOf(room, row.repositoryId));
  return provisionedRefusal(g, edit, { told, seen }, room.clock.now());
}

/** The same of a pull request: what it holds, and not only what was proposed with it. */
export async function needsNobody(
  room: Room,
  { before, after }: { before: Governance; after: Governance },
  edit: Edit | undefined,
): Promise<boolean> {
  if (!edit || !addsOnlyTheNumber(before, after, edit)) return false;
  return (await whyNotProvisioned(room, before, edit)) === undefined;
}

async function seenOf(room: Room, id: number): Promise<MadeRepository | undefined> {
  const known = await findRepository(room, id);
  if (!known || known.suspended) return undefined;
  const octokit = await room.app.forInstallation(known.installation);
  const found = await orMissing(octokit.request('GET /repositories/{id}', { id }), [403, 404]);
  if (!found) return undefined;
  const seen = seenRepository.parse(found.data);
  const at = { owner: seen.owner.login, repo: seen.name, per_page: 100 } as const;
  const { rest } = octokit;
  const all = await octokit.paginate(rest.repos.listCollaborators, at);
  const direct = await octokit.paginate(rest.repos.listCollaborators, { ...at, affiliation: 'direct' });
  const owners = await octokit.paginate(rest.orgs.listMembers, {
    org: seen.owner.login,
    role: 'admin',
    per_page: 100,
  });
  const people = new Map(all.map((one) => [one.id, { id: one.id, role: one.role_name, direct: false }]));
  for (const one of direct) people.set(one.id, { id: one.id, role: one.role_name, direct: true });
  return {
    id: seen.id,
    name: seen.name,
    owner: seen.owner.id,
    private: seen.private,
    visibility: seen.visibility,
    archived: seen.archived,
    template: seen.template_repository?.id,
    people: [...people.values()],
    owners: owners.map((one) => one.id),
  };
}

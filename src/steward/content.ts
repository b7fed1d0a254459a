/** From what was verified to what is published. Pure: people and project are what governance says of them. */
import { personById, projectById, type Governance } from '../governance/governance.ts';
import { isoTime } from '../lib/clock.ts';
import type { PublishOrder } from '../protocol/steward.ts';
import type { EditionContent, PersonShown } from '../publication/content.ts';
import { ownedData } from '../publication/owner.ts';
import type { Verified } from './verify.ts';

export function contentOf(
  order: PublishOrder,
  { project: projectId, policyCommit, files }: Verified,
  g: Governance,
  given: { address: string; preparedAt: string; workflows: EditionContent['workflows'] },
): EditionContent {
  const project = projectById(g, projectId)!;
  const { publication, edition, tag, repository, requestedBy, owner } = order;
  const approvals = order.approvals.map(({ person, at }) => ({ person, at: isoTime(at) }));
  const named = new Set([
    requestedBy,
    ...(owner ? [owner.by] : []),
    ...approvals.map(({ person }) => person),
    ...files.flatMap(({ made, reviewed }) => [
      made.predicate.buildDefinition.internalParameters.requestedBy,
      reviewed.predicate.author,
      ...reviewed.predicate.signers,
    ]),
  ]);
  return {
    ...{ publication, edition, tag, requestedBy, approvals, policyCommit },
    owner: owner && { data: ownedData(g, projectId), reference: owner.reference, on: owner.on, by: owner.by },
    preparedAt: given.preparedAt,
    repository: { id: repository.id, address: given.address },
    deployment: { id: g.deployment.id, address: g.deployment.base_url },
    project: {
      ...{ id: project.id, number: project.number, title: project.title, summary: project.summary },
      orgs: [project.orgs.lead, ...project.orgs.others],
      approvedOn: project.approval.on,
    },
    people: [...named].sort((a, b) => a - b).map((id) => personShown(g, id)),
    files: files.map(({ path, size, sha256, made, reviewed }) => ({ path, size, sha256, made, reviewed })),
    statements: files.flatMap(({ statements }) => statements),
    workflows: given.workflows,
  };
}

function personShown(g: Governance, id: number): PersonShown {
  const person = personById(g, id);
  return { id, name: person?.name ?? `GitHub account ${id}`, orgs: person?.orgs ?? [] };
}

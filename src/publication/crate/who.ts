/** Safe people and the safe project: who stands behind an edition, with the ids that governance knows them by. */
import type { EditionContent } from '../content.ts';
import { orgId, personId, projectId, ref, type Entity } from './terms.ts';

export function whoEntities(content: EditionContent): Entity[] {
  const { deployment, project } = content;
  const orgs = [...new Set([...project.orgs, ...content.people.flatMap((person) => person.orgs)])].sort();
  return [
    { '@id': deployment.address, '@type': 'Organization', name: deployment.id, url: deployment.address },
    {
      '@id': projectId(content),
      '@type': 'Project',
      name: project.title,
      description: project.summary,
      identifier: [ref(`#identifier-${project.id}`)],
      member: project.orgs.map((org) => ref(orgId(org))),
    },
    {
      '@id': `#identifier-${project.id}`,
      '@type': 'PropertyValue',
      name: deployment.id,
      value: project.number,
    },
    ...orgs.map((org) => ({ '@id': orgId(org), '@type': 'Organization', name: org })),
    ...content.people.map(({ id, name, orgs: theirs }) => ({
      '@id': personId(id),
      '@type': 'Person',
      name,
      identifier: ref(`#account-${id}`),
      ...(theirs.length > 0 ? { affiliation: theirs.map((org) => ref(orgId(org))) } : {}),
      ...(isOfProject(content, id) ? { memberOf: [ref(projectId(content))] } : {}),
    })),
    ...content.people.map(({ id }) => ({
      '@id': `#account-${id}`,
      '@type': 'PropertyValue',
      name: 'GitHub account id',
      value: String(id),
    })),
  ];
}

/** Whoever ran the jobs or asked for the release; checkers and publishers never are. */
function isOfProject(content: EditionContent, id: number): boolean {
  return content.files.some(
    ({ made, reviewed }) =>
      made.predicate.buildDefinition.internalParameters.requestedBy === id ||
      reviewed.predicate.author === id,
  );
}

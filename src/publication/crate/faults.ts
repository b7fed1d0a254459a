/**
 * What a Five Safes RO-Crate 0.4 must have, asked of metadata that was made here: the ValidationCheck that the
 * crate states. A fault is a bug of ours, and nothing with one is published.
 */
import { FIVE_SAFES, RO_CRATE, WORKFLOW_CRATE, type Entity } from './terms.ts';

export function crateFaults({ '@graph': graph }: { '@graph': readonly Entity[] }): string[] {
  const byId = new Map(graph.map((entity) => [entity['@id'], entity]));
  const root = byId.get('./');
  const run = graph.filter((entity) => entity['@type'] === 'CreateAction');
  const mentions = refsOf(root?.['mentions']);
  const main = byId.get(refsOf(root?.['mainEntity'])[0] ?? '');
  const project = byId.get(refsOf(root?.['sourceOrganization'])[0] ?? '');
  const rules: [boolean, string][] = [
    [byId.size === graph.length, 'an entity stands twice'],
    [
      refsOf(byId.get('ro-crate-metadata.json')?.['conformsTo']).includes(RO_CRATE),
      'the descriptor names no RO-Crate version',
    ],
    [refsOf(root?.['conformsTo']).includes(FIVE_SAFES), 'the root does not name the profile'],
    [refsOf(main?.['conformsTo']).includes(WORKFLOW_CRATE), 'the main entity is no Workflow RO-Crate'],
    [project?.['@type'] === 'Project', 'there is no project'],
    [run.length > 0, 'there is no run'],
    [run.every((each) => mentions.includes(each['@id'])), 'a run is not mentioned'],
    [
      run.every((each) => refsOf(each['agent']).length === 1 && refsOf(each['instrument']).length === 1),
      'a run lacks its agent or workflow',
    ],
    [run.every((each) => refsOf(each['result']).every((id) => byId.has(id))), 'a result is not described'],
    [
      graph.every((entity) => referencesOf(entity).every((id) => byId.has(id))),
      'something is referred to and not described',
    ],
    [everyPartReached(root, byId), 'a file is not part of the crate'],
  ];
  return rules.filter(([holds]) => !holds).map(([, fault]) => fault);
}

function everyPartReached(root: Entity | undefined, byId: ReadonlyMap<string, Entity>): boolean {
  const reached = new Set<string>();
  const visit = (entity: Entity | undefined): void => {
    for (const id of refsOf(entity?.['hasPart'])) {
      if (reached.has(id)) continue;
      reached.add(id);
      visit(byId.get(id));
    }
  };
  visit(root);
  return [...byId.values()].every((entity) => entity['@type'] !== 'File' || reached.has(entity['@id']));
}

function refsOf(value: unknown): string[] {
  const list = Array.isArray(value) ? value : [value];
  return list.flatMap((each) => {
    const id = (each as { '@id'?: unknown } | null | undefined)?.['@id'];
    return typeof id === 'string' ? [id] : [];
  });
}

/** Vocabulary of others is not described here. */
function referencesOf(entity: Entity): string[] {
  return Object.entries(entity)
    .filter(([property]) => property !== 'conformsTo' && property !== 'additionalType')
    .flatMap(([, value]) => refsOf(value));
}

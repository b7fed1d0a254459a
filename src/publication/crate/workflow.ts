/** project.yaml as a Workflow RO-Crate of its own, inside the crate. */
import type { EditionContent } from '../content.ts';
import { ref, RO_CRATE, WORKFLOW_CRATE, workflowFolder, type Entity } from './terms.ts';

/** The metadata of the nested Workflow RO-Crate. */
export function workflowMetadata(
  content: EditionContent,
  commit: string,
): { '@context': string; '@graph': Entity[] } {
  const graph: Entity[] = [
    {
      '@id': 'ro-crate-metadata.json',
      '@type': 'CreativeWork',
      about: ref('./'),
      conformsTo: [ref(RO_CRATE), ref(WORKFLOW_CRATE)],
    },
    {
      '@id': './',
      '@type': 'Dataset',
      name: `Workflow of ${content.project.title}`,
      description: `project.yaml at commit ${commit}: the actions, what they need and what they write.`,
      datePublished: content.preparedAt,
      license: ref('#licence'),
      mainEntity: ref('project.yaml'),
      hasPart: [ref('project.yaml')],
    },
    {
      '@id': 'project.yaml',
      '@type': ['File', 'SoftwareSourceCode', 'ComputationalWorkflow'],
      name: 'project.yaml',
      url: `${content.repository.address}/blob/${commit}/project.yaml`,
      encodingFormat: 'application/yaml',
      programmingLanguage: ref('#project-yaml'),
    },
    {
      '@id': '#project-yaml',
      '@type': 'ComputerLanguage',
      name: 'project.yaml: actions over images, with needs and outputs',
    },
    {
      '@id': '#licence',
      '@type': 'CreativeWork',
      name: 'As the study repository says',
      url: content.repository.address,
    },
  ];
  return { '@context': `${RO_CRATE}/context`, '@graph': graph };
}

/** What the outer crate says of it. */
export function workflowEntities(content: EditionContent, commit: string): Entity[] {
  const folder = workflowFolder(content, commit);
  return [
    {
      '@id': folder,
      '@type': 'Dataset',
      name: `project.yaml at ${commit}`,
      conformsTo: ref(WORKFLOW_CRATE),
      hasPart: [ref(`${folder}project.yaml`), ref(`${folder}ro-crate-metadata.json`)],
      subjectOf: ref(`${folder}ro-crate-metadata.json`),
    },
    {
      '@id': `${folder}project.yaml`,
      '@type': 'File',
      name: 'project.yaml',
      encodingFormat: 'application/yaml',
    },
    {
      '@id': `${folder}ro-crate-metadata.json`,
      '@type': 'File',
      name: 'Metadata of the workflow',
      encodingFormat: 'application/ld+json',
    },
  ];
}

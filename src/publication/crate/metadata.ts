/**
 * `ro-crate-metadata.json` of a published edition: RO-Crate 1.2, profile Five Safes RO-Crate 0.4.
 *
 * Safe project: `sourceOrganization`, signed off by governance · safe people: who asked for the run · safe
 * settings: the builder, in the statements · safe data: what the zone vouches for · safe outputs: the
 * disclosure checks by two people. Entities are listed once, references are `{"@id"}`.
 */
import { commitOf, mainCommit, type ContentFile, type EditionContent } from '../content.ts';
import { assessments } from './assessments.ts';
import { formatOf } from './format.ts';
import {
  COMPLETED,
  FIVE_SAFES,
  idOfPath,
  outputPath,
  personId,
  projectId,
  publisherId,
  ref,
  RELEASE_PATH,
  RO_CRATE,
  STATEMENTS_PATH,
  workflowFolder,
  type Entity,
} from './terms.ts';
import { nameUuid } from './uuid.ts';
import { whoEntities } from './who.ts';
import { workflowEntities } from './workflow.ts';

export function crateMetadata(content: EditionContent): { '@context': string; '@graph': Entity[] } {
  const runs = runsOf(content);
  const assessed = assessments(content);
  const files = content.files.map((file) => idOfPath(outputPath(file.path)));
  const graph: Entity[] = [
    {
      '@id': 'ro-crate-metadata.json',
      '@type': 'CreativeWork',
      about: ref('./'),
      conformsTo: ref(RO_CRATE),
    },
    {
      '@id': './',
      '@type': 'Dataset',
      name: `${content.project.title}: ${content.tag}`,
      description: content.project.summary,
      identifier: `urn:uuid:${nameUuid(content.tag)}`,
      conformsTo: ref(FIVE_SAFES),
      datePublished: content.preparedAt,
      publisher: ref(publisherId(content)),
      license: ref('#licence'),
      mainEntity: ref(workflowFolder(content, mainCommit(content))),
      sourceOrganization: ref(projectId(content)),
      hasPart: [
        ...content.workflows.map(({ commit }) => ref(workflowFolder(content, commit))),
        ...files.map(ref),
        ref(STATEMENTS_PATH),
        ref(RELEASE_PATH),
      ],
      mentions: [...runs, ...assessed.actions].map((action) => ref(action['@id'])),
    },
    { '@id': FIVE_SAFES, '@type': ['CreativeWork', 'Profile'], name: 'Five Safes RO-Crate', version: '0.4' },
    {
      '@id': '#licence',
      '@type': 'CreativeWork',
      name: 'As the study repository says',
      description: 'The licence of results and code stands in the study repository at the commit.',
      url: `${content.repository.address}/tree/${mainCommit(content)}`,
    },
    ...content.workflows.flatMap(({ commit }) => workflowEntities(content, commit)),
    ...content.files.map(fileEntity),
    {
      '@id': STATEMENTS_PATH,
      '@type': 'File',
      name: 'How each file was made and reviewed, signed in the secure zone',
      encodingFormat: 'application/vnd.in-toto.bundle',
    },
    {
      '@id': RELEASE_PATH,
      '@type': 'File',
      name: 'Names, sizes and hashes',
      encodingFormat: 'application/json',
    },
    ...runs,
    ...parametersOf(content),
    ...assessed.actions,
    ...assessed.entities,
    ...whoEntities(content),
  ];
  return { '@context': `${RO_CRATE}/context`, '@graph': graph };
}

/** One per job request that made a file of this edition. */
function runsOf(content: EditionContent): Entity[] {
  const requests = new Map<string, ContentFile[]>();
  for (const file of content.files) {
    const { jobRequest } = file.made.predicate.buildDefinition.internalParameters;
    requests.set(jobRequest, [...(requests.get(jobRequest) ?? []), file]);
  }
  return [...requests.entries()].map(([request, files]) => {
    const [first] = files;
    const ended = files.map((file) => file.made.predicate.runDetails.metadata.finishedOn).sort();
    return {
      '@id': `#run-${nameUuid(`run ${request}`)}`,
      '@type': 'CreateAction',
      name: `Job request ${request}`,
      identifier: request,
      actionStatus: COMPLETED,
      endTime: ended.at(-1)!,
      agent: ref(personId(first!.made.predicate.buildDefinition.internalParameters.requestedBy)),
      instrument: ref(workflowFolder(content, commitOf(first!))),
      object: [...new Set(files.map(actionOf))].sort().map((action) => ref(parameterId(action))),
      result: files.map((file) => ref(idOfPath(outputPath(file.path)))),
    };
  });
}

const actionOf = (file: ContentFile): string => file.made.predicate.buildDefinition.externalParameters.action;
const parameterId = (action: string): string => `#action-${action}`;

/** What was asked to run: an action stands once, however many requests ran it. */
function parametersOf(content: EditionContent): Entity[] {
  return [...new Set(content.files.map(actionOf))].sort().map((action) => ({
    '@id': parameterId(action),
    '@type': 'PropertyValue',
    name: 'action',
    value: action,
  }));
}

function fileEntity(file: ContentFile): Entity {
  return {
    '@id': idOfPath(outputPath(file.path)),
    '@type': 'File',
    name: file.path,
    contentSize: String(file.size),
    encodingFormat: formatOf(file.path),
    sha256: file.sha256,
  };
}

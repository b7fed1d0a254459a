/** What was checked, by whom, and when: the actions that the profile asks for, typed with terms of its ontology. */
import { mainCommit, type EditionContent } from '../content.ts';
import {
  COMPLETED,
  FIVE_SAFES,
  idOfPath,
  outputPath,
  personId,
  projectId,
  publisherId,
  ref,
  workflowFolder,
  type Entity,
} from './terms.ts';

const SHP = 'https://w3id.org/shp#';
const STEWARD = '#steward';
const hash = (bits: 256 | 512): string => `https://www.iana.org/assignments/named-information#sha-${bits}`;

export function assessments(content: EditionContent): { actions: Entity[]; entities: Entity[] } {
  const policy = `#governance-${content.policyCommit}`;
  const { owner } = content;
  return {
    actions: [
      assess('check', 'CheckValue', {
        name: 'Every byte has the hash that the secure zone signed: approved',
        endTime: content.preparedAt,
        object: [ref('./')],
        instrument: ref(hash(256)),
        agent: ref(STEWARD),
      }),
      assess('validate', 'ValidationCheck', {
        name: 'Validation against Five Safes RO-Crate 0.4: approved',
        endTime: content.preparedAt,
        object: [ref('./')],
        instrument: ref(FIVE_SAFES),
        agent: ref(STEWARD),
      }),
      assess('sign-off', 'SignOff', {
        name: `Project ${content.project.number} may run this workflow: approved`,
        endTime: `${content.project.approvedOn}T00:00:00Z`,
        object: [ref('./'), ref(workflowFolder(content, mainCommit(content))), ref(projectId(content))],
        instrument: ref(policy),
        agent: ref(publisherId(content)),
      }),
      ...checkersOf(content).map((checker) => disclosure(content, checker)),
      ...content.approvals.map(({ person, at }) => ({
        '@id': `#publish-${person}`,
        '@type': 'EndorseAction',
        name: 'Publication: approved',
        endTime: at,
        object: [ref('./')],
        agent: ref(personId(person)),
        actionStatus: COMPLETED,
      })),
      ...(owner
        ? [
            {
              '@id': '#data-owner',
              '@type': 'EndorseAction',
              name: 'Approval by the owner of the data: given',
              description: `Written down as ${owner.reference}; concerns ${owner.data.join(', ') || 'the data of the project'}.`,
              identifier: owner.reference,
              endTime: `${owner.on}T00:00:00Z`,
              object: [ref('./')],
              // Who told it: the owner is an organisation, and signs elsewhere.
              agent: ref(personId(owner.by)),
              actionStatus: COMPLETED,
            },
          ]
        : []),
      {
        '@id': '#manifests',
        '@type': 'UpdateAction',
        additionalType: ref(`${SHP}GenerateCheckValue`),
        // Written before the manifests are: there can be no end.
        startTime: content.preparedAt,
        name: 'Manifests of the bag written',
        object: ref('./'),
        instrument: ref(hash(512)),
        agent: ref(STEWARD),
        actionStatus: COMPLETED,
      },
    ],
    entities: [
      { '@id': hash(256), '@type': 'DefinedTerm', name: 'sha-256 algorithm' },
      { '@id': hash(512), '@type': 'DefinedTerm', name: 'sha-512 algorithm' },
      {
        '@id': STEWARD,
        '@type': 'SoftwareApplication',
        name: 'Sallyport Steward',
        provider: ref(publisherId(content)),
      },
      {
        '@id': policy,
        '@type': 'CreativeWork',
        name: `Governance repository at commit ${content.policyCommit}`,
      },
    ],
  };
}

function checkersOf(content: EditionContent): number[] {
  return [...new Set(content.files.flatMap((file) => file.reviewed.predicate.signers))].sort((a, b) => a - b);
}

/** A checker and the files whose release they approved. */
function disclosure(content: EditionContent, checker: number): Entity {
  const theirs = content.files.filter((file) => file.reviewed.predicate.signers.includes(checker));
  const times = theirs.map((file) => file.reviewed.predicate.releasedOn).sort();
  return assess(`disclosure-${checker}`, 'DisclosureCheck', {
    name: 'Disclosure check of workflow results: approved',
    endTime: times.at(-1)!,
    object: [ref('./'), ...theirs.map((file) => ref(idOfPath(outputPath(file.path))))],
    agent: ref(personId(checker)),
  });
}

function assess(id: string, kind: string, rest: Record<string, unknown>): Entity {
  return {
    '@id': `#${id}`,
    '@type': 'AssessAction',
    additionalType: ref(`${SHP}${kind}`),
    ...rest,
    actionStatus: COMPLETED,
  };
}

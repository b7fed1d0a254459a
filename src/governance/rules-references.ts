/** Whatever one file says of another must be there. What could not be read is not missed. */
import { permissionsOf, spot, type Facts, type Finding, type Kind, type Rule, type Spot } from './facts.ts';
import { words } from './words.ts';

const HOME: Record<Kind, string> = {
  person: 'people.yml',
  backend: 'backends.yml',
  project: 'projects/',
  organisation: 'orgs.yml',
};

function refers(facts: Facts, kind: Kind, id: string | number, { source, path }: Spot): Finding[] {
  const known = facts.known[kind];
  if (!known || known.has(id)) return [];
  return [
    source.at(path, 'governance.unknown-reference', words.unknown(kind, id), {
      hint: words.unknownHint(HOME[kind]),
    }),
  ];
}

const referencesResolve: Rule = (facts) => [
  ...facts.people.flatMap((placed) => [
    ...placed.value.backends.flatMap((g, index) =>
      refers(facts, 'backend', g.id, spot(placed, 'backends', index, 'id')),
    ),
    ...placed.value.orgs.flatMap((org, index) =>
      refers(facts, 'organisation', org, spot(placed, 'orgs', index)),
    ),
  ]),
  ...facts.teams.flatMap((placed) =>
    placed.value.members.flatMap((member, index) => [
      ...refers(facts, 'person', member.id, spot(placed, 'members', index, 'id')),
      ...(member.scope?.projects ?? []).flatMap((project, at) =>
        refers(facts, 'project', project, spot(placed, 'members', index, 'scope', 'projects', at)),
      ),
      ...(member.scope?.orgs ?? []).flatMap((org, at) =>
        refers(facts, 'organisation', org, spot(placed, 'members', index, 'scope', 'orgs', at)),
      ),
    ]),
  ),
  ...facts.projects.flatMap((placed) => {
    const { copilot, backends, members, conflicts, orgs } = placed.value;
    return [
      ...refers(facts, 'organisation', orgs.lead, spot(placed, 'orgs', 'lead')),
      ...orgs.others.flatMap((id, index) =>
        refers(facts, 'organisation', id, spot(placed, 'orgs', 'others', index)),
      ),
      ...conflicts.flatMap((id, index) => refers(facts, 'person', id, spot(placed, 'conflicts', index))),
      ...backends.flatMap((id, index) => refers(facts, 'backend', id, spot(placed, 'backends', index))),
      ...members.flatMap((member, index) =>
        refers(facts, 'person', member.id, spot(placed, 'members', index, 'id')),
      ),
      ...(copilot ? refers(facts, 'person', copilot.id, spot(placed, 'copilot', 'id')) : []),
    ];
  }),
  ...permissionsOf(facts).flatMap((placed) =>
    placed.value.grants.flatMap((g, index) =>
      refers(facts, 'project', g.project, spot(placed, 'grants', index, 'project')),
    ),
  ),
  ...facts.alerts.flatMap((placed) => [
    ...(placed.value.scope?.backends ?? []).flatMap((id, index) =>
      refers(facts, 'backend', id, spot(placed, 'scope', 'backends', index)),
    ),
    ...(placed.value.scope?.projects ?? []).flatMap((id, index) =>
      refers(facts, 'project', id, spot(placed, 'scope', 'projects', index)),
    ),
  ]),
];

const permissionsAreNamedByTheDeployment: Rule = ({ deployment, populations, components }) => {
  if (!deployment) return [];
  const { population_permissions, component_permissions } = deployment.value;
  const unlisted = (what: string, all: typeof populations, listed: readonly string[]): Finding[] =>
    all
      .filter(({ value }) => !listed.includes(value.name))
      .map(({ value, source }) =>
        source.at([], 'governance.unknown-reference', words.unknown(what, value.name), {
          key: value.name,
          hint: words.unknownHint('deployment.yml'),
        }),
      );
  return [
    ...unlisted('population permission', populations, population_permissions),
    ...unlisted('component permission', components, component_permissions),
  ];
};

const permissionsNameDatasets: Rule = (facts) => {
  const real = new Set(facts.backends.flatMap(({ value }) => value.datasets));
  // A backend that could not be read may hold the dataset.
  if (facts.backends.length !== facts.known.backend?.size) return [];
  return facts.datasets
    .filter(({ value }) => !real.has(value.dataset))
    .map(({ value, source }) =>
      source.at([], 'governance.unknown-reference', words.noDataset(value.dataset), { key: value.dataset }),
    );
};

/** Whoever is sent from one image to another must find it there, and for longer. */
const replacementsAreThere: Rule = (facts) =>
  facts.images.flatMap((placed) => {
    const { name, version, replacedBy, retireOn } = placed.value;
    if (replacedBy === undefined) return [];
    const { source, path } = spot(placed, 'replaced_by');
    const found = facts.images.find(({ value }) => `${value.name}:${value.version}` === replacedBy)?.value;
    const fault = (says: string, hint?: string): Finding[] => [
      source.at(path, 'governance.replacement', says, hint === undefined ? {} : { hint }),
    ];
    if (replacedBy === `${name}:${version}`) return fault(words.replacedByItself);
    if (!found) return fault(words.unknown('image', replacedBy), words.unknownHint('images.yml'));
    if (found.retireOn === null || (retireOn !== null && found.retireOn > retireOn)) return [];
    return fault(words.replacedByGone(replacedBy, found.retireOn));
  });

export const REFERENCES: readonly Rule[] = [
  replacementsAreThere,
  referencesResolve,
  permissionsNameDatasets,
  permissionsAreNamedByTheDeployment,
];

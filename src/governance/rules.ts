/**
 * Rules across the files: ids are unique, references resolve, keys are separate, weights fit. Each rule
 * looks at whatever could be read and reports all it finds.
 */
import { spot, type Finding, type Placed, type Rule, type Spot } from './facts.ts';
import { holds, nothingOutlastsItsGrounds, realDataNeedsTraining } from './grants.ts';
import { REFERENCES } from './rules-references.ts';
import { formsAreWhole } from './rules-forms.ts';
import { schedulesFitTheirProject } from './schedules.ts';
import { tablesAreWhole, tablesAreOfDatasets } from './rules-tables.ts';
import type { AgentKey, Backend } from './types.ts';
import { matchesWhole } from './values.ts';
import { words } from './words.ts';

function twice<T>(
  what: string,
  all: readonly Placed<T>[],
  id: (value: T) => string | number,
  field: string,
): Finding[] {
  const seen = new Set<string | number>();
  return all.flatMap((placed) => {
    const key = id(placed.value);
    const again = seen.has(key);
    seen.add(key);
    const { source, path } = spot(placed, field);
    return again ? [source.at(path, 'governance.duplicate-id', words.twice(what, key))] : [];
  });
}

const idsAreUnique: Rule = (facts) => [
  ...twice('backend', facts.backends, (b) => b.id, 'id'),
  ...twice('person', facts.people, (p) => p.id, 'id'),
  ...twice('image', facts.images, (i) => `${i.name}:${i.version}`, 'version'),
  ...twice('project number', facts.projects, (p) => p.number, 'number'),
  ...twice('team', facts.teams, (t) => `${t.team} as ${t.role}`, 'team'),
  ...twice('organisation', facts.orgs, (o) => o.id, 'id'),
  ...twice('alert', facts.alerts, (a) => a.id, 'id'),
  ...facts.projects.flatMap((placed) => {
    const members = placed.value.members.map((member, index) => ({
      value: member,
      source: placed.source,
      path: ['members', index],
    }));
    return twice('member', members, (member) => member.id, 'id');
  }),
];

/** Whoever changes their login keeps their id, so two entries are one person or one mistake. */
const loginsAreOfOne: Rule = (facts) => {
  const seen = new Map<string, number>();
  return facts.people.flatMap((placed) => {
    const { id, login } = placed.value;
    const other = seen.get(login.toLowerCase());
    seen.set(login.toLowerCase(), other ?? id);
    if (other === undefined || other === id) return [];
    const { source, path } = spot(placed, 'login');
    return [
      source.at(path, 'governance.duplicate-id', words.loginTwice(login, other, id), {
        hint: words.loginTwiceHint,
      }),
    ];
  });
};

/** What a program does is done by whoever runs it, and that may be many. */
const machinesAreNobody: Rule = ({ people, policies }) => {
  const machines = new Set(policies?.value.review.bots.map(({ id }) => id));
  return people
    .filter(({ value }) => machines.has(value.id))
    .map((placed) => {
      const { source, path } = spot(placed, 'id');
      const says = words.machineAccount(placed.value.id);
      return source.at(path, 'governance.account-machine', says, { hint: words.machineAccountHint });
    });
};

/** An address that two have could make one person's work another's. */
const addressesAreOfOne: Rule = (facts) => {
  const seen = new Set<string>();
  const again = (emails: readonly string[], { source, path }: Spot): Finding[] =>
    emails.flatMap((email, index) => {
      const key = email.toLowerCase();
      const known = seen.has(key);
      seen.add(key);
      const at = [...path, index];
      return known ? [source.at(at, 'governance.duplicate-id', words.twice('address', email))] : [];
    });
  const { policies } = facts;
  return [
    ...facts.people.flatMap((placed) => again(placed.value.commitEmails, spot(placed, 'commit_emails'))),
    ...(policies?.value.review.bots ?? []).flatMap(({ commitEmails }, index) =>
      again(commitEmails, spot(policies!, 'review', 'bots', index, 'commit_emails')),
    ),
    ...(policies
      ? again(policies.value.review.commitEmailsOfNobody, spot(policies, 'review', 'commit_emails_of_nobody'))
      : []),
  ];
};

const reviewRepositoriesAreNamed: Rule = ({ deployment }) => {
  if (!deployment) return [];
  const { review_repos } = deployment.value.github;
  if (Object.keys(review_repos).length === 0 || review_repos['default'] !== undefined) return [];
  const { source, path } = spot(deployment, 'github', 'review_repos');
  return [source.at(path, 'governance.missing-key', words.noDefaultReviewRepository)];
};

const projectsAreNamedLikeTheirFile: Rule = (facts) =>
  facts.projects.flatMap((placed) => {
    const { id } = placed.value;
    if (placed.source.path === `projects/${id}.yml`) return [];
    return [placed.source.at(['id'], 'governance.project-file', words.fileName(id))];
  });

const projectNumbersMatch: Rule = (facts) => {
  const pattern = facts.deployment?.value.project_number;
  if (pattern === undefined) return [];
  return facts.projects
    .filter(({ value }) => !matchesWhole(pattern, value.number))
    .map(({ value, source }) =>
      source.at(['number'], 'governance.project-number', words.projectNumber(value.number, pattern)),
    );
};

const repositoriesBelongOnce: Rule = (facts) => {
  const owners = new Map<number, string>();
  return facts.projects.flatMap(({ value, source }) =>
    value.repos.flatMap((repo, index) => {
      const owner = owners.get(repo.id);
      owners.set(repo.id, owner ?? value.id);
      if (owner === undefined) return [];
      return [source.at(['repos', index, 'id'], 'governance.duplicate-id', words.repoTwice(repo.id, owner))];
    }),
  );
};

const keysAreSeparate: Rule = (facts) => {
  const seen = new Set<string>();
  return facts.backends.flatMap((placed) => {
    const { keys, data, active } = placed.value;
    const found: Finding[] = [];
    for (const side of ['agent', 'viewer'] as const) {
      found.push(...keysOf(placed, side, keys[side], seen));
    }
    const { source, path } = spot(placed, 'keys');
    if (data === 'real' && keys.viewer.length === 0) {
      found.push(source.at(path, 'governance.no-viewer-key', words.noViewerKey, { severity: 'warning' }));
    }
    if (active && keys.agent.length === 0) {
      found.push(source.at(path, 'governance.no-agent-key', words.noAgentKey, { severity: 'warning' }));
    }
    return found;
  });
};

/** A key used twice would let one host speak as two. A holder may have several: keys rotate with overlap. */
function keysOf(
  placed: Placed<Backend>,
  side: 'agent' | 'viewer',
  keys: readonly AgentKey[],
  seen: Set<string>,
): Finding[] {
  return keys.flatMap((key, index) => {
    const again = seen.has(key.key);
    seen.add(key.key);
    const { source, path } = spot(placed, 'keys', side, index);
    const reused = again ? [source.at([...path, 'key'], 'governance.key-reused', words.keyReused)] : [];
    const period =
      key.until === undefined ? [] : holds({ from: key.from, until: key.until }, { source, path }, []);
    return [...reused, ...period];
  });
}

const weightsFit: Rule = (facts) =>
  facts.backends.flatMap((placed) => {
    const { pools, weights } = placed.value;
    // A pool without slots takes no job at all, so no weight can wait in it.
    const smallest = Math.min(...[pools.general, pools.database].filter((slots) => slots > 0));
    const tables: [PropertyKey[], Backend['weights']['default']][] = [
      [['default'], weights.default],
      ...Object.entries(weights.workspaces).map(([name, table]): [PropertyKey[], typeof table] => [
        ['workspaces', name],
        table,
      ]),
    ];
    return tables.flatMap(([where, table]) =>
      table.flatMap(({ weight }, index) => {
        const { source, path } = spot(placed, 'weights', ...where, index, 'weight');
        return weight > smallest
          ? [source.at(path, 'governance.weight-too-heavy', words.weightTooHeavy(weight, smallest))]
          : [];
      }),
    );
  });

const imagesHaveDigests: Rule = (facts) =>
  facts.images
    .filter(({ value }) => value.digest === undefined)
    .map((placed) => {
      const { source, path } = spot(placed, 'image_id');
      return source.at(path, 'governance.image-without-digest', words.imageIdOnly, { severity: 'warning' });
    });

export const RULES: readonly Rule[] = [
  idsAreUnique,
  loginsAreOfOne,
  machinesAreNobody,
  addressesAreOfOne,
  reviewRepositoriesAreNamed,
  projectsAreNamedLikeTheirFile,
  projectNumbersMatch,
  repositoriesBelongOnce,
  ...REFERENCES,
  nothingOutlastsItsGrounds,
  realDataNeedsTraining,
  schedulesFitTheirProject,
  formsAreWhole,
  tablesAreOfDatasets,
  tablesAreWhole,
  keysAreSeparate,
  weightsFit,
  imagesHaveDigests,
];

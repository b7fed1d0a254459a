/** Two versions of governance over a small world, so that they often speak of the same things. */
import { fc } from '../support/properties.ts';
import type {
  Backend,
  DatasetPermission,
  Governance,
  Image,
  NamedPermission,
  Person,
  Policies,
  Project,
  Team,
} from '../../src/governance/governance.ts';
import { aGovernance } from '../support/governance.ts';

export const IDS = [1, 2, 3];
export const PROJECTS = ['p1', 'p2'];
export const BACKENDS = ['b1', 'b2'];
export const DATASETS = ['d1', 'd2'];
export const ORGS = ['o1', 'o2'];
export const REPOSITORIES = [11, 12];
export const EMAILS = ['e1@x.org', 'e2@x.org'];
export const IMAGES = ['i1', 'i2'];
/** Days on which rights are compared. */
export const DAYS = ['2026-01-01', '2026-01-02', '2026-01-03', '2026-01-04'];

const some = <T>(all: readonly T[]): fc.Arbitrary<T[]> => fc.subarray([...all]);
const atLeastOne = <T>(all: readonly T[]): fc.Arbitrary<T[]> => fc.subarray([...all], { minLength: 1 });
const shuffled = <T>(all: readonly T[]): fc.Arbitrary<T[]> => fc.shuffledSubarray([...all]);
const one = <T>(...all: readonly T[]): fc.Arbitrary<T> => fc.constantFrom(...all);
const day = one(...DAYS);
/** Most things last, or nothing would ever meet. */
const end = one(...DAYS, '2026-01-04', '2026-01-04', '2026-01-04', '2026-01-04');
const maybe = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.option(value, { nil: undefined });
const rarely = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.oneof({ weight: 3, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: value });
/** Absent rather than undefined, as what was read is. */
const tidy = <T extends object>(value: T): T =>
  Object.fromEntries(Object.entries(value).filter(([, held]) => held !== undefined)) as T;
const record = <T extends object>(fields: { [K in keyof T]-?: fc.Arbitrary<T[K]> }): fc.Arbitrary<T> =>
  (fc.record(fields) as fc.Arbitrary<T>).map(tidy);
/** At most one entry for each key. */
const list = <K, T>(keys: readonly K[], of: (key: K) => fc.Arbitrary<T>): fc.Arbitrary<T[]> =>
  shuffled(keys).chain((chosen) => fc.tuple(...chosen.map(of)) as unknown as fc.Arbitrary<T[]>);

const person = (id: number): fc.Arbitrary<Person> =>
  record<Person>({
    id: fc.constant(id),
    login: fc.constant(`login-${id}`),
    name: one('A', 'B'),
    orgs: shuffled(ORGS),
    training: maybe(record({ course: fc.constant('c'), passed: day, expires: day })),
    agreement: maybe(record({ ref: fc.constant('r'), expires: day })),
    backends: fc.array(record({ id: one(...BACKENDS), from: rarely(day), until: end }), { maxLength: 3 }),
    commitEmails: shuffled(EMAILS),
    until: end,
  });

const member = record<Team['members'][number]>({
  id: one(...IDS),
  scope: rarely(
    fc.oneof(
      record({ orgs: atLeastOne(ORGS) }),
      record({ projects: atLeastOne(PROJECTS) }),
      record({ orgs: atLeastOne(ORGS), projects: atLeastOne(PROJECTS) }),
    ),
  ),
  from: rarely(day),
  until: end,
  reason: fc.constant('r'),
  ref: fc.constant('r'),
  workingDays: maybe(some([1, 2, 3])),
  away: fc.constant([]),
});
const team = (role: Team['role']): fc.Arbitrary<Team> =>
  record<Team>({
    role: fc.constant(role),
    team: fc.constant(`team-${role}`),
    members: fc.array(member, { maxLength: 4 }),
  });

const project = (id: string): fc.Arbitrary<Project> =>
  record<Project>({
    id: fc.constant(id),
    number: fc.constant(id),
    aliases: some([`${id}-old`]),
    title: one('T', 'U'),
    summary: fc.constant('s'),
    orgs: record({ lead: one(...ORGS), others: some(ORGS) }),
    type: fc.constant([]),
    approval: record<Project['approval']>({
      state: fc.constant('approved'),
      on: day,
      application_hash: maybe(fc.constant(`sha256:${'a'.repeat(64)}`)),
      conditions: list(['c1', 'c2'], (key) =>
        record({
          id: fc.constant(key),
          text: fc.constant(key),
          met_on: fc.option(day),
          blocks: some(['run', 'x']),
        }),
      ),
    }),
    copilot: maybe(record({ id: one(...IDS), support_until: end, access_until: end })),
    status: one(
      'ongoing',
      'postponed',
      'retired',
      'ongoing_linked',
      'completed_linked',
      'completed_awaiting',
    ),
    status_since: maybe(day),
    status_reason: fc.constant(undefined),
    papers: fc.constant([]),
    until: end,
    start: day,
    conflicts: some(IDS),
    archived: some(['study-main', 'study-other']),
    backends: shuffled(BACKENDS),
    repos: list(REPOSITORIES.slice(PROJECTS.indexOf(id), PROJECTS.indexOf(id) + 1), (repo) =>
      record({
        id: fc.constant(repo),
        visibility: one('private' as const, 'public' as const),
        extensions: fc.constant([]),
        cleared: fc.constant([]),
      }),
    ),
    members: list(IDS, (who) =>
      record<Project['members'][number]>({
        id: fc.constant(who),
        roles: fc
          .subarray(['lead', 'developer', 'collaborator'] as const, { minLength: 1 })
          .map((all) => [...all]),
        from: rarely(day),
        until: end,
        reason: fc.constant('r'),
        ref: fc.constant('r'),
      }),
    ),
    schedules: list(['s1', 's2'], (key) =>
      record<Project['schedules'][number]>({
        id: fc.constant(key),
        backend: one(...BACKENDS),
        workspace: fc.constant('study-main'),
        author: maybe(one(...IDS)),
        cron: one('0 6 * * 1', '30 7 1 * *'),
        calendar: fc.constant('UTC'),
        dirs: some(['output', 'output/more']),
        supporting: fc.constant([]),
        context: fc.constant('c'),
        controls: fc.constant({ threshold: 7, base: 5, method: 'rounding', text: 'r' }),
        submit: fc.boolean(),
        policyText: maybe(fc.constant('1')),
        until: end,
        reason: fc.constant('r'),
        ref: fc.constant('r'),
      }),
    ),
  });

const keys = fc.array(
  record({ id: one('k1', 'k2'), key: one('ed25519:A', 'ed25519:B'), from: rarely(day), until: maybe(day) }),
  { maxLength: 3 },
);
const small = fc.integer({ min: 1, max: 3 });
const backend = (id: string): fc.Arbitrary<Backend> =>
  record<Backend>({
    id: fc.constant(id),
    name: one('n', 'm'),
    active: fc.boolean(),
    data: one('real', 'dummy'),
    alertAfterMs: small,
    maintenanceReporting: fc.boolean(),
    datasets: shuffled(DATASETS),
    viewer: maybe(one('https://v.org')),
    keys: record({ agent: keys, viewer: keys }),
    pools: record({ general: small, database: small }),
    limits: record({
      cpus: small,
      memoryBytes: small,
      pids: small,
      diskBytes: small,
      timeMs: small,
      logBytes: small,
    }),
    weights: fc.constant({ default: [], workspaces: {} }),
  });

const image = (name: string): fc.Arbitrary<Image> =>
  record<Image>({
    name: fc.constant(name),
    version: fc.constant('v1'),
    image: fc.constant(name),
    digest: maybe(one('sha256:1', 'sha256:2')),
    imageId: fc.constant(undefined),
    database: fc.boolean(),
    exitCodes: one('hidden', 'trusted'),
    retireOn: fc.option(day),
    replacedBy: maybe(one('a:v1', 'b:v1')),
  });

const dataset = (name: string): fc.Arbitrary<DatasetPermission> =>
  record<DatasetPermission>({
    dataset: fc.constant(name),
    stewardTeam: one('s', 't'),
    ask: fc.constant('https://a.org'),
    grants: fc.array(
      record({
        project: one(...PROJECTS),
        from: day,
        until: end,
        reason: fc.constant('r'),
        ref: fc.constant('r'),
      }),
      { maxLength: 3 },
    ),
  });

const named = (name: string): fc.Arbitrary<NamedPermission> =>
  dataset(name).map(({ dataset: _dataset, ...permission }) => ({ name, ...permission }));

const base = aGovernance();
const policies: fc.Arbitrary<Policies> = record<Policies>({
  approvals: record({ release: small, publish: small }),
  outputs: record<Policies['outputs']>({
    max_file: small,
    types: shuffled(['csv', 'png', 'svg']),
    csv_rows: small,
    suppress_at_or_below: small,
    round_to: small,
    working_days: small,
    incident_hours: small,
    packs: shuffled(['people', 'england-health']),
    malware_scan: one('required', 'optional', 'optional'),
  }),
  review: record<Policies['review']>({
    blind: one('open', 'strict'),
    confirm: fc.boolean(),
    signingCode: one('optional', 'required'),
    sameOrganisation: fc.boolean(),
    training: one('required', 'not_required', 'not_required', 'not_required'),
    policyText: one({ version: '1', text: 'a' }, { version: '2', text: 'b' }),
    types: maybe(shuffled(['csv', 'png'])),
    bots: list([900, 901], (id) => record({ id: fc.constant(id), commitEmails: some(EMAILS) })),
    commitEmailsOfNobody: some(EMAILS),
  }),
  publish: record<Policies['publish']>({ dataOwnerReference: one('required', 'optional', 'optional') }),
  calendar: one(base.policies.calendar, { weekend: [5], holidays: ['2026-12-25'] }),
  visibility: fc.constant(base.policies.visibility),
  copilot: fc.constant(base.policies.copilot),
  images: record<Policies['images']>({ warn_days: small }),
  drift: record<Policies['drift']>({
    teams: one('report', 'put_back'),
    collaborators: one('report', 'put_back'),
    rulesets: one('report', 'put_back'),
    labels: one('report', 'put_back'),
    visibility: one('report', 'put_back'),
    forms: one('report', 'put_back'),
  }),
  closing_days: fc.integer({ min: 0, max: 3 }),
});

/** Anything, over the ids of the small world above. */
const anything: fc.Arbitrary<Governance> = record<Governance>({
  commit: one('a'.repeat(40), 'b'.repeat(40)),
  deployment: record({
    subject: one({ ...base.deployment.subject }, { unit: 'x', plural: 'xs', id_column: 'other' }),
    lists: some(['northshire-research', 'other-org']),
    actions: some(['northshire-actions', 'other-actions']),
    repos: one<Record<string, number>>(
      { governance: 9001 },
      { governance: 9001, intake: 9002 },
      { governance: 1 },
    ),
    name: one('x', 'y'),
    components: shuffled(['event_level_data', 'small_areas']),
  }).map(({ subject, lists, actions, repos, name, components }) => ({
    ...base.deployment,
    contacts: { support: `${name}@example.edu` },
    subject,
    component_permissions: components,
    github: { ...base.deployment.github, code_orgs: lists, action_orgs: actions, repos },
  })),
  backends: list(BACKENDS, backend),
  images: list(IMAGES, image),
  people: list(IDS, person),
  teams: list(['output_checker', 'governance', 'deployment_operator'] as const, team),
  projects: list(PROJECTS, project),
  datasets: list(DATASETS, dataset),
  populations: list(['opted_out'], named),
  components: list(['events'], named),
  policies,
  orgs: list(ORGS, (id) =>
    record({
      id: fc.constant(id),
      name: one('A', 'B'),
      logo: maybe(one('https://a.org')),
      membersLabel: maybe(one('us')),
    }),
  ),
  forms: fc.constant([]),
  alerts: fc.constant([]),
  schemas: fc.constant([]),
});

/** An address is of one. */
const without = (emails: string[], owners: readonly { commitEmails: string[] }[]): string[] =>
  emails.filter((email) => !owners.some(({ commitEmails }) => commitEmails.includes(email)));
function reviewOf({ people, policies }: Governance): Policies['review'] {
  const { bots, commitEmailsOfNobody } = policies.review;
  const free = bots.map((bot, at) => ({
    ...bot,
    commitEmails: without(bot.commitEmails, [...people, ...bots.slice(0, at)]),
  }));
  return {
    ...policies.review,
    bots: free,
    commitEmailsOfNobody: without(commitEmailsOfNobody, [...people, ...bots]),
  };
}

/** Grants end after they begin: what reads governance refuses others. */
const inOrder = ({ from, until }: { from?: string; until?: string }): boolean =>
  from === undefined || until === undefined || from <= until;
const tidied = (g: Governance): Governance => ({
  ...g,
  policies: { ...g.policies, review: reviewOf(g) },
  backends: g.backends.map((backend) => ({
    ...backend,
    keys: { agent: backend.keys.agent.filter(inOrder), viewer: backend.keys.viewer.filter(inOrder) },
  })),
  people: g.people.map((each, at) => ({
    ...each,
    backends: each.backends.filter(inOrder),
    commitEmails: without(each.commitEmails, g.people.slice(0, at)),
  })),
  teams: g.teams.map((each) => ({ ...each, members: each.members.filter(inOrder) })),
  projects: g.projects.map((each) => ({ ...each, members: each.members.filter(inOrder) })),
  datasets: g.datasets.map((each) => ({ ...each, grants: each.grants.filter(inOrder) })),
  populations: g.populations.map((each) => ({ ...each, grants: each.grants.filter(inOrder) })),
  components: g.components.map((each) => ({ ...each, grants: each.grants.filter(inOrder) })),
});

export const aVersion = anything.map(tidied);

/** The same without some of what it lists: only takes away. */
const less = (g: Governance): fc.Arbitrary<Governance> =>
  fc
    .tuple(some(g.people), some(g.images), some(g.datasets), some(g.projects), fc.boolean())
    .map(([people, images, datasets, projects, teams]) => ({
      ...g,
      people,
      images,
      datasets,
      projects,
      teams: teams ? g.teams : [],
    }));

/** Mostly one edit apart, as pull requests are; sometimes wholly different. */
export const twoVersions: fc.Arbitrary<[Governance, Governance]> = fc.oneof(
  fc.tuple(aVersion, aVersion),
  aVersion.chain((a) => fc.tuple(fc.constant(a), less(a))),
  fc
    .tuple(aVersion, aVersion, some(Object.keys(base) as (keyof Governance)[]))
    .map(([a, b, parts]): [Governance, Governance] => [
      a,
      { ...a, ...Object.fromEntries(parts.map((part) => [part, b[part]])) },
    ]),
);

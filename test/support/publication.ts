/**
 * Releases to be published, as a zone would have sent them: real bytes, real statements, and the people whom
 * the second gate takes. Released files are kept in memory; the database is real.
 */
import { signStatements } from '../../agent/airlock/statements.ts';
import type { MadeBy, StatedRelease } from '../../agent/airlock/statement-facts.ts';
import type { OpenDatabase } from '../../src/db/open.ts';
import type { Governance } from '../../src/governance/governance.ts';
import { fixedClock } from '../../src/lib/clock.ts';
import { sha256 } from '../../src/lib/hash.ts';
import { countingIds } from '../../src/lib/ids.ts';
import { isRefusal, type Refusal } from '../../src/lib/refusal.ts';
import type { PublicationDeps, ReleaseFacts, Releases } from '../../src/publication/publication.ts';
import { aGovernance, edited, KEYS, PEOPLE, PROJECT, REPOSITORY } from './governance.ts';

export const WHO = {
  ...PEOPLE,
  author: 5550160,
  checker1: PEOPLE.checker,
  checker2: 5550140,
  checker3: 5550141,
  publisher: 5550150,
  publisher2: 5550151,
};
export const NOW = '2026-11-20T12:00:00.000Z';
export const REQUEST = 'release00000001a';
export const RELEASE = `${REQUEST}-1`;
export const ZONE_KEY = 'a secret of the zone for digests';
/** Where the data owner's approval is written down: governance grants the study some of their data. */
export const OWNER = { reference: 'DAA-77', on: '2026-11-01' };
export const STUDY_COMMIT = 'a'.repeat(40);

const person = (id: number, name: string): string =>
  `- {id: ${id}, login: ${name.toLowerCase().replace(' ', '-')}, name: ${name}, orgs: [riverside-university], until: 2027-08-31}\n`;

/** The example governance with an author, three checkers and two publishers. */
export function publicationFiles(changes: { publish?: number } = {}): Map<string, string> {
  const files = edited({});
  const people = [
    person(WHO.author, 'Ada Author'),
    person(WHO.checker2, 'Cleo Checker'),
    person(WHO.checker3, 'Cora Checker'),
    person(WHO.publisher, 'Petra Publisher'),
    person(WHO.publisher2, 'Paul Publisher'),
  ];
  files.set('people.yml', `${files.get('people.yml')}${people.join('')}`);
  const member = (id: number): string => `    - {id: ${id}, until: 2027-01-31, reason: rota, ref: GOV-118}\n`;
  files.set(
    'teams.yml',
    [
      '- role: output_checker\n  team: sp-output-checkers\n  members:\n',
      ...[WHO.checker1, WHO.checker2, WHO.checker3].map(member),
      '- role: governance\n  team: sp-governance\n  members:\n',
      member(WHO.governor),
      '- role: output_publisher\n  team: sp-publishers\n  members:\n',
      // The third checker may publish too, where they checked nothing.
      ...[WHO.publisher, WHO.publisher2, WHO.checker3, WHO.author].map(member),
    ].join(''),
  );
  const project = files.get('projects/ns-2026-014.yml') ?? '';
  files.set(
    'projects/ns-2026-014.yml',
    project.replace(
      'members:\n',
      `members:\n  - {id: ${WHO.author}, roles: [developer], until: 2027-02-28, reason: analyst, ref: GOV-133}\n`,
    ),
  );
  if (changes.publish !== undefined)
    files.set(
      'policies.yml',
      (files.get('policies.yml') ?? '').replace(
        'permissions: 2}',
        `permissions: 2, publish: ${changes.publish}}`,
      ),
    );
  return files;
}

export const publicationGovernance = (changes: { publish?: number } = {}): Governance =>
  aGovernance(publicationFiles(changes));

export interface PlantedFile {
  path: string;
  text: string;
  checkers?: number[];
  /** Another commit or action than the others. */
  madeBy?: Partial<MadeBy>;
}

export const FILES: PlantedFile[] = [
  { path: 'output/table.csv', text: 'school,absent\na,10\n' },
  { path: 'output/figure.svg', text: '<svg xmlns="http://www.w3.org/2000/svg"/>' },
  { path: 'output/notes.txt', text: 'All counts are rounded to 5.\n' },
];

/** A job whose inputs must never be seen: names a wildcard matched, hashes of small tables. */
export function aMadeBy(changes: Partial<MadeBy> = {}): MadeBy {
  return {
    job: 'job000000000001a',
    jobRequest: 'request00000001a',
    action: 'model',
    user: WHO.lead,
    repo: 'https://github.com/northshire-research/study',
    commit: STUDY_COMMIT,
    image: 'python:v2',
    imageId: `sha256:${'2'.repeat(64)}`,
    reusable: null,
    inputs: [
      { action: 'extract', path: 'output/rows-secret-ward.csv', sha256: sha256('unreleased rows') },
      { action: 'extract', path: 'output/rows-other-ward.csv', sha256: sha256('other unreleased rows') },
    ],
    finishedAt: Date.parse('2026-11-19T10:00:00.000Z'),
    ...changes,
  };
}

export function aStatedRelease(
  files: readonly PlantedFile[] = FILES,
  changes: Partial<StatedRelease> = {},
): StatedRelease {
  return {
    release: RELEASE,
    request: REQUEST,
    batch: 1,
    workspace: 'study-main',
    project: PROJECT,
    backend: 'attainment',
    repository: REPOSITORY,
    author: WHO.author,
    releasedAt: Date.parse('2026-11-20T09:00:00.000Z'),
    files: files.map(({ path, text, checkers = [WHO.checker1, WHO.checker2], madeBy }) => ({
      path,
      sha256: sha256(text),
      rewritten: false,
      madeBy: aMadeBy(madeBy),
      patternsOf: () => ['output/rows-*.csv'],
      signers: checkers,
      hints: false,
    })),
    deployment: 'https://research.example.edu',
    policy: { commit: 'c'.repeat(40), trust: 'hub', checkers: 2, suppressAtOrBelow: 7, roundTo: 5 },
    limits: { cpus: 2, memoryBytes: 4 * 1024 ** 3, timeMs: 86_400_000 },
    checksVersion: '1',
    digestOfImage: () => undefined,
    ...changes,
  };
}

/** What the hub holds after a release: facts and bytes, and a way to take files back. */
export class MemoryReleases implements Releases {
  readonly #facts = new Map<string, ReleaseFacts>();
  readonly #bytes = new Map<string, Uint8Array>();

  add(
    files: readonly PlantedFile[] = FILES,
    changes: Partial<StatedRelease> = {},
    key = KEYS.viewer,
  ): ReleaseFacts {
    const stated = aStatedRelease(files, changes);
    const { release: id, request, batch, workspace, project, backend, repository, author } = stated;
    const facts: ReleaseFacts = {
      ...{ id, request, batch, workspace, project, backend, repository, author },
      reviewers: [...new Set(files.flatMap(({ checkers = [WHO.checker1, WHO.checker2] }) => checkers))],
      files: files.map(({ path, text, checkers = [WHO.checker1, WHO.checker2] }, at) => ({
        number: at + 1,
        path,
        size: Buffer.byteLength(text),
        sha256: sha256(text),
        checkers,
        recalled: false,
      })),
      statements: signStatements(stated, { signing: key, zoneKey: ZONE_KEY }),
    };
    this.#facts.set(id, facts);
    files.forEach(({ text }, at) => this.#bytes.set(`${id}/${at + 1}`, Buffer.from(text)));
    return facts;
  }

  recall(release: string, number: number): void {
    const facts = this.#facts.get(release);
    if (facts)
      facts.files = facts.files.map((file) => (file.number === number ? { ...file, recalled: true } : file));
    this.#bytes.delete(`${release}/${number}`);
  }

  /** A hub that lies. */
  swap(release: string, number: number, text: string): void {
    this.#bytes.set(`${release}/${number}`, Buffer.from(text));
  }

  edit(release: string, change: (facts: ReleaseFacts) => ReleaseFacts): void {
    const facts = this.#facts.get(release);
    if (facts) this.#facts.set(release, change(facts));
  }

  async byId(_db: unknown, id: string): Promise<ReleaseFacts | undefined> {
    return this.#facts.get(id);
  }

  async ofRequest(_db: unknown, request: string): Promise<string[]> {
    return [...this.#facts.values()].filter((one) => one.request === request).map(({ id }) => id);
  }

  async recalled(_db: unknown, ids: readonly string[]): Promise<{ release: string; number: number }[]> {
    return ids.flatMap((release) =>
      (this.#facts.get(release)?.files ?? [])
        .filter(({ recalled }) => recalled)
        .map(({ number }) => ({ release, number })),
    );
  }

  async bytes(_db: unknown, release: string, number: number): Promise<Uint8Array | undefined> {
    return this.#bytes.get(`${release}/${number}`);
  }
}

export const PUBLIC_STUDY = { id: REPOSITORY, owner: 'northshire-research', name: 'study', private: false };

export interface TestDeps extends PublicationDeps {
  clock: ReturnType<typeof fixedClock>;
  releases: MemoryReleases;
  governed: Governance | undefined;
  woken: number;
}

export function publicationDeps(
  { db }: OpenDatabase,
  governed: Governance | undefined = publicationGovernance(),
): TestDeps {
  const deps: TestDeps = {
    db,
    clock: fixedClock(NOW),
    ids: countingIds(),
    governed,
    governance: () => deps.governed,
    releases: new MemoryReleases(),
    woken: 0,
    wake: () => void (deps.woken += 1),
  };
  return deps;
}

export function must<T>(value: T | Refusal): T {
  if (isRefusal(value)) throw new Error(`${value.code}: ${value.says}`);
  return value;
}

export const codeOf = (value: unknown): string => (isRefusal(value) ? value.code : 'no refusal');

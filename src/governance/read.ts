/**
 * The governance repository's files at one commit → Governance, or every fault with its place.
 *
 * Entries are checked one by one, so a fault in one person does not hide the faults of the others,
 * and the rules across files run over whatever could be read.
 */
import type { z } from 'zod';
import { nearest } from '../pipeline/pipeline.ts';
import type { Facts, Kind, Placed } from './facts.ts';
import { alertEntry } from './files/alerts.ts';
import { backendEntry } from './files/backends.ts';
import { deploymentFile } from './files/deployment.ts';
import { pageEntry } from './files/forms.ts';
import { imageEntry } from './files/images.ts';
import { organisationEntry } from './files/orgs.ts';
import { personEntry } from './files/people.ts';
import { permissionEntry } from './files/permissions.ts';
import { policiesFile } from './files/policies.ts';
import { projectFile } from './files/projects.ts';
import { teamEntry } from './files/teams.ts';
import { keysAt } from './known-keys.ts';
import { RULES } from './rules.ts';
import { tablesFile } from '../tables/tables.ts';
import { readSource, tooLarge, type Path, type Source, type SourceReading } from './source.ts';
import type { Form, Governance, GovernanceFinding, NamedPermission } from './types.ts';
import { words, wordsFor } from './words.ts';

export interface GovernanceReading {
  /** Present exactly when no finding is an error. */
  governance?: Governance;
  /** In the order of path and line. */
  findings: GovernanceFinding[];
}

const REQUIRED = ['deployment.yml', 'backends.yml', 'images.yml', 'people.yml', 'teams.yml', 'policies.yml'];
const OPTIONAL = [
  'orgs.yml',
  'alerts.yml',
  'permissions/datasets.yml',
  'permissions/populations.yml',
  'permissions/components.yml',
];
const PROJECT = /^projects\/[^/]+\.yml$/;
const FORM = /^forms\/[^/]+\.yml$/;
const TABLES = /^schemas\/[^/]+\.yml$/;
const MISNAMED =
  /^((?:deployment|backends|images|people|teams|policies|orgs|alerts|projects\/[^/]+|(?:forms|schemas)\/[^/]+|permissions\/(?:datasets|populations|components))\.)yaml$/i;

/** Whether this path belongs to what `readGovernance` reads; everything else in the repository is ignored. */
export function isGovernancePath(path: string): boolean {
  return (
    [...REQUIRED, ...OPTIONAL].includes(path) ||
    [PROJECT, FORM, TABLES, MISNAMED].some((ours) => ours.test(path))
  );
}

/** Why a file of ours has no text: a link or a submodule, more bytes than are read, or behind too many others. */
export type Unread = 'too-large' | 'too-much' | 'not-a-file';

/** What was read before, by path: of two versions, most files are the same. Holds the last version only. */
export type Memory = Map<string, { text: string; reading: SourceReading }>;

/** `unread`: files that are there without a text. Left out silently, a project would be gone without a word. */
export function readGovernance(
  files: ReadonlyMap<string, string>,
  commit: string,
  unread: ReadonlyMap<string, Unread> = new Map(),
  memory: Memory = new Map(),
): GovernanceReading {
  const findings: GovernanceFinding[] = [...unread].map(([path, why]) => unreadFinding(path, why));
  const sources = new Map<string, Source | undefined>([...unread.keys()].map((path) => [path, undefined]));
  for (const path of [...files.keys()].filter(isGovernancePath).sort()) {
    const wrong = MISNAMED.exec(path);
    if (wrong) {
      const hint = words.misnamedHint(`${wrong[1]!.toLowerCase()}yml`);
      findings.push({ ...atStart(path, 'governance.misnamed-file', words.misnamed(path)), hint });
      continue;
    }
    const text = files.get(path)!;
    const known = memory.get(path);
    const reading = known?.text === text ? known.reading : readSource(path, text);
    memory.set(path, { text, reading });
    for (const each of reading.findings) findings.push(each);
    sources.set(path, reading.source);
  }
  for (const path of memory.keys()) if (!sources.has(path)) memory.delete(path);
  for (const path of REQUIRED) {
    if (files.has(path) || unread.has(path)) continue;
    const hint = words.missingFileHint;
    findings.push({ ...atStart(path, 'governance.missing-file', words.missingFile(path)), hint });
  }
  const facts = factsFrom(sources, findings);
  // A version of ten thousands of faults has more than a call takes arguments.
  for (const rule of RULES) for (const each of rule(facts)) findings.push(each);
  findings.sort((a, b) => compare(a.path, b.path) || a.line - b.line || a.column - b.column);
  const { deployment, policies } = facts;
  if (!deployment || !policies || findings.some((finding) => finding.severity === 'error'))
    return { findings };
  const values = <T>(placed: readonly Placed<T>[]): T[] => placed.map(({ value }) => value);
  const governance: Governance = {
    commit,
    deployment: deployment.value,
    backends: values(facts.backends),
    images: values(facts.images),
    people: values(facts.people),
    teams: values(facts.teams),
    projects: values(facts.projects),
    datasets: values(facts.datasets),
    populations: values(facts.populations),
    components: values(facts.components),
    policies: policies.value,
    orgs: values(facts.orgs),
    forms: values(facts.forms),
    alerts: values(facts.alerts),
    schemas: values(facts.schemas),
  };
  return { governance, findings };
}

function unreadFinding(path: string, why: Unread): GovernanceFinding {
  if (why === 'too-large') return tooLarge(path);
  if (why === 'too-much')
    return { ...atStart(path, 'governance.too-much', words.tooMuch), hint: words.tooLargeHint };
  return { ...atStart(path, 'governance.not-a-file', words.notAFile), hint: words.notAFileHint };
}

function factsFrom(sources: ReadonlyMap<string, Source | undefined>, findings: GovernanceFinding[]): Facts {
  const parse = <T>(schema: z.ZodType<T>, source: Source, path: Path, value: unknown): Placed<T>[] => {
    const result = schema.safeParse(value);
    if (result.success) return [{ value: result.data, source, path }];
    for (const issue of result.error.issues)
      findings.push(...findingsOf(issue, source, path, { schema, value }));
    return [];
  };
  const whole = <T>(path: string, schema: z.ZodType<T>): Placed<T>[] => {
    const source = sources.get(path);
    return source ? parse(schema, source, [], source.value) : [];
  };
  const list = <T>(path: string, schema: z.ZodType<T>): Placed<T>[] => {
    const source = sources.get(path);
    if (!source) return [];
    if (!Array.isArray(source.value)) {
      findings.push(source.at([], 'governance.value', words.notAList(path)));
      return [];
    }
    return source.value.flatMap((entry: unknown, index) => parse(schema, source, [index], entry));
  };
  const map = <T>(path: string, schema: z.ZodType<T>): Placed<T>[] => {
    const source = sources.get(path);
    if (!source) return [];
    if (!isRecord(source.value)) {
      findings.push(source.at([], 'governance.value', words.notAMap(path)));
      return [];
    }
    return Object.entries(source.value).flatMap(([key, entry]) => parse(schema, source, [key], entry));
  };
  const named = (what: 'populations' | 'components'): Placed<NamedPermission>[] =>
    map(`permissions/${what}.yml`, permissionEntry).map((entry) => ({
      ...entry,
      value: { name: String(entry.path[0]), ...entry.value },
    }));
  const form = (path: string, source: Source | undefined): Placed<Form>[] => {
    const pages = list(path, pageEntry).map(({ value }) => value);
    // Half a form has questions that nobody can judge: rules look at whole ones only.
    const whole = source && Array.isArray(source.value) && pages.length === source.value.length;
    const id = path.slice('forms/'.length, -'.yml'.length);
    return whole ? [{ value: { id, pages }, source, path: [] }] : [];
  };
  const projectPaths = [...sources.keys()].filter((path) => PROJECT.test(path));
  const projects = projectPaths.flatMap((path) => whole(path, projectFile));
  return {
    deployment: whole('deployment.yml', deploymentFile)[0],
    policies: whole('policies.yml', policiesFile)[0],
    backends: list('backends.yml', backendEntry),
    images: list('images.yml', imageEntry),
    people: list('people.yml', personEntry),
    teams: list('teams.yml', teamEntry),
    projects,
    datasets: map('permissions/datasets.yml', permissionEntry).map((entry) => ({
      ...entry,
      value: { dataset: String(entry.path[0]), ...entry.value },
    })),
    populations: named('populations'),
    components: named('components'),
    orgs: list('orgs.yml', organisationEntry),
    forms: [...sources.entries()].flatMap(([path, source]) => (FORM.test(path) ? form(path, source) : [])),
    alerts: list('alerts.yml', alertEntry),
    schemas: [...sources.keys()]
      .filter((path) => TABLES.test(path))
      .flatMap((path) => whole(path, tablesFile))
      .map(({ value, source, path }) => ({
        value: { dataset: source.path.slice('schemas/'.length, -'.yml'.length), ...value },
        source,
        path,
      })),
    known: {
      person: idsIn(sources.get('people.yml')?.value),
      backend: idsIn(sources.get('backends.yml')?.value),
      organisation: idsIn(sources.get('orgs.yml')?.value),
      project: projectPaths.every((path) => sources.get(path))
        ? new Set(projectPaths.map((path) => path.slice('projects/'.length, -'.yml'.length)))
        : undefined,
    } satisfies Record<Kind, unknown>,
  };
}

/** Ids as written, also of entries with faults: a fault elsewhere in an entry must not make its references unknown. */
function idsIn(value: unknown): Set<unknown> | undefined {
  if (!Array.isArray(value)) return undefined;
  return new Set(value.map((entry: unknown) => (isRecord(entry) ? entry['id'] : undefined)));
}

function findingsOf(
  issue: z.core.$ZodIssue,
  source: Source,
  prefix: Path,
  { schema, value }: { schema: z.ZodType; value: unknown },
): GovernanceFinding[] {
  const path = [...prefix, ...issue.path];
  if (issue.code === 'unrecognized_keys') {
    const known = keysAt(schema, issue.path);
    return issue.keys.map((key) =>
      source.at(path, 'governance.unknown-key', wordsFor({ ...issue, keys: [key] }, value), {
        key,
        hint: words.keyHint(nearest(key, known), known),
      }),
    );
  }
  const found = issue.path.reduce<unknown>(
    (held, step) => (held as Record<PropertyKey, unknown> | undefined)?.[step],
    value,
  );
  const code = found === undefined ? 'governance.missing-key' : 'governance.value';
  const key = issue.code === 'invalid_key' ? String(issue.path.at(-1)) : undefined;
  const at = key === undefined ? path : path.slice(0, -1);
  const endless = found === undefined && issue.path.at(-1) === 'until';
  const hint = endless ? words.untilMissingHint : undefined;
  return [source.at(at, code, wordsFor(issue, found), { key, hint })];
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function atStart(path: string, code: string, message: string): GovernanceFinding {
  return { path, line: 1, column: 1, severity: 'error', code, message };
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}

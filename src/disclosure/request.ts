/** R1–R7, D2–D4: what only shows when all files of a request, and those released before, lie side by side. */
import { CHECKS, type CheckId } from './catalogue.ts';
import { compareTables, compareVersions, dimensionOf, shownElsewhere } from './differ.ts';
import { compiled, type Compiled, type DisclosurePolicy } from './policy.ts';
import type { FileReport, Finding, Place, TableFacts } from './types.ts';
import * as words from './words.ts';

/** What an engine that looks for malware said. `none`: the deployment runs none. */
export const SCANS = ['none', 'clean', 'found', 'unconfirmed'] as const;
export type MalwareScan = (typeof SCANS)[number];

/** What is known of how a file came about. Nothing is taken for granted: what nobody knows is said to be unknown. */
export interface Origin {
  /** `removed`: the action is no longer in project.yaml. `dropped`: it ran again and no longer makes the file. */
  action: 'there' | 'removed' | 'dropped' | 'unknown';
  /** Which branch leads to the commit: the repository's default one, another, or none. */
  commit: 'default' | 'branch' | 'none' | 'unknown';
  /** Of the job that made it; `failed-since`: the action's last run, a later one, did not succeed. */
  job: 'succeeded' | 'failed' | 'failed-since' | 'unknown';
  realData: boolean;
}

export interface RequestFile {
  path: string;
  group: string;
  output: boolean;
  size: number;
  sha256: string;
  report: FileReport;
  tables: readonly TableFacts[];
  origin?: Origin;
  scan?: MalwareScan;
  /** The same bytes in earlier requests. */
  before?: 'rejected' | 'revoked';
  /** The same path as released before, and whether other code made it. */
  earlier?: { tables: readonly TableFacts[]; newCode: boolean };
}

export interface GroupContext {
  name: string;
  /** Why, which variables, how it relates to other outputs. */
  text: string;
  population?: string;
  populationSize?: number;
  n?: number;
  df?: number;
}

export interface WholeRequest {
  files: readonly RequestFile[];
  /** Absent: not known here, and not asked for. A group without an entry has an empty context. */
  contexts?: readonly GroupContext[];
  /** Released or pending tables of the project. */
  others?: readonly TableFacts[];
}

export interface RequestReport {
  /** Of each file: its own findings, corrected by the group's, and those of the request. */
  files: { path: string; findings: Finding[] }[];
  groups: { group: string; findings: Finding[] }[];
  /** About all files together. */
  findings: Finding[];
}

const finding = (check: CheckId, place: Place, message: string): Finding => ({
  check,
  severity: CHECKS[check][0],
  place,
  message,
});

export function checkRequest(request: WholeRequest, policy: DisclosurePolicy): RequestReport {
  const rules = compiled(policy);
  const { files } = request;
  const groups = [...new Set(files.map(({ group }) => group))];
  return {
    files: files.map((file) => ({ path: file.path, findings: fileFindings(file, request, rules) })),
    groups: groups.map((group) => ({ group, findings: groupFindings(group, request) })),
    findings: totals(files, rules),
  };
}

function fileFindings(file: RequestFile, request: WholeRequest, rules: Compiled): Finding[] {
  return [
    ...withoutAnswered(file, request.files),
    ...underlying(file, request.files),
    ...origin(file.origin),
    ...seenBefore(file, request.files),
    ...scanned(file.scan),
    ...versions(file, rules),
    ...differences(file, request, rules),
  ];
}

/** C14 asks for a count here or in the group: a table of the same groups with counts answers it. */
function withoutAnswered(file: RequestFile, files: readonly RequestFile[]): readonly Finding[] {
  const { findings } = file.report;
  if (!findings.some(({ check }) => check === 'C14')) return findings;
  const counted = files
    .filter((other) => other !== file && other.group === file.group)
    .flatMap(({ tables }) => tables)
    .filter(({ counts }) => counts.length > 0);
  const answered = file.tables.some((table) => counted.some((other) => isJoined(table, other)));
  return answered ? findings.filter(({ check }) => check !== 'C14') : findings;
}

/** Every row of the one has its row in the other. */
function isJoined(table: TableFacts, other: TableFacts): boolean {
  if (table.keys.length === 0) return other.keys.length === 0;
  if (!table.keys.every((key) => other.keys.includes(key)) || table.keys.length !== other.keys.length)
    return false;
  const keys = new Set(other.rows.map(({ key }) => key));
  return table.rows.every(({ key }) => keys.has(key));
}

function underlying(file: RequestFile, files: readonly RequestFile[]): Finding[] {
  if (!file.output || file.report.kind !== 'figure') return [];
  const has = files.some((other) => other.group === file.group && other.report.kind === 'table');
  return has ? [] : [finding('R1', {}, words.noTable())];
}

function origin(from: Origin | undefined): Finding[] {
  if (!from) return [];
  const { action, commit, job, realData } = from;
  const said = [
    action === 'there' ? [] : words.ACTION[action],
    commit === 'default' ? [] : words.COMMIT[commit],
    job === 'succeeded' ? [] : words.JOB[job],
    realData ? [] : words.dummyData(),
  ].flat();
  return said.map((message) => finding('R3', {}, message));
}

function seenBefore(file: RequestFile, files: readonly RequestFile[]): Finding[] {
  const found: Finding[] = [];
  const first = files.find(({ sha256 }) => sha256 === file.sha256);
  if (first && first !== file) found.push(finding('R4', { element: first.path }, words.sameAs(first.path)));
  if (file.before === 'rejected') found.push(finding('R4', {}, words.rejectedBefore()));
  if (file.before === 'revoked') found.push(finding('R4', {}, words.revokedBefore()));
  return found;
}

function scanned(scan: MalwareScan | undefined): Finding[] {
  if (scan === 'found') return [finding('R7', {}, words.malware())];
  return scan === 'unconfirmed' ? [finding('R7', {}, words.unscanned())] : [];
}

function versions({ tables, earlier }: RequestFile, rules: Compiled): Finding[] {
  if (!earlier) return [];
  return tables.flatMap((table, index) => {
    const before = earlier.tables[index];
    return before ? compareVersions(before, table, earlier.newCode, rules) : [];
  });
}

function differences(file: RequestFile, { files, others = [] }: WholeRequest, rules: Compiled): Finding[] {
  const here = files.indexOf(file);
  return file.tables.flatMap((table) => {
    const dimension = dimensionOf(table);
    const found: Finding[] = [];
    for (const [index, other] of files.entries()) {
      if (index === here) continue;
      for (const one of other.tables) {
        if (dimensionOf(one) !== dimension) continue;
        // Each pair is told once, at the later file; redactions at the file that has them.
        if (index < here) found.push(...compareTables(table, one, 'D2', rules));
        found.push(...shownElsewhere(table, one));
      }
    }
    for (const one of others) {
      if (dimensionOf(one) === dimension && one.path !== file.path)
        found.push(...compareTables(table, one, 'D3', rules));
    }
    return found;
  });
}

function groupFindings(group: string, { files, contexts }: WholeRequest): Finding[] {
  if (!contexts) return [];
  const context = contexts.find(({ name }) => name === group);
  const text = context?.text.trim() ?? '';
  if (!context || text === '') return [finding('R2', {}, words.noContext())];
  const found: Finding[] = [];
  if (isBoilerplate(text)) found.push(finding('R2', {}, words.boilerplate()));
  const lacks = (what: string): void => void found.push(finding('R2', {}, words.contextLacks(what)));
  if ((context.population ?? '').trim() === '') lacks('which population the files are about');
  if (context.populationSize === undefined) lacks('how many people that is');
  const hasModel = files.some((file) => file.group === group && file.tables.some(({ model }) => model));
  if (hasModel && context.n === undefined) lacks('how many people the model was fitted on');
  if (hasModel && context.df === undefined) lacks('how many degrees of freedom the model has');
  return found;
}

const PHRASE =
  /^(?:the )?(?:outputs?|results?|tables?|figures?|plots?|see (?:above|below|paper|protocol)|n\/?a|none|tests?|tbc|tbd|todo|as (?:before|discussed|above)|for (?:the )?(?:paper|publication|release)|please (?:release|approve))\W*$/i;
const FEWEST_WORDS = 5;

function isBoilerplate(text: string): boolean {
  const distinct = new Set(text.toLowerCase().match(/\p{L}{2,}/gu) ?? []);
  return PHRASE.test(text) || distinct.size < FEWEST_WORDS;
}

const ALIKE = 5;

function totals(files: readonly RequestFile[], { policy }: Compiled): Finding[] {
  const found: Finding[] = [];
  const headers = new Map<string, number>();
  for (const { tables } of files) {
    for (const { header } of tables) {
      const name = header.join('\u001f');
      headers.set(name, (headers.get(name) ?? 0) + 1);
    }
  }
  for (const [name, count] of headers) {
    if (count >= ALIKE)
      found.push(
        finding('R5', { element: name.replaceAll('\u001f', ', ').slice(0, 200) }, words.alike(count)),
      );
  }
  // Of a request that has been released nothing is left to be weighed.
  if (files.length === 0) return found;
  const size = files.reduce((sum, file) => sum + file.size, 0);
  found.push(finding('R6', {}, words.totalSize(size, policy.budget)));
  return found;
}

/**
 * Reads a project.yaml: every rule, every finding at once, each with its place. Total: no text makes it
 * throw, and no text keeps it long (see the limits here, in `yaml.ts` and in `overlap.ts`).
 */
import { readAction } from './action.ts';
import { isDatabaseCommand } from './compat.ts';
import { readDefaults } from './defaults.ts';
import type { Draft } from './draft.ts';
import { expand } from './expand.ts';
import { readPlain } from './plain.ts';
import { Places, Report } from './report.ts';
import { nearest } from './suggest.ts';
import { checkTogether } from './together.ts';
import { given, isNull, kindName, type Entry, type MapNode, type Node } from './tree.ts';
import type { Action, Pipeline, ProjectReading } from './types.ts';
import * as words from './words.ts';
import { readYaml } from './yaml.ts';

export const LATEST_VERSION = 5;
export const TOP_KEYS = ['version', 'actions', 'expectations', 'defaults'] as const;
/** Characters. 10,000 actions need about 1.7 million. */
export const MAX_SIZE = 4 * 1024 * 1024;
export const MAX_ACTIONS = 20_000;
/** What versions 1 and 2 are given whatever they say. */
const OLD_POPULATION = 1000;

export function readProject(text: string): ProjectReading {
  const report = new Report(new Places(text.length > MAX_SIZE ? '' : text), words.more);
  const node = readText(text, report);
  const pipeline = node && project(node, report);
  const diagnostics = report.diagnostics();
  return report.hasErrors || !pipeline ? { diagnostics } : { pipeline, diagnostics };
}

/** Bytes as they come from git or a disk; what is no UTF-8 is one finding. */
export function readProjectBytes(bytes: Uint8Array): ProjectReading {
  if (bytes.length > MAX_SIZE) return readingTooLarge(bytes.length);
  try {
    return readProject(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    return readingOf('project.not-text', words.notText());
  }
}

/** The answer for a file whose size alone refuses it, so that nobody has to read it first. */
export function readingTooLarge(bytes: number): ProjectReading {
  return readingOf('project.too-large', words.tooLarge(bytes, MAX_SIZE));
}

function readingOf(code: string, says: words.Says): ProjectReading {
  const report = new Report(new Places(''), words.more);
  report.error(code, TOP, says);
  return { diagnostics: report.diagnostics() };
}

const TOP = { start: 0, end: 0 };
// Tab, line feed and carriage return are YAML's; U+0085 it knows as well.
const FORBIDDEN = /[\0-\x08\x0B\x0C\x0E-\x1F\x7F-\x84\x86-\x9F\uFFFE\uFFFF\p{Cs}]/u;

/** The text as a tree; undefined when it is none, and the report says why. */
export function readText(text: string, report: Report): Node | undefined {
  if (text.length > MAX_SIZE) {
    report.error('project.too-large', TOP, words.tooLarge(text.length, MAX_SIZE));
    return undefined;
  }
  const forbidden = FORBIDDEN.exec(text);
  if (forbidden) {
    const spot = { start: forbidden.index, end: forbidden.index + 1 };
    report.error('project.character', spot, words.controlCharacter(forbidden[0].charCodeAt(0)));
    return undefined;
  }
  const plain = readPlain(text);
  return 'node' in plain ? plain.node : readYaml(text, report, plain.gaveUpAt);
}

function project(top: Node, report: Report): Pipeline | undefined {
  if (isNull(top)) {
    report.error('project.empty', TOP, words.empty());
    return undefined;
  }
  if (top.kind !== 'map') {
    report.error(
      'project.not-a-mapping',
      { start: top.start, end: top.start },
      words.notMapping(kindName(top)),
    );
    return undefined;
  }
  for (const { key, keySpot } of top.entries) {
    if ((TOP_KEYS as readonly string[]).includes(key)) continue;
    report.error('P1', keySpot, words.unknownKey(key, 'a project file', TOP_KEYS, nearest(key, TOP_KEYS)));
  }
  const version = readVersion(top, report);
  const { drafts, whole } = readActions(top, version, report);
  const populationSize = readExpectations(top, version, report);
  if (whole && drafts.length > 0) {
    const features = { uniquePaths: version >= 2, noCohortextractor: version >= 4, noLatest: version >= 5 };
    checkTogether(drafts, features, report);
  }
  return report.hasErrors ? undefined : pipelineOf(version, drafts, populationSize, report);
}

/** The version; the latest when it cannot be told, so that an odd number never switches a rule off. */
function readVersion(top: MapNode, report: Report): number {
  const entry = given(top, 'version');
  if (!entry) {
    const key = top.entries.find((each) => each.key === 'version');
    report.error('P2', key?.keySpot ?? { start: top.start, end: top.start }, words.noVersion(LATEST_VERSION));
    return LATEST_VERSION;
  }
  const { value } = entry;
  const source = value.kind === 'scalar' && typeof value.value !== 'boolean' ? value.source : '';
  // Only plain decimals: 0x4, 4e0 and 4_0 are numbers to somebody, and an attempt to confuse.
  const whole = /^([1-9]\d*)(?:\.0+)?$/.exec(source)?.[1];
  const version = Number(whole);
  if (version <= LATEST_VERSION) {
    if (version < LATEST_VERSION) {
      report.warning('project.old-version', value, words.oldVersion(version, LATEST_VERSION));
    }
    return version;
  }
  if (whole) report.error('P4', value, words.newVersion(whole.slice(0, 20), LATEST_VERSION));
  else
    report.error(
      'P3',
      value,
      words.badVersion(source ? `"${source.slice(0, 20)}"` : kindName(value), LATEST_VERSION),
    );
  return LATEST_VERSION;
}

/** Without `whole` some could not be read: then what belongs together cannot be judged. */
interface Drafts {
  drafts: Draft[];
  whole: boolean;
}

const NO_DRAFTS: Drafts = { drafts: [], whole: false };

function readActions(top: MapNode, version: number, report: Report): Drafts {
  const defaults = readDefaults(top, report);
  const entry = top.entries.find((each) => each.key === 'actions');
  if (entry?.value.kind !== 'map') {
    const spot = !entry
      ? { start: top.start, end: top.start }
      : isNull(entry.value)
        ? entry.keySpot
        : entry.value;
    report.error('P5', spot, words.noActions(entry && kindName(entry.value)));
    return NO_DRAFTS;
  }
  const { entries } = entry.value;
  if (entries.length > MAX_ACTIONS) {
    report.error(
      'project.too-many-actions',
      entry.keySpot,
      words.tooManyActions(entries.length, MAX_ACTIONS),
    );
    return NO_DRAFTS;
  }
  const { written, whole } = expand(entries, defaults, { actions: MAX_ACTIONS, size: MAX_SIZE }, report);
  const drafts = written.map(({ entry: each, origin }) => {
    if (each.key === 'run_all') checkRunAll(each, version, report);
    const draft = readAction(each, report);
    return origin ? { ...draft, origin } : draft;
  });
  return { drafts, whole };
}

function checkRunAll(entry: Entry, version: number, report: Report): void {
  if (version >= 5) report.error('P6', entry.keySpot, words.runAllReserved());
  else report.warning('P6', entry.keySpot, words.runAllIgnored());
}

function readExpectations(top: MapNode, version: number, report: Report): number | null {
  const entry = given(top, 'expectations');
  if (version < 3) return OLD_POPULATION;
  if (version > 3) {
    if (entry) report.error('P33', entry.keySpot, words.expectationsGone(version));
    return null;
  }
  if (!entry) {
    report.error('P33', { start: top.start, end: top.start }, words.expectationsMissing());
    return null;
  }
  if (entry.value.kind !== 'map') {
    report.error('P33', entry.value, words.populationMissing());
    return null;
  }
  for (const { key, keySpot } of entry.value.entries) {
    if (key !== 'population_size') {
      report.error('P33', keySpot, words.unknownKey(key, '"expectations"', ['population_size']));
    }
  }
  const size = given(entry.value, 'population_size');
  if (!size) report.error('P33', entry.keySpot, words.populationMissing());
  return size ? population(size.value, report) : null;
}

function population(node: Node, report: Report): number | null {
  const size = node.kind === 'scalar' && /^[-+]?\d+(?:\.0*)?$/.test(node.source) ? Number(node.source) : NaN;
  if (Number.isSafeInteger(size)) return size;
  report.error('P33', node, words.populationSize(kindName(node)));
  return null;
}

function pipelineOf(
  version: number,
  drafts: readonly Draft[],
  populationSize: number | null,
  report: Report,
): Pipeline {
  const actions: Action[] = [];
  const pipeline: Pipeline = { version, actions, populationSize };
  for (const draft of drafts) {
    const action = actionOf(draft, report);
    if (draft.name === 'run_all') pipeline.ignored = action;
    else actions.push(action);
  }
  return pipeline;
}

/** Only without errors: then every part is there. */
function actionOf(draft: Draft, report: Report): Action {
  const image = draft.image!;
  const args = draft.words!.slice(1);
  return {
    name: draft.name,
    run: draft.run!.text,
    image,
    args,
    needs: draft.needs.map((need) => need.name),
    outputs: draft.outputs.map(({ level, name, pattern, spot }) => ({
      level,
      name,
      pattern,
      at: report.position(spot),
    })),
    ...(draft.config && { config: draft.config }),
    ...(draft.dummyDataFile !== undefined && { dummyDataFile: draft.dummyDataFile }),
    ...(draft.permissions && { permissions: draft.permissions }),
    isDatabase: isDatabaseCommand(image, args),
    at: report.position(draft.nameSpot),
    ...(draft.origin && { origin: draft.origin }),
  };
}

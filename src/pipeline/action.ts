/** The rules for one action by itself: P7–P13, P21–P23, its outputs' paths, its config. */
import { checkDataset } from './dataset.ts';
import type { Draft, DraftOutput } from './draft.ts';
import { readConfig } from './config.ts';
import { FOR_EACH } from './for-each.ts';
import { checkPath } from './paths.ts';
import type { Report, Spot } from './report.ts';
import { splitWords } from './shell.ts';
import { nearest } from './suggest.ts';
import {
  given,
  isNull,
  kindName,
  textOf,
  type Entry,
  type MapNode,
  type Node,
  type ScalarNode,
} from './tree.ts';
import { LEVELS, type ImageName, type Level } from './types.ts';
import * as words from './words.ts';

export const ACTION_KEYS = ['run', 'outputs', 'needs', 'config', 'dummy_data_file', 'permissions'] as const;
/** What a person may write; `for_each` is gone before an action is read. */
const WRITTEN_KEYS = [...ACTION_KEYS, FOR_EACH];
export const ACTION_NAME = /^(?!__error__$)(?!.*\.\.)[A-Za-z0-9_][A-Za-z0-9._-]{0,99}$/;
/** A name as image registries take it, and `v1`, `v1.2`, `v1.2-pre`, `dev` or `latest`. */
export const IMAGE = /^([a-z0-9]+(?:(?:\.|__?|-+)[a-z0-9]+)*):(v\d+(?:\.\d+)*(?:-pre)?|dev|latest)$/;

/** Half of what Linux takes as one argument list's single word; no one writes such a command by hand. */
const MAX_RUN = 64 * 1024;

export function readAction(entry: Entry, report: Report): Draft {
  const draft: Draft = { name: entry.key, nameSpot: entry.keySpot, needs: [], outputs: [], levels: [] };
  checkName(entry, report);
  const { value } = entry;
  if (value.kind !== 'map') {
    report.error('P7', spotOf(value, entry), words.actionNotMapping(entry.key, kindName(value)));
    return draft;
  }
  for (const { key, keySpot } of value.entries) {
    if ((ACTION_KEYS as readonly string[]).includes(key)) continue;
    report.error('P9', keySpot, words.unknownKey(key, 'an action', WRITTEN_KEYS, nearest(key, WRITTEN_KEYS)));
  }
  readRun(value, draft, report);
  readOutputs(value, draft, report);
  readNeeds(value, draft, report);
  readExtras(value, draft, report);
  readPermissions(value, draft, report);
  checkDataset(draft, report);
  return draft;
}

/** The rules for the parts that `defaults` may hold, each of the right type, where they are written. */
export function checkShared(parts: MapNode, report: Report): void {
  const draft: Draft = { name: 'defaults', nameSpot: parts, needs: [], outputs: [], levels: [] };
  readNeeds(parts, draft, report);
  readExtras(parts, draft, report);
  readPermissions(parts, draft, report);
}

function checkName(entry: Entry, report: Report): void {
  if (!entry.keyIsText)
    report.error('project.action-name', entry.keySpot, words.actionNameNotText(entry.key));
  else if (!ACTION_NAME.test(entry.key))
    report.error('project.action-name', entry.keySpot, words.actionName(entry.key));
}

function readRun(action: MapNode, draft: Draft, report: Report): void {
  const entry = given(action, 'run');
  if (!entry) return report.error('P8', draft.nameSpot, words.missingPart(draft.name, 'run'));
  const text = textOf(entry.value);
  if (text === undefined) {
    return report.error(
      'P10',
      entry.value,
      words.wrongType(draft.name, 'run', 'text', kindName(entry.value)),
    );
  }
  draft.run = { text, spot: entry.value };
  if (text.length > MAX_RUN)
    return report.error('project.run-length', entry.value, words.runLength(text.length, MAX_RUN));
  if (text.includes('\0')) return report.error('project.run-character', entry.value, words.runCharacter());
  const split = splitWords(text);
  if (!Array.isArray(split)) {
    return report.error(
      'project.run-quoting',
      within(entry.value as ScalarNode, split.at),
      words.runQuoting(split.fault),
    );
  }
  if (split.length === 0) return report.error('P21', entry.value, words.runEmpty(draft.name));
  draft.words = split;
  draft.image = readImage(split[0]!);
  if (!draft.image) report.error('P22', entry.value, words.imageVersion(split[0]!));
}

/** `name:tag`, or undefined when the word is something else. */
export function readImage(word: string): ImageName | undefined {
  const found = IMAGE.exec(word);
  return found ? { name: found[1]!, tag: found[2]! } : undefined;
}

function readOutputs(action: MapNode, draft: Draft, report: Report): void {
  const entry = given(action, 'outputs');
  if (!entry) return report.error('P8', draft.nameSpot, words.missingPart(draft.name, 'outputs'));
  if (entry.value.kind !== 'map') {
    return report.error(
      'P10',
      entry.value,
      words.wrongType(draft.name, 'outputs', 'a mapping', kindName(entry.value)),
    );
  }
  let levels = 0;
  for (const part of entry.value.entries) {
    if (!isLevel(part.key)) {
      report.error(
        'P12',
        part.keySpot,
        words.unknownKey(part.key, '"outputs"', LEVELS, nearest(part.key, LEVELS)),
      );
    } else if (!isNull(part.value)) {
      levels += 1;
      readLevel(part, part.key, draft, report);
    }
  }
  if (levels === 0) report.error('P11', entry.keySpot, words.noLevel(draft.name, LEVELS));
}

function isLevel(key: string): key is Level {
  return (LEVELS as readonly string[]).includes(key);
}

function readLevel(entry: Entry, level: Level, draft: Draft, report: Report): void {
  if (entry.value.kind !== 'map') {
    return report.error(
      'P13',
      entry.value,
      words.wrongType(draft.name, level, 'a mapping of names to paths', kindName(entry.value)),
    );
  }
  draft.levels.push({ level, spot: entry.keySpot });
  if (entry.value.entries.length === 0)
    report.error('project.empty-level', entry.keySpot, words.emptyLevel(level));
  if (level === 'minimally_sensitive') {
    report.warning('project.minimally-sensitive', entry.keySpot, words.minimallySensitive());
  }
  for (const output of entry.value.entries) {
    const read = readOutput(output, level, report);
    if (read) draft.outputs.push(read);
  }
}

function readOutput(entry: Entry, level: Level, report: Report): DraftOutput | undefined {
  if (entry.key === '') report.error('P13', entry.keySpot, words.outputName());
  const pattern = textOf(entry.value);
  if (pattern === undefined) {
    report.error('P13', spotOf(entry.value, entry), words.outputNotText(entry.key, kindName(entry.value)));
    return undefined;
  }
  checkPath(pattern, level, entry.value, report);
  return { level, name: entry.key, pattern, spot: entry.value };
}

function readNeeds(action: MapNode, draft: Draft, report: Report): void {
  const entry = given(action, 'needs');
  if (!entry) return;
  if (entry.value.kind !== 'seq') {
    return report.error(
      'P10',
      entry.value,
      words.wrongType(draft.name, 'needs', 'a list', kindName(entry.value)),
    );
  }
  const seen = new Set<string>();
  for (const item of entry.value.items) {
    const name = textOf(item);
    if (name === undefined || name === '')
      report.error('project.needs-entry', item, words.needsEntry(name === '' ? 'empty' : kindName(item)));
    else if (name.includes(' ')) report.error('P23', item, words.needsSpace(name));
    else if (seen.has(name)) report.warning('project.needs-twice', item, words.needsTwice(name));
    else draft.needs.push({ name, spot: item });
    seen.add(name ?? '');
  }
}

function readExtras(action: MapNode, draft: Draft, report: Report): void {
  const config = given(action, 'config');
  if (config?.value.kind === 'map') {
    // An empty config is none: there is nothing to hand over.
    if (config.value.entries.length > 0) draft.config = readConfig(config.value, report);
  } else if (config) {
    report.error(
      'P10',
      config.value,
      words.wrongType(draft.name, 'config', 'a mapping', kindName(config.value)),
    );
  }
  const dummy = given(action, 'dummy_data_file');
  if (!dummy) return;
  const path = textOf(dummy.value);
  if (path === undefined) {
    return report.error(
      'P10',
      dummy.value,
      words.wrongType(draft.name, 'dummy_data_file', 'a path', kindName(dummy.value)),
    );
  }
  draft.dummyDataFile = path;
  if (!isInside(path)) report.error('project.dummy-data-file', dummy.value, words.dummyDataFile(path));
}

/** Named like what governance grants; whether it is granted is asked of governance. */
export const PERMISSION_NAME = /^[a-z0-9][a-z0-9_-]{0,62}$/;

function readPermissions(action: MapNode, draft: Draft, report: Report): void {
  const entry = given(action, 'permissions');
  if (!entry) return;
  if (entry.value.kind !== 'seq') {
    const found = kindName(entry.value);
    return report.error(
      'project.permissions',
      spotOf(entry.value, entry),
      words.wrongType(draft.name, 'permissions', 'a list', found),
    );
  }
  const names = new Set<string>();
  for (const item of entry.value.items) {
    const name = textOf(item);
    if (name !== undefined && PERMISSION_NAME.test(name)) names.add(name);
    else report.error('project.permissions', item, words.permissionName(name ?? kindName(item)));
  }
  if (names.size > 0) draft.permissions = [...names];
}

/** It is copied out of the repository, so it may not lead out of it. */
function isInside(path: string): boolean {
  return path.trim() !== '' && !/^(?:\/|[A-Za-z]:)|\\|\p{Cc}/u.test(path) && !path.split('/').includes('..');
}

/** A null has no width: point at the key that lacks a value. */
function spotOf(value: Node, entry: Entry): Spot {
  return isNull(value) ? entry.keySpot : value;
}

/** The place of one character of a text, where the text stands in the file as it is. */
function within(node: ScalarNode, offset: number): Spot {
  const { inner } = node;
  return inner === undefined ? node : { start: inner + offset, end: inner + offset + 1 };
}

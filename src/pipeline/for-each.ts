/**
 * An action written once for many: `for_each` names variables and their values, and `<variable>` in the action's name,
 * command, paths, needs and config stands for one of them. This file says what such an action must look like, so
 * that what it is written out to differs where it has to; `expand.ts` writes it out.
 */
import type { Report, Spot } from './report.ts';
import { nearest } from './suggest.ts';
import { given, isNull, kindName, textOf, type Entry, type MapNode, type Node } from './tree.ts';
import * as words from './words-expand.ts';

export const FOR_EACH = 'for_each';
export const VARIABLE = /^[A-Za-z][A-Za-z0-9_]{0,39}$/;
/** What may stand in names of actions, in paths and in commands alike. */
export const VALUE = /^[A-Za-z0-9_.-]{1,100}$/;
/** Two or three are written by hand; more is a table, for which there are files. */
export const MAX_VARIABLES = 8;

const PLACEHOLDER = /<([A-Za-z][A-Za-z0-9_]{0,39})>/g;

export interface Variable {
  name: string;
  values: string[];
}

export interface Template {
  entry: Entry;
  /** The action without `for_each`. */
  value: MapNode;
  variables: Variable[];
  /** Where `for_each` stands. */
  spot: Spot;
}

/** The variables that a text speaks of, each once. */
export function variablesIn(text: string): string[] {
  return text.includes('<') ? [...new Set([...text.matchAll(PLACEHOLDER)].map((found) => found[1]!))] : [];
}

/** The text with every variable that has a value replaced by it. */
export function filled(text: string, values: ReadonlyMap<string, string>): string {
  return text.replace(PLACEHOLDER, (all, name: string) => values.get(name) ?? all);
}

export function forEachOf({ value }: Entry): Entry | undefined {
  return value.kind === 'map' ? value.entries.find(({ key }) => key === FOR_EACH) : undefined;
}

/** Undefined when it cannot be written out; the report then says why. */
export function readTemplate(entry: Entry, forEach: Entry, report: Report): Template | undefined {
  const errors = report.count;
  const variables = readVariables(forEach, report);
  const action = entry.value as MapNode;
  const value = { ...action, entries: action.entries.filter((each) => each !== forEach) };
  if (report.count === errors) checkUse(entry, value, variables, report);
  return report.count === errors ? { entry, value, variables, spot: forEach.keySpot } : undefined;
}

function readVariables({ keySpot, value }: Entry, report: Report): Variable[] {
  if (value.kind !== 'map' || value.entries.length === 0) {
    const found = value.kind === 'map' ? 'empty' : kindName(value);
    report.error('project.for-each', isNull(value) ? keySpot : value, words.forEachNotMapping(found));
    return [];
  }
  if (value.entries.length > MAX_VARIABLES)
    report.error('project.for-each', keySpot, words.tooManyVariables(value.entries.length, MAX_VARIABLES));
  return value.entries.map((entry) => {
    if (!VARIABLE.test(entry.key))
      report.error('project.for-each-variable', entry.keySpot, words.variableName(entry.key));
    return { name: entry.key, values: readValues(entry, report) };
  });
}

function readValues({ key, keySpot, value }: Entry, report: Report): string[] {
  if (value.kind !== 'seq' || value.items.length === 0) {
    const found = value.kind === 'seq' ? 'empty' : kindName(value);
    report.error('project.for-each-values', isNull(value) ? keySpot : value, words.notValues(key, found));
    return [];
  }
  const seen = new Set<string>();
  for (const item of value.items) {
    // As written: 01 and 1.0 are what they look like.
    const text = item.kind === 'scalar' && !isNull(item) ? item.source : undefined;
    if (text === undefined || !VALUE.test(text))
      report.error('project.for-each-value', item, words.badValue(text ?? kindName(item)));
    else if (seen.has(text)) report.error('project.for-each-value', item, words.valueTwice(text));
    seen.add(text ?? '');
  }
  return [...seen];
}

function checkUse(entry: Entry, value: MapNode, variables: readonly Variable[], report: Report): void {
  const names = variables.map(({ name }) => name);
  const inName = variablesIn(entry.key);
  for (const name of names)
    if (!inName.includes(name))
      report.error('project.for-each-name', entry.keySpot, words.notInName(entry.key, name));
  checkKnown(entry.key, entry.keySpot, names, report);
  for (const part of value.entries) if (part.key !== 'needs') checkTexts(part.value, names, report);
  checkRun(value, names, report);
  checkPaths(value, names, report);
}

function checkTexts(node: Node, names: readonly string[], report: Report): void {
  if (node.kind === 'map') for (const entry of node.entries) checkTexts(entry.value, names, report);
  else if (node.kind === 'seq') for (const item of node.items) checkTexts(item, names, report);
  else checkKnown(textOf(node) ?? '', node, names, report);
}

function checkKnown(text: string, spot: Spot, names: readonly string[], report: Report): void {
  for (const name of variablesIn(text))
    if (!names.includes(name))
      report.error(
        'project.for-each-unknown',
        spot,
        words.unknownVariable(name, names, nearest(name, names)),
      );
}

/** Two actions of one command are refused; here it can be said which variable is missing. */
function checkRun(value: MapNode, names: readonly string[], report: Report): void {
  const run = given(value, 'run');
  if (!run) return;
  const used = new Set(
    value.entries
      .filter(({ key }) => key === 'run' || key === 'config')
      .flatMap(({ value: part }) => usedIn(part)),
  );
  for (const name of names)
    if (!used.has(name)) report.error('project.for-each-run', run.value, words.notInRun(name));
}

/** Each writes files of its own: every path has every variable. */
function checkPaths(value: MapNode, names: readonly string[], report: Report): void {
  const outputs = value.entries.find(({ key }) => key === 'outputs')?.value;
  const levels = outputs?.kind === 'map' ? outputs.entries.map((level) => level.value) : [];
  for (const path of levels.flatMap((level) => (level.kind === 'map' ? level.entries : []))) {
    const used = usedIn(path.value);
    const missing = names.find((name) => !used.includes(name));
    const text = textOf(path.value);
    if (text !== undefined && missing !== undefined)
      report.error('project.for-each-path', path.value, words.notInPath(text, missing));
  }
}

function usedIn(node: Node): string[] {
  if (node.kind === 'map') return node.entries.flatMap(({ value }) => usedIn(value));
  if (node.kind === 'seq') return node.items.flatMap(usedIn);
  return variablesIn(textOf(node) ?? '');
}

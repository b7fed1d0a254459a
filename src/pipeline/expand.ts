/**
 * Writes out what `for_each` and `defaults` shorten, before any rule is asked: what comes out is the plain form, every
 * rule of a plain action holds for it, and nobody downstream knows how it was written. Each node keeps the place of
 * the text it was made from. Bounded by the limits of the plain form: as many actions, as many characters.
 */
import type { DefaultKey, Defaults } from './defaults.ts';
import { withDefaults } from './defaults.ts';
import { filled, forEachOf, readTemplate, variablesIn, type Template } from './for-each.ts';
import type { Report, Spot } from './report.ts';
import { nearest } from './suggest.ts';
import { textOf, type Entry, type MapNode, type Node } from './tree.ts';
import type { Origin } from './types.ts';
import * as words from './words-expand.ts';

export interface Limits {
  actions: number;
  /** Characters. */
  size: number;
}

export interface Written {
  entry: Entry;
  origin?: Origin;
}

/** What a node costs beside its text. */
const NODE = 8;

/** Without `whole` something could not be written out: then what belongs together cannot be judged. */
export function expand(
  entries: readonly Entry[],
  defaults: Defaults,
  limits: Limits,
  report: Report,
): { written: Written[]; whole: boolean } {
  const templated = entries.some(forEachOf);
  if (!templated && defaults.parts.size === 0 && defaults.image === undefined)
    return { written: entries.map((entry) => ({ entry })), whole: true };
  // One mistake in an action that stands for many is one mistake.
  report.once();
  return new Writer(entries, defaults, limits, report).write();
}

type Values = ReadonlyMap<string, string>;

/** An action, or one that stands for many, with its defaults. */
interface Source {
  entry: Entry;
  taken: DefaultKey[];
  template?: Template;
}

/** By name, the values of each action that is made. */
type Made = ReadonlyMap<string, Values>;

class Writer {
  private readonly sources: Source[] = [];
  /** What is made from each action that stands for many, by its name as written. */
  private readonly made = new Map<string, Made>();
  private readonly shared: ReadonlySet<Node>;
  private left: number;
  private readonly indexes = new Map<string, Map<string, string[]>>();
  private failed = false;

  constructor(
    entries: readonly Entry[],
    defaults: Defaults,
    private readonly limits: Limits,
    private readonly report: Report,
  ) {
    this.left = limits.size;
    const needs = defaults.parts.get('needs')?.value;
    this.shared = new Set(needs?.kind === 'seq' ? needs.items : []);
    for (const written of entries) {
      const { entry, taken } = withDefaults(written, defaults);
      const forEach = forEachOf(entry);
      const template = forEach && readTemplate(entry, forEach, report);
      if (forEach && !template) this.failed = true;
      else this.sources.push({ entry, taken, ...(template && { template }) });
    }
  }

  write(): { written: Written[]; whole: boolean } {
    this.multiply();
    const all: Written[] = [];
    for (const source of this.sources) {
      if (this.failed) break;
      for (const one of this.instances(source)) all.push(one);
    }
    if (!this.failed) return { written: this.unique(all), whole: true };
    const plain = this.sources.filter(({ template }) => !template);
    return { written: plain.map(({ entry }) => ({ entry })), whole: false };
  }

  /** Names and values of everything that will be made, before anything is. */
  private multiply(): void {
    let total = this.sources.length;
    for (const { entry, template } of this.sources) {
      if (!template) continue;
      total += template.variables.reduce((product, { values }) => product * values.length, 1) - 1;
      if (total > this.limits.actions) {
        this.report.error('project.too-many-actions', template.spot, words.tooManyMade(this.limits.actions));
        this.failed = true;
        return;
      }
      const all = combinations(template);
      this.made.set(entry.key, new Map(all.map((values) => [filled(entry.key, values), values])));
    }
  }

  private instances({ entry, taken, template }: Source): Written[] {
    const defaults = taken.length > 0 ? { defaults: taken } : {};
    if (!template) {
      const value = this.needsWritten(entry.value, entry.key, NO_VALUES);
      if (!this.pay(0, entry.keySpot)) return [];
      return [{ entry: { ...entry, value }, ...(taken.length > 0 && { origin: defaults }) }];
    }
    const all: Written[] = [];
    for (const [name, values] of this.made.get(entry.key)!) {
      const { value } = template;
      const parts = value.entries.map((part) =>
        part.key === 'needs' ? part : { ...part, value: this.filledNode(part.value, values) },
      );
      const action = this.needsWritten({ ...value, entries: parts }, name, values);
      if (!this.pay(name.length, template.spot)) return [];
      const origin = { ...defaults, forEach: { written: entry.key, values: Object.fromEntries(values) } };
      all.push({ entry: { key: name, keyIsText: true, keySpot: entry.keySpot, value: action }, origin });
    }
    return all;
  }

  /** False, and a finding, when the whole has become too long. */
  private pay(length: number, spot: Spot): boolean {
    this.left -= length + NODE;
    if (this.left >= 0) return true;
    this.report.error(
      'project.too-large',
      spot,
      words.tooLargeMade(Math.round(this.limits.size / 1024 / 1024)),
    );
    this.failed = true;
    return false;
  }

  private filledNode(node: Node, values: Values): Node {
    this.left -= NODE;
    // The whole is refused anyway.
    if (this.left < 0) return node;
    if (node.kind === 'map') {
      return {
        ...node,
        entries: node.entries.map((each) => ({ ...each, value: this.filledNode(each.value, values) })),
      };
    }
    if (node.kind === 'seq')
      return { ...node, items: node.items.map((item) => this.filledNode(item, values)) };
    this.left -= node.source.length;
    const text = textOf(node);
    if (text === undefined || variablesIn(text).length === 0) return node;
    const { start, end } = node;
    const value = filled(text, values);
    return { kind: 'scalar', value, source: value, start, end };
  }

  /** `needs` with names of actions that are made. */
  private needsWritten<T extends Node>(value: T, name: string, values: Values): T | MapNode {
    const needs = value.kind === 'map' ? value.entries.find(({ key }) => key === 'needs')?.value : undefined;
    if (value.kind !== 'map' || needs?.kind !== 'seq') return value;
    const items = needs.items.flatMap((item) => {
      const text = textOf(item);
      // What all share does not make an action need itself.
      if (text === name && this.shared.has(item)) return [];
      const meant = text === undefined ? undefined : this.meant(text, item, values);
      if (!meant) return [item];
      this.left -= meant.reduce((sum, one) => sum + one.length + NODE, 0);
      const { start, end } = item;
      return meant.map((one): Node => ({ kind: 'scalar', value: one, source: one, start, end }));
    });
    const entries = value.entries.map((part) =>
      part.value === needs ? { ...part, value: { ...needs, items } } : part,
    );
    return { ...value, entries };
  }

  /** Names that a need with variables stands for; undefined for one without. */
  private meant(text: string, item: Node, values: Values): string[] | undefined {
    const variables = variablesIn(text);
    if (variables.length === 0) return undefined;
    const made = this.made.get(text);
    const bound = variables.every((each) => values.has(each));
    if (!made && !bound) {
      const guess = nearest(text, [...this.made.keys()]);
      this.report.error('project.for-each-need', item, words.unknownTemplate(text, guess));
      return [];
    }
    const name = filled(text, values);
    if (!made || made.has(name)) return [name];
    // With a value for each variable, only that one could have been meant.
    const agree = bound ? [] : this.agreeing(text, made, variables, values);
    if (agree.length === 0) this.report.error('project.for-each-need', item, words.nothingMeant(text));
    return agree;
  }

  /** Names by the values that are given; looked up, because thousands may ask with other values each. */
  private agreeing(text: string, made: Made, variables: readonly string[], values: Values): string[] {
    const fixed = variables.filter((each) => values.has(each));
    const keyOf = (own: Values): string => fixed.map((each) => own.get(each)).join(' ');
    const question = JSON.stringify([text, fixed]);
    const index = this.indexes.get(question) ?? new Map<string, string[]>();
    if (!this.indexes.has(question)) {
      this.indexes.set(question, index);
      for (const [name, own] of made) {
        const names = index.get(keyOf(own));
        if (names) names.push(name);
        else index.set(keyOf(own), [name]);
      }
    }
    return index.get(keyOf(values)) ?? [];
  }

  /** Keys of a mapping are unique; what was made has to be, too. */
  private unique(all: readonly Written[]): Written[] {
    const seen = new Map<string, Entry>();
    for (const { entry } of all) {
      const other = seen.get(entry.key);
      if (other) {
        const line = this.report.position(other.keySpot).line;
        this.report.error('project.for-each-twice', entry.keySpot, words.madeTwice(entry.key, line));
      } else seen.set(entry.key, entry);
    }
    return all.filter(({ entry }) => seen.get(entry.key) === entry);
  }
}

const NO_VALUES: Values = new Map();

/** As the variables are written; the last one changes fastest. */
function combinations({ variables }: Template): Values[] {
  return variables.reduce<Map<string, string>[]>(
    (all, { name, values }) => all.flatMap((one) => values.map((value) => new Map([...one, [name, value]]))),
    [new Map()],
  );
}

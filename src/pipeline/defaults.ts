/**
 * `defaults`: what actions share, written once. An action's own part replaces the shared one; only `config` is joined, key
 * by key. A shared image stands before a command that names none. An action does not need itself because all do.
 */
import { checkShared, readImage } from './action.ts';
import type { Report } from './report.ts';
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
  type SeqNode,
} from './tree.ts';
import { unknownKey } from './words.ts';
import * as words from './words-expand.ts';

export const DEFAULT_KEYS = ['image', 'needs', 'config', 'permissions'] as const;
export type DefaultKey = (typeof DEFAULT_KEYS)[number];

export interface Defaults {
  image?: string;
  /** By key, of those that are given and right. */
  parts: ReadonlyMap<Exclude<DefaultKey, 'image'>, Entry>;
}

const KINDS = {
  needs: ['seq', 'a list'],
  config: ['map', 'a mapping'],
  permissions: ['seq', 'a list'],
} as const;
const NONE: Defaults = { parts: new Map() };
/** For an image that is wrong: the commands that rely on it are not. */
const STAND_IN = 'python:v2';

export function readDefaults(top: MapNode, report: Report): Defaults {
  const entry = given(top, 'defaults');
  if (!entry) return NONE;
  // What is wrong in a part that all share is one mistake.
  report.once();
  if (entry.value.kind !== 'map') {
    report.error(
      'project.defaults',
      entry.value,
      words.defaultsType('defaults', 'a mapping', kindName(entry.value)),
    );
    return NONE;
  }
  const parts = new Map<Exclude<DefaultKey, 'image'>, Entry>();
  let image: string | undefined;
  for (const part of entry.value.entries) {
    if (!isDefaultKey(part.key)) {
      report.error(
        'P1',
        part.keySpot,
        unknownKey(part.key, '"defaults"', DEFAULT_KEYS, nearest(part.key, DEFAULT_KEYS)),
      );
    } else if (isNull(part.value)) continue;
    else if (part.key === 'image') image = readDefaultImage(part.value, report);
    else if (part.value.kind === KINDS[part.key][0]) parts.set(part.key, part);
    else {
      const says = words.defaultsType(part.key, KINDS[part.key][1], kindName(part.value));
      report.error('project.defaults', part.value, says);
    }
  }
  checkShared({ ...entry.value, entries: [...parts.values()] }, report);
  return { parts, ...(image !== undefined && { image }) };
}

function isDefaultKey(key: string): key is DefaultKey {
  return (DEFAULT_KEYS as readonly string[]).includes(key);
}

function readDefaultImage(value: Node, report: Report): string {
  const text = textOf(value);
  if (text !== undefined && readImage(text)) return text;
  report.error('project.defaults', value, words.defaultImage(text ?? kindName(value)));
  return STAND_IN;
}

/** The action with what it takes from the defaults, and which parts those are. */
export function withDefaults(
  entry: Entry,
  { image, parts }: Defaults,
): { entry: Entry; taken: DefaultKey[] } {
  if (entry.value.kind !== 'map') return { entry, taken: [] };
  const taken: DefaultKey[] = [];
  const entries = entry.value.entries.map((part) => {
    const run = part.key === 'run' && image !== undefined ? withImage(part.value, image) : undefined;
    if (run) taken.push('image');
    const shared = part.key === 'config' ? parts.get('config') : undefined;
    const config = shared && joined(part.value, shared.value);
    if (config) taken.push('config');
    return { ...part, value: run ?? config ?? part.value };
  });
  const own = new Set(entries.map(({ key }) => key));
  for (const [key, part] of parts) {
    const value = key === 'needs' ? withoutItself(part.value as SeqNode, entry.key) : part.value;
    if (own.has(key) || (value.kind === 'seq' && value.items.length === 0)) continue;
    entries.push({ ...part, value });
    taken.push(key);
  }
  taken.sort((a, b) => DEFAULT_KEYS.indexOf(a) - DEFAULT_KEYS.indexOf(b));
  return { entry: { ...entry, value: { ...entry.value, entries } }, taken };
}

function withoutItself(needs: SeqNode, name: string): SeqNode {
  return { ...needs, items: needs.items.filter((item) => textOf(item) !== name) };
}

/** Whoever writes a colon into the first word means an image, if a wrong one. */
function withImage(run: Node, image: string): ScalarNode | undefined {
  const text = textOf(run);
  const first = text?.trim().split(/\s/, 1)[0];
  if (text === undefined || !first || first.includes(':')) return undefined;
  const { inner, ...node } = run as ScalarNode;
  const value = `${image} ${text}`;
  // A place in the command is counted from where the whole would begin.
  const shifted = inner === undefined ? {} : { inner: inner - image.length - 1 };
  return { ...node, value, source: value, ...shifted };
}

/** Undefined when the action's own config is none, or leaves nothing to be joined. */
function joined(own: Node, shared: Node): MapNode | undefined {
  if (own.kind !== 'map' || shared.kind !== 'map') return undefined;
  const keys = new Set(own.entries.map(({ key }) => key));
  const rest = shared.entries.filter(({ key }) => !keys.has(key));
  return rest.length === 0 ? undefined : { ...own, entries: [...own.entries, ...rest] };
}

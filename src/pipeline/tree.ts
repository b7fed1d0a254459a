/**
 * A YAML or JSON text as a tree that knows where everything stands.
 *
 * Two readers build it: `plain.ts` for the YAML that nearly every project.yaml is written in, and
 * `yaml.ts`, the full language through the `yaml` package, for the rest. What a plain scalar means is
 * decided here for both, so they cannot disagree.
 */
import type { Spot } from './report.ts';

export type Scalar = string | number | boolean | null;

export interface ScalarNode extends Spot {
  kind: 'scalar';
  value: Scalar;
  /** As written, before it was read as a number or a word like `true`. */
  source: string;
  /** Offset of the value's first character when it stands in the text character by character. */
  inner?: number;
}

export interface SeqNode extends Spot {
  kind: 'seq';
  items: Node[];
}

export interface Entry {
  key: string;
  /** False for a key that YAML reads as a number, boolean or null. */
  keyIsText: boolean;
  keySpot: Spot;
  value: Node;
}

export interface MapNode extends Spot {
  kind: 'map';
  /** Keys are unique. */
  entries: Entry[];
}

export type Node = ScalarNode | SeqNode | MapNode;

/** Deeper nesting is a mistake or an attack; project.yaml itself needs five. */
export const MAX_DEPTH = 64;

/** What an unquoted scalar means in the core schema of YAML 1.2: `on`, `yes` and dates stay strings. */
export function plainValue(source: string): Scalar {
  // Almost every scalar is a command or a name; only these first characters can mean something else.
  if (source !== '' && !/^[-+.0-9~nNtTfF]/.test(source)) return source;
  if (/^(?:~|null|Null|NULL)?$/.test(source)) return null;
  if (/^(?:true|True|TRUE)$/.test(source)) return true;
  if (/^(?:false|False|FALSE)$/.test(source)) return false;
  if (/^(?:[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+)$/.test(source)) return Number(source);
  if (/^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$/.test(source)) return Number(source);
  if (/^[-+]?\.(?:inf|Inf|INF)$/.test(source)) return source.startsWith('-') ? -Infinity : Infinity;
  if (/^\.(?:nan|NaN|NAN)$/.test(source)) return NaN;
  return source;
}

export function plainScalar(source: string, start: number): ScalarNode {
  return {
    kind: 'scalar',
    value: plainValue(source),
    source,
    start,
    end: start + source.length,
    inner: start,
  };
}

/** Undefined when the key is missing or its value is null: both mean "not given". */
export function given(map: MapNode, key: string): Entry | undefined {
  const entry = map.entries.find((each) => each.key === key);
  return entry && !isNull(entry.value) ? entry : undefined;
}

export function isNull(node: Node): boolean {
  return node.kind === 'scalar' && node.value === null;
}

/** The text a scalar holds, or undefined when it is no string. */
export function textOf(node: Node): string | undefined {
  return node.kind === 'scalar' && typeof node.value === 'string' ? node.value : undefined;
}

/** What a reader calls the node: `a list`, `a number`. */
export function kindName(node: Node): string {
  if (node.kind === 'map') return 'a mapping';
  if (node.kind === 'seq') return 'a list';
  if (node.value === null) return 'nothing';
  return { string: 'text', number: 'a number', boolean: 'true or false' }[
    typeof node.value as 'string' | 'number' | 'boolean'
  ];
}

/**
 * One YAML file with its places: plain values go to the schemas, and a finding about a path in them
 * comes back with line and column.
 *
 * Only plain YAML is taken. Anchors, aliases, tags and a second document are refused: what a reviewer
 * reads on a line must be all that the line means.
 */
import {
  isCollection,
  isMap,
  isNode,
  isScalar,
  visit,
  type Document,
  type Node,
  type YAMLParseError,
} from 'yaml';
import { readYaml } from '../lib/yaml.ts';
import { readPlainYaml } from './plain-yaml.ts';
import type { GovernanceFinding } from './types.ts';
import { words } from './words.ts';

export type Path = readonly PropertyKey[];

export interface Source {
  path: string;
  /** Plain data. */
  value: unknown;
  /** A finding on the value at this path, or on the nearest thing above that exists. */
  at(
    path: Path,
    code: string,
    message: string,
    more?: { hint?: string; severity?: 'warning'; key?: string },
  ): GovernanceFinding;
}

/** Without `source` the file cannot be read as YAML, and the findings say why. */
export interface SourceReading {
  source?: Source;
  findings: GovernanceFinding[];
}

const MAX_CHARACTERS = 2_000_000;

export function readSource(path: string, written: string): SourceReading {
  // A byte order mark is not a part of the first line, neither for people nor for the parser.
  const text = written.replace(/^\uFEFF/, '');
  if (text.length > MAX_CHARACTERS) return { findings: [tooLarge(path)] };
  const plain = readPlainYaml(text);
  return plain ? { source: sourceOf(path, text, plain.value), findings: [] } : readWithPlaces(path, text);
}

/** Whatever may be wrong, or is written in a way that only the whole of YAML knows. */
export function readWithPlaces(path: string, text: string): SourceReading {
  const reading = readYaml(text);
  const place = (offset: number): { line: number; column: number } => {
    const at = reading?.lines.linePos(offset);
    // An empty text has no line for the package; people count from one.
    return { line: at?.line || 1, column: at?.col || 1 };
  };
  const finding = (offset: number, code: string, message: string, hint?: string): GovernanceFinding => ({
    path,
    ...place(offset),
    severity: 'error',
    code,
    message,
    hint,
  });
  if (!reading) return { findings: [finding(0, 'governance.yaml', words.tooDeep)] };
  // What stands for bytes that are no text; nobody writes it.
  const broken = text.indexOf('\uFFFD');
  if (broken >= 0)
    return { findings: [finding(broken, 'governance.not-text', words.notText, words.notTextHint)] };
  const [document, second] = reading.documents;
  if (!document) return { findings: [finding(0, 'governance.empty', words.empty)] };
  // Once the parser is lost it stumbles over every word that follows: the first says enough.
  const lost = document.errors.findIndex(isLost);
  const errors = document.errors.filter((error, index) => index === lost || !isLost(error));
  const findings: GovernanceFinding[] = errors.map(({ code, message, pos: [at] }) => {
    if (code === 'DUPLICATE_KEY') {
      const key = /^[^:\s]*/.exec(text.slice(at, at + 100))![0];
      return finding(at, 'governance.duplicate-key', words.duplicateKey(key), words.duplicateKeyHint);
    }
    const tab = /^ *\t/.test(text.slice(text.lastIndexOf('\n', at - 1) + 1, at + 1));
    return finding(at, 'governance.yaml', words.yaml(message), tab ? words.tabHint : undefined);
  });
  if (second) findings.push(finding(second.range[0], 'governance.second-document', words.secondDocument));
  for (const { offset, what } of notPlain(document)) {
    findings.push(finding(offset, `governance.${what}`, words.notPlain[what]));
  }
  if (findings.length > 0) return { findings };
  return { source: sourceOf(path, text, document.toJS()), findings };
}

/**
 * A function of its own, so that nothing else is held: places are looked up when something is found, in a
 * tree made anew. Thousands of files without a fault would otherwise keep theirs until the last one is read.
 */
function sourceOf(path: string, text: string, value: unknown): Source {
  let made: ReturnType<typeof treeOf> | undefined;
  return {
    path,
    value,
    at: (target, code, message, more) => {
      made ??= treeOf(text);
      const { line, col } = made.lines.linePos(offsetOf(made.tree, target, more?.key));
      const { hint, severity = 'error' } = more ?? {};
      return { path, line, column: col, severity, code, message, hint };
    },
  };
}

/** Of a text that was read before without a fault. */
function treeOf(text: string) {
  const { documents, lines } = readYaml(text)!;
  return { tree: documents[0]!, lines };
}

function isLost({ code, message }: YAMLParseError): boolean {
  return code === 'UNEXPECTED_TOKEN' && /^Unexpected \S+ token in YAML stream/.test(message);
}

/** Files of this size are not even fetched: a governance file is written by hand. */
export function tooLarge(path: string): GovernanceFinding {
  const [code, message] = ['governance.too-large', words.tooLarge(MAX_CHARACTERS)];
  return { path, line: 1, column: 1, severity: 'error', code, message, hint: words.tooLargeHint };
}

type NotPlain = 'anchor' | 'alias' | 'tag' | 'odd-key';

function notPlain(document: Document.Parsed): { offset: number; what: NotPlain }[] {
  const found: { offset: number; what: NotPlain }[] = [];
  const note = (node: Node, what: NotPlain): void => {
    found.push({ offset: startOf(node), what });
  };
  visit(document, {
    Alias: (_key, node) => note(node, 'alias'),
    Pair: (_key, pair) => {
      // Merge keys are plain text in YAML 1.2, and complex keys have no path.
      if (isNode(pair.key) && (!isScalar(pair.key) || pair.key.value === null || pair.key.value === '<<'))
        note(pair.key, 'odd-key');
    },
    Value: (_key, node) => {
      if (node.anchor) note(node, 'anchor');
      if (node.tag) note(node, 'tag');
    },
  });
  return found;
}

function offsetOf(document: Document.Parsed, path: Path, key: string | undefined): number {
  let node: unknown = document.contents;
  for (const step of path) {
    const next = isCollection(node) ? node.get(step, true) : undefined;
    if (!isNode(next)) break;
    node = next;
  }
  if (key !== undefined && isMap(node)) {
    const pair = node.items.find((item) => isScalar(item.key) && String(item.key.value) === key);
    /* istanbul ignore else -- only keys that the schema saw are asked for */
    if (pair) node = pair.key;
  }
  /* istanbul ignore next -- a parsed document has content, if only an empty scalar */
  return isNode(node) ? startOf(node) : 0;
}

function startOf(node: Node): number {
  /* istanbul ignore next -- only nodes that were made, not parsed, have no range */
  return node.range?.[0] ?? 0;
}

/**
 * The full language: YAML 1.2 through the `yaml` package, turned into our tree.
 *
 * Tags never construct anything, plain scalars are read by `tree.ts`, duplicate keys, merge keys and
 * aliases are handled here: the package compares keys pairwise (quadratic) and expands aliases.
 */
import { isAlias, isScalar, isSeq, Lexer, LineCounter, parseDocument } from 'yaml';
import type { Alias, Document, Pair, ParsedNode, Scalar as YamlScalar, YAMLMap, YAMLSeq } from 'yaml';
import type { Report, Spot } from './report.ts';
import { MAX_DEPTH, plainScalar, type Entry, type MapNode, type Node, type ScalarNode } from './tree.ts';
import * as words from './words.ts';

/**
 * Lexer tokens the full reader takes on, about 1 MB of ordinary YAML. It is quadratic on some mistakes
 * and needs 500 bytes a token: 256,000 tokens cost 3 s at worst, a few million kill the process.
 */
const MAX_TOKENS = 250_000;
/** What aliases may add to the text. An alias bomb multiplies instead. */
const MAX_EXPANSION = 100_000;
const MAX_SYNTAX_ERRORS = 100;
const PLAIN_TAGS = /^tag:yaml\.org,2002:(?:str|map|seq)$/;

/** Undefined when the text cannot be read; the report then says why. */
export function readYaml(text: string, report: Report, plainUntil: number): Node | undefined {
  const guard = weigh(text);
  if (guard === 'large') {
    report.error('project.too-complex', spotAt(plainUntil), words.tooComplex());
    return undefined;
  }
  if (guard === 'deep') {
    report.error('project.too-deep', spotAt(plainUntil), words.tooDeep(MAX_DEPTH));
    return undefined;
  }
  const document = parseDocument(text, {
    schema: 'failsafe',
    resolveKnownTags: false,
    uniqueKeys: false,
    prettyErrors: false,
    logLevel: 'error',
    lineCounter: new LineCounter(),
  });
  for (const error of document.errors.slice(0, MAX_SYNTAX_ERRORS)) {
    const [start, end] = error.pos;
    report.error(words.syntaxCode(error.code), { start, end }, words.syntax(error.code));
  }
  if (document.directives?.yaml.explicit && document.directives.yaml.version !== '1.2') {
    report.error('project.yaml-version', spotAt(0), words.yamlVersion());
  }
  return report.hasErrors ? undefined : new Builder(report).root(document);
}

function weigh(text: string): 'ok' | 'large' | 'deep' {
  let tokens = 0;
  let depth = 0;
  for (const token of new Lexer().lex(text)) {
    tokens += 1;
    if (token === '[' || token === '{') depth += 1;
    else if (token === ']' || token === '}') depth -= 1;
    if (depth > MAX_DEPTH) return 'deep';
    if (tokens > MAX_TOKENS) return 'large';
  }
  return 'ok';
}

function spotAt(offset: number): Spot {
  return { start: offset, end: offset };
}

type YamlNode = ParsedNode | Alias.Parsed | null;

class Builder {
  private readonly anchors = new Map<string, Node | 'open'>();
  /** Size of each subtree with every alias written out. */
  private readonly weights = new Map<Node, number>();
  private nodes = 0;
  /** Entries that merge keys have copied. */
  private copied = 0;

  constructor(private readonly report: Report) {}

  root(document: Document.Parsed): Node | undefined {
    const contents = document.contents as YamlNode;
    if (!contents) return plainScalar('', 0);
    const node = this.node(contents, contents.range[0], 0);
    if (this.weight(node) > this.nodes + MAX_EXPANSION) {
      this.report.error('project.yaml-aliases', node, words.aliasBomb(MAX_EXPANSION));
    }
    return this.report.hasErrors ? undefined : node;
  }

  private node(from: YamlNode, where: number, depth: number): Node {
    this.nodes += 1;
    if (!from) return plainScalar('', where);
    if (isAlias(from)) return this.aliased(from as Alias.Parsed);
    if (depth >= MAX_DEPTH) {
      this.report.error('project.too-deep', spotAt(from.range[0]), words.tooDeep(MAX_DEPTH));
      return plainScalar('', where);
    }
    if (from.tag && !PLAIN_TAGS.test(from.tag)) {
      this.report.error(
        'project.yaml-tag',
        { start: from.range[0], end: from.range[1] },
        words.tag(from.tag),
      );
    }
    if (from.anchor) this.anchors.set(from.anchor, 'open');
    const node = this.collection(from, depth);
    if (from.anchor) this.anchors.set(from.anchor, node);
    return node;
  }

  private collection(from: ParsedNode, depth: number): Node {
    if (isScalar(from)) return this.scalar(from as YamlScalar.Parsed);
    const [start, end] = from.range;
    const node: Node = isSeq(from)
      ? { kind: 'seq', start, end, items: this.items(from as YAMLSeq.Parsed, depth) }
      : { kind: 'map', start, end, entries: this.entries(from as YAMLMap.Parsed, depth) };
    const parts = node.kind === 'seq' ? node.items : node.entries.map((entry) => entry.value);
    this.weights.set(
      node,
      parts.reduce((sum, part) => sum + this.weight(part), 1),
    );
    return node;
  }

  private scalar(from: YamlScalar.Parsed): ScalarNode {
    const [start, end] = from.range;
    const source = from.source;
    if (/\p{Cs}/u.test(source)) this.report.error('project.character', { start, end }, words.halfCharacter());
    if (from.type === 'PLAIN' && from.tag === undefined) {
      const node = plainScalar(source, start);
      // Folded over several lines, the value no longer stands in the text character by character.
      return end - start === source.length ? node : { kind: 'scalar', value: node.value, source, start, end };
    }
    const quoted = from.type === 'QUOTE_DOUBLE' || from.type === 'QUOTE_SINGLE';
    const inner = quoted && end - start === source.length + 2 ? { inner: start + 1 } : {};
    return { kind: 'scalar', value: source, source, start, end, ...inner };
  }

  private items(from: YAMLSeq.Parsed, depth: number): Node[] {
    return (from.items as YamlNode[]).map((item) => this.node(item, from.range[0], depth + 1));
  }

  private entries(from: YAMLMap.Parsed, depth: number): Entry[] {
    const own: Entry[] = [];
    const merged: Entry[] = [];
    const keys = new Set<string>();
    for (const pair of from.items as Pair<YamlNode, YamlNode>[]) {
      const key = this.key(pair.key, from.range[0], depth);
      if (!key) continue;
      const value = this.node(pair.value, key.end + 1, depth + 1);
      if (key.source === '<<' && key.inner === key.start) {
        for (const entry of this.merge(value, key)) merged.push(entry);
        continue;
      }
      if (keys.has(key.source))
        this.report.error('project.yaml-duplicate-key', key, words.duplicateKey(key.source));
      keys.add(key.source);
      own.push({ key: key.source, keyIsText: typeof key.value === 'string', keySpot: key, value });
    }
    // Own keys win over merged ones, earlier merges over later.
    for (const entry of merged) {
      if (keys.has(entry.key)) continue;
      keys.add(entry.key);
      own.push(entry);
    }
    return own;
  }

  private key(from: YamlNode, where: number, depth: number): ScalarNode | undefined {
    const key = this.node(from, where, depth + 1);
    if (key.kind === 'scalar') return key;
    this.report.error('project.yaml-key', key, words.keyNotScalar());
    return undefined;
  }

  private merge(value: Node, key: Spot): Entry[] {
    const sources = value.kind === 'seq' ? value.items : [value];
    if (sources.every((source): source is MapNode => source.kind === 'map')) {
      this.copied += sources.reduce((sum, source) => sum + source.entries.length, 0);
      if (this.copied <= MAX_EXPANSION) return sources.flatMap((source) => source.entries);
      this.report.error('project.yaml-aliases', key, words.aliasBomb(MAX_EXPANSION));
      return [];
    }
    this.report.error('project.yaml-merge', key, words.badMerge());
    return [];
  }

  private aliased(from: Alias.Parsed): Node {
    const target = this.anchors.get(from.source);
    if (target && target !== 'open') return target;
    const spot = { start: from.range[0], end: from.range[1] };
    this.report.error('project.yaml-alias', spot, words.badAlias(from.source, target === 'open'));
    return plainScalar('', spot.start);
  }

  private weight(node: Node): number {
    return this.weights.get(node) ?? 1;
  }
}

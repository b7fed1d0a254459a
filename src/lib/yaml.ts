/**
 * Reading YAML that strangers wrote. The composer of the `yaml` package is recursive, and at the end
 * of the stack V8 ends the process while compiling a regular expression: no exception to catch. So the
 * syntax tree, which is built without recursion, is measured first.
 */
import { Composer, LineCounter, Parser, type CST, type Document, type ParsedNode } from 'yaml';

export interface YamlReading {
  documents: Document.Parsed<ParsedNode>[];
  lines: LineCounter;
}

/** Everything sensible nests less than a tenth of this. */
const MAX_DEPTH = 100;
/** The composer compares every key of a mapping with every other one. */
const MAX_KEYS = 5000;

/** The documents with their faults; undefined when one nests deeper, or a mapping is longer, than any sensible file. */
export function readYaml(text: string, maxDepth = MAX_DEPTH): YamlReading | undefined {
  const lines = new LineCounter();
  const tokens = [...new Parser(lines.addNewLine).parse(text)];
  if (depthOf(tokens, maxDepth) > maxDepth) return undefined;
  const composer = new Composer({
    lineCounter: lines,
    uniqueKeys: true,
    strict: true,
    resolveKnownTags: false,
    prettyErrors: false,
    schema: 'core',
  });
  return { documents: [...composer.compose(tokens)], lines };
}

function depthOf(tokens: readonly CST.Token[], enough: number): number {
  let deepest = 0;
  const open: { token: CST.Token; depth: number }[] = tokens.map((token) => ({ token, depth: 0 }));
  for (let next = open.pop(); next && deepest <= enough; next = open.pop()) {
    const { token, depth } = next;
    deepest = Math.max(deepest, depth);
    if (token.type === 'document' && token.value) open.push({ token: token.value, depth });
    if (!('items' in token)) continue;
    if (token.items.length > MAX_KEYS && isMapping(token)) return enough + 1;
    for (const item of token.items) {
      for (const inner of [item.key, item.value]) if (inner) open.push({ token: inner, depth: depth + 1 });
    }
  }
  return deepest;
}

function isMapping(token: CST.Token): boolean {
  return token.type === 'block-map' || (token.type === 'flow-collection' && token.start.source === '{');
}

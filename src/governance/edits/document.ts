/** Changing one place of a YAML file and keeping the rest as people wrote it: comments, order, style. */
import { isCollection, isMap, isSeq, type Document, type YAMLMap, type YAMLSeq } from 'yaml';
import { isRefusal, type Refusal } from '../../lib/refusal.ts';
import { readYaml } from '../../lib/yaml.ts';
import type { EditedFile, Read } from './edit.ts';
import { no } from './words.ts';

type Change = (document: Document) => Refusal | undefined;

/** Of a file that is one mapping. */
export function editFile(read: Read, path: string, change: Change): EditedFile[] | Refusal {
  const text = read(path);
  if (text === undefined) return no.notThere(`file ${path}`);
  return edit(path, text, (document) => (isMap(document.contents) ? change(document) : no.unreadable(path)));
}

/** The same of a file that is one list; where there is none, it begins with nothing. */
export function editList(
  read: Read,
  path: string,
  change: (document: Document, list: YAMLSeq) => Refusal | undefined,
): EditedFile[] | Refusal {
  return edit(path, read(path) ?? '[]\n', (document) =>
    isSeq(document.contents) ? change(document, document.contents) : no.unreadable(path),
  );
}

function edit(path: string, text: string, change: Change): EditedFile[] | Refusal {
  const documents = readYaml(text)?.documents ?? [];
  const [document] = documents;
  if (!document || documents.length > 1 || document.errors.length > 0) return no.unreadable(path);
  // Compared as it is written, so that a file with a style of its own does not pass for changed.
  const before = write(document, text);
  const refused = change(document);
  if (refused) return refused;
  const after = write(document, text);
  return after === before ? no.nothing() : [{ path, text: after }];
}

/** Of a file that is new. */
export function written(document: Document): string {
  return write(document, '');
}

function write(document: Document, before: string): string {
  return document.toString({
    lineWidth: 0,
    flowCollectionPadding: /[{[] /.test(before),
    indentSeq: !/^[\w-]+:\n- /m.test(before),
    singleQuote: true,
  });
}

/** The list under this path; made where there is none, or only looked for. */
export function listAt(document: Document, path: readonly (string | number)[]): YAMLSeq;
export function listAt(
  document: Document,
  path: readonly (string | number)[],
  how: 'look',
): YAMLSeq | undefined;
export function listAt(
  document: Document,
  path: readonly (string | number)[],
  how?: 'look',
): YAMLSeq | undefined {
  const held: unknown = document.getIn(path, true);
  if (isSeq(held)) return held;
  if (how === 'look') return undefined;
  const made = document.createNode([]) as YAMLSeq;
  document.setIn(path, made);
  return made;
}

/** The list under a key of this mapping; made where there is none. */
export function listIn(document: Document, holder: YAMLMap, key: string): YAMLSeq {
  const held: unknown = holder.get(key, true);
  if (isSeq(held)) return held;
  const made = document.createNode([]) as YAMLSeq;
  holder.set(key, made);
  return made;
}

/** A short list on one line. */
export function flowList(document: Document, items: readonly string[]): YAMLSeq {
  const made = document.createNode([...items]) as YAMLSeq;
  made.flow = true;
  return made;
}

/** What the list says in words. */
export function strings(list: YAMLSeq): string[] {
  return (list.toJSON() as unknown[]).map(String);
}

/** Behind the others, and written as the one before it is. */
export function append(document: Document, list: YAMLSeq, value: object, flow = true): void {
  const last = list.items.at(-1);
  const style = isCollection(last) ? last.flow === true : flow;
  const node = asNode(document, value, style);
  // What was written as [] is a list with a line for each from now on.
  if (list.items.length === 0) list.flow = false;
  list.items.push(node);
}

/** On one line, or a line for each key with short values. */
export function asNode(document: Document, value: object, flow: boolean): YAMLMap {
  const node = document.createNode(value, { aliasDuplicateObjects: false }) as YAMLMap;
  node.flow = flow;
  for (const { value: held } of node.items) if (isCollection(held)) held.flow = true;
  return node;
}

/** The entry of a list whose `key` reads `value`. */
export function entryOf(list: YAMLSeq, key: string, value: unknown): YAMLMap | undefined {
  return list.items.filter((item) => isMap(item)).find((item) => item.get(key) === value);
}

/** Puts several changes of different files behind each other; each sees what those before it wrote. */
export function inTurn(
  read: Read,
  changes: readonly ((read: Read) => EditedFile[] | Refusal)[],
): EditedFile[] | Refusal {
  const edited = new Map<string, string>();
  for (const change of changes) {
    const result = change((path) => edited.get(path) ?? read(path));
    if (isRefusal(result)) {
      // What holds already is no reason to leave out the rest.
      if (result.code === 'edit.nothing') continue;
      return result;
    }
    for (const { path, text } of result) edited.set(path, text);
  }
  return [...edited].map(([path, text]) => ({ path, text }));
}

/** Changing one place of a YAML file and keeping the rest as people wrote it: comments, order, style. */
import { isCollection, isMap, isSeq, type Document, type YAMLMap, type YAMLSeq } from 'yaml';
import { isRefusal, type Refusal } from '../../lib/refusal.ts';
import { readYaml } from '../../lib/yaml.ts';
import type { EditedFile, Read } from './edit.ts';
import { no } from './words.ts';

type Change = (document: Document) => Refusal | undefined;

/** `fresh`: what the file reads where there is none yet. */
export function editFile(read: Read, path: string, change: Change, fresh?: string): EditedFile[] | Refusal {
  const text = read(path) ?? fresh;
  if (text === undefined) return no.notThere(`file ${path}`);
  const documents = readYaml(text)?.documents ?? [];
  const [document] = documents;
  if (!document || documents.length > 1 || document.errors.length > 0) return no.unreadable(path);
  const refused = change(document);
  if (refused) return refused;
  const written = write(document, text);
  return written === text ? no.nothing() : [{ path, text: written }];
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
    aliasDuplicateObjects: false,
  } as Parameters<Document['toString']>[0]);
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
  const held: unknown = path.length === 0 ? document.contents : document.getIn(path, true);
  if (isSeq(held)) return held;
  if (how === 'look') return undefined;
  const made = document.createNode([]) as YAMLSeq;
  if (path.length === 0) document.contents = made as Document['contents'];
  else document.setIn(path, made);
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
export function strings(list: unknown): string[] {
  const said: unknown[] = isSeq(list) ? (list.toJSON() as unknown[]) : [];
  return said.filter((each) => typeof each === 'string');
}

/** Behind the others, and written as the one before it is. */
export function append(document: Document, list: YAMLSeq, value: object, flow = true): void {
  const last = list.items.at(-1);
  const node = document.createNode(value, { aliasDuplicateObjects: false });
  const style = isCollection(last) ? last.flow === true : flow;
  if (isCollection(node)) node.flow = style;
  // What was written as [] is a list with a line for each from now on.
  if (list.items.length === 0) list.flow = false;
  list.items.push(node);
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
  if (edited.size === 0) return no.nothing();
  return [...edited].map(([path, text]) => ({ path, text }));
}

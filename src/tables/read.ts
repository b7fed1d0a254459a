/** What a deployment publishes, made and read back. */
import { canonicalJson } from '../lib/canonical.ts';
import { sha256 } from '../lib/hash.ts';
import { refusal, type Refusal } from '../lib/refusal.ts';
import { tableFaults } from './faults.ts';
import { readReference } from './relations.ts';
import { GENERATOR, publishedTables, type DatasetTables, type PublishedTables } from './schema.ts';
import { words } from './words.ts';

/** Known by its digest: the same tables, whoever wrote them in which order of files. */
export function publish(datasets: readonly DatasetTables[]): PublishedTables {
  const sorted = [...datasets].sort((a, b) => (a.dataset < b.dataset ? -1 : 1));
  return { generator: GENERATOR, digest: digestOf(sorted), datasets: sorted };
}

/** One dataset, with those whose keys it refers to. Of datasets without faults; undefined when it is none of them. */
export function publishOne(datasets: readonly DatasetTables[], dataset: string): PublishedTables | undefined {
  const wanted = new Set([dataset]);
  for (const name of wanted)
    for (const { tables } of datasets.filter((each) => each.dataset === name))
      for (const home of datasets.filter((each) => refersTo(tables, each.tables))) wanted.add(home.dataset);
  const found = datasets.filter((each) => wanted.has(each.dataset));
  return found.length === 0 ? undefined : publish(found);
}

const refersTo = (from: DatasetTables['tables'], to: DatasetTables['tables']): boolean =>
  Object.values(from)
    .flatMap(({ columns }) => Object.values(columns))
    .some(({ references }) => references !== undefined && Object.hasOwn(to, readReference(references).table));

/** As a number that a table's rows hang on may differ, so does this: also the order of columns is part of it. */
const digestOf = (datasets: readonly DatasetTables[]): string =>
  sha256(
    canonicalJson(datasets.map(({ dataset, tables }) => [dataset, Object.entries(tables).map(inOrder)])),
  );

const inOrder = ([name, table]: [string, DatasetTables['tables'][string]]): unknown => [
  name,
  { ...table, columns: Object.entries(table.columns) },
];

/** `from`: for people, where the text comes from. */
export function readPublished(text: string, from: string): PublishedTables | Refusal {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return refusal('dummy.not-json', ...words.notJson(from));
  }
  const read = publishedTables.safeParse(value);
  if (!read.success) {
    const { path, message } = read.error.issues[0]!;
    const says = `${path.map(String).join('.') || 'the whole of it'}: ${message}`;
    return refusal('dummy.not-tables', ...words.notTables(from, says));
  }
  const { generator, digest, datasets } = read.data;
  const [fault] = tableFaults(datasets);
  if (fault) {
    const says = `${[fault.dataset, ...fault.path].join('.')}: ${fault.message}`;
    return refusal('dummy.not-tables', ...words.notTables(from, says));
  }
  if (publish(datasets).digest !== digest) return refusal('dummy.tampered', ...words.tampered(from));
  return { generator, digest, datasets };
}

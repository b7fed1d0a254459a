/** Finds the tables in a JSON value. Walks with a list of its own, so depth costs no stack. */

export interface Leaf {
  path: string;
  key: string;
  /** Key of the object it stands in: `counts` of `{"counts": {"North": 1240}}`. */
  within: string;
  value: string | number;
}

export interface JsonTable {
  path: string;
  header: string[];
  rows: string[][];
}

export interface JsonContent {
  tables: JsonTable[];
  leaves: Leaf[];
  longArrays: { path: string; items: number }[];
  /** Where a chart carries its data, and where places have coordinates. */
  vega?: string;
  geo?: string;
}

type Plain = Record<string, unknown>;

/** Rows of one table, leaves and tables in all: more is cut, and the length is a finding anyway. */
const MOST_LEAVES = 100_000;
const MOST_TABLES = 100;
const MOST_HEADINGS = 500;

export function tablesIn(value: unknown, mostItems: number): JsonContent {
  const content: JsonContent = { tables: [], leaves: [], longArrays: [] };
  const open: { path: string; key: string; within: string; value: unknown }[] = [
    { path: '$', key: '', within: '', value },
  ];
  while (open.length > 0) {
    const { path, key, within, value: here } = open.pop()!;
    if (typeof here === 'string' || typeof here === 'number') {
      if (content.leaves.length < MOST_LEAVES) content.leaves.push({ path, key, within, value: here });
      continue;
    }
    if (Array.isArray(here)) {
      if (here.length > mostItems) content.longArrays.push({ path, items: here.length });
      if (content.tables.length < MOST_TABLES && addRecords(content, path, here.slice(0, mostItems)))
        continue;
      for (const [index, one] of [...here.slice(0, mostItems).entries()].reverse())
        open.push({ path: `${path}[${index}]`, key, within, value: one });
      continue;
    }
    if (!isPlain(here)) continue;
    notice(content, path, here);
    if (content.tables.length < MOST_TABLES && addObject(content, path, here, mostItems)) continue;
    for (const [name, one] of Object.entries(here).reverse()) {
      open.push({ path: `${path}.${name.slice(0, 100)}`, key: name, within: key, value: one });
    }
  }
  return content;
}

function isPlain(value: unknown): value is Plain {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isScalar(value: unknown): boolean {
  return value === null || typeof value !== 'object';
}

const text = (value: unknown): string => (isScalar(value) ? String(value ?? '') : '');

function notice(content: JsonContent, path: string, here: Plain): void {
  const schema = here['$schema'];
  const data = here['data'];
  const isChart = (typeof schema === 'string' && /vega/i.test(schema)) || 'mark' in here || 'marks' in here;
  if (isChart && (Array.isArray(data) || (isPlain(data) && 'values' in data)))
    content.vega ??= `${path}.data`;
  const type = here['type'];
  if (typeof type === 'string' && GEO.has(type) && ('coordinates' in here || 'features' in here))
    content.geo ??= path;
}

const GEO = new Set(
  'Point MultiPoint LineString MultiLineString Polygon MultiPolygon FeatureCollection'.split(' '),
);

/** A list of objects, or of lists, with plain values. */
function addRecords(content: JsonContent, path: string, items: readonly unknown[]): boolean {
  if (items.length === 0) return false;
  if (items.every(isPlain)) {
    const header = headerOf(items);
    if (!header || !items.every((item) => Object.values(item).every(isScalar))) return false;
    content.tables.push({ path, header, rows: items.map((item) => header.map((name) => text(item[name]))) });
    return true;
  }
  if (items.length > 1 && items.every((item) => Array.isArray(item) && item.every(isScalar))) {
    const lists = items as unknown[][];
    const [first, ...rest] = lists;
    if (first!.length < 2 || !first!.every((one) => typeof one === 'string')) return false;
    content.tables.push({ path, header: first!.map(String), rows: rest.map((row) => row.map(text)) });
    return true;
  }
  return false;
}

function headerOf(items: readonly Plain[]): string[] | undefined {
  const names = new Set<string>();
  for (const item of items) for (const name of Object.keys(item)) names.add(name);
  return names.size > 0 && names.size <= MOST_HEADINGS ? [...names] : undefined;
}

function addObject(content: JsonContent, path: string, here: Plain, mostItems: number): boolean {
  return (
    addSplit(content, path, here, mostItems) ||
    addColumns(content, path, here, mostItems) ||
    addNested(content, path, here, mostItems)
  );
}

/** pandas `orient="split"`: columns, index, data. */
function addSplit(content: JsonContent, path: string, here: Plain, mostItems: number): boolean {
  const { columns, data, index } = here;
  if (!Array.isArray(columns) || !Array.isArray(data) || !columns.every(isScalar)) return false;
  if (!data.every((row) => Array.isArray(row) && row.every(isScalar))) return false;
  const names = Array.isArray(index) && index.some((one) => typeof one === 'string') ? index : undefined;
  content.tables.push({
    path,
    header: [...(names ? ['index'] : []), ...columns.map(text)],
    rows: (data as unknown[][])
      .slice(0, mostItems)
      .map((row, at) => [...(names ? [text(names[at])] : []), ...row.map(text)]),
  });
  if (data.length > mostItems) content.longArrays.push({ path: `${path}.data`, items: data.length });
  return true;
}

/** Columns: an object of lists of equal length. */
function addColumns(content: JsonContent, path: string, here: Plain, mostItems: number): boolean {
  const entries = Object.entries(here);
  if (entries.length < 2 || entries.length > MOST_HEADINGS) return false;
  const lists = entries.map(([, list]) => list);
  const length = Array.isArray(lists[0]) ? lists[0].length : 0;
  const alike = lists.every((list) => Array.isArray(list) && list.length === length && list.every(isScalar));
  if (length === 0 || !alike) return false;
  if (length > mostItems) content.longArrays.push({ path, items: length });
  content.tables.push({
    path,
    header: entries.map(([name]) => name),
    rows: Array.from({ length: Math.min(length, mostItems) }, (_, row) =>
      lists.map((list) => text((list as unknown[])[row])),
    ),
  });
  return true;
}

/** An object of alike objects: by column (pandas' default) when the inner keys are row numbers, else by row. */
function addNested(content: JsonContent, path: string, here: Plain, mostItems: number): boolean {
  const entries = Object.entries(here);
  const inner = entries.map(([, one]) => one);
  if (entries.length < 2 || !inner.every(isPlain)) return false;
  const header = headerOf(inner.slice(0, mostItems));
  if (!header || !inner.every((one) => Object.values(one).every(isScalar))) return false;
  const common = Object.keys(inner[0]!).length;
  if (inner.some((one) => Object.keys(one).length !== common)) return false;
  const byColumn = header.every((name) => /^\d+$/.test(name));
  if (byColumn) {
    const rows = header.slice(0, mostItems).map((name) => inner.map((one) => text(one[name])));
    content.tables.push({ path, header: entries.map(([name]) => name), rows });
  } else {
    const rows = entries
      .slice(0, mostItems)
      .map(([name, one]) => [name, ...header.map((head) => text((one as Plain)[head]))]);
    content.tables.push({ path, header: ['key', ...header], rows });
  }
  return true;
}

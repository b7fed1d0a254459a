/** Tables as the viewer reads them: cells where they are, whatever the pieces the bytes arrive in. */
import { expect, test } from '@jest/globals';
import { fc } from '../support/properties.ts';
import { CsvIndex } from '../../web/airlock/client/csv-index.ts';
import { TableModel, type Mark } from '../../web/airlock/client/table-model.ts';
import { diffTables } from '../../web/airlock/client/table-diff.ts';
import { columnsIn, scrollTo, trackHeight, windowOf } from '../../web/airlock/client/track.ts';

function read(text: string | Uint8Array, piece = Infinity, separator: ',' | '\t' = ','): CsvIndex {
  const bytes = typeof text === 'string' ? new TextEncoder().encode(text) : text;
  const index = new CsvIndex(bytes.length, separator);
  for (let at = 0; at < bytes.length; at += piece) index.push(bytes.subarray(at, at + piece));
  index.end();
  return index;
}

function cells(index: CsvIndex): string[][] {
  return Array.from({ length: index.records }, (_, record) =>
    Array.from({ length: index.width(record) }, (__, column) => index.cell(record, column)),
  );
}

test('cells, quotations, line ends and blank lines are read as they are written', () => {
  expect(cells(read('a,b\r\n1,"x, ""y""\nz"\r\n\r\n,\n'))).toEqual([
    ['a', 'b'],
    ['1', 'x, "y"\nz'],
    ['', ''],
  ]);
  expect(cells(read('a\tb\n1,5\t2', Infinity, '\t'))).toEqual([
    ['a', 'b'],
    ['1,5', '2'],
  ]);
  expect(read('a,b\n\n\n1,2').blank).toBe(2);
  expect(read('').records).toBe(0);
  expect(read('a').columns).toBe(1);
  expect(cells(read('\ufeffa,b\n\ufeff1,2'))).toEqual([
    ['a', 'b'],
    // Only the mark of the file is left out: one inside is shown.
    ['\ufeff1', '2'],
  ]);
});

test('a quotation mark inside a bare cell is a letter, one that never closes is told', () => {
  expect(cells(read('a,b\n5" pipe,2'))).toEqual([
    ['a', 'b'],
    ['5" pipe', '2'],
  ]);
  const open = read('a,b\n"1,2\n3,4');
  expect(open.unclosed).toBe(true);
  expect(open.cell(1, 0)).toContain('3,4');
});

test('rows of another width are counted, and the first is named', () => {
  const index = read('a,b\n1,2\n1,2,3\n4\n');
  expect([index.ragged, index.firstRagged, index.widest]).toEqual([2, 2, 3]);
  expect(new TableModel(index, []).isPlain).toBe(true);
  expect(index.cell(3, 1)).toBe('');
});

test('more bytes than announced are refused', () => {
  const index = new CsvIndex(3, ',');
  expect(index.push(new TextEncoder().encode('a,b,c'))).toBe(false);
});

test('the pieces in which bytes arrive change nothing', () => {
  const cell = fc.stringMatching(/^[a-z0-9 é"',\n-]{0,6}$/);
  fc.assert(
    fc.property(
      fc.array(fc.array(cell, { minLength: 2, maxLength: 4 }), { minLength: 1, maxLength: 6 }),
      fc.integer({ min: 1, max: 7 }),
      (rows, piece) => {
        const text = rows
          .map((row) => row.map((each) => `"${each.replaceAll('"', '""')}"`).join(','))
          .join('\n');
        expect(cells(read(text, piece))).toEqual(rows);
      },
    ),
  );
});

const TABLE = 'group,n,rate\nb,10,0.5\na,9,\nc,1000,12%\nd,,-1\n';
const shown = (model: TableModel, column = 0) => Array.from(model.order, (row) => model.text(row, column));

test('rows are sorted by value, empty cells last, and back to their order', () => {
  const model = new TableModel(read(TABLE), []);
  model.sort({ column: 1, down: false });
  expect(shown(model)).toEqual(['a', 'b', 'c', 'd']);
  model.sort({ column: 1, down: true });
  expect(shown(model)).toEqual(['c', 'b', 'a', 'd']);
  model.sort(undefined);
  expect(shown(model)).toEqual(['b', 'a', 'c', 'd']);
});

test('a search leaves the rows that hold it, in the order they were sorted', async () => {
  const model = new TableModel(read(TABLE), []);
  model.sort({ column: 1, down: true });
  expect(await model.search('10', async () => undefined)).toBe(true);
  expect(shown(model)).toEqual(['c', 'b']);
  await model.search('', async () => undefined);
  expect(shown(model)).toHaveLength(4);
});

test('a search that was overtaken changes nothing', async () => {
  const rows = Array.from({ length: 1200 }, (_, row) => `g${row},${row}`).join('\n');
  const model = new TableModel(read(`group,n\n${rows}`), []);
  const first = model.search('g1', async () => {
    model.query = 'g2';
  });
  expect(await first).toBe(false);
  expect(model.order).toHaveLength(1200);
});

test('findings mark cells, rows and columns by name, also where the heading is empty', () => {
  const mark = (place: Partial<Mark>): Mark => ({ check: 'C5', severity: 'B', message: 'small', ...place });
  const model = new TableModel(read('group,,n\na,1,2\n'), [
    mark({ row: 1, column: 'n' }),
    mark({ row: 1, column: 'column 2' }),
    mark({ column: 'group' }),
    mark({ row: 7, column: 'gone' }),
  ]);
  expect(model.marksAt(1, 2)).toHaveLength(1);
  expect(model.marksAt(1, 1)).toHaveLength(1);
  expect(model.marksAt(1, 0)).toHaveLength(0);
  expect(model.marksOf(0)).toHaveLength(1);
  expect(model.columnNamed('column 2')).toBe(1);
  expect(model.columnNamed('nowhere')).toBe(-1);
  // Its column is unknown: the row is marked, rather than nothing.
  expect(model.marksAt(7, 0)).toHaveLength(1);
});

test('columns are hidden and shown; the last one stays', () => {
  const model = new TableModel(read('a,b\n1,2\n'), []);
  model.show(0, false);
  model.show(1, false);
  expect(model.columns()).toEqual([1]);
  model.showAll();
  expect(model.columns()).toEqual([0, 1]);
});

test('every line of a track is reached, however long, and the window stays small', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 20_000_000 }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      (lines, share) => {
        const line = Math.min(lines - 1, Math.floor(lines * share));
        const scroll = scrollTo(line, lines, 28, 600);
        const { first, end, top } = windowOf(lines, 28, scroll, 600);
        expect(first).toBeLessThanOrEqual(line);
        expect(end).toBeGreaterThan(line);
        expect(end - first).toBeLessThan(40);
        expect(top).toBeLessThanOrEqual(trackHeight(lines, 28));
      },
    ),
  );
});

test('the columns in sight are found by their edges', () => {
  const edges = [0, 50, 100, 400, 450];
  expect(columnsIn(edges, 0, 60, 0)).toEqual([0, 2]);
  expect(columnsIn(edges, 120, 100, 0)).toEqual([2, 3]);
  expect(columnsIn(edges, 401, 1000, 1)).toEqual([2, 4]);
  expect(columnsIn([0], 0, 100)).toEqual([0, 0]);
});

test('versions of a table are compared by the columns of words, in any order', () => {
  const diff = diffTables(
    read('group,year,n\na,2019,10\nb,2019,20\nc,2019,5\n'),
    read('year,group,n,rate\n2019,b,20,1\n2019,a,15,2\n2019,d,30,3\n'),
  );
  expect(diff.keys).toEqual(['year', 'group']);
  expect(diff.addedColumns).toEqual(['rate']);
  expect(diff.rows.map(({ change, before, after }) => [change, before, after])).toEqual([
    ['changed', 2, 1],
    ['changed', 1, 2],
    ['added', undefined, 3],
    ['removed', 3, undefined],
  ]);
  const second = diff.rows[1]!;
  expect(second.cells[diff.columns.indexOf('n')]).toEqual({ before: '10', after: '15' });
});

test('without names for the rows they are compared by number', () => {
  const diff = diffTables(read('n,m\n1,2\n3,4\n'), read('n,m\n1,2\n3,5\n'));
  expect(diff.keys).toEqual([]);
  expect(diff.counts).toEqual({ same: 1, changed: 1, added: 0, removed: 0 });
  const twice = diffTables(read('g,n\na,1\na,2\n'), read('g,n\na,1\na,3\n'));
  expect(twice.keys).toEqual([]);
  expect(twice.counts.changed).toBe(1);
});

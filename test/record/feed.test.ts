/** Feeds and copies as programs read them, whatever is written into them. */
import { expect, test } from '@jest/globals';
import { csvCell } from '../../src/lib/csv.ts';
import { atomOf, csvOf, jsonFeedOf, jsonOf, type Feed } from '../../src/record/record.ts';
import { csvLine } from '../../src/record/copies.ts';
import { aShownRequest } from './shown.ts';

const feed: Feed = {
  title: 'Requests of <x>',
  page: 'https://hub.example/requests?a=1&b=2',
  self: 'https://hub.example/requests.atom',
  next: 'https://hub.example/requests.atom?before=7',
  updated: 0,
  items: [
    {
      url: 'https://hub.example/requests/a',
      title: `A "title" & more\u0000${String.fromCharCode(0xd800)}\u{1f600}`,
      summary: ']]><script>',
      author: "O'Example",
      published: 0,
      updated: 1000,
    },
  ],
};

test('Atom', () => {
  expect(atomOf(feed)).toMatchInlineSnapshot(`
   "<?xml version="1.0" encoding="utf-8"?>
   <feed xmlns="http://www.w3.org/2005/Atom">
   <id>https://hub.example/requests.atom</id>
   <title>Requests of &#60;x&#62;</title>
   <updated>1970-01-01T00:00:00.000Z</updated>
   <link rel="self" type="application/atom+xml" href="https://hub.example/requests.atom"/>
   <link rel="alternate" type="text/html" href="https://hub.example/requests?a=1&#38;b=2"/>
   <link rel="next" href="https://hub.example/requests.atom?before=7"/>
   <entry><id>https://hub.example/requests/a</id><title>A &#34;title&#34; &#38; more😀</title><link rel="alternate" type="text/html" href="https://hub.example/requests/a"/><author><name>O&#39;Example</name></author><published>1970-01-01T00:00:00.000Z</published><updated>1970-01-01T00:00:01.000Z</updated><summary>]]&#62;&#60;script&#62;</summary></entry>
   </feed>
   "
  `);
  const { next: _, ...last } = feed;
  expect(atomOf(last)).not.toContain('rel="next"');
});

test('JSON Feed', () => {
  expect(jsonFeedOf(feed)).toMatchObject({
    version: 'https://jsonfeed.org/version/1.1',
    next_url: feed.next,
    items: [{ date_modified: '1970-01-01T00:00:01.000Z', authors: [{ name: "O'Example" }] }],
  });
  const { next: _, ...last } = feed;
  expect(jsonFeedOf(last)).not.toHaveProperty('next_url');
});

test.each<[string | number | null, string]>([
  [null, ''],
  [7, '7'],
  ['plain', 'plain'],
  ['a,b', '"a,b"'],
  ['a "b"\nc', '"a ""b""\nc"'],
  ['=1+1', "'=1+1"],
  ['@x,y', '"\'@x,y"'],
  ['-x', "'-x"],
])('the cell %j is written %j', (value, text) => {
  expect(csvCell(value)).toBe(text);
});

test('a line of CSV and an object of JSON say the same', () => {
  expect(csvLine(aShownRequest({ place: null, completedAt: null, workspace: null }))).toBe(
    '7,request000000001,succeeded,run,2027-03-01T09:00:00.000Z,,ns-2026-014,,,,,attainment,5550101,Rowan Example,model,2,\r\n',
  );
  expect(csvLine(aShownRequest())).toContain('northshire-research/study,main,');
  expect(jsonOf(aShownRequest(), { origin: 'https://hub.example' })).toMatchObject({
    url: 'https://hub.example/requests/request000000001',
    createdAt: '2027-03-01T09:00:00.000Z',
    completedAt: '2027-03-01T09:01:00.000Z',
  });
});

test('a table of nothing is empty, and what a row lacks is left empty', () => {
  expect(csvOf([])).toBe('\r\n');
  expect(csvOf([{ a: 1, b: '=x' }, { a: null }])).toBe("a,b\r\n1,'=x\r\n,\r\n");
});

/** Text, logs, values and pictures as the viewer takes them apart. */
import { expect, test } from '@jest/globals';
import { fc } from '../support/properties.ts';
import { crc32, deflateSync } from 'node:zlib';
import { styled } from '../../web/airlock/client/ansi.ts';
import { lineOfAction } from '../../web/airlock/client/file.ts';
import { imageFacts } from '../../web/airlock/client/image-facts.ts';
import { JsonIndex } from '../../web/airlock/client/json-index.ts';
import { keyAction } from '../../web/airlock/client/keys.ts';
import { LineIndex, placesOf } from '../../web/airlock/client/line-index.ts';
import { splitLog } from '../../web/airlock/client/log-parts.ts';
import { blocksOf, inlineOf } from '../../web/airlock/client/markdown-blocks.ts';
import { targetOf } from '../../web/airlock/client/review.ts';
import { textDiff } from '../../web/airlock/client/text-diff.ts';
import { hasUnseen, isFormula, partsOf } from '../../web/airlock/client/visible-text.ts';

test('characters nobody sees are named, and the text loses nothing', () => {
  expect(partsOf('a\u202eb')).toEqual([{ text: 'a' }, { text: '\u202e', mark: 'RLO' }, { text: 'b' }]);
  for (const unseen of [
    '\u200b',
    '\u2066',
    '\u00a0',
    '\ufe0f',
    '\u{e0041}',
    '\u3164',
    '\u0007',
    '\u2028',
    '\ud800',
  ])
    expect([unseen, hasUnseen(`x${unseen}y`)]).toEqual([unseen, true]);
  for (const plain of ['ordinary text, 12.5 %', 'été – “x”', 'עברית', '表'])
    expect(hasUnseen(plain)).toBe(false);
  expect(partsOf('a\tb', '\t').every(({ mark }) => mark === undefined)).toBe(true);
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      expect(
        partsOf(text, '\t\n')
          .map((part) => part.text)
          .join(''),
      ).toBe(text);
    }),
  );
});

test('cells that a spreadsheet would run are told from numbers and signs', () => {
  for (const cell of ['=1+1', '@SUM(A1)', '+cmd|x', '-2+3', '\t=1', ' =1'])
    expect([cell, isFormula(cell)]).toEqual([cell, true]);
  for (const cell of ['-5', '+3.5', '-1e-5', '-12%', 'a=b', '-', '--', ''])
    expect([cell, isFormula(cell)]).toEqual([cell, false]);
});

test('lines are cut into pieces, and every character is in exactly one', () => {
  fc.assert(
    fc.property(fc.stringMatching(/^[ab\n😀]{0,200}$/u), fc.integer({ min: 20, max: 40 }), (text, width) => {
      const index = new LineIndex(text, width);
      let whole = '';
      for (let at = 0; at < index.pieces; at += 1) {
        const { start, end, line, isFirst } = index.piece(at);
        if (isFirst && line > 1) whole += '\n';
        whole += text.slice(start, end);
        expect(end - start).toBeLessThanOrEqual(width + 1);
      }
      expect(whole).toBe(text.endsWith('\n') ? text.slice(0, -1) : text);
    }),
  );
  const long = new LineIndex('x'.repeat(1_000_000), 100);
  expect([long.lines, long.pieces, long.pieceAt(999_999)]).toEqual([1, 10_000, 9999]);
  expect(new LineIndex('a\r\nb', 80).piece(0).end).toBe(1);
  expect(new LineIndex('a\nb\nc', 80).pieceOfLine(3)).toBe(2);
});

test('a search finds upper and lower case, and says places of the text as it is', () => {
  expect(placesOf('Nn, N', 'n')).toEqual([0, 1, 4]);
  expect(placesOf('', 'n')).toEqual([]);
  expect(placesOf('abc', '')).toEqual([]);
  // The lower case of İ is longer: searched as written.
  expect(placesOf('İ n', 'n')).toEqual([2]);
  expect(placesOf('nnnn', 'n', 2)).toHaveLength(2);
});

test('a log is its summary and the last part of what the program wrote', () => {
  const marker = '=============JOB SUMMARY=============';
  const { summary, tail, cut } = splitLog(`${'line\n'.repeat(4000)}${marker}\njob_id: x\n`);
  expect(summary).toContain('job_id: x');
  expect(tail.length).toBeLessThanOrEqual(10_000);
  expect(tail.startsWith('line\n')).toBe(true);
  expect(cut + tail.length + summary.length).toBe(4000 * 5 + marker.length + 11);
  expect(splitLog('short').cut).toBe(0);
  // A program that writes the marker into a line of its own text does not end its log there.
  expect(splitLog(`said ${marker}`).summary).toBe('');
});

test('colours become classes, other escapes vanish, and large colour numbers are no others', () => {
  expect(styled('\u001b[1;31mbad\u001b[0m ok')).toEqual([
    { text: 'bad', classes: 'av-ansi-red av-ansi-bold' },
    { text: ' ok', classes: '' },
  ]);
  expect(styled('\u001b[2J\u001b]8;;http://x\u0007a\u001b]8;;\u0007').map(({ text }) => text)).toEqual(['a']);
  expect(styled('\u001b[38;5;31mx')).toEqual([{ text: 'x', classes: '' }]);
  expect(styled('\u001b[2;92mx\u001b[22;39my')).toEqual([
    { text: 'x', classes: 'av-ansi-green av-ansi-dim' },
    { text: 'y', classes: '' },
  ]);
});

function values(text: string): unknown {
  const index = JsonIndex.of(text);
  if (!(index instanceof JsonIndex)) return index;
  const build = (number: number): unknown => {
    const node = index.node(number);
    const written = text.slice(node.start, node.end);
    if (node.kind === 'object' || node.kind === 'array')
      return [node.key, [...index.childrenOf(number)].map(build)];
    return [node.key, written];
  };
  return build(0);
}

test('values keep repeated keys and numbers as they are written', () => {
  expect(values('{"a":1,"a":12345678901234567890,"b":[true,null]}')).toEqual([
    undefined,
    [
      ['"a"', '1'],
      ['"a"', '12345678901234567890'],
      [
        '"b"',
        [
          [undefined, 'true'],
          [undefined, 'null'],
        ],
      ],
    ],
  ]);
});

test('what is JSON and what is not agrees with the language, and depth breaks nothing', () => {
  fc.assert(
    fc.property(fc.json(), (text) => {
      expect(JsonIndex.of(text)).toBeInstanceOf(JsonIndex);
    }),
  );
  for (const text of [
    '',
    '{',
    '[1,]',
    '{"a"}',
    '{"a":1,}',
    '"a',
    '01',
    'nul',
    '1 2',
    '{a:1}',
    '"a\nb"',
    '[}',
  ])
    expect([text, JsonIndex.of(text) instanceof JsonIndex]).toEqual([text, false]);
  const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;
  expect((JsonIndex.of(deep) as JsonIndex).nodes).toBe(100_000);
});

function png(extra: [string, string][], trailing = 0): Uint8Array {
  const chunk = (name: string, body: Buffer): Buffer => {
    const head = Buffer.alloc(8);
    head.writeUInt32BE(body.length);
    head.write(name, 4);
    const tail = Buffer.alloc(4);
    tail.writeUInt32BE(typeof crc32 === 'function' ? crc32(Buffer.concat([Buffer.from(name), body])) : 0);
    return Buffer.concat([head, body, tail]);
  };
  const header = Buffer.alloc(13);
  header.writeUInt32BE(3, 0);
  header.writeUInt32BE(2, 4);
  return Buffer.concat([
    Buffer.from('89504e470d0a1a0a', 'hex'),
    chunk('IHDR', header),
    ...extra.map(([name, text]) => chunk(name, Buffer.from(text, 'latin1'))),
    chunk('IDAT', deflateSync(Buffer.alloc(20))),
    chunk('IEND', Buffer.alloc(0)),
    Buffer.alloc(trailing),
  ]);
}

test('what stands beside the pixels of a picture is listed', () => {
  expect(imageFacts(png([['tEXt', 'Comment\u0000patient 7']], 5))).toEqual({
    kind: 'PNG',
    width: 3,
    height: 2,
    extras: [{ name: 'tEXt', size: 17, text: 'Comment: patient 7' }],
    trailing: 5,
  });
  const jpeg = Buffer.from(
    'ffd8' +
      'ffe10008457869660000' +
      'ffc0000b080004000301011100' +
      'fffe00044869' +
      'ffda0002aabb' +
      'ffd9' +
      '000000',
    'hex',
  );
  expect(imageFacts(jpeg)).toMatchObject({
    kind: 'JPEG',
    width: 3,
    height: 4,
    extras: [{ name: 'APP1 Exif' }, { name: 'comment', text: 'Hi' }],
    trailing: 3,
  });
  expect(imageFacts(Buffer.from('<svg/>')).kind).toBe('unknown');
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), (noise) => {
      imageFacts(Buffer.concat([Buffer.from('ffd8', 'hex'), noise]));
      imageFacts(Buffer.concat([Buffer.from('89504e470d0a1a0a', 'hex'), noise]));
    }),
  );
});

test('Markdown becomes blocks of ours; HTML and pictures stay the text they are', () => {
  expect(
    blocksOf(
      '# T\n\n- a\n- b\n\n> q\n\n```\n<b>\n```\n| a | b |\n|---|---|\n| 1 | 2 |\n---\n<script>x</script>',
    ),
  ).toEqual([
    { kind: 'heading', level: 1, text: 'T' },
    { kind: 'list', ordered: false, items: ['a', 'b'] },
    { kind: 'quote', text: 'q' },
    { kind: 'code', text: '<b>' },
    {
      kind: 'table',
      rows: [
        ['a', 'b'],
        ['1', '2'],
      ],
    },
    { kind: 'rule' },
    { kind: 'paragraph', text: '<script>x</script>' },
  ]);
  expect(inlineOf('**b** `c` *i* [l](http://x) ![p](http://y)').map(({ kind }) => kind)).toEqual([
    'bold',
    'text',
    'code',
    'text',
    'italic',
    'text',
    'link',
    'text',
  ]);
  expect(inlineOf('['.repeat(30_000))).toHaveLength(1);
});

test('changed lines are shown with their neighbours, the rest is folded', () => {
  const before = Array.from({ length: 20 }, (_, line) => `line ${line}`).join('\n');
  const lines = textDiff(before, before.replace('line 10', 'line ten'))!;
  expect(
    lines.map((line) => (line.kind === 'gap' ? `… ${line.lines}` : `${line.kind} ${line.text}`)),
  ).toEqual([
    '… 7',
    'same line 7',
    'same line 8',
    'same line 9',
    'removed line 10',
    'added line ten',
    'same line 11',
    'same line 12',
    'same line 13',
    '… 6',
  ]);
});

test('no key submits, returns, rejects or releases; keys are letters for whoever types', () => {
  const press = (key: string, more = {}) =>
    keyAction({ key, ctrlKey: false, metaKey: false, altKey: false, repeat: false, ...more }, false);
  const known = Array.from({ length: 95 }, (_, code) => String.fromCharCode(32 + code)).filter((key) =>
    press(key),
  );
  expect(known.join(' ')).toBe('/ ? a c d h j k m n u');
  expect(press('a', { ctrlKey: true })).toBeUndefined();
  expect(press('a', { repeat: true })).toBeUndefined();
  expect(press('constructor')).toBeUndefined();
  expect(
    keyAction({ key: 'a', ctrlKey: false, metaKey: false, altKey: false, repeat: false }, true),
  ).toBeUndefined();
});

test('a link behind # names a row and a column, or nothing', () => {
  expect(targetOf(`#${encodeURIComponent('row=7,column=n, all')}`)).toEqual({ row: 7, column: 'n, all' });
  expect(targetOf('#column=n')).toEqual({ row: undefined, column: 'n' });
  for (const odd of ['', '#', '#main', '#row=x', '#%zz']) expect(targetOf(odd)).toBeUndefined();
});

test('code opens at the action, not at a word like it', () => {
  const yaml = 'actions:\n  extract:\n    run: x\n    needs: [model]\n  model:\n    run: y\n';
  expect(lineOfAction(yaml, 'model')).toBe(5);
  expect(lineOfAction(yaml, 'gone')).toBeUndefined();
  expect(lineOfAction(yaml, undefined)).toBeUndefined();
});

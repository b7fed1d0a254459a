/** Where things stand in the public log repository, and that nothing there is ever in the way of anything else. */
import { expect, test } from '@jest/globals';
import {
  alarmFile,
  checkpointFiles,
  checkpointPaths,
  dayAfter,
  exportFiles,
  introduction,
  parseExported,
} from '../../src/public-log/public-log.ts';
import { aSigner } from '../support/log.ts';

const entry = (fields: object): Uint8Array => Buffer.from(JSON.stringify(fields));
const NOTE = 'ledger.example/northshire\n7\nroot\n\n— sig\n';

test('a checkpoint is the newest one, and a file of its own for good, with what proves that it continues the last', () => {
  expect(checkpointFiles({ note: NOTE, size: 7 }, '2027-03-01')).toEqual([
    ['checkpoint', NOTE],
    ['checkpoints/2027-03/000000000007.txt', NOTE],
  ]);
  const proof = [Buffer.alloc(32, 1), Buffer.alloc(32, 2)];
  expect(checkpointFiles({ note: NOTE, size: 7 }, '2027-03-01', { size: 3, proof })[2]).toEqual([
    'checkpoints/2027-03/000000000007.proof',
    `consistency 3 7\n${proof.map((hash) => hash.toString('base64')).join('\n')}\n`,
  ]);
});

test('entries stand one a line as they were hashed, and as a table that no spreadsheet runs', () => {
  const entries = [
    entry({
      actor: 'person:501',
      body: { event: 'submitted', branch: '=cmd()' },
      policy_commit: null,
      subject: 'request:1',
      time: '2027-03-01T09:00:00.000Z',
      type: 'request',
    }),
    entry({ subject: '=1+1', body: { event: 4 }, type: 'ä' }),
    entry({}),
  ];
  const files = exportFiles(10, entries, '2027-03-01');
  expect(files.map(([path]) => path)).toEqual([
    'entries/2027-03/2027-03-01/000000000010-000000000012.jsonl',
    'entries/2027-03/2027-03-01/000000000010-000000000012.csv',
    'exported',
  ]);
  expect(files[0]![1]).toBe(entries.map((each) => `${Buffer.from(each).toString()}\n`).join(''));
  expect(files[1]![1]).toBe(
    [
      'place,time,type,event,subject,actor,policy_commit,body',
      '10,2027-03-01T09:00:00.000Z,request,submitted,request:1,person:501,,"{""branch"":""=cmd()""}"',
      "11,,ä,,'=1+1,,,{}",
      '12,,,,,,,{}',
      '',
    ].join('\r\n'),
  );
  expect(parseExported(files[2]![1])).toEqual({ size: 13, day: '2027-03-01' });
});

test.each(['', '13', '13 2027-03-01', '-1 2027-03-01\n', '013 2027-03-01\n', '13 today\n'])(
  'how far it came is not read from %j',
  (text) => expect(parseExported(text)).toBeUndefined(),
);

test('of two checkpoints that contradict each other both are kept, under one name each time', () => {
  const [path, text] = alarmFile(NOTE, 'other\n');
  expect(path).toMatch(/^alarms\/[0-9a-f]{16}\.txt$/);
  expect(text).toContain(NOTE);
  expect(text).toContain('other\n');
  expect(alarmFile(NOTE, 'other\n')).toEqual([path, text]);
  expect(alarmFile('other\n', NOTE)[0]).not.toBe(path);
});

test('a repository says what it is, and whose key was believed', () => {
  const [key, readme] = introduction([aSigner()], 'https://hub.example.edu/log');
  expect(key).toEqual(['key', `${aSigner().text}\n`]);
  expect(readme![1]).toContain(
    `sallyport log verify https://hub.example.edu/log --key '${aSigner().text}' --since path/to/this/clone`,
  );
  expect(introduction([], 'x')[1]![1]).toContain("--key '…'");
});

test('checkpoints are found by their names, the shortest log first, and nothing else is one', () => {
  expect(
    checkpointPaths([
      'checkpoints/2027-03/000000000300.txt',
      'checkpoints/2027-03/000000000300.proof',
      'checkpoint',
      'checkpoints/2027-02/000000000007.txt',
      'checkpoints/2027-04/000000000007.txt',
      'x/checkpoints/2027-02/000000000001.txt',
      'checkpoints/2027-02/1.txt',
    ]),
  ).toEqual([
    'checkpoints/2027-02/000000000007.txt',
    'checkpoints/2027-04/000000000007.txt',
    'checkpoints/2027-03/000000000300.txt',
  ]);
});

test('a clock that went back makes no earlier day', () => {
  expect(dayAfter(undefined, '2027-03-01')).toBe('2027-03-01');
  expect(dayAfter('2027-03-02', '2027-03-01')).toBe('2027-03-02');
  expect(dayAfter('2027-02-28', '2027-03-01')).toBe('2027-03-01');
});

import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { chmodSync, chownSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseZoneFile, readZoneFile } from '../../agent/zone-file.ts';
import { lockFolder } from '../../agent/lock.ts';
import { newKeyPair } from '../../src/lib/keys.ts';
import { isRefusal, refusal } from '../../src/lib/refusal.ts';
import { requires } from '../support/require.ts';

const KEY = newKeyPair().publicText;
const GOOD = `governance:
  repository: 9001
  owner: northshire-research
  name: governance
  commit: ${'a'.repeat(40)}
hub: {url: https://hub.example.edu, key: '${KEY}'}
proxy: {url: https://egress.example.edu}
agent: {id: zone-1, key_file: agent.pem, state_dir: state}
backend: attainment
data: real
database:
  host: db.internal
  name: warehouse
  admin: {user: keeper, password_file: keeper.password}
  datasets:
    results: [public.results, public.pupils]
    absence: [attendance]
`;

const faults = (text: string): string[] => {
  const answer = parseZoneFile(text);
  return 'faults' in answer
    ? answer.faults.map((fault) => `${fault.line} ${fault.setting}: ${fault.message}`)
    : [];
};

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(path.join(tmpdir(), 'sallyport-zone-file-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

test('a good file is read, with defaults and with paths relative to it', () => {
  writeFileSync(path.join(dir, 'zone.yml'), GOOD);

  expect(readZoneFile(path.join(dir, 'zone.yml'))).toMatchObject({
    governance: { branch: 'main', origin: 'https://github.com', refresh_seconds: 60 },
    agent: { key_file: path.join(dir, 'agent.pem'), state_dir: path.join(dir, 'state') },
    executor: 'docker',
    database: { port: 5432, admin: { password_file: path.join(dir, 'keeper.password') } },
    user: { uid: 10_001, gid: 10_001 },
    floors: {},
  });
});

test('every fault is named at once, with its line', () => {
  const bad = GOOD.replace('https://hub.example.edu', 'http://hub.example.edu')
    .replace(KEY, 'ed25519:short')
    .replace('a'.repeat(40), 'main')
    .replace('data: real', 'data: secret')
    .replace('backend: attainment\n', '');

  expect(faults(bad)).toEqual([
    expect.stringMatching(/^5 governance\.commit: write the full commit/),
    expect.stringMatching(/^6 hub\.url: .*neither https nor this machine/),
    expect.stringMatching(/^6 hub\.key: This is not an Ed25519 public key/),
    expect.stringMatching(/^1 backend: this setting is missing/),
    expect.stringMatching(/^9 data: /),
  ]);
});

test('there is no setting for a GitHub credential, and none can be added', () => {
  expect(faults(`${GOOD}github_token: ghp_x\n`)).toEqual([
    expect.stringContaining('github_token: there is no such setting'),
  ]);
  expect(faults(GOOD.replace('proxy: {', 'proxy: {token: x, '))).toEqual([
    expect.stringContaining('proxy.token: there is no such setting'),
  ]);
  expect(faults(GOOD.replace('https://egress', 'https://user:secret@egress'))).toEqual([
    expect.stringContaining('may not carry credentials'),
  ]);
});

test.each([
  ['plain processes for a hub elsewhere', `${GOOD}executor: process\ndemo: true\n`, /isolates nothing/],
  [
    'plain processes outside the demo',
    `${GOOD.replace('data: real', 'data: dummy')}executor: process\n`,
    /isolates nothing/,
  ],
  ['a database beside dummy data', GOOD.replace('data: real', 'data: dummy'), /no database/],
  [
    'a database with both ways in',
    GOOD.replace('  host:', '  accounts: [{datasets: [results], user: a, password_file: b}]\n  host:'),
    /not both/,
  ],
  ['a database with no way in', GOOD.replace(/ {2}admin.*\n/, ''), /not both/],
  ['jobs as root', `${GOOD}user: {uid: 0, gid: 0}\n`, /user\.uid/],
  ['rows above the floor', `${GOOD}floors: {csv_rows: 6000}\n`, /floors\.csv_rows/],
  ['a floor for checkers', `${GOOD}floors: {checkers: 2}\n`, /floors\.checkers: there is no such setting/],
  ['a way to review', `${GOOD}review: {trust: hub}\n`, /review: there is no such setting/],
  ['two keys of one name', `${GOOD}backend: other\n`, /unique/i],
  ['an alias', `${GOOD}images: &a {}\nfloors: *a\n`, /alias/i],
])('%s is refused', (_what, text, expected) => {
  expect(faults(text).join('\n')).toMatch(expected);
});

test('a missing file is a refusal that says what to do', () => {
  expect(readZoneFile(path.join(dir, 'none.yml'))).toMatchObject({ code: 'zone.missing' });
});

test.each([
  [0o664, /can be changed by others/],
  [0o602, /can be changed by others/],
])('a file of mode %o is not trusted', (mode, expected) => {
  const file = path.join(dir, 'zone.yml');
  writeFileSync(file, GOOD);
  chmodSync(file, mode);

  const no = readZoneFile(file);

  expect(no).toMatchObject({ code: 'zone.writable' });
  expect(isRefusal(no) && no.says).toMatch(expected);
  chmodSync(file, 0o600);
  expect(isRefusal(readZoneFile(file))).toBe(false);
});

requires('root').test('a file of another user is not trusted by root', () => {
  const file = path.join(dir, 'zone.yml');
  writeFileSync(file, GOOD);
  chownSync(file, 10_001, 10_001);

  expect(readZoneFile(file)).toMatchObject({ code: 'zone.owner' });
});

test('the refusal lists the faults as places', () => {
  writeFileSync(path.join(dir, 'zone.yml'), 'backend: 3\n');

  const no = readZoneFile(path.join(dir, 'zone.yml'));

  expect(isRefusal(no) && no.says).toMatch(/zone\.yml has \d+ faults:\n.*zone\.yml:1:/);
});

test('plain processes are taken in the demo, where hub and proxy are on this machine', () => {
  const here = GOOD.replace('https://hub.example.edu', 'http://127.0.0.1:8080').replace(
    'https://egress.example.edu',
    'http://127.0.0.1:8081',
  );

  expect(faults(`${here}executor: process\ndemo: true\n`)).toEqual([]);
  expect(faults(`${here}executor: process\n`)).toEqual([expect.stringMatching(/isolates nothing/)]);
});

test('a folder belongs to one process; a process that is gone holds nothing', () => {
  const held = (pid: number) => refusal('test.held', `held by ${pid}`);

  const first = lockFolder(dir, held);
  expect(lockFolder(dir, held)).toMatchObject({ says: `held by ${process.pid}` });
  if (!isRefusal(first)) first.release();
  expect(isRefusal(lockFolder(dir, held))).toBe(false);
  writeFileSync(path.join(dir, '.lock'), '4194300 12345');
  expect(isRefusal(lockFolder(dir, held))).toBe(false);
});

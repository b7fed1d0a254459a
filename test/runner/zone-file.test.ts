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

/** As OpenSSH writes them: type and key with their lengths, in base64. */
const SIGNERS = [1, 2].map((seed) => {
  const field = (bytes: Buffer): Buffer => Buffer.concat([Buffer.from([0, 0, 0, bytes.length]), bytes]);
  const blob = Buffer.concat([field(Buffer.from('ssh-ed25519')), field(Buffer.alloc(32, seed))]);
  return `ssh-ed25519 ${blob.toString('base64')}`;
});

/** The good file with an airlock, changed in one place. */
function airlock(changes: Record<string, string> = {}): string {
  const settings = {
    id: 'airlock-1',
    key_file: 'airlock.pem',
    state_dir: 'airlock',
    app: "{origin: 'https://airlock.example.edu/', listen: {port: 8471}}",
    content: "{origin: 'https://files.example.edu', listen: {port: 8472}}",
    ...changes,
  };
  const lines = Object.entries(settings).map(([key, value]) => `  ${key}: ${value}\n`);
  return `${GOOD}airlock:\n${lines.join('')}`;
}

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

/** What the database is asked about itself, changed in one place. */
const statusWith = (change: object = {}): string =>
  JSON.stringify({
    ...{ user: 'reader', password_file: 'status.password', question: 'select word from ops.state' },
    ...change,
  });

test('what the database is asked about itself is read, with its standard and a path beside the file', () => {
  writeFileSync(path.join(dir, 'zone.yml'), GOOD.replace('  host:', `  status: ${statusWith()}\n  host:`));

  expect(readZoneFile(path.join(dir, 'zone.yml'))).toMatchObject({
    database: { status: { password_file: path.join(dir, 'status.password'), every_seconds: 300 } },
  });
});

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

test('the airlock reads the same file: paths beside it, origins as browsers write them', () => {
  const trust = `review: {trust: zone}\nsigners: ['${SIGNERS[0]} rowan', '${SIGNERS[1]} ash']\n`;
  writeFileSync(path.join(dir, 'zone.yml'), `${airlock({ database_url_file: 'url' })}${trust}`);

  expect(readZoneFile(path.join(dir, 'zone.yml'))).toMatchObject({
    airlock: {
      id: 'airlock-1',
      key_file: path.join(dir, 'airlock.pem'),
      state_dir: path.join(dir, 'airlock'),
      database_url_file: path.join(dir, 'url'),
      agent_state_dir: path.join(dir, 'state'),
      app: { origin: 'https://airlock.example.edu', listen: { host: '127.0.0.1', port: 8471 } },
    },
    review: { trust: 'zone' },
    signers: [expect.stringContaining('rowan'), expect.stringContaining('ash')],
    floors: { checkers: 2 },
  });
});

test('jobs are isolated by our own filter unless the file says otherwise; another engine is described in it', () => {
  expect(parseZoneFile(GOOD)).toMatchObject({ docker: { seccomp: 'standard', apparmor: 'optional' } });
  const engine =
    'docker: {runtime: runsc, database_runtime: runc, runtime_pids: 256, users_from: 231072, apparmor: required}\n';
  expect(parseZoneFile(`${GOOD}${engine}`)).toMatchObject({
    docker: {
      runtime: 'runsc',
      database_runtime: 'runc',
      runtime_pids: 256,
      users_from: 231_072,
      apparmor: 'required',
    },
  });
  const wrong = 'docker: {runtime: "a b", users_from: 0, seccomp: unconfined, privileged: true}\n';
  expect(faults(`${GOOD}${wrong}`).map((fault) => fault.split(':')[0]?.replace(/^\d+ /, ''))).toEqual([
    'docker.seccomp',
    'docker.runtime',
    'docker.users_from',
    'docker.privileged',
  ]);
});

test('the hub is believed about who acted unless the file says otherwise', () => {
  expect(parseZoneFile(GOOD)).toMatchObject({ review: { trust: 'hub' }, signers: [] });
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
  [
    'images for plain processes',
    `${GOOD}executor: process\ndemo: true\nimages: {pull: proxy}\n`,
    /have no images/,
  ],
  ['another way to images', `${GOOD}images: {pull: always}\n`, /images\.pull/],
  ['no time for a pull', `${GOOD}images: {pull: proxy, pull_minutes: 0}\n`, /images\.pull_minutes/],
  ['a database beside dummy data', GOOD.replace('data: real', 'data: dummy'), /no database/],
  [
    'a database with both ways in',
    GOOD.replace('  host:', '  accounts: [{datasets: [results], user: a, password_file: b}]\n  host:'),
    /not both/,
  ],
  ...(
    [
      [
        'several questions about the database',
        { question: 'select 1; select 2' },
        /question: write one query/,
      ],
      [
        'an answer that means both',
        { answers: { maintenance: ['a'], available: ['b', 'a'] } },
        /list it once/,
      ],
      ['a question every second', { every_seconds: 1 }, /every_seconds/],
    ] as const
  ).map(
    ([what, status, fault]) =>
      [what, GOOD.replace('  host:', `  status: ${statusWith(status)}\n  host:`), fault] as const,
  ),
  ['a database with no way in', GOOD.replace(/ {2}admin.*\n/, ''), /not both/],
  ['jobs as root', `${GOOD}user: {uid: 0, gid: 0}\n`, /user\.uid/],
  ['rows above the floor', `${GOOD}floors: {csv_rows: 6000}\n`, /floors\.csv_rows/],
  ['one checker', `${GOOD}floors: {checkers: 1}\n`, /floors\.checkers: two checkers approve/],
  ['a floor nobody knows', `${GOOD}floors: {checker: 2}\n`, /floors\.checker: there is no such setting/],
  ['another trust', `${GOOD}review: {trust: nobody}\n`, /review\.trust/],
  ['signers nobody asks', `${GOOD}signers: ['${SIGNERS[0]}']\n`, /nobody asks for signatures/],
  ['a zone without signers', `${GOOD}review: {trust: zone}\n`, /at least two signers/],
  [
    'one signer twice',
    `${GOOD}review: {trust: zone}\nsigners: ['${SIGNERS[0]} a', '${SIGNERS[0]} b']\n`,
    /signers\.1: this key is listed twice.*\n.*at least two signers/,
  ],
  [
    'a signer with another kind of key',
    `${GOOD}review: {trust: zone}\nsigners: ['ssh-rsa AAAA', '${SIGNERS[0]}']\n`,
    /signers\.0: This is not an Ed25519 SSH public key/,
  ],
  ['an airlock with the key of the agent', airlock({ key_file: 'agent.pem' }), /the agent uses this key/],
  ['an airlock in the folder of the agent', airlock({ state_dir: 'state/airlock' }), /must stand apart/],
  [
    'files shown from the host of the app',
    airlock({ content: "{origin: 'https://airlock.example.edu:8443', listen: {port: 9}}" }),
    /another host name than the app/,
  ],
  [
    'both origins on one port',
    airlock({ content: "{origin: 'https://files.example.edu', listen: {port: 8471}}" }),
    /the app listens here/,
  ],
  [
    'an airlock open to the network without TLS',
    airlock({ app: "{origin: 'https://airlock.example.edu', listen: {host: 0.0.0.0, port: 8471}}" }),
    /without tls it listens on this machine only/,
  ],
  [
    'passkeys for an address',
    `${airlock({ app: "{origin: 'https://10.0.0.1', listen: {port: 8471}}" })}review: {trust: zone}\nsigners: ['${SIGNERS[0]}', '${SIGNERS[1]}']\n`,
    /passkeys need a name/,
  ],
  ['an airlock with an unknown setting', airlock({ token: 'x' }), /airlock\.token: there is no such setting/],
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

test('a malware scanner is reached over this machine only, in one way', () => {
  const scanner = (value: string): string[] => faults(airlock({ scanner: value }));

  expect(scanner('{socket: /run/clamav/clamd.ctl}')).toEqual([]);
  expect(scanner("{host: '::1', port: 3310, timeout_seconds: 30}")).toEqual([]);
  expect(scanner('{host: scanner.example.edu, port: 3310}')).toEqual([
    expect.stringContaining('airlock.scanner.host: the engine listens on this machine'),
  ]);
  for (const both of ['{}', '{socket: clamd.ctl, port: 3310}'])
    expect(scanner(both)).toEqual([expect.stringContaining("give clamd's socket, or the port")]);
  expect(scanner('{socket: clamd.ctl, host: localhost}')).toEqual([
    expect.stringContaining('goes with port'),
  ]);
  expect(scanner('{socket: clamd.ctl, timeout_seconds: 0}')).toHaveLength(1);
  expect(scanner('{socket: clamd.ctl, skip: [log]}')).toEqual([expect.stringContaining('no such setting')]);

  writeFileSync(path.join(dir, 'zone.yml'), airlock({ scanner: '{socket: clamd.ctl}' }));
  expect(readZoneFile(path.join(dir, 'zone.yml'))).toMatchObject({
    airlock: { scanner: { socket: path.join(dir, 'clamd.ctl'), timeout_seconds: 60 } },
  });
});

test('where the scan is required, an airlock without an engine does not start; an agent alone does', () => {
  const required = 'floors: {malware_scan: required}\n';

  expect(faults(`${airlock()}${required}`)).toEqual([
    expect.stringContaining('airlock.scanner: floors.malware_scan is required: name the engine'),
  ]);
  expect(faults(`${airlock({ scanner: '{port: 3310}' })}${required}`)).toEqual([]);
  expect(faults(`${GOOD}${required}`)).toEqual([]);
});

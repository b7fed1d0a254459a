/** Files that setup finds: links, folders where files should be, and halves of what it wrote itself. */
import { afterAll, expect, test } from '@jest/globals';
import {
  chmodSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import path from 'node:path';
import { put, putSecret } from '../../src/cli/setup/files.ts';
import { runSetup } from '../support/setup.ts';

const root = mkdtempSync(path.join(tmpdir(), 'setup-files-'));
const at = (...names: string[]): string => path.join(root, ...names);
afterAll(() => rmSync(root, { recursive: true, force: true }));

const answers = (name: string, given: Record<string, string> = {}): Record<string, string> => ({
  organisation: 'northshire-research',
  hub_origin: 'https://research.example.edu',
  app: 'existing',
  app_id: '4711',
  client_id: '',
  database: 'embedded',
  user: userInfo().username,
  state_dir: at('state', name),
  units: 'none',
  ...given,
});
const hub = (name: string, given?: Record<string, string>) => runSetup('hub', at(name), answers(name, given));

function write(place: string, text: string, mode = 0o600): string {
  mkdirSync(path.dirname(place), { recursive: true });
  writeFileSync(place, text);
  chmodSync(place, mode);
  return place;
}

test('a folder of settings that is a link itself is set up as any other, again and again', async () => {
  mkdirSync(at('elsewhere'));
  symlinkSync(at('elsewhere'), at('linked'));
  write(at('elsewhere', 'app.pem'), 'a key', 0o644);
  await hub('linked');
  const { out } = await runSetup('hub', at('linked'), undefined);

  expect(out).toMatch(/= .*app\.pem +brought by you, as it is/);
  expect(out).not.toMatch(/^[+~!]/m);
  expect(statSync(at('elsewhere', 'app.pem')).mode & 0o777).toBe(0o600);
});

test.each(['app.pem', 'hub.key'])(
  'no secret is given to a role by a link that leads out of the folder: %s',
  async (name) => {
    const theirs = write(at('theirs', name), 'not ours to give', 0o644);
    const dir = `out-${name}`;
    mkdirSync(at(dir));
    symlinkSync(theirs, at(dir, name));

    await expect(hub(dir)).rejects.toThrow(
      `${at(dir, name)} is a link to ${theirs}, out of its folder: whoever gives a secret to a role gives no file that lies elsewhere. Put the file itself there: cp --remove-destination ${theirs} ${at(dir, name)} (setup.link)`,
    );
    expect(statSync(theirs).mode & 0o777).toBe(0o644);
  },
);

test('a link to nothing is no secret either', async () => {
  mkdirSync(at('dangling'));
  symlinkSync('/nowhere/app.pem', at('dangling', 'app.pem'));
  await expect(hub('dangling')).rejects.toThrow(/is a link to \/nowhere\/app\.pem.*setup\.link/);
});

test('a link to a file of the same folder is one name more: the file is closed, and the link stays', async () => {
  write(at('within', 'app-2026.pem'), 'a key', 0o644);
  symlinkSync('app-2026.pem', at('within', 'app.pem'));
  await hub('within');

  expect(statSync(at('within', 'app-2026.pem')).mode & 0o777).toBe(0o600);
  expect(lstatSync(at('within', 'app.pem')).isSymbolicLink()).toBe(true);
});

test('what a state folder’s link leads to is neither closed nor given away, and named', async () => {
  mkdirSync(at('disk'), { mode: 0o755 });
  symlinkSync(at('disk'), at('state-link'));
  await expect(hub('of-link', { state_dir: at('state-link') })).rejects.toThrow(
    `${at('state-link')} is a link to ${at('disk')}: rights are not given through a link. Answer with the folder itself`,
  );
  expect(statSync(at('disk')).mode & 0o777).toBe(0o755);
});

test('a settings file that a person made a link of is not written over', async () => {
  await hub('settings-link');
  const card = at('settings-link', 'cards', 'hub.yml');
  // Nothing differs by the name of it.
  const own = write(at('kept', 'hub.yml'), readFileSync(card, 'utf8'));
  rmSync(card);
  symlinkSync(own, card);

  const { code, out } = await hub('settings-link', { organisation: 'another-organisation' });
  expect(code).toBe(1);
  expect(out).toContain(`--replace ${card}`);
  expect(lstatSync(card).isSymbolicLink()).toBe(true);
});

test('a folder that an engine made where a secret should be is named', async () => {
  mkdirSync(at('engine', 'app.pem'), { recursive: true });
  await expect(hub('engine')).rejects.toThrow(/app\.pem is no file: .*Remove it and put the file there/);
  expect(statSync(at('engine', 'app.pem')).mode & 0o777).not.toBe(0o600);
});

test.each([
  ['setup/hub.answers.yml', '', /hub\.answers\.yml .*it is empty\. Take it back.*setup\.kept-answers/],
  ['setup/hub.answers.yml', 'app: [exist', /it is no YAML\. Take it back.*setup\.kept-answers/],
  ['setup/hub.answers.yml', 'app', /it is no list of id: value.*setup\.kept-answers/],
  ['setup/hub.answers.yml', 'port: {a: 1}', /port is neither text nor a list.*setup\.kept-answers/],
  ['setup/written.json', '', /written\.json, which setup wrote, is empty\. Take it back.*setup\.torn/],
  ['setup/written.json', '{"a": "b', /is not whole\. Take it back.*setup\.torn/],
  ['setup/written.json', '[]', /is not whole.*setup\.torn/],
  ['hub.key', '', /hub\.key holds no private key that can be read\. Take it back.*setup\.torn/],
])('%s that reads %j is told with its name and the way on', async (name, text, says) => {
  const dir = `torn-${hash(name + text)}`;
  await hub(dir);
  write(at(dir, name), text);

  await expect(runSetup('hub', at(dir), undefined)).rejects.toThrow(says);
  expect(readFileSync(at(dir, name), 'utf8')).toBe(text);
});

test('half of what GitHub gave for the App is told, and nothing is registered in its place', async () => {
  const { client_id: _none, app_id: _number, ...given } = answers('half-app', { app: 'register' });
  write(at('half-app', 'app.json'), '{"id": 47');
  await expect(runSetup('hub', at('half-app'), given)).rejects.toThrow(
    /app\.json, which setup wrote, is not whole\. .*answer "app: existing".*setup\.torn/,
  );
});

test('a number that a person wrote among kept answers is taken as it stands', async () => {
  await hub('number');
  const file = at('number', 'setup', 'hub.answers.yml');
  writeFileSync(file, readFileSync(file, 'utf8').replace(/^port: .*$/m, 'port: 8443'));
  await runSetup('hub', at('number'), undefined);
  expect(readFileSync(file, 'utf8')).toMatch(/^port: "8443"$/m);
});

test('cards that are no folder are told', async () => {
  write(at('no-cards', 'cards'), '');
  await expect(hub('no-cards')).rejects.toThrow(/cards is no folder that can be read/);
});

test('what a crash left beside a file is in nobody’s way, and no secret is written over', () => {
  mkdirSync(at('crash'));
  write(at('crash', 'a.sallyport-part'), 'half of');
  put(at('crash', 'a'), 'whole', 0o640);
  write(at('crash', 'b.sallyport-part'), 'half of');
  putSecret(at('crash', 'b'), 'secret', undefined);

  expect(() => putSecret(at('crash', 'b'), 'another', undefined)).toThrow(/EEXIST.*setup\.cannot-write/);
  expect(readdirSync(at('crash'))).toEqual(['a', 'b']);
  expect(readFileSync(at('crash', 'a'), 'utf8')).toBe('whole');
  expect(statSync(at('crash', 'a')).mode & 0o777).toBe(0o640);
  expect(readFileSync(at('crash', 'b'), 'utf8')).toBe('secret');
  expect(statSync(at('crash', 'b')).mode & 0o777).toBe(0o600);
});

const hash = (text: string): number =>
  [...text].reduce((sum, sign) => (Math.imul(sum, 31) + sign.charCodeAt(0)) >>> 0, 7);

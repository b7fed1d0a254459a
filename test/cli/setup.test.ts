/** `sallyport setup`, every role in one folder each, against the stand-in for GitHub. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { cpSync, readdirSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import path from 'node:path';
import { Command } from 'commander';
import { readZoneFile } from '../../agent/agent.ts';
import { registerHostDoctor } from '../../src/cli/doctor-hosts.ts';
import { readHubConfig } from '../../src/hub-config.ts';
import { readProxySettings } from '../../src/proxy/settings.ts';
import { readGovernance } from '../../src/governance/governance.ts';
import { startSandbox, type Sandbox } from '../../src/sandbox/github/github.ts';
import { mountPages } from '../../src/sandbox/pages/of-state.ts';
import { readStewardSettings } from '../../src/steward/settings.ts';
import { selfSigned } from '../support/certificate.ts';
import { everyFile, registerFrom, runSetup } from '../support/setup.ts';

const root = mkdtempSync(path.join(tmpdir(), 'setup-'));
const at = (...names: string[]): string => path.join(root, ...names);
const user = userInfo().username;
let github: Sandbox;

beforeAll(async () => {
  github = await startSandbox({
    dataDir: at('github'),
    mount: mountPages,
    seed: {
      users: [
        { login: 'noor-example', id: 5550111 },
        { login: 'lee-example', id: 5550130 },
        { login: 'kim-example', id: 5550110 },
        { login: 'sam-example', id: 5550120 },
        { login: 'rowan-example', id: 5550101 },
      ],
      orgs: [
        {
          login: 'northshire-research',
          id: 80001,
          members: { 'noor-example': 'admin', 'lee-example': 'member' },
        },
      ],
      repos: [
        { owner: 'northshire-research', name: 'governance', id: 9001, private: false },
        { owner: 'northshire-research', name: 'absence', id: 70011, private: false },
      ],
    },
  });
});
afterAll(async () => {
  await github.stop();
  rmSync(root, { recursive: true, force: true });
});

const host = (name: string): Record<string, string> => ({
  user,
  state_dir: at('state', name),
  units: 'none',
});
const hubAnswers = (): Record<string, string> => ({
  github: github.url,
  organisation: 'northshire-research',
  hub_origin: 'https://research.example.edu',
  app_name: 'Sallyport schools',
  database: 'embedded',
  ...host('hub'),
});
const stewardAnswers = (): Record<string, string> => ({ app_name: 'Steward schools', ...host('steward') });
const zoneAnswers = (): Record<string, string> => ({
  backend: 'attainment',
  hub_origin: 'https://research.example.edu',
  proxy_origin: 'https://egress.example.edu',
  agent_user: user,
  agent_state_dir: at('state', 'agent'),
  airlock_user: user,
  airlock_state_dir: at('state', 'airlock'),
  airlock_database: 'embedded',
  viewer_origin: 'https://viewer.zone.example.edu',
  files_origin: 'https://files.content.example.edu',
  scanner: '',
  units: 'none',
});
const governanceAnswers = (): Record<string, string> => ({
  support: 'help@example.edu',
  governors: 'noor-example, lee-example',
  checkers: 'kim-example, sam-example',
  researchers: 'rowan-example',
  course: 'safe-researcher',
  trained_on: '2026-02-03',
  agreement: 'DAA-77',
  institution: 'riverside-university',
  project: 'NS-2026-014',
  project_number: '^NS-20[0-9]{2}-[0-9]{3}$',
  project_title: 'Absence and exam results',
  project_summary: 'What absence does to results.',
  study_id: '70011',
  image: `python:v2=northshire-images/python@sha256:${'2'.repeat(64)}`,
  governance_dir: at('governance'),
});
/** What people carry from one host to the other. */
function carry(from: string, to: string, ...files: string[]): void {
  mkdirSync(at(to, 'cards'), { recursive: true });
  for (const file of files) cpSync(at(from, file), at(to, file));
}

test('a host is told what an App still takes, and the page it names registers it for real', async () => {
  const first = await runSetup('hub', at('public'), hubAnswers());

  expect(first.code).toBe(1);
  expect(first.out).toContain(`open ${at('public', 'register-hub.html')} in a browser`);
  expect(existsSync(at('public', 'hub.yml'))).toBe(false);

  const back = await registerFrom(at('public', 'register-hub.html'), 'noor-example');
  const second = await runSetup('hub', at('public'), undefined, { appCode: back });

  const app = github.state.apps.named('sallyport-schools');
  expect(second.out).toContain(`/apps/sallyport-schools/installations/new`);
  expect(app?.callbackUrls).toEqual(['https://research.example.edu/login/callback']);
  expect(app?.webhook?.url).toBe('https://research.example.edu/webhooks');
  expect(app?.webhook?.secret).toBe(readFileSync(at('public', 'webhook.secret'), 'utf8'));
  for (const secret of ['app.pem', 'webhook.secret', 'client.secret', 'hub.key', 'log.key']) {
    expect(statSync(at('public', secret)).mode & 0o777).toBe(0o600);
    for (const line of readFileSync(at('public', secret), 'utf8')
      .split('\n')
      .filter((one) => one.length > 15))
      expect(first.out + second.out).not.toContain(line);
  }
});

test('the same code does not work twice, a forged address not at all, and no App is taken from another owner', async () => {
  const dir = at('again');
  await runSetup('steward', dir, { ...hubAnswersOf('steward'), app_name: 'Another steward' });
  const page = at('again', 'register-steward.html');
  const back = await registerFrom(page, 'noor-example');

  await expect(
    runSetup('steward', dir, undefined, { appCode: back.replace(/state=[^&]+/, 'state=x') }),
  ).rejects.toThrow(/does not come from the registration/);
  expect((await runSetup('steward', dir, undefined, { appCode: back })).out).toContain('another-steward');
  for (const file of ['steward-app.json', 'steward-app.pem', 'steward-client.secret'])
    rmSync(at('again', file));
  await expect(runSetup('steward', dir, undefined, { appCode: codeOf(back) })).rejects.toThrow(/answers 404/);
});

const codeOf = (address: string): string => new URL(address).searchParams.get('code') ?? '';
function hubAnswersOf(role: string): Record<string, string> {
  const { github: where = '', organisation = '', hub_origin: origin = '' } = hubAnswers();
  return { github: where, organisation, hub_origin: origin, ...host(role) };
}

test('only an owner registers, and a name that is taken is refused as GitHub does', async () => {
  await runSetup('steward', at('owners'), { ...hubAnswersOf('steward'), app_name: 'Third steward' });
  const page = at('owners', 'register-steward.html');

  await expect(registerFrom(page, 'lee-example')).rejects.toThrow(/Not Found/);
  await expect(registerFrom(page, 'noor-example', 'Sallyport schools')).rejects.toThrow(
    /Name is already taken/,
  );
});

test('from three empty folders to settings that every role takes, with one commit for all', async () => {
  await runSetup('steward', at('public'), stewardAnswers());
  const code = await registerFrom(at('public', 'register-steward.html'), 'noor-example');
  await runSetup('steward', at('public'), undefined, { appCode: code });

  const zone = await runSetup('zone', at('zone'), zoneAnswers());
  expect(zone.code).toBe(1);
  expect(zone.out).toContain('cards/hub.yml and cards/governance.yml');
  carry('zone', 'public', 'cards/zone-attainment.yml');

  const governance = await runSetup('governance', at('public'), governanceAnswers());
  expect(governance.out).toContain('The commit to believe is');
  expect(governance.code).toBe(0);
  const commit = execFileSync('git', ['-C', at('governance'), 'rev-parse', 'HEAD'])
    .toString()
    .trim();

  expect((await runSetup('hub', at('public'), undefined)).code).toBe(0);
  expect((await runSetup('steward', at('public'), undefined)).code).toBe(0);
  carry('public', 'boundary', 'cards/hub.yml', 'cards/governance.yml', 'app.pem');
  const tls = selfSigned();
  writeFileSync(at('boundary', 'egress.pem'), tls.cert);
  writeFileSync(at('boundary', 'egress.key'), tls.key, { mode: 0o600 });
  const proxy = await runSetup('proxy', at('boundary'), {
    proxy_origin: 'https://egress.example.edu',
    ...host('proxy'),
  });
  expect(proxy.code).toBe(0);
  carry('public', 'zone', 'cards/hub.yml', 'cards/governance.yml');
  expect((await runSetup('zone', at('zone'), undefined)).code).toBe(0);

  const hub = readHubConfig(at('public', 'hub.yml'), {});
  expect(hub).toMatchObject({
    governance: { pinned: commit, repository: { id: 9001 } },
    origin: 'https://research.example.edu',
  });
  const steward = readStewardSettings(at('public', 'steward-config.yml'));
  expect(hub.stewardKeys).toHaveLength(1);
  expect(steward.governance.commit).toBe(commit);
  expect(readProxySettings(at('boundary', 'proxy.yml')).governance.commit).toBe(commit);
  expect(readZoneFile(at('zone', 'zone.yml'))).toMatchObject({
    governance: { commit },
    hub: { key: hub.key.publicText },
    airlock: { id: 'attainment-airlock' },
    floors: { threshold: 7, rounding: 5 },
    // Where the compose file gives it to the containers.
    freeze_file: at('zone', 'switch', 'FROZEN'),
  });
  expect(statSync(at('zone', 'switch')).mode & 0o777).toBe(0o755);
});

test('what the skeleton says is valid by the check itself, and names every key', () => {
  const files = new Map(
    readdirSync(at('governance'), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.yml'))
      .map((name) => [name, readFileSync(at('governance', name), 'utf8')]),
  );
  const { governance, findings } = readGovernance(files, '0'.repeat(40));

  expect(findings.filter(({ severity }) => severity === 'error')).toEqual([]);
  expect(governance?.people.map(({ id }) => id).sort()).toEqual([
    5550101, 5550110, 5550111, 5550120, 5550130,
  ]);
  expect(governance?.backends[0]?.id).toBe('attainment');
  expect(files.get('backends.yml')).toContain(
    readFileSync(at('zone', 'cards', 'zone-attainment.yml'), 'utf8').match(/ed25519:[\w-]+/)?.[0],
  );
});

test('the same answers change nothing, in no role', async () => {
  const before = everyFile(root);
  for (const [role, dir] of [
    ['hub', 'public'],
    ['steward', 'public'],
    ['governance', 'public'],
    ['proxy', 'boundary'],
    ['agent', 'zone'],
    ['airlock', 'zone'],
    ['zone', 'zone'],
  ] as const)
    expect(await runSetup(role, at(dir), undefined)).toMatchObject({ code: 0 });

  const changed = Object.entries(everyFile(root)).filter(
    ([file, held]) => before[file] !== held && !file.startsWith(at('github')),
  );
  expect(changed.map(([file]) => file)).toEqual([]);
});

test('every role names the doctor to ask next, in words that the doctor takes', async () => {
  const asked: unknown[] = [];
  const root = new Command().exitOverride();
  registerHostDoctor(root);
  root.commands[0]!.action(
    (role: string, { config }: { config?: string }) => void asked.push([role, config]),
  );

  for (const [role, dir] of [
    ['hub', 'public'],
    ['steward', 'public'],
    ['proxy', 'boundary'],
    ['zone', 'zone'],
  ] as const)
    for (const [, line] of (await runSetup(role, at(dir), undefined)).out.matchAll(/sallyport (doctor .+)/g))
      await root.parseAsync(line!.split(' '), { from: 'user' });

  expect(asked).toEqual([
    ['hub', at('public', 'hub.yml')],
    ['steward', at('public', 'steward-config.yml')],
    ['proxy', at('boundary', 'proxy.yml')],
    ['agent', at('zone', 'zone.yml')],
    ['airlock', at('zone', 'zone.yml')],
  ]);
});

test('one changed answer is shown and written; a file that a person changed is kept, named, and replaced when told to', async () => {
  const file = at('boundary', 'proxy.yml');
  const changed = await runSetup('proxy', at('boundary'), { port: 8443 });
  expect(changed.out).toContain('+listen: {host: 0.0.0.0, port: 8443}');
  expect(readFileSync(file, 'utf8')).toContain('port: 8443');

  writeFileSync(file, readFileSync(file, 'utf8').replace('8443', '9443'));
  const kept = await runSetup('proxy', at('boundary'), undefined);
  expect(kept.code).toBe(1);
  expect(kept.out).toContain(`--replace ${file}`);
  expect(readFileSync(file, 'utf8')).toContain('9443');

  expect((await runSetup('proxy', at('boundary'), undefined, { replace: [file] })).code).toBe(0);
  expect(readFileSync(file, 'utf8')).toContain('8443');
});

test('a dry run writes nothing, not even its folder', async () => {
  const dir = at('dry', 'sallyport');
  mkdirSync(at('dry'));
  const config = at('dry.yml');
  writeFileSync(config, JSON.stringify(hubAnswers()));
  rmSync(dir, { recursive: true, force: true });
  const { setup } = await import('../../src/cli/setup/work.ts');
  const { plain } = await import('../support/setup.ts');
  let out = '';
  const around = { out: { write: (text: string) => (out += text) }, person: undefined, paint: plain, now: 0 };

  expect(await setup('hub', { dir, config, yes: true, dryRun: true, replace: [] }, around)).toBe(0);
  expect(out).toContain('hub.key');
  expect(existsSync(dir)).toBe(false);
});

test.each([
  ['an answer nobody asks for', { colour: 'red' }, /Nothing asks for colour/],
  [
    'what lacks, all at once',
    { database: 'given' },
    /organisation: Which organisation[^]*hub_origin: Under which address/,
  ],
  [
    'a database without its file',
    { organisation: 'x', hub_origin: 'https://hub.example.edu', database_admin_file: '/nowhere' },
    /There is no file \/nowhere/,
  ],
  [
    'a wrong address',
    { ...{ organisation: 'x', hub_origin: 'http://hub.example.edu' } },
    /hub_origin: "http:\/\/hub.example.edu". .*neither https/,
  ],
  [
    'a port beyond ports',
    { organisation: 'x', hub_origin: 'https://hub.example.edu', port: 70_000 },
    /A port is a number/,
  ],
  [
    'a path with a line break',
    { organisation: 'x', hub_origin: 'https://hub.example.edu', state_dir: '/a\nUser=root' },
    /Write the whole path/,
  ],
])('refuses %s', async (_what, answers, expected) => {
  await expect(runSetup('hub', at(`refused-${Math.abs(hash(_what))}`), answers)).rejects.toThrow(expected);
});
const hash = (text: string): number =>
  [...text].reduce((sum, sign) => (sum * 31 + sign.charCodeAt(0)) | 0, 7);

test('a card with a wrong key stops everything: it would be believed', async () => {
  mkdirSync(at('forged', 'cards'), { recursive: true });
  writeFileSync(at('forged', 'cards', 'hub.yml'), 'role: hub\nkey: ed25519:short\n');
  await expect(runSetup('zone', at('forged'), zoneAnswers())).rejects.toThrow(
    /is no card: .*key: a public line/,
  );
});

test('a governance folder that is not valid is never committed', async () => {
  const dir = at('broken');
  carry('public', 'broken', 'cards/hub.yml', 'cards/zone-attainment.yml');
  await expect(
    runSetup('governance', dir, {
      ...governanceAnswers(),
      governance_dir: at('broken', 'governance'),
      project: 'XX-1',
    }),
  ).rejects.toThrow(/not valid as it stands:[^]*projects\/xx-1\.yml/);
  expect(existsSync(at('broken', 'governance', '.git'))).toBe(false);
});

test('a folder where nothing may be written is told with its name', async () => {
  if (process.getuid?.() === 0) writeFileSync(at('in-the-way'), '');
  else {
    mkdirSync(at('in-the-way'));
    chmodSync(at('in-the-way'), 0o500);
  }
  await expect(
    runSetup('hub', at('nowhere'), { ...hubAnswers(), state_dir: at('in-the-way', 'hub') }),
  ).rejects.toThrow(/in-the-way.*could not be made/);
});

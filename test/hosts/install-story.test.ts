/**
 * The page docs/install/README.md, walked from nothing to the first /run by its own commands: three hosts in one folder, the
 * stand-in for GitHub, real processes, a real engine, a real PostgreSQL.
 */
import { afterAll, expect } from '@jest/globals';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { Children } from '../../src/sandbox/demo/children.ts';
import { Person } from '../../src/sandbox/demo/as-person.ts';
import { removeJobs } from '../../src/sandbox/demo/cleanup.ts';
import { SANDBOX_LIMITS } from '../../src/sandbox/demo/configuration.ts';
import { demoImages, forgetImages, type DemoImage } from '../../src/sandbox/demo/images.ts';
import { lookForEngine, type Engine } from '../../src/sandbox/demo/machine.ts';
import { freePorts } from '../../src/sandbox/demo/ports.ts';
import { startRegistry, type Registry } from '../../src/sandbox/demo/registry.ts';
import { isFailure, startSandbox, type Sandbox } from '../../src/sandbox/github/github.ts';
import { mountPages } from '../../src/sandbox/pages/of-state.ts';
import { install, PROGRAM, push, sallyport, type Installed } from '../support/install.ts';
import { testPostgres } from '../support/postgres.ts';
import { requires } from '../support/require.ts';

const { test } = requires('docker', 'postgres');
const ORG = 'northshire-research';
const STUDY = `${ORG}/absence`;
const root = mkdtempSync(path.join(tmpdir(), 'install-story-'));

let github: Sandbox | undefined;
let engine: Engine | undefined;
let registry: Registry | undefined;
let images: DemoImage[] = [];
let made: Installed | undefined;
const children = new Children(path.join(root, 'logs'));

afterAll(async () => {
  await children.stopAll();
  if (engine?.kind === 'docker') {
    await removeJobs(engine, 'attainment-1', path.join(root, 'state', 'agent'));
    if (registry) await forgetImages(engine.docker, registry.host, images);
  }
  await registry?.close();
  await github?.stop();
  rmSync(root, { recursive: true, force: true });
}, 60_000);

/** What a job on the host of all these secrets sees of them. */
const LOOKING = [
  "import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';",
  "mkdirSync('output', { recursive: true });",
  "const names = readFileSync('/proc/self/environ', 'latin1').split('\\0').filter(Boolean);",
  "const places = ['/run/secrets', '/run/credentials', '/etc/sallyport', '/var/run/docker.sock'];",
  'const there = places.filter((one) => existsSync(one));',
  "writeFileSync('output/hello.json', JSON.stringify({ names, there }));",
].join('\n');

/** As a careless unit would have it: every secret that any file of ours names, in the environment of the agent. */
function carelessly(): Record<string, string> {
  const files = readdirSync('docs/install/files').map((name) =>
    readFileSync(path.join('docs/install/files', name), 'utf8'),
  );
  const named = files.flatMap((text) =>
    [...text.matchAll(/[\w-]+\.(?:key|pem|secret|url|password)\b/g)].map(([name]) => name.toUpperCase()),
  );
  const names = [...new Set(named)].map((name) => name.replaceAll(/\W/g, '_'));
  expect(names).toEqual(
    expect.arrayContaining(['AGENT_KEY', 'APP_PEM', 'DATABASE_PASSWORD', 'HUB_DATABASE_URL']),
  );
  const more = ['CREDENTIALS_DIRECTORY', 'GITHUB_TOKEN', 'SALLYPORT_SANDBOX_TOKEN', 'PGPASSWORD'];
  return Object.fromEntries([...names, ...more].map((name) => [name, `/leaked-${name}`]));
}

const start = (
  role: string,
  flag: string,
  file: string,
  ready: RegExp,
  environment: Record<string, string> = {},
) =>
  children.start({
    ...{ name: role, file: process.execPath, args: [PROGRAM, role, flag, file], cwd: root },
    ...{ ready, environment },
  });

interface Doctored {
  ok: boolean;
  checks: { id: string; state: string; says: string }[];
}

async function doctor(role: string, file: string): Promise<Doctored> {
  const { out } = await sallyport(['doctor', role, '--config', file, '--json']);
  return JSON.parse(out) as Doctored;
}

/** What is missing; how this machine's engine and network are set up is not the installation's doing. */
async function missingOn(role: string, file: string): Promise<string[]> {
  const { checks } = await doctor(role, file);
  const ofMachine = /^(?:docker|outside|dns|disk$)/;
  return checks
    .filter(({ id, state }) => state === 'missing' && !ofMachine.test(id))
    .map(({ id, says }) => `${id}: ${says}`);
}

test('from an organisation and three empty folders to a run that ends well', async () => {
  engine = await lookForEngine('docker');
  registry = await startRegistry(path.join(root, 'registry'));
  images = await demoImages(engine, registry.host);
  const image = images.find(({ name }) => name === 'node')!;
  const [hub = 0, proxy = 0, viewer = 0, files = 0] = await freePorts(4);
  const people = [
    ['noor-example', 5550111],
    ['lee-example', 5550130],
    ['kim-example', 5550110],
    ['sam-example', 5550120],
    ['rowan-example', 5550101],
  ] as const;
  github = await startSandbox({
    dataDir: path.join(root, 'github'),
    mount: mountPages,
    limits: SANDBOX_LIMITS,
    seed: {
      users: people.map(([login, id]) => ({ login, id })),
      orgs: [
        {
          ...{ login: ORG, id: 80001 },
          members: Object.fromEntries(
            people.map(([login], at) => [login, at === 0 ? ('admin' as const) : ('member' as const)]),
          ),
        },
      ],
      repos: [
        { owner: ORG, name: 'governance', id: 9001 },
        {
          owner: ORG,
          name: 'absence',
          id: 70011,
          collaborators: { 'rowan-example': 'write' },
          files: { 'README.md': '# Absence\n' },
        },
      ],
    },
  });
  const adminFile = path.join(root, 'admin.url');
  writeFileSync(adminFile, (await testPostgres({ fsync: true })).adminUrl, { mode: 0o600 });

  made = await install({
    ...{
      root,
      adminFile,
      github: github.url,
      owner: 'noor-example',
      organisation: ORG,
      user: userInfo().username,
    },
    ...{ ports: { hub, proxy, viewer, files }, image, registry: registry.host },
    repositories: { governance: 9001, study: 70011 },
    people: {
      governors: 'noor-example, lee-example',
      checkers: 'kim-example, sam-example',
      researchers: 'rowan-example',
    },
    project: 'NS-2026-014',
  });

  // Whatever waited the first time is there at the end, and nobody was shown a secret on the way.
  const last = made.said.slice(-4);
  expect(last.map(({ code, out }) => (code === 0 ? 0 : out))).toEqual([0, 0, 0, 0]);
  const secrets = [
    'app.pem',
    'webhook.secret',
    'client.secret',
    'hub.key',
    'hub-database.url',
    'steward-app.pem',
  ];
  for (const name of secrets)
    for (const line of readFileSync(path.join(made.dir('public'), name), 'utf8')
      .split('\n')
      .filter((one) => one.length > 15))
      for (const { out } of made.said) expect(out.includes(line)).toBe(false);

  // What a person does on GitHub: lets both Apps in, pushes governance.
  const org = github.state.people.org(ORG)!;
  for (const slug of ['sallyport', 'sallyport-steward'])
    github.state.apps.install(github.state.apps.named(slug)!, org.id);
  await push(made.governance, `${github.url}/${ORG}/governance.git`, github.tokens['noor-example']!);

  const file = (host: 'public' | 'boundary' | 'zone', name: string): string =>
    path.join(made!.dir(host), name);
  await start('hub', '--config', file('public', 'hub.yml'), /"listening"/);
  await start('steward', '--config', file('public', 'steward-config.yml'), /steward asking/);
  await start('proxy', '--config', file('boundary', 'proxy.yml'), /proxy listening/);
  await start('agent', '--zone', file('zone', 'zone.yml'), /is ready for backend/, carelessly());
  await start('airlock', '--zone', file('zone', 'zone.yml'), /airlock is ready/);

  expect(await missingOn('hub', file('public', 'hub.yml'))).toEqual([]);
  expect(await missingOn('steward', file('public', 'steward-config.yml'))).toEqual([]);
  expect(await missingOn('proxy', file('boundary', 'proxy.yml'))).toEqual([]);
  expect(await missingOn('agent', file('zone', 'zone.yml'))).toEqual([]);
  expect(await missingOn('airlock', file('zone', 'zone.yml'))).toEqual([]);

  // The first push, and the first run.
  const rowan = new Person(`${github.url}/api/v3`, github.tokens['rowan-example']!);
  const user = github.state.people.user('rowan-example')!;
  const pushed = await github.state.repos.commitFiles(
    { kind: 'person', user },
    github.state.repos.find(ORG, 'absence')!,
    {
      message: 'Begin the study',
      files: new Map([
        [
          'project.yaml',
          'version: 5\nactions:\n  hello:\n    run: node:v1 hello.mjs\n    outputs: {moderately_sensitive: {text: output/hello.json}}\n',
        ],
        ['hello.mjs', LOOKING],
      ]),
    },
  );
  if (isFailure(pushed)) throw new Error(pushed.message);
  const sha = await rowan.head(STUDY, 'main');
  const ended = async (name: RegExp): Promise<string | null> => {
    for (
      const until = Date.now() + 90_000;
      Date.now() < until;
      await Promise.race([wait(200), children.lost])
    ) {
      const found = (await rowan.checks(STUDY, sha)).find(
        (one) => name.test(one.name) && one.status === 'completed',
      );
      if (found) return found.conclusion;
    }
    throw new Error(
      `no check ${String(name)} ended; ${JSON.stringify((await rowan.checks(STUDY, sha)).map(({ name: one, status }) => [one, status]))}`,
    );
  };
  expect(await ended(/^sallyport\/project$/)).toBe('success');
  const issue = await rowan.openIssue(STUDY, 'Run it', 'The first one.');
  await rowan.comment(STUDY, issue.number, '/run hello --backend attainment');
  expect(await ended(/^sallyport\/run /)).toBe('success');

  const [workspace = ''] = readdirSync(path.join(root, 'state/agent/workspaces'));
  const output = path.join(root, 'state/agent/workspaces', workspace, 'medium/output/hello.json');
  const seen = JSON.parse(readFileSync(output, 'utf8')) as { names: string[]; there: string[] };
  expect(seen.there).toEqual([]);
  expect(seen.names.length).toBeGreaterThan(0);
  expect(
    seen.names.filter((one) => /leaked|SECRET|TOKEN|KEY|PASSWORD|CREDENTIAL|DATABASE/i.test(one)),
  ).toEqual([]);
}, 240_000);

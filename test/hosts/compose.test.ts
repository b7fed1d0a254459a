/**
 * The shipped Dockerfile and compose files as a site uses them: settings made by `sallyport setup`, three hosts with an
 * engine each, everything brought up by docker-compose, a run through all of it, and everything taken down and up again.
 */
import { afterAll, beforeAll, expect } from '@jest/globals';
import { chmodSync, chownSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { registerFrom } from '../support/setup.ts';
import { requires } from '../support/require.ts';
import { until } from '../e2e/town.ts';
import { ComposeWorld, PLACES, type Place } from './support/compose-world.ts';
import { addressOf, NAMES } from './support/places.ts';
import { origin, write } from './support/settings.ts';

const { describe, test } = requires('docker', 'postgres', 'netns', 'nginx', 'compose');
const MINUTES = 60_000;
const ORG = 'northshire-research';
const STUDY = `${ORG}/absence`;
const OWNER = 'noor-example';
const RESEARCHER = 'rowan-example';
const PEOPLE: Readonly<Record<string, number>> = {
  [OWNER]: 5550111,
  'lee-example': 5550130,
  'kim-example': 5550110,
  'sam-example': 5550120,
  [RESEARCHER]: 5550101,
};
const ORGANISATION = {
  users: Object.entries(PEOPLE).map(([login, id]) => ({ login, id })),
  orgs: [
    {
      ...{ login: ORG, id: 80001, base: 'none' },
      members: Object.fromEntries(
        Object.keys(PEOPLE).map((login) => [login, login === OWNER ? 'admin' : 'member']),
      ),
    },
  ],
  repos: [
    { owner: ORG, name: 'governance', id: 9001 },
    {
      ...{ owner: ORG, name: 'absence', id: 70011, collaborators: { [RESEARCHER]: 'write' } },
      files: { 'README.md': '# Absence\n' },
    },
  ],
};
const SERVICES: Readonly<Record<Place, readonly string[]>> = {
  public: ['database', 'hub', 'steward', 'web'],
  boundary: ['proxy'],
  // No signatures are carried in here, so no scanner; it depends on nothing, and the airlock is told that there is none.
  zone: ['agent', 'airlock', 'database'],
};
const USERS: Readonly<Record<string, string>> = {
  'public hub': '10100:10100',
  'public steward': '10100:10100',
  'public database': '10101:10101',
  'public web': '10102:10102',
  'boundary proxy': '10100:10100',
  'zone agent': '0:0',
  'zone airlock': '10103:10103',
  'zone database': '10101:10101',
};
const PROJECT = `version: 5
actions:
  hello:
    run: node:v1 hello.mjs
    outputs: {moderately_sensitive: {text: output/hello.json}}
`;
const HELLO = [
  "import { mkdirSync, writeFileSync } from 'node:fs';",
  "mkdirSync('output', { recursive: true });",
  "writeFileSync('output/hello.json', JSON.stringify({ hello: 'there' }));",
].join('\n');

interface Inspected {
  Config: { User: string; Env: string[] };
  State: { Health?: { Status: string; Log: { Output: string }[] } };
  HostConfig: {
    ReadonlyRootfs: boolean;
    Privileged: boolean;
    CapAdd: string[] | null;
    CapDrop: string[] | null;
    SecurityOpt: string[] | null;
    PidsLimit: number;
    Memory: number;
  };
  Mounts: { Source: string; Destination: string; RW: boolean }[];
}

describe('installed by compose', () => {
  let world: ComposeWorld;

  beforeAll(async () => {
    world = new ComposeWorld();
    await world.start(ORGANISATION);
    await setUp(world);
  }, 12 * MINUTES);
  afterAll(async () => {
    for (const place of PLACES) await compose(place, 'down', '--timeout', '5').catch(() => undefined);
    await world?.stop();
  }, 4 * MINUTES);

  /** As it is typed, with the file as it is shipped; beside it what stands for the site's own name service. */
  function compose(place: Place, ...words: string[]) {
    const file = path.resolve(`docs/install/files/compose-${place}.yml`);
    const names = world.at(`names-${place}.yml`);
    const hosts = [
      `${NAMES.github}:${addressOf('internet')}`,
      `${NAMES.hub}:${addressOf('public')}`,
      `${NAMES.proxy}:${addressOf('boundary')}`,
    ];
    const who = { public: ['hub', 'steward'], boundary: ['proxy'], zone: [] }[place];
    write(world.root, `names-${place}.yml`, {
      ...(place === 'zone'
        ? {}
        : { services: Object.fromEntries(who.map((one) => [one, { extra_hosts: hosts }])) }),
    });
    const files = place === 'zone' ? ['--file', file] : ['--file', file, '--file', names];
    return world.hosts[place].run(
      ['docker-compose', '--project-name', `sallyport-${place}`, ...files, ...words],
      {
        DOCKER_HOST: `unix://${world.hosts[place].socket}`,
        ...{ SALLYPORT_IMAGE: world.image('role'), POSTGRES_IMAGE: world.image('postgres') },
        ...{ WEB_IMAGE: world.image('web'), CLAMAV_IMAGE: world.image('base') },
        HUB: `${NAMES.hub}:${addressOf('public')}`,
        PROXY: `${NAMES.proxy}:${addressOf('boundary')}`,
      },
    );
  }

  async function up(place: Place): Promise<void> {
    const dependencies = place === 'zone' ? ['--no-deps'] : [];
    const { code, said } = await compose(
      place,
      'up',
      '--detach',
      '--no-build',
      ...dependencies,
      ...SERVICES[place],
    );
    if (code !== 0) throw new Error(said);
  }

  async function inspected(place: Place, service: string): Promise<Inspected> {
    const { said } = await world.hosts[place].docker('inspect', `sallyport-${place}_${service}_1`);
    return (JSON.parse(said) as Inspected[])[0]!;
  }

  async function healthy(place: Place): Promise<void> {
    for (const service of SERVICES[place])
      await until(
        `${place} ${service} is healthy`,
        async () => ((await inspected(place, service)).State.Health?.Status === 'healthy' ? true : undefined),
        150_000,
      ).catch(async (error: unknown) => {
        const { said } = await world.hosts[place].docker(
          'logs',
          '--tail',
          '40',
          `sallyport-${place}_${service}_1`,
        );
        const checks = (await inspected(place, service)).State.Health?.Log.at(-1)?.Output;
        throw new Error(`${String(error)}\n${said}\n${checks}`);
      });
  }

  async function allUp(): Promise<void> {
    for (const place of PLACES) await up(place);
    await Promise.all(PLACES.map(healthy));
  }

  async function runs(): Promise<string | null> {
    const rowan = world.person(RESEARCHER);
    const sha = await rowan.head(STUDY, 'main');
    const before = new Set((await rowan.checks(STUDY, sha)).map(({ id }) => id));
    const issue = await rowan.openIssue(STUDY, 'Run it', 'Please.');
    await rowan.comment(STUDY, issue.number, '/run hello --backend attainment --force-deps');
    const ended = await until(
      'the run ends',
      async () =>
        (await rowan.checks(STUDY, sha)).find(
          ({ id, name, status }) =>
            !before.has(id) && name.startsWith('sallyport/run ') && status === 'completed',
        ),
      150_000,
    ).catch(async (error: unknown) => {
      const checks = (await rowan.checks(STUDY, sha)).map(
        ({ name, status, output }) => `${name} ${status} ${output.title}`,
      );
      const comments = (await rowan.comments(STUDY, issue.number)).map(({ body }) => body);
      const logs = await Promise.all(
        [
          ['public', 'hub'],
          ['boundary', 'proxy'],
          ['zone', 'agent'],
        ].map(
          async ([place, one]) =>
            (await world.hosts[place as Place].docker('logs', '--tail', '25', `sallyport-${place}_${one}_1`))
              .said,
        ),
      );
      throw new Error([String(error), ...checks, ...comments, ...logs].join('\n'));
    });
    return ended.conclusion;
  }

  test(
    'all of it comes up, and every service says that it is healthy',
    async () => {
      await allUp();
      expect((await fetch(`${origin('hub')}/healthz`)).status).toBe(200);
      expect((await fetch(`${origin('hub')}/metrics`)).status).toBe(404);
    },
    8 * MINUTES,
  );

  test.each(PLACES.flatMap((place) => SERVICES[place].map((service) => [place, service] as const)))(
    '%s %s: read-only, its own user, no capability, secrets only where they belong',
    async (place, service) => {
      const { Config, HostConfig, Mounts } = await inspected(place, service);
      expect(HostConfig).toMatchObject({
        ...{ ReadonlyRootfs: true, Privileged: false, CapDrop: ['ALL'] },
        SecurityOpt: ['no-new-privileges:true'],
      });
      expect(HostConfig.PidsLimit).toBeGreaterThan(0);
      expect(HostConfig.Memory).toBeGreaterThan(0);
      expect(HostConfig.CapAdd ?? []).toEqual(
        service === 'agent' ? ['CHOWN', 'DAC_OVERRIDE', 'FOWNER', 'FSETID'] : [],
      );
      expect(Config.User).toBe(USERS[`${place} ${service}`]);
      // As the kernel has it, of its first process.
      const { said } = await world.hosts[place].docker(
        'inspect',
        '--format',
        '{{.State.Pid}}',
        `sallyport-${place}_${service}_1`,
      );
      const pid = said.trim();
      const status = readFileSync(`/proc/${pid}/status`, 'utf8');
      expect(status).toMatch(/^NoNewPrivs:\t1$/m);
      const bits = Number.parseInt(/^CapEff:\t([0-9a-f]+)$/m.exec(status)?.[1] ?? 'f', 16);
      expect(bits & ~(service === 'agent' ? 0b11011 : 0)).toBe(0);
      for (const { Source, Destination } of Mounts.filter(({ Source }) =>
        /\.(?:key|secret|url|password)$|app\.pem$/.test(Source),
      ))
        expect([Source, Destination]).toEqual([Source, `/run/secrets/${path.basename(Source)}`]);
      const secrets = secretsOf(world, place);
      expect(secrets.length).toBeGreaterThan(0);
      for (const secret of secrets) expect(JSON.stringify(Config)).not.toContain(secret);
      expect(Mounts.some(({ Destination }) => Destination.endsWith('docker.sock'))).toBe(service === 'agent');
      expect(readFileSync(`/proc/${pid}/mounts`, 'utf8')).toMatch(/^\S+ \/ \S+ ro,/m);
    },
  );

  test(
    'a run goes through all of them and ends well',
    async () => {
      await push(world);
      expect(await runs()).toBe('success');
      const [workspace = ''] = readdirSync(world.hosts.zone.var('agent/workspaces'));
      const output = world.hosts.zone.var('agent/workspaces', workspace, 'medium/output/hello.json');
      expect(readFileSync(output, 'utf8')).toBe('{"hello":"there"}');
    },
    6 * MINUTES,
  );

  test(
    'taken down and brought up again, nothing is lost and it goes on',
    async () => {
      const entries = async () => (await fetch(`${origin('hub')}/log/checkpoint`)).text();
      const before = Number((await entries()).split('\n')[1]);
      expect(before).toBeGreaterThan(0);
      for (const place of PLACES) {
        const { code, said } = await compose(place, 'down', '--timeout', '30');
        expect([code, code === 0 ? '' : said]).toEqual([0, '']);
        expect(
          (
            await world.hosts[place].docker('ps', '--all', '--quiet', '--filter', 'name=sallyport-')
          ).said.trim(),
        ).toBe('');
      }
      await allUp();
      expect(Number((await entries()).split('\n')[1])).toBeGreaterThanOrEqual(before);
      expect(await runs()).toBe('success');
    },
    12 * MINUTES,
  );
});

/** Long lines of the secrets that lie on a host. */
function secretsOf(world: ComposeWorld, place: Place): string[] {
  const { hosts } = world;
  return readdirSync(hosts[place].etc())
    .filter((name) => /\.(?:key|secret|url|password)$|app\.pem$/.test(name))
    .flatMap((name) => hosts[place].read(name).split('\n'))
    .filter((line) => line.length > 20 && !line.startsWith('---'));
}

async function push(world: ComposeWorld): Promise<void> {
  const folder = world.at('clone');
  const basic = Buffer.from(`x-access-token:${world.token(RESEARCHER)}`).toString('base64');
  const git = async (...words: string[]): Promise<void> => {
    const env = ['env', `GIT_SSL_CAINFO=${world.at('authority.pem')}`, 'HOME=/nonexistent'];
    const who = [
      'user.name=Rowan',
      'user.email=rowan@example.edu',
      `http.extraHeader=Authorization: Basic ${basic}`,
    ];
    const { code, said } = await world.network.run('researcher', [
      ...env,
      'git',
      ...who.flatMap((one) => ['-c', one]),
      ...words,
    ]);
    if (code !== 0) throw new Error(said);
  };
  await git('clone', '--quiet', `${world.github}/${STUDY}.git`, folder);
  writeFileSync(path.join(folder, 'project.yaml'), PROJECT);
  writeFileSync(path.join(folder, 'hello.mjs'), HELLO);
  await git('-C', folder, 'add', '--all');
  await git('-C', folder, 'commit', '--quiet', '--message', 'Begin the study');
  await git('-C', folder, 'push', '--quiet', 'origin', 'HEAD:main');
}

/** docs/install/README.md with `units: none`, and what the head of each compose file asks for. */
async function setUp(world: ComposeWorld): Promise<void> {
  const { hosts } = world;
  const password = 'only-of-this-test-0123456789abcdef';
  const none = { units: 'none', user: 'root' };
  const app = { github: origin('github'), organisation: ORG, hub_origin: origin('hub') };
  const must = (what: string, { code, said }: { code: number; said: string }): string => {
    if (code !== 0) throw new Error(`${what}: ${said}`);
    return said;
  };
  const registered = async (role: 'hub' | 'steward', answers: object): Promise<void> => {
    await world.setup('public', role, answers);
    const code = await registerFrom(hosts.public.read(`register-${role}.html`), OWNER);
    const { said } = await world.setup('public', role, undefined, '--app-code', code);
    await letIn(/Let the App in, on all repositories: (\S+)/.exec(said)?.[1] ?? said);
  };

  world.certify('zone', NAMES.viewer, 'viewer');
  world.certify('zone', NAMES.content, 'files');
  await world.setup('zone', 'zone', {
    ...{ backend: 'attainment', data: 'real', hub_origin: origin('hub'), proxy_origin: origin('proxy') },
    ...{
      image_registry: world.registry,
      agent_user: 'root',
      airlock_user: 'root',
      airlock_database: 'given',
    },
    ...{ viewer_origin: origin('viewer'), viewer_listen: '0.0.0.0:8443' },
    ...{ files_origin: `https://${NAMES.content}`, files_listen: '0.0.0.0:8444', scanner: '' },
    ...{ agent_watch: '127.0.0.1:9467', airlock_watch: '127.0.0.1:9468', units: 'none' },
  });
  await registered('hub', {
    ...{ ...app, ...none, listen_host: '0.0.0.0', trusted_proxies: '172.30.0.0/24', database: 'given' },
    watch: '127.0.0.1:9464',
  });
  await registered('steward', { ...app, ...none, keeps: 'leave', watch: '127.0.0.1:9465' });
  world.carry('zone', 'public', 'cards/zone-attainment.yml');
  const { name, image, digest } = world.jobImage;
  must(
    'governance',
    await world.setup('public', 'governance', {
      ...{ governance_id: 9001, study_id: 70011, support: 'help@example.edu' },
      ...{
        governors: `${OWNER}, lee-example`,
        checkers: 'kim-example, sam-example',
        researchers: RESEARCHER,
      },
      ...{ course: 'safe-researcher', trained_on: '2026-02-03', agreement: 'DAA-77' },
      ...{ institution: 'riverside-university', project: 'P-2026-014', project_title: 'Absence' },
      ...{ project_summary: 'What absence does.', image: `${name}:v1=${image}@${digest}` },
      governance_dir: world.at('governance'),
    }),
  );
  const basic = Buffer.from(`x-access-token:${world.token(OWNER)}`).toString('base64');
  must(
    'push of governance',
    await hosts.public.run(
      [
        'git',
        '-C',
        world.at('governance'),
        'push',
        '--quiet',
        `${world.github}/${ORG}/governance.git`,
        'HEAD:main',
      ],
      {
        ...{ GIT_SSL_CAINFO: world.at('authority.pem'), GIT_CONFIG_COUNT: '1' },
        ...{ GIT_CONFIG_KEY_0: 'http.extraHeader', GIT_CONFIG_VALUE_0: `Authorization: Basic ${basic}` },
      },
    ),
  );
  await world.setup('public', 'hub');
  must('steward', await world.setup('public', 'steward'));
  world.carry('public', 'boundary', 'cards/hub.yml', 'cards/governance.yml', 'app.pem');
  world.certify('boundary', NAMES.proxy, 'egress');
  must(
    'proxy',
    await world.setup('boundary', 'proxy', {
      proxy_origin: origin('proxy'),
      ...none,
      watch: '127.0.0.1:9466',
    }),
  );
  world.carry('public', 'zone', 'cards/hub.yml', 'cards/governance.yml');
  await world.setup('zone', 'zone');

  hosts.public.write('postgres.password', password);
  hosts.public.write('hub-database.url', `postgres://sallyport_hub:${password}@database/sallyport_hub`);
  hosts.zone.write('postgres.password', password);
  hosts.zone.write(
    'airlock-database.url',
    `postgres://sallyport_airlock:${password}@database/sallyport_airlock`,
  );
  hosts.zone.write('database.password', 'no job reads a database here');
  const { cert, key } = world.authority.issue(NAMES.hub);
  mkdirSync(hosts.public.var('caddy'), { recursive: true });
  writeFileSync(hosts.public.var('caddy/hub.pem'), cert);
  writeFileSync(hosts.public.var('caddy/hub.key'), key);
  hosts.public.write(
    'Caddyfile',
    readFileSync('docs/install/files/Caddyfile', 'utf8')
      .replace(/^hub\.example\.edu \{/m, `${NAMES.hub} {`)
      .replace(/^\ttls \{/m, '\ttls /data/hub.pem /data/hub.key {')
      .replace('127.0.0.1:8080', 'hub:8080'),
  );
  ownedAsTheFilesSay(world);
}

function ownedAsTheFilesSay({ hosts }: ComposeWorld): void {
  const own = (user: number, ...places: string[]): void => {
    for (const place of places) {
      mkdirSync(path.dirname(place), { recursive: true });
      chownSync(place, user, user);
    }
  };
  const secret = /\.(?:key|secret|url|password|pem)$/;
  for (const [place, user] of [
    ['public', 10100],
    ['boundary', 10100],
    ['zone', 10103],
  ] as const)
    for (const name of readdirSync(hosts[place].etc())) {
      const file = hosts[place].etc(name);
      if (secret.test(name)) chmodSync(file, name.endsWith('.pem') && !name.includes('app') ? 0o644 : 0o600);
      if (secret.test(name)) chownSync(file, user, user);
      if (name.endsWith('.yml')) chmodSync(file, 0o644);
    }
  own(0, hosts.zone.etc('agent.key'), hosts.zone.etc('database.password'));
  for (const place of ['public', 'zone'] as const) {
    own(10101, hosts[place].etc('postgres.password'));
    mkdirSync(hosts[place].var('postgresql'), { recursive: true, mode: 0o700 });
    own(10101, hosts[place].var('postgresql'));
  }
  own(10100, hosts.public.var('hub'), hosts.public.var('steward'), hosts.boundary.var('proxy'));
  for (const name of ['', 'hub.pem', 'hub.key']) own(10102, hosts.public.var('caddy', name));
  own(10103, hosts.zone.var('airlock'));
  for (const folder of [hosts.zone.var('agent'), hosts.zone.var('agent/workspaces')]) {
    mkdirSync(folder, { recursive: true });
    chmodSync(folder, 0o750);
    chownSync(folder, 0, 10103);
  }
}

/** As an owner of the organisation does it on the page of the App. */
async function letIn(place: string): Promise<void> {
  const asked = await fetch(place);
  const shown = await asked.text();
  const cookie = asked.headers.get('set-cookie')?.split(';')[0] ?? '';
  const [, token = ''] = /name="_token"[^>]* value="([^"]*)"/.exec(shown) ?? [];
  const answer = await fetch(place, {
    method: 'POST',
    redirect: 'manual',
    headers: { cookie },
    body: new URLSearchParams({ _token: token, login: OWNER, account: ORG }),
  });
  if (answer.status >= 400) throw new Error((await answer.text()).replace(/<[^>]*>/g, ' '));
}

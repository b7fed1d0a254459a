/**
 * The shipped Dockerfile and compose files as a site uses them: settings made by `sallyport setup`, three hosts with an
 * engine and the guide's firewall each, everything brought up by docker-compose, a run through all of it, and everything taken
 * down and up again.
 */
import { afterAll, beforeAll, expect } from '@jest/globals';
import { chmodSync, chownSync, mkdirSync, readdirSync, readFileSync, renameSync, statSync } from 'node:fs';
import path from 'node:path';
import { until } from '../e2e/town.ts';
import { requires } from '../support/require.ts';
import { capabilitiesOf, OF_AGENT } from './support/capabilities.ts';
import { setUp } from './support/compose-setup.ts';
import { typedIn } from './support/compose-typed.ts';
import { ComposeWorld } from './support/compose-world.ts';
import { FirstStudy } from './support/first-study.ts';
import { ORGANISATION } from './support/install-answers.ts';
import { PLACES, type Place } from './support/install-world.ts';
import { addressOf, firewallOf, type Host } from './support/places.ts';
import { origin } from './support/settings.ts';

const { describe, test } = requires('docker', 'postgres', 'netns', 'nginx', 'compose');
const MINUTES = 60_000;
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
  let study: FirstStudy;

  beforeAll(async () => {
    world = new ComposeWorld();
    await world.start(ORGANISATION);
    await setUp(world);
    for (const place of PLACES) world.network.load(place, firewallOf(place));
    study = new FirstStudy(world);
  }, 12 * MINUTES);
  afterAll(async () => {
    for (const place of PLACES) await compose(place, 'down', '--timeout', '5').catch(() => undefined);
    await world?.stop();
  }, 4 * MINUTES);

  const compose = (place: Place, ...words: string[]) => typedIn(world, place, words);

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

  const lastSaid = async (place: Place, service: string): Promise<string> =>
    (await world.hosts[place].docker('logs', '--tail', '40', `sallyport-${place}_${service}_1`)).said;

  async function healthy(place: Place): Promise<void> {
    for (const service of SERVICES[place])
      await until(
        `${place} ${service} is healthy`,
        async () => ((await inspected(place, service)).State.Health?.Status === 'healthy' ? true : undefined),
        150_000,
      ).catch(async (error: unknown) => {
        const checks = (await inspected(place, service)).State.Health?.Log.at(-1)?.Output;
        throw new Error(`${String(error)}\n${await lastSaid(place, service)}\n${checks}`);
      });
  }

  async function allUp(): Promise<void> {
    for (const place of PLACES) await up(place);
    await Promise.all(PLACES.map(healthy));
  }

  /** How it ended; when it did not, with what the services on its way said. */
  async function runs(): Promise<string | null> {
    return study.run('hello').catch(async (error: unknown) => {
      const way = [
        ['public', 'hub'],
        ['boundary', 'proxy'],
        ['zone', 'agent'],
      ] as const;
      const logs = await Promise.all(way.map(([place, service]) => lastSaid(place, service)));
      throw new Error([String(error), ...logs].join('\n'));
    });
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
        // The engine adds the second by itself for a container that sees the host's processes, as the agent's has to.
        SecurityOpt: ['no-new-privileges:true', ...(service === 'agent' ? ['label=disable'] : [])],
      });
      expect(HostConfig.PidsLimit).toBeGreaterThan(0);
      expect(HostConfig.Memory).toBeGreaterThan(0);
      expect(HostConfig.CapAdd ?? []).toEqual(
        service === 'agent' ? ['CHOWN', 'DAC_OVERRIDE', 'FOWNER', 'FSETID', 'SYS_PTRACE'] : [],
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
      expect(capabilitiesOf(status)).toEqual(service === 'agent' ? OF_AGENT : []);
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

  test('the proxy’s container answers whoever shows a certificate of the zones, and nobody else', async () => {
    const asked = async (...shown: string[]) => {
      const { said } = await world.hosts.zone.run([
        ...['curl', '--silent', '--show-error', '--cacert', world.authorityFile, ...shown],
        `${origin('proxy')}/robots.txt`,
      ]);
      return said;
    };
    const client = (name: string): string => `/etc/sallyport/proxy-client.${name}`;

    expect(await asked('--cert', client('pem'), '--key', client('key'))).toContain('User-agent');
    expect(await asked()).toMatch(/alert|certificate|SSL|reset/i);
    expect(await asked()).not.toContain('User-agent');
  });

  test(
    'a run goes through all of them and ends well',
    async () => {
      await study.begin({ 'project.yaml': PROJECT, 'hello.mjs': HELLO });
      expect(await runs()).toBe('success');
      const [workspace = ''] = readdirSync(world.hosts.zone.var('agent/workspaces'));
      const output = world.hosts.zone.var('agent/workspaces', workspace, 'medium/output/hello.json');
      expect(readFileSync(output, 'utf8')).toBe('{"hello":"there"}');
    },
    6 * MINUTES,
  );

  test(
    'the firewalls let their containers through, and nothing else through the hosts',
    async () => {
      const counters = (place: Place) => world.network.counters(place, 'sallyport');
      for (const place of PLACES)
        expect([place, counters(place)]).toEqual([
          place,
          expect.objectContaining({ refused_in: 0, refused_out: 0, refused_through: 0 }),
        ]);
      const { zone, hub, proxy } = { ...counters('zone'), ...counters('boundary') };
      expect([zone, hub, proxy].map((count) => (count ?? 0) > 0)).toEqual([true, true, true]);

      // A container beside them, on the engine's own bridge and on one of somebody's.
      const knock = `require('net').connect({ host: '${addressOf('public')}', port: 443, timeout: 3000 })
      .on('connect', () => process.exit(0)).on('error', () => process.exit(7)).on('timeout', () => process.exit(7))`;
      const docker = (...words: string[]) => world.hosts.zone.docker(...words);
      await docker('network', 'create', 'somebodys');
      for (const network of ['bridge', 'somebodys']) {
        const words = [
          'run',
          '--rm',
          '--network',
          network,
          '--entrypoint',
          'node',
          world.tag('role'),
          '-e',
          knock,
        ];
        expect([network, (await docker(...words)).code]).toEqual([network, 7]);
      }
      expect(counters('zone')['refused_through']).toBeGreaterThan(0);
      // Whoever sits at no desk, and whoever is no zone, is not led on into a container either.
      const from = async (host: Host, address: string, port: number) =>
        (
          await world.network.run(host, [
            'curl',
            '--insecure',
            '--silent',
            '--max-time',
            '3',
            `https://${address}:${port}/`,
          ])
        ).code;
      for (const port of [443, 444, 8443]) expect(await from('office', addressOf('zone'), port)).not.toBe(0);
      expect(await from('desk', addressOf('zone'), 444)).toBe(0);
      expect(await from('office', addressOf('boundary'), 443)).not.toBe(0);
    },
    2 * MINUTES,
  );

  const PROGRAM = ['node', '/opt/sallyport/src/cli/bin.js'];
  /** An operator's command, in the container of the role that works. */
  async function typed(place: Place, service: string, ...words: string[]): Promise<string> {
    const { code, said } = await compose(place, 'exec', '-T', service, ...PROGRAM, ...words);
    if (code !== 0) throw new Error(`${service} ${words.join(' ')}: ${said}`);
    return said;
  }

  test(
    'hub, agent and airlock are backed up beside their work, into folders of the host that are theirs',
    async () => {
      const why = ['--why', 'every night'];
      const zone = ['--zone', '/etc/sallyport/zone.yml'];
      const hub = ['--config', '/etc/sallyport/hub.yml', '--to', '/backup/hub/first', ...why];
      await typed('public', 'hub', 'hub', 'backup', ...hub);
      await typed('zone', 'agent', 'agent', ...zone, 'backup', '--to', '/backup/agent', ...why);
      await typed('zone', 'airlock', 'airlock', ...zone, 'backup', '--to', '/backup/airlock/first', ...why);

      for (const [place, file, user] of [
        ['public', 'backup/hub/first/backup.json', 10100],
        ['zone', 'backup/agent/lists', 0],
        ['zone', 'backup/airlock/first', 10103],
      ] as const)
        expect([file, statSync(world.hosts[place].var(file)).uid]).toEqual([file, user]);
    },
    3 * MINUTES,
  );

  test(
    'the agent is restored from its backup, in a container of its own, and goes on',
    async () => {
      const { zone } = world.hosts;
      const lost = zone.var('agent');
      expect((await compose('zone', 'stop', 'agent')).code).toBe(0);
      const { mode, uid, gid } = statSync(lost);
      renameSync(lost, `${lost}-lost`);
      mkdirSync(lost);
      chmodSync(lost, mode & 0o7777);
      chownSync(lost, uid, gid);

      const restore = ['restore', '--from', '/backup/agent', '--why', 'the disk broke'];
      const { code, said } = await compose(
        ...(['zone', 'run', '--rm', '-T', '--no-deps', 'agent'] as const),
        ...['agent', '--zone', '/etc/sallyport/zone.yml', ...restore],
      );
      expect([code, said]).toEqual([0, expect.stringContaining('everything holds')]);

      // As the airlock wants it, to read what may be viewed.
      expect(statSync(zone.var('agent/workspaces')).gid).toBe(10103);
      await up('zone');
      await healthy('zone');
      expect(await runs()).toBe('success');
    },
    6 * MINUTES,
  );

  test.each([
    ['public', 'hub', ['hub', 'drain', '--config', '/etc/sallyport/hub.yml']],
    ['zone', 'agent', ['agent', 'drain', '--zone', '/etc/sallyport/zone.yml']],
  ] as const)(
    '%s %s: drained as docs/install/containers.md says, it stays down until it is wanted, and comes back as it was',
    async (place, service, words) => {
      const docker = world.hosts[place].docker.bind(world.hosts[place]);
      const id = (await compose(place, 'ps', '--quiet', service)).said.trim();
      expect((await docker('update', '--restart', 'no', id)).code).toBe(0);
      await typed(place, service, ...words, '--no-wait', '--why', 'upgrade');

      expect((await docker('wait', id)).said.trim()).toBe('0');
      const state = await docker('inspect', '--format', '{{.State.Status}} {{.RestartCount}}', id);
      expect(state.said.trim()).toBe('exited 0');

      const up = await compose(
        place,
        'up',
        '--detach',
        '--no-build',
        '--no-deps',
        '--force-recreate',
        service,
      );
      expect([up.code, up.code === 0 ? '' : up.said]).toEqual([0, '']);
      const policy = await docker(
        ...['inspect', '--format', '{{.HostConfig.RestartPolicy.Name}}'],
        `sallyport-${place}_${service}_1`,
      );
      expect(policy.said.trim()).toBe('unless-stopped');
      await healthy(place);
    },
    4 * MINUTES,
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

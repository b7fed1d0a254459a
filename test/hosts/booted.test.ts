/**
 * Three empty Debian hosts, booted by systemd, and an organisation: docs/install/README.md as a person follows it, to
 * the first run and beyond, to what an operator meets next: a power cut, a stop.
 */
import { afterAll, beforeAll, expect } from '@jest/globals';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { packageRoot } from '../../src/sandbox/demo/places.ts';
import { requires } from '../support/require.ts';
import { letIn, registerFrom } from '../support/setup.ts';
import type { BootedHost } from './support/booted-host.ts';
import { BootedWorld } from './support/booted-world.ts';
import { capabilitiesOf, NET_BIND, OF_AGENT } from './support/capabilities.ts';
import { debian } from './support/debian.ts';
import { FirstStudy } from './support/first-study.ts';
import { Follower } from './support/follow.ts';
import { BACKEND, ORG, ORGANISATION, OWNER } from './support/install-answers.ts';
import { PLACES, type Place } from './support/install-world.ts';
import { NAMES } from './support/places.ts';

/** No types come with it. */
const { pack } = (await import(path.join(packageRoot, '.tools/release.mjs'))) as {
  pack(root: string, archive: string): void;
};
const MINUTES = 60_000;
/** What the page has people install; a host begins with it, because the mirror is asked once, while the tree is made. */
const PACKAGES = [
  ...['git', 'ca-certificates', 'nftables', 'nodejs', 'npm', 'postgresql', 'caddy'],
  ...['docker.io', 'docker-cli', 'clamav-daemon'],
];
const PROGRAM = /^1\. /;
/** As the page has it, and the page about upgrades. */
const RELEASE = '/opt/sallyport-1.4.0';
const NEXT_RELEASE = '/opt/sallyport-1.5.0';
const UNITS: Readonly<Record<Place, readonly string[]>> = {
  public: ['hub', 'steward'],
  boundary: ['proxy'],
  zone: ['agent', 'airlock'],
};
const CAPABILITIES: Readonly<Record<string, number[]>> = {
  hub: [],
  steward: [],
  proxy: NET_BIND,
  agent: OF_AGENT,
  airlock: NET_BIND,
};

/** A job that looks around, on the host of all these secrets. */
const LOOKING = [
  "import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';",
  "mkdirSync('output', { recursive: true });",
  "const names = readFileSync('/proc/self/environ', 'latin1').split('\\0').filter(Boolean);",
  "const places = ['/run/secrets', '/run/credentials', '/etc/sallyport', '/var/run/docker.sock'];",
  'const there = places.filter((one) => existsSync(one));',
  "writeFileSync('output/hello.json', JSON.stringify({ names, there }));",
].join('\n');
const PROJECT = `version: 5
actions:
  hello:
    run: node:v1 hello.mjs
    outputs: {moderately_sensitive: {text: output/hello.json}}
`;

const { describe, test } = requires('docker', 'netns', 'mmdebstrap', 'nginx', 'systemd');

describe('three booted hosts', () => {
  let world: BootedWorld;
  let page: Follower;
  let study: FirstStudy;
  let fault: unknown;

  /** Each begins where the one before ended: after a failure there is nothing to begin with. */
  const then = (name: string, work: () => Promise<void> | void, ms = MINUTES): void =>
    test(
      name,
      async () => {
        if (fault !== undefined) throw new Error('what comes before this failed');
        await Promise.resolve()
          .then(work)
          .catch((error: unknown) => {
            fault = error;
            throw error;
          });
      },
      ms,
    );

  beforeAll(async () => {
    world = new BootedWorld(await debian(PACKAGES));
    page = new Follower(world);
    await world.start(ORGANISATION);
    study = new FirstStudy(world);
  }, 15 * MINUTES);
  afterAll(() => world?.stop(), 2 * MINUTES);

  then(
    'the page leads from three empty hosts to a doctor who misses nothing',
    async () => {
      const { hosts } = world;

      // The program.
      pack(packageRoot, hosts.public.file('/root/sallyport-1.4.0-test.tgz'));
      await page.block(PLACES, PROGRAM, 0, ({ note }) => /each/.test(note));
      for (const place of ['public', 'zone'] as const)
        await page.block([place], PROGRAM, 0, ({ note }) => note.includes(place));
      await page.block(['public'], PROGRAM, 1);
      await Promise.all((['boundary', 'zone'] as const).map((to) => world.carry('public', to, RELEASE)));
      await page.block(PLACES, PROGRAM, 2);
      for (const place of PLACES) hosts[place].write('/root/authority.pem', world.authority.cert);
      await page.block(PLACES, PROGRAM, 3);

      // The zone's keys.
      await page.block(['zone'], /^2\. /, 0);
      hosts.zone.write(
        '/var/lib/clamav/own.ndb',
        `Sallyport.Test:0:*:${Buffer.from('MARKED').toString('hex')}\n`,
      );
      for (const name of ['main', 'daily']) hosts.zone.write(`/var/lib/clamav/${name}.inc`, '');
      await page.block(['zone'], /^2\. /, 1);
      world.certify('zone', NAMES.viewer, '/etc/sallyport', 'viewer');
      world.certify('zone', NAMES.content, '/etc/sallyport', 'files');
      await page.block(['zone'], /^2\. /, 2);
      await world.carry('zone', 'public', `/etc/sallyport/cards/zone-${BACKEND}.yml`);

      // The public host, and what a person does on GitHub.
      for (const block of [0, 1]) await page.block(['public'], /^3\. /, block);
      for (const role of ['hub', 'steward']) {
        const form = hosts.public.read(`/etc/sallyport/register-${role}.html`);
        const ended = await registerFrom(form, OWNER);
        const { said } = await page.type('public', `sallyport setup ${role} --yes --app-code '${ended}'`);
        await letIn(/Let the App in, on all repositories: (\S+)/.exec(said)?.[1] ?? said, {
          login: OWNER,
          account: ORG,
        });
      }
      for (const block of [0, 1]) await page.block(['public'], /^4\. /, block);
      world.certify('public', NAMES.hub, '/etc/caddy', 'hub');
      await page.type('public', 'chown caddy /etc/caddy/hub.key');
      await page.block(['public'], /^5\. /, 0);

      // The boundary, and the zone once more.
      await world.carry('public', 'boundary', '/etc/sallyport/cards', '/etc/sallyport/app.pem');
      world.certify('boundary', NAMES.proxy, '/etc/sallyport', 'egress');
      await page.block(['boundary'], /^6\. /, 0);
      for (const card of ['hub', 'governance'])
        await world.carry('public', 'zone', `/etc/sallyport/cards/${card}.yml`);
      await world.carry('boundary', 'zone', '/etc/sallyport/cards/proxy.yml');
      await page.block(['zone'], /^7\. /, 0);
    },
    10 * MINUTES,
  );

  then('no command of the page was left out, and nothing was typed otherwise without need', () => {
    expect(page.left).toEqual([]);
    expect(page.unused).toEqual([]);
  });

  then(
    'the first run ends well',
    async () => {
      const { image, registry } = world;
      const { code, said } = await world.hosts.zone.run(
        `docker pull ${registry}/${image.image}@${image.digest}`,
      );
      expect(code === 0 ? '' : said).toBe('');

      await study.begin({ 'project.yaml': PROJECT, 'hello.mjs': LOOKING });
      expect(await study.ended(/^sallyport\/project$/)).toBe('success');

      expect(await study.run('hello')).toBe('success');
    },
    5 * MINUTES,
  );

  for (const [unit, place] of PLACES.flatMap((place) => UNITS[place].map((unit) => [unit, place] as const)))
    then(`the ${unit} runs as its unit says, with no more than it needs`, async () => {
      const host = world.hosts[place];
      const { said } = await host.run(
        `systemctl show sallyport-${unit} --property=MainPID,NRestarts,ActiveState`,
      );
      expect(said).toContain('ActiveState=active');
      const status = host.read(`/proc/${/MainPID=(\d+)/.exec(said)?.[1]}/status`);
      const user = unit === 'agent' ? 'root' : `sallyport-${unit}`;
      const { said: id } = await host.run(`id -u ${user}`);

      expect(status).toMatch(/^NoNewPrivs:\t1$/m);
      expect(status).toMatch(/^Seccomp:\t2$/m);
      expect(/^Uid:\t(\d+)/m.exec(status)?.[1]).toBe(id.trim());
      expect(capabilitiesOf(status)).toEqual(CAPABILITIES[unit]);
      const { said: exposed } = await host.run(`systemd-analyze security --no-pager sallyport-${unit}`);
      const score = Number(/exposure level for \S+: ([\d.]+)/.exec(exposed)?.[1]);
      expect(score).toBeLessThanOrEqual(unit === 'agent' ? 2.7 : 2.0);
    });

  then(
    'no secret of any host is in a journal, in an environment or on a command line',
    async () => {
      await expectNoSecretsOut(world);
    },
    2 * MINUTES,
  );

  then('nobody was shown a secret while it was set up', () => {
    const secrets = PLACES.flatMap((place) => secretsOf(world.hosts[place]));
    const shown = page.said.filter(({ said }) => secrets.some((one) => said.said.includes(one)));
    expect(shown.map(({ command }) => command)).toEqual([]);
  });

  for (const place of PLACES)
    then(
      `${place}: after a power cut it comes back by itself`,
      async () => {
        const host = world.hosts[place];
        await host.cutPower();
        // The kernel that kept these has lost them with the power.
        world.network.load(place, 'flush ruleset');

        expect(await host.boot()).toBe('running');

        expect((await host.run('nft list tables')).said).toContain('table inet sallyport');
        for (const unit of UNITS[place]) await until(() => isWell(host, unit));
      },
      5 * MINUTES,
    );

  then(
    'a careless unit hands the agent every secret in its environment, and a job after the power cuts sees none',
    async () => {
      const { zone } = world.hosts;
      const names = carelessly();
      zone.write(
        '/etc/systemd/system/sallyport-agent.service.d/careless.conf',
        `[Service]\n${names.map((name) => `Environment=${name}=/leaked-${name}\n`).join('')}`,
      );
      await zone.run('systemctl daemon-reload && systemctl restart sallyport-agent');
      const { said } = await zone.run(
        'cat /proc/$(systemctl show sallyport-agent --property=MainPID --value)/environ',
      );
      expect(said).toContain('/leaked-AGENT_KEY');

      expect(await study.run('hello')).toBe('success');

      const workspaces = '/var/lib/sallyport/agent/workspaces';
      const { said: output } = await zone.run(`cat ${workspaces}/*/medium/output/hello.json`);
      const seen = JSON.parse(output) as { names: string[]; there: string[] };
      expect(seen.there).toEqual([]);
      expect(seen.names.length).toBeGreaterThan(0);
      expect(
        seen.names.filter((one) => /leaked|SECRET|TOKEN|KEY|PASSWORD|CREDENTIAL|DATABASE/i.test(one)),
      ).toEqual([]);
    },
    5 * MINUTES,
  );

  then(
    'told to stop while there is work, every unit ends in order, and with the next release the work goes on',
    async () => {
      const asked = await study.ask('hello');
      for (const place of PLACES)
        for (const unit of UNITS[place]) {
          const host = world.hosts[place];
          await host.run(`systemctl stop sallyport-${unit}`);
          const { said } = await host.run(
            `systemctl show sallyport-${unit} --property=Result,ExecMainCode,ExecMainStatus`,
          );
          // It exited of itself (1), with 0; neither a signal nor the end of patience did it.
          expect([unit, said.trim().split('\n').sort()]).toEqual([
            unit,
            ['ExecMainCode=1', 'ExecMainStatus=0', 'Result=success'],
          ]);
        }
      // As upgrade.md says; and nothing of the release before is there to be started by mistake.
      const [turn = ''] = /^ln -sfn \S+ \/opt\/sallyport$/m.exec(read('docs/install/upgrade.md')) ?? [];
      expect(turn).toContain(NEXT_RELEASE);
      for (const place of PLACES) {
        await page.type(place, `cp -al ${RELEASE} ${NEXT_RELEASE}`);
        await page.type(place, turn);
        await page.type(place, `rm -r ${RELEASE}`);
        for (const unit of UNITS[place]) await page.type(place, `systemctl start sallyport-${unit}`);
      }

      expect(await study.ended(/^sallyport\/run /, asked)).toBe('success');
      await expectNoSecretsOut(world);
    },
    5 * MINUTES,
  );
});

/** Every setting that any file of ours names a secret by, as a variable; and what else is called so. */
function carelessly(): string[] {
  const folder = path.join(packageRoot, 'docs/install/files');
  const named = readdirSync(folder).flatMap((name) =>
    [
      ...readFileSync(path.join(folder, name), 'utf8').matchAll(/[\w-]+\.(?:key|pem|secret|url|password)\b/g),
    ].map(([found]) => found.toUpperCase().replaceAll(/\W/g, '_')),
  );
  const names = [...new Set(named), 'CREDENTIALS', 'GITHUB_TOKEN', 'SALLYPORT_SANDBOX_TOKEN', 'PGPASSWORD'];
  expect(names).toEqual(
    expect.arrayContaining(['AGENT_KEY', 'APP_PEM', 'DATABASE_PASSWORD', 'HUB_DATABASE_URL']),
  );
  return names;
}

/** Lines of the files that hold one, and the passwords in addresses. */
function secretsOf(host: BootedHost): string[] {
  const folder = '/etc/sallyport';
  const files = readdirSync(host.file(folder)).filter((name) =>
    /\.(?:key|pem|secret|url|password)$/.test(name),
  );
  const texts = files
    .map((name) => host.read(`${folder}/${name}`))
    .filter((text) => !text.includes('CERTIFICATE'));
  const lines = texts.flatMap((text) =>
    text.split('\n').filter((line) => line.length > 15 && !line.startsWith('---')),
  );
  return [...lines, ...lines.flatMap((line) => /:\/\/[^:]+:([^@]+)@/.exec(line)?.slice(1) ?? [])];
}

async function expectNoSecretsOut(world: BootedWorld): Promise<void> {
  const secrets = PLACES.flatMap((place) => secretsOf(world.hosts[place]));
  // Keys of hub, steward, log, agent and airlock, two Apps, and what belongs to them.
  expect(secrets.length).toBeGreaterThan(20);
  for (const place of PLACES) {
    const host = world.hosts[place];
    const { said: journal } = await host.run('journalctl --no-pager --all --output=export');
    const { said: processes } = await host.run(
      'cat /proc/[0-9]*/environ /proc/[0-9]*/cmdline 2>/dev/null; true',
    );
    expect(journal).toContain('sallyport');
    expect(processes).toContain('NODE_ENV=production');
    const out = secrets.filter((one) => journal.includes(one) || processes.includes(one));
    // Told by their number, for this is a log, too.
    expect([place, out.length]).toEqual([place, 0]);
  }
}

const read = (name: string): string => readFileSync(path.join(packageRoot, name), 'utf8');

const isWell = async (host: BootedHost, unit: string): Promise<boolean> =>
  (await host.run(`sallyport doctor ${unit}`)).code === 0;

async function until(holds: () => Promise<boolean>): Promise<void> {
  for (const end = Date.now() + 3 * MINUTES; !(await holds()); await wait(500))
    if (Date.now() > end) throw new Error('it did not come to pass');
}

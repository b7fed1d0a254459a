/** Three hosts set up for compose: answers, cards, secrets and owners of files. */
import { chmodSync, chownSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { letIn, registerFrom } from '../../support/setup.ts';
import type { ComposeWorld } from './compose-world.ts';
import { newAuthority } from './authority.ts';
import { basic } from './follow.ts';
import { answersTo, BACKEND, ORG, OWNER } from './install-answers.ts';
import { NAMES } from './places.ts';
import { origin } from './settings.ts';

/** docs/install/README.md with `units: none`, and what the head of each compose file asks for. */
export async function setUp(world: ComposeWorld): Promise<void> {
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
    await letIn(/Let the App in, on all repositories: (\S+)/.exec(said)?.[1] ?? said, {
      login: OWNER,
      account: ORG,
    });
  };

  world.certify('zone', NAMES.viewer, 'viewer');
  world.certify('zone', NAMES.content, 'files');
  await world.setup('zone', 'zone', {
    ...{ backend: BACKEND, data: 'real', hub_origin: origin('hub'), proxy_origin: origin('proxy') },
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
  world.carry('zone', 'public', `cards/zone-${BACKEND}.yml`);
  must(
    'governance',
    await world.setup('public', 'governance', {
      ...answersTo('governance', world),
      governance_dir: world.at('governance'),
    }),
  );
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
        ...{ GIT_SSL_CAINFO: world.authorityFile, GIT_CONFIG_COUNT: '1' },
        ...{ GIT_CONFIG_KEY_0: 'http.extraHeader', GIT_CONFIG_VALUE_0: basic(world.token(OWNER)) },
      },
    ),
  );
  await world.setup('public', 'hub');
  must('steward', await world.setup('public', 'steward'));
  world.carry('public', 'boundary', 'cards/hub.yml', 'cards/governance.yml', 'app.pem');
  world.certify('boundary', NAMES.proxy, 'egress');
  const zones = newAuthority();
  hosts.boundary.write('zones.pem', zones.cert);
  must(
    'proxy',
    await world.setup('boundary', 'proxy', {
      proxy_origin: origin('proxy'),
      client_ca_file: '/etc/sallyport/zones.pem',
      ...none,
      watch: '127.0.0.1:9466',
    }),
  );
  world.carry('public', 'zone', 'cards/hub.yml', 'cards/governance.yml');
  world.carry('boundary', 'zone', 'cards/proxy.yml');
  const client = zones.issue('zone.example.edu');
  hosts.zone.write('proxy-client.pem', client.cert);
  hosts.zone.write('proxy-client.key', client.key, 0o600);
  const proxy_client_cert_file = '/etc/sallyport/proxy-client.pem';
  await world.setup('zone', 'zone', { proxy_client_cert_file });

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
  for (const [place, role, user] of [
    ['public', 'hub', 10100],
    ['zone', 'agent', 0],
    ['zone', 'airlock', 10103],
  ] as const) {
    mkdirSync(hosts[place].var('backup', role), { recursive: true, mode: 0o700 });
    own(user, hosts[place].var('backup', role));
  }
  for (const folder of [hosts.zone.var('agent'), hosts.zone.var('agent/workspaces')]) {
    mkdirSync(folder, { recursive: true });
    chmodSync(folder, 0o750);
    chownSync(folder, 0, 10103);
  }
}

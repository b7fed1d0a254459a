/** The files of docs/install/files: what systemd, nginx, Caddy, Docker say of them, and the rules that each of them keeps. */
import { afterAll, describe, expect, test } from '@jest/globals';
import { execFileSync, spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parse } from 'yaml';
import { freePorts } from '../../src/sandbox/demo/ports.ts';
import { selfSigned } from '../support/certificate.ts';
import { missing, requires } from '../support/require.ts';
import { bareImage, nodeAndGit, roleImage } from './support/role-image.ts';

const FILES = path.resolve('docs/install/files');
const read = (name: string): string => readFileSync(path.join(FILES, name), 'utf8');
const root = mkdtempSync(path.join(tmpdir(), 'install-files-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));
const UNITS = readdirSync(FILES).filter((name) => name.endsWith('.service'));
const SECRET = /\.(?:key|pem|secret|password|url)$/;

function has(program: string, ...words: string[]): string | undefined {
  const asked = spawnSync(program, words, { stdio: 'ignore' });
  return asked.error ? `${program} is not installed` : undefined;
}
const absent = has('systemd-analyze', '--version');
const systemd = absent ? test.skip : test;

describe('units', () => {
  systemd.each(UNITS)('%s: systemd takes it, and what it leaves open is little', (name) => {
    const file = path.join(FILES, name);
    expect(spawnSync('systemd-analyze', ['verify', file], { encoding: 'utf8' }).stderr).not.toMatch(
      new RegExp(`${name}:\\d+`),
    );
    const said = execFileSync('systemd-analyze', ['security', '--offline=true', file], { encoding: 'utf8' });
    const score = Number(/exposure level for \S+: ([\d.]+)/.exec(said)?.[1]);
    // The agent is root for the sake of the engine's socket and of files that belong to jobs.
    expect(score).toBeLessThanOrEqual(name === 'sallyport-agent.service' ? 2.7 : 2.0);
  });

  test.each(UNITS)('%s hands secrets over as files, and says none of them in the environment', (name) => {
    const text = read(name);
    expect(text).toMatch(/^LoadCredential=/m);
    expect(text.match(/^Environment=.*$/gm)).toEqual(['Environment=NODE_ENV=production']);
    expect(text).not.toMatch(/^(?:EnvironmentFile|SetCredential|PassEnvironment)=/m);
    for (const [, as, file = ''] of text.matchAll(/^LoadCredential=([^:]+):(.*)$/gm))
      expect(path.basename(file)).toBe(as);
  });

  test.each(UNITS.filter((name) => name !== 'sallyport-agent.service'))(
    '%s is nobody in particular',
    (name) => {
      expect(read(name)).toMatch(/^User=sallyport-\w+$/m);
      expect(read(name)).not.toMatch(/^SupplementaryGroups=.*docker/m);
    },
  );
});

interface Service {
  image: string;
  user?: string;
  read_only?: boolean;
  cap_drop?: string[];
  cap_add?: string[];
  security_opt?: string[];
  privileged?: boolean;
  environment?: Record<string, string>;
  secrets?: string[];
  volumes?: ({ source: string; target: string; read_only?: boolean } | string)[];
  network_mode?: string;
  networks?: string[];
  ports?: string[];
  healthcheck?: { test: string[]; interval: string };
  pids_limit?: number;
  mem_limit?: string;
  restart?: string;
}
const COMPOSES = readdirSync(FILES).filter((name) => name.startsWith('compose-'));
const SERVICES = COMPOSES.flatMap((name) => {
  const file = parse(read(name), { merge: true }) as {
    services: Record<string, Service>;
    secrets: Record<string, { file: string }>;
  };
  return Object.entries(file.services).map(
    ([service, one]) => [`${name} ${service}`, one, file.secrets] as const,
  );
});

describe('compose files', () => {
  test.each(SERVICES)(
    '%s: read-only, without capabilities or new privileges, within limits, by digest',
    (where, one) => {
      expect(one).toMatchObject({
        read_only: true,
        cap_drop: ['ALL'],
        security_opt: ['no-new-privileges:true'],
      });
      expect(one.privileged).toBeUndefined();
      expect(one.pids_limit).toBeGreaterThan(0);
      expect(one.mem_limit).toMatch(/^\d+[mg]$/);
      expect(one.image).toMatch(/^\$\{[A-Z_]+:\?an image with its digest\}$/);
      expect(one.cap_add ?? []).toEqual(
        where.endsWith(' agent') ? ['CHOWN', 'DAC_OVERRIDE', 'FOWNER', 'FSETID', 'SYS_PTRACE'] : [],
      );
    },
  );

  test.each(SERVICES)(
    '%s: secrets are files, and the engine’s socket is the agent’s alone',
    (where, one, secrets) => {
      for (const name of one.secrets ?? []) {
        expect(name).toMatch(SECRET);
        expect(secrets[name]?.file).toBe(`/etc/sallyport/${name}`);
      }
      for (const [name, value] of Object.entries(one.environment ?? {}))
        if (/PASSWORD|SECRET|KEY|TOKEN|URL/.test(name))
          expect([name, value]).toEqual([
            expect.stringMatching(/_FILE$/),
            expect.stringMatching(/^\/run\/secrets\//),
          ]);
      const mounts = (one.volumes ?? []).map((each) => (typeof each === 'string' ? each : each.source));
      expect(mounts.some((each) => each.includes('docker.sock'))).toBe(where.endsWith(' agent'));
      for (const each of one.volumes ?? [])
        if (typeof each !== 'string' && /\.(?:yml|conf|pem)$|Caddyfile$/.test(each.target))
          expect(each.read_only).toBe(true);
    },
  );

  test('the folder of the zone’s own switch is given whole: a file that comes and goes cannot be', () => {
    const given = (service: string) =>
      SERVICES.find(([where]) => where === `compose-zone.yml ${service}`)?.[1].volumes?.find(
        (each) => typeof each !== 'string' && each.source === '/etc/sallyport/switch',
      );
    const bind = { type: 'bind', source: '/etc/sallyport/switch', target: '/etc/sallyport/switch' };
    expect(given('agent')).toEqual(bind);
    expect(given('airlock')).toEqual({ ...bind, read_only: true });
  });

  test('who makes backups has a folder for them alone, and nobody else has it', () => {
    const given = SERVICES.flatMap(([where, one]) =>
      (one.volumes ?? []).flatMap((each) =>
        typeof each !== 'string' && each.target.startsWith('/backup') ? [[where, each]] : [],
      ),
    );
    const bind = (role: string) => ({
      ...{ type: 'bind', source: `/var/lib/sallyport/backup/${role}`, target: `/backup/${role}` },
    });
    expect(given).toEqual([
      ['compose-public.yml hub', bind('hub')],
      ['compose-zone.yml agent', bind('agent')],
      ['compose-zone.yml airlock', bind('airlock')],
    ]);
  });

  // "on-failure" would leave a role that ended well, as all do when the host is shut down, down after its next start.
  test.each(SERVICES)('%s: comes back after the host was started again', (_where, one) => {
    expect(one.restart).toBe('unless-stopped');
  });

  test.each(SERVICES)('%s: is asked how it is, within itself', (_where, one) => {
    const { test: words = [], interval } = one.healthcheck ?? {};
    expect([words[0], words.length > 1, interval]).toEqual(['CMD', true, '15s']);
    for (const [, host] of words.join(' ').matchAll(/https?:\/\/([^:/]+)/g)) expect(host).toBe('127.0.0.1');
  });

  (missing('compose') ? test.skip : test).each(COMPOSES)('%s: docker-compose 1.29 takes it', (name) => {
    const env = { ...process.env, HUB: 'a:192.0.2.1', PROXY: 'b:192.0.2.2' };
    for (const image of ['SALLYPORT', 'POSTGRES', 'WEB', 'CLAMAV'])
      Object.assign(env, { [`${image}_IMAGE`]: 'x' });
    const said = spawnSync('docker-compose', ['--file', path.join(FILES, name), 'config', '--quiet'], {
      encoding: 'utf8',
      env,
    });
    expect([said.status, said.stderr]).toEqual([0, '']);
  });

  /** What lies beside a compose file where the proxy asks zones for certificates. */
  const BESIDE = { boundary: ['proxy'], zone: ['agent', 'airlock'] } as const;

  test.each(Object.entries(BESIDE))(
    '%s: what certificates add is files, read-only, for whoever speaks to the proxy, and nothing else',
    (host, services) => {
      const more = parse(read(`certificates-${host}.yml`)) as {
        services: Record<string, Service>;
        secrets?: Record<string, { file: string }>;
      };
      expect(Object.keys(more)).toEqual(host === 'zone' ? ['services', 'secrets'] : ['services']);
      expect(Object.keys(more.services)).toEqual(services);
      const file = host === 'zone' ? 'proxy-client.pem' : 'zones.pem';
      const place = { source: `/etc/sallyport/${file}`, target: `/etc/sallyport/${file}` };
      for (const one of Object.values(more.services))
        expect(one).toEqual({
          ...(host === 'zone' ? { secrets: ['proxy-client.key'] } : {}),
          volumes: [{ type: 'bind', ...place, read_only: true }],
        });
      if (host === 'zone')
        expect(more.secrets).toEqual({ 'proxy-client.key': { file: '/etc/sallyport/proxy-client.key' } });
    },
  );

  (missing('compose') ? test.skip : test).each(Object.entries(BESIDE))(
    '%s: docker-compose 1.29 lays certificates beside what is there, and takes nothing away',
    (host, services) => {
      const env = { ...process.env, HUB: 'a:192.0.2.1', PROXY: 'b:192.0.2.2' };
      for (const image of ['SALLYPORT', 'POSTGRES', 'WEB', 'CLAMAV'])
        Object.assign(env, { [`${image}_IMAGE`]: 'x' });
      const asked = (...names: string[]) =>
        spawnSync(
          'docker-compose',
          [...names.flatMap((name) => ['--file', path.join(FILES, `${name}-${host}.yml`)]), 'config'],
          { encoding: 'utf8', env },
        );
      const both = asked('compose', 'certificates');
      expect([both.status, both.stderr]).toEqual([0, '']);
      interface Whole {
        services: Record<string, { secrets: { source: string }[]; volumes: unknown[] }>;
      }
      const alone = (parse(asked('compose').stdout) as Whole).services;
      const whole = (parse(both.stdout) as Whole).services;
      expect(Object.keys(whole)).toEqual(Object.keys(alone));
      for (const [name, { secrets, volumes }] of Object.entries(alone)) {
        const has = whole[name]!;
        const grown = (services as readonly string[]).includes(name) ? 1 : 0;
        expect(has.volumes).toEqual(expect.arrayContaining(volumes));
        expect(has.volumes).toHaveLength(volumes.length + grown);
        expect(has.secrets ?? []).toEqual(expect.arrayContaining(secrets ?? []));
        expect(has.secrets ?? []).toHaveLength((secrets ?? []).length + (host === 'zone' ? grown : 0));
      }
    },
  );

  test('databases and the scanner have no way out, and nothing of the zone publishes but the viewer', () => {
    for (const [where, one] of SERVICES) {
      if (where.endsWith(' database')) expect(one.networks).toEqual(['database']);
      if (where.endsWith(' scanner')) expect(one.network_mode).toBe('none');
      if (where.startsWith('compose-zone') && !where.endsWith(' airlock')) expect(one.ports).toBeUndefined();
    }
  });
});

describe('web servers in front', () => {
  const nginx = requires('nginx');
  const children: ChildProcess[] = [];
  afterAll(async () => {
    for (const child of children) {
      const closed = once(child, 'close');
      child.kill('SIGTERM');
      await closed;
    }
  });

  /** What the hub is asked, and how much of it came. */
  async function standIn(): Promise<{ port: number; close(): void }> {
    const server = http.createServer((question, answer) => {
      let size = 0;
      question.on('data', (chunk: Buffer) => (size += chunk.length));
      question.on('end', () =>
        answer.end(
          JSON.stringify({
            path: question.url,
            size,
            host: question.headers.host,
            from: question.headers['x-forwarded-for'],
          }),
        ),
      );
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return { port: (server.address() as AddressInfo).port, close: () => server.close() };
  }

  const ask = (
    port: number,
    place: string,
    bytes = 0,
    headers: Record<string, string> = {},
  ): Promise<{ status: number; text: string; hsts: string | undefined }> =>
    new Promise((resolve, reject) => {
      const options = {
        ...{
          host: '127.0.0.1',
          port,
          path: place,
          method: bytes > 0 ? 'POST' : 'GET',
          rejectUnauthorized: false,
          servername: 'hub.example.edu',
        },
        headers: {
          host: 'hub.example.edu',
          ...(bytes > 0 ? { 'content-length': String(bytes) } : {}),
          ...headers,
        },
      };
      const question = https.request(options, (answer) => {
        let text = '';
        answer.on('data', (chunk) => (text += String(chunk)));
        answer.on('end', () =>
          resolve({
            status: answer.statusCode ?? 0,
            text,
            hsts: answer.headers['strict-transport-security'],
          }),
        );
      });
      question.on('error', reject);
      question.end(bytes > 0 ? Buffer.alloc(bytes) : undefined);
    });

  async function shutOutside(port: number): Promise<void> {
    for (const place of ['/operator', '/operator/jobs', '/Operator/jobs', '/metrics', '/Metrics', '/readyz'])
      expect((await ask(port, place)).status).toBe(404);
    expect(JSON.parse((await ask(port, '/healthz')).text)).toMatchObject({ path: '/healthz' });
    const large = await ask(port, '/webhooks', 24 * 1024 ** 2);
    expect(JSON.parse(large.text)).toMatchObject({ path: '/webhooks', size: 24 * 1024 ** 2 });
    const declared = await ask(port, '/zone/v1/airlock/declare', 47 * 1024 ** 2);
    expect(JSON.parse(declared.text)).toMatchObject({ size: 47 * 1024 ** 2 });
    // Caddy finds out while it hands on, and says that what is behind it failed.
    expect([413, 502]).toContain((await ask(port, '/login', 2 * 1024 ** 2)).status);
    const forged = await ask(port, '/zone/v1/heartbeat', 10, { 'x-forwarded-for': '10.9.8.7' });
    expect(JSON.parse(forged.text)).toMatchObject({ host: 'hub.example.edu', from: '127.0.0.1' });
    expect(forged.hsts).toContain('max-age=');
  }

  nginx.test(
    'nginx takes the example, and with it hands on what the hub needs and shuts what nobody outside may',
    async () => {
      const folder = path.join(root, 'nginx');
      mkdirSync(folder);
      const hub = await standIn();
      const [plain = 0, port = 0] = await freePorts(2);
      const tls = selfSigned();
      writeFileSync(path.join(folder, 'hub.pem'), tls.cert);
      writeFileSync(path.join(folder, 'hub.key'), tls.key);
      const own = read('nginx.conf')
        .replaceAll('/etc/ssl/sallyport', folder)
        .replaceAll('127.0.0.1:8080', `127.0.0.1:${hub.port}`)
        .replaceAll(/listen (\[::\]:)?443/g, (_all, six: string | undefined) =>
          six ? `listen [::1]:${port}` : `listen 127.0.0.1:${port}`,
        )
        .replaceAll(/listen (\[::\]:)?80;/g, (_all, six: string | undefined) =>
          six ? `listen [::1]:${plain};` : `listen 127.0.0.1:${plain};`,
        );
      const temp = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
        .map((one) => `${one}_temp_path ${folder}/${one};`)
        .join(' ');
      writeFileSync(
        path.join(folder, 'nginx.conf'),
        `daemon off; pid ${folder}/pid; error_log ${folder}/error.log; worker_processes 1;\nevents {}\nhttp { access_log off; ${temp}\n${own}\n}\n`,
      );
      if (process.getuid?.() === 0) chmodSync(root, 0o711);
      const checked = spawnSync('nginx', ['-t', '-c', `${folder}/nginx.conf`], { encoding: 'utf8' });
      expect(checked.stderr).toContain('test is successful');
      expect(checked.stderr).not.toContain('[warn]');
      const child = spawn('nginx', ['-c', `${folder}/nginx.conf`], { stdio: 'ignore' });
      children.push(child);
      await answering(() => ask(port, '/healthz'));
      await shutOutside(port);
      const moved = await fetch(`http://127.0.0.1:${plain}/log`, {
        redirect: 'manual',
        headers: { host: 'hub.example.edu' },
      });
      expect(moved.status).toBe(301);
      hub.close();
    },
  );

  (has('caddy', 'version') ? test.skip : test)('Caddy takes the example, and does the same', async () => {
    const folder = path.join(root, 'caddy');
    mkdirSync(folder);
    const hub = await standIn();
    const [port = 0] = await freePorts(1);
    const checked = spawnSync(
      'caddy',
      ['validate', '--adapter', 'caddyfile', '--config', path.join(FILES, 'Caddyfile')],
      { encoding: 'utf8', env: { ...process.env, XDG_DATA_HOME: folder, XDG_CONFIG_HOME: folder } },
    );
    expect(checked.stderr).not.toContain('"level":"warn"');
    expect(checked.stdout + checked.stderr).toContain('Valid configuration');
    const tls = selfSigned();
    writeFileSync(path.join(folder, 'hub.pem'), tls.cert);
    writeFileSync(path.join(folder, 'hub.key'), tls.key);
    const own = read('Caddyfile')
      .replace('{\n\tservers', '{\n\tadmin off\n\tauto_https disable_redirects\n\tservers')
      .replace('hub.example.edu {', `https://hub.example.edu:${port} {\n\tbind 127.0.0.1`)
      .replace('\ttls {', `\ttls ${folder}/hub.pem ${folder}/hub.key {`)
      .replace('127.0.0.1:8080', `127.0.0.1:${hub.port}`);
    writeFileSync(path.join(folder, 'Caddyfile'), own);
    const child = spawn(
      'caddy',
      ['run', '--adapter', 'caddyfile', '--config', path.join(folder, 'Caddyfile')],
      {
        stdio: 'ignore',
        env: { ...process.env, XDG_DATA_HOME: folder, XDG_CONFIG_HOME: folder, HOME: folder },
      },
    );
    children.push(child);
    await answering(() => ask(port, '/healthz'));
    await shutOutside(port);
    hub.close();
  });

  async function answering(work: () => Promise<unknown>): Promise<void> {
    for (const until = Date.now() + 100_000; ; ) {
      try {
        await work();
        return;
      } catch (error) {
        if (Date.now() > until) throw error;
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    }
  }
});

describe('the image', () => {
  const docker = requires('docker');
  const base = `sallyport-test-base:${process.pid}`;
  const image = `sallyport-test-roles:${process.pid}`;
  afterAll(() => {
    for (const one of [image, base]) spawnSync('docker', ['rmi', '--force', one], { stdio: 'ignore' });
  });

  docker.test(
    'is built from a pinned base, and every role starts in it as nobody, read-only, without a capability',
    () => {
      const id = bareImage({ ...nodeAndGit(), folder: path.join(root, 'base'), tag: base });
      roleImage(image, id, path.join(root, 'context'));

      const config = JSON.parse(
        execFileSync('docker', ['inspect', '--format', '{{json .Config}}', image]).toString(),
      ) as { User: string; Env: string[]; Volumes: unknown };
      expect(config.User).toBe('10100:10100');
      expect(config.Volumes ?? null).toBeNull();
      expect(config.Env.filter((one) => !/^(?:PATH|NODE_ENV|CREDENTIALS_DIRECTORY)=/.test(one))).toEqual([]);
      const safe = [
        'run',
        '--rm',
        '--read-only',
        '--network',
        'none',
        '--cap-drop',
        'ALL',
        '--security-opt',
        'no-new-privileges',
        '--tmpfs',
        '/tmp',
      ];
      const run = (...words: string[]) =>
        spawnSync('docker', [...safe, image, ...words], { encoding: 'utf8' });
      expect(run('--version').stdout.trim()).toMatch(/^\d+\.\d+\.\d+/);
      for (const [role, flag] of [
        ['hub', '--config'],
        ['steward', '--config'],
        ['proxy', '--config'],
        ['agent', '--zone'],
        ['airlock', '--zone'],
      ] as const) {
        const { status, stderr } = run(role, flag, '/etc/sallyport/none.yml');
        expect([role, status]).toEqual([role, 1]);
        expect(stderr).toContain('none.yml cannot be read');
      }
    },
  );

  test('its recipe has stages, a base without a standard, no shell step, and its user last', () => {
    const text = read('Dockerfile');
    expect(text).toMatch(/^ARG BASE$/m);
    expect(text.match(/^FROM \$\{BASE\}/gm)).toHaveLength(2);
    expect(text).not.toMatch(/^(?:RUN|ADD|VOLUME|EXPOSE)/m);
    expect(text).toMatch(/^USER 10100:10100$/m);
  });
});

/** A whole installation in one folder, made by `sallyport setup` alone: public, boundary and zone host beside each other. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { chmodSync, cpSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { stringify } from 'yaml';
import { registerFrom } from './setup.ts';

export const PROGRAM = path.resolve('src/cli/bin.js');

export interface Said {
  code: number | null;
  out: string;
}

/** As an operator types it, answers in a file. */
export function sallyport(words: readonly string[]): Promise<Said> {
  const env = { ...process.env, SALLYPORT_BUILT: '1', NO_COLOR: '1' };
  return new Promise((resolve) => {
    const child = execFile(
      process.execPath,
      [PROGRAM, ...words],
      { encoding: 'utf8', env },
      (_error, stdout, stderr) => resolve({ code: child.exitCode, out: stdout + stderr }),
    );
  });
}

export interface InstallGiven {
  root: string;
  github: string;
  owner: string;
  organisation: string;
  user: string;
  ports: { hub: number; proxy: number; viewer: number; files: number };
  image: { name: string; image: string; digest: string };
  registry: string;
  /** An administrator's address of PostgreSQL. */
  adminFile: string;
  repositories: { governance: number; study: number };
  people: { governors: string; checkers: string; researchers: string };
  project: string;
}

export interface Installed {
  hub: string;
  proxy: string;
  viewer: string;
  dir(host: 'public' | 'boundary' | 'zone'): string;
  governance: string;
  /** What each command said, in their order. */
  said: Said[];
}

/** The commands of docs/install/README.md, in its order. */
export async function install(given: InstallGiven): Promise<Installed> {
  const { root, github, organisation, user, ports } = given;
  const dir = (host: string): string => path.join(root, host, 'etc');
  const at = (port: number, name = '127.0.0.1'): string => `http://${name}:${port}`;
  const hub = at(ports.hub);
  const proxy = at(ports.proxy);
  const viewer = at(ports.viewer, 'localhost');
  const governance = path.join(root, 'governance');
  const said: Said[] = [];
  const setup = async (role: string, host: string, answers?: object, ...more: string[]): Promise<Said> => {
    mkdirSync(dir(host), { recursive: true });
    const file = path.join(root, `${role}.yml`);
    if (answers) writeFileSync(file, stringify(answers));
    const done = await sallyport([
      'setup',
      role,
      '--dir',
      dir(host),
      '--yes',
      ...(answers ? ['--config', file] : []),
      ...more,
    ]);
    said.push(done);
    return done;
  };
  const state = (name: string): string => path.join(root, 'state', name);
  const own = (name: string) => ({ user, state_dir: state(name), units: 'none' });
  const carry = (from: string, to: string, ...names: string[]): void => {
    mkdirSync(path.join(dir(to), 'cards'), { recursive: true });
    for (const name of names) cpSync(path.join(dir(from), name), path.join(dir(to), name));
  };

  // The zone: keys, and the card that is carried out.
  await setup('zone', 'zone', {
    ...{
      backend: 'attainment',
      data: 'real',
      hub_origin: hub,
      proxy_origin: proxy,
      image_registry: given.registry,
    },
    ...{
      agent_user: user,
      agent_state_dir: state('agent'),
      airlock_user: user,
      airlock_state_dir: state('airlock'),
    },
    ...{ airlock_database_admin_file: given.adminFile, airlock_database_name: 'install_airlock' },
    ...{ viewer_origin: viewer, viewer_listen: `127.0.0.1:${ports.viewer}` },
    ...{
      files_origin: at(ports.files),
      files_listen: `127.0.0.1:${ports.files}`,
      scanner: '',
      units: 'none',
    },
  });
  // The public host: two Apps.
  const app = { github, organisation, hub_origin: hub };
  await setup('hub', 'public', {
    ...app,
    port: ports.hub,
    database_admin_file: given.adminFile,
    database_name: 'install_hub',
    app_name: 'Sallyport',
    ...own('hub'),
  });
  const hubCode = await registerFrom(path.join(dir('public'), 'register-hub.html'), given.owner);
  await setup('hub', 'public', undefined, '--app-code', hubCode);
  await setup('steward', 'public', {
    ...app,
    app_name: 'Sallyport Steward',
    keeps: 'leave',
    ...own('steward'),
  });
  const stewardCode = await registerFrom(path.join(dir('public'), 'register-steward.html'), given.owner);
  await setup('steward', 'public', undefined, '--app-code', stewardCode);
  // Governance, from the zone's card.
  carry('zone', 'public', 'cards/zone-attainment.yml');
  await setup('governance', 'public', {
    ...{
      governance_id: given.repositories.governance,
      study_id: given.repositories.study,
      governance_dir: governance,
    },
    ...{ support: 'help@example.edu', ...given.people, course: 'safe-researcher', trained_on: '2026-02-03' },
    ...{ agreement: 'DAA-77', institution: 'riverside-university', project: given.project },
    ...{
      project_number: '^NS-20[0-9]{2}-[0-9]{3}$',
      project_title: 'Absence',
      project_summary: 'What absence does.',
    },
    image: `${given.image.name}:v1=${given.image.image}@${given.image.digest}`,
  });
  await setup('hub', 'public');
  await setup('steward', 'public');
  // The boundary, and the zone once more.
  carry('public', 'boundary', 'cards/hub.yml', 'cards/governance.yml', 'app.pem');
  await setup('proxy', 'boundary', {
    proxy_origin: proxy,
    listen_host: '127.0.0.1',
    port: ports.proxy,
    ...own('proxy'),
  });
  carry('public', 'zone', 'cards/hub.yml', 'cards/governance.yml');
  await setup('zone', 'zone');
  chmodSync(root, 0o711);
  return { hub, proxy, viewer, dir, governance, said };
}

/** As "Next" of `setup governance` says it. */
export async function push(folder: string, remote: string, token: string): Promise<void> {
  const header = `http.extraHeader=Authorization: Basic ${Buffer.from(`x:${token}`).toString('base64')}`;
  await promisify(execFile)('git', ['-C', folder, '-c', header, 'push', '--quiet', remote, 'main']);
}

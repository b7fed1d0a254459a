/** What every host is asked besides its own: who runs the role, where it keeps things, what starts it. */
import { existsSync, readFileSync } from 'node:fs';
import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { folder, settings, systemUser, type Deed } from './deed.ts';
import { guarded, userNamed } from './files.ts';
import { absolute, account, always, oneOf, type Question } from './question.ts';
import type { Setting } from './role.ts';

export interface Host {
  /** Part of names: `hub`. */
  name: string;
  /** Put before the ids of its questions, where one host has two roles. */
  prefix?: string;
  groups?: readonly string[];
  folderMode?: number;
}

const isRoot = (): boolean => process.getuid?.() === 0;
const me = (): string => execFileSync('id', ['-un']).toString().trim();

export function hostQuestions({ name, prefix = '' }: Host): Question[] {
  return [
    {
      id: `${prefix}user`,
      asks: `As which user does the ${name} run?`,
      why: 'One of its own, without a shell; it is made when it is not there. Keys belong to it alone.',
      standard: () => (isRoot() ? (name === 'agent' ? 'root' : `sallyport-${name}`) : me()),
      fault: (text) =>
        account(text) ??
        (isRoot() || userNamed(text) ? undefined : 'Only root makes users: name one that is there.'),
    },
    {
      id: `${prefix}state_dir`,
      asks: `Where does the ${name} keep what it works with?`,
      why: 'A folder on a disk with room, on one file system; it is made, and nobody else may look in.',
      standard: always(`/var/lib/sallyport/${name}`),
      fault: absolute,
    },
  ];
}

export const unitQuestions: readonly Question[] = [
  {
    id: 'units',
    asks: 'What starts it?',
    why: 'systemd: a unit is written, with everything taken away that the process does not need. none: containers or you.',
    standard: () => (existsSync('/run/systemd/system') ? 'systemd' : 'none'),
    fault: oneOf('systemd', 'none'),
  },
  {
    id: 'unit_dir',
    asks: 'Where are units of this host?',
    why: 'Files there are read by systemd after "systemctl daemon-reload".',
    standard: always('/etc/systemd/system'),
    when: (answers) => answers['units'] === 'systemd',
    fault: absolute,
  },
];

export const userOf = ({ answers }: Setting, { prefix = '' }: Host): string =>
  answers[`${prefix}user`] ?? 'root';
export const stateOf = ({ answers }: Setting, { prefix = '' }: Host): string =>
  answers[`${prefix}state_dir`] ?? '';

export function hostDeeds(setting: Setting, host: Host): Deed[] {
  const user = userOf(setting, host);
  return [
    ...(user === 'root' || !isRoot() ? [] : [systemUser(user, host.groups)]),
    folder(stateOf(setting, host), { mode: host.folderMode ?? 0o700, owner: user }),
  ];
}

/** The unit as it is shipped, with this host's places. */
export function unitDeeds(setting: Setting, host: Host): Deed[] {
  const { answers, dir, program, files } = setting;
  if (answers['units'] !== 'systemd') return [];
  const name = `sallyport-${host.name}.service`;
  const shipped = readFileSync(path.join(program.root, 'docs/install/files', name), 'utf8');
  const places: [string, string][] = [
    ['/opt/sallyport', program.root.replace(/\/$/, '')],
    ['/usr/bin/node', program.node],
    [`/var/lib/sallyport/${host.name}`, stateOf(setting, host)],
    ['/etc/sallyport', dir],
  ];
  const text = places
    .reduce((left, [from, to]) => left.replaceAll(from, to), shipped)
    .replace(/^(User|Group)=.*$/gm, `$1=${userOf(setting, host)}`);
  const deed = settings(
    path.join(answers['unit_dir'] ?? '', name),
    { text: withoutAbsent(text, dir), waits: '' },
    files,
  );
  return [{ ...deed, kind: 'unit', make: () => reload(deed, answers['unit_dir']) }];
}

/** A credential that this host has not got would keep the unit from starting. */
function withoutAbsent(text: string, dir: string): string {
  return text
    .split('\n')
    .filter((line) => {
      const [, file] = /^LoadCredential=[^:]+:(.+)$/.exec(line) ?? [];
      return file === undefined || !file.startsWith(dir) || existsSync(file);
    })
    .join('\n');
}

async function reload(deed: Deed, unitDir: string | undefined): Promise<void> {
  await deed.make();
  if (unitDir === '/etc/systemd/system' && existsSync('/run/systemd/system'))
    guarded('systemctl daemon-reload', () => {
      execFileSync('systemctl', ['daemon-reload'], { stdio: ['ignore', 'ignore', 'pipe'] });
    });
}

export function startLines({ answers, dir }: Setting, host: string, command: string): string[] {
  return [
    answers['units'] === 'systemd' ? `systemctl enable --now sallyport-${host}` : command,
    // The doctor knows one name for the settings of any role, unlike what starts agent and airlock.
    `sallyport doctor ${host} --config ${path.join(dir, fileOf(host))}`,
  ];
}

const FILES: Readonly<Record<string, string>> = {
  hub: 'hub.yml',
  steward: 'steward-config.yml',
  proxy: 'proxy.yml',
};
const fileOf = (host: string): string => FILES[host] ?? 'zone.yml';

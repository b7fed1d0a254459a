/** What is asked of every host: versions, settings, files, disks, clock. */
import { tlsRefusal } from '../../lib/tls.ts';
import { missing, ok, skipped, warning, type Answer, type Check } from '../doctor-check.ts';
import { sizeText } from '../size-text.ts';
import type { Folder, HostFacts, Reached } from './host.ts';

export type HostCheck = Check<HostFacts>;

const GIB = 1024 ** 3;
const NEEDS_NODE = [20, 19] as const;
/** Tokens hold for a minute, and webhooks are read by the hub's own clock. */
const SKEW_BAD_MS = 30_000;
const SKEW_WARN_MS = 2_000;
const NEEDED: Readonly<Record<HostFacts['role'], number>> = {
  hub: 5 * GIB,
  steward: 5 * GIB,
  proxy: GIB,
  agent: 20 * GIB,
  airlock: 5 * GIB,
};

const node: HostCheck = {
  id: 'node',
  title: 'Node',
  ask({ node: version }) {
    const [major = 0, minor = 0] = version.split('.').map(Number);
    return major > NEEDS_NODE[0] || (major === NEEDS_NODE[0] && minor >= NEEDS_NODE[1])
      ? ok(version)
      : missing(
          `This is Node ${version}; ${NEEDS_NODE.join('.')} or newer is needed.`,
          'Install a newer Node: docs/install/README.md',
        );
  },
};

const git: HostCheck = {
  id: 'git',
  title: 'git',
  ask: ({ git: version }) =>
    version === undefined ? missing('git is not installed.', 'apt-get install git') : ok(version),
};

const tlsEnv: HostCheck = {
  id: 'tls.env',
  title: 'TLS of Node',
  ask({ env }) {
    const no = tlsRefusal(env);
    return no ? missing(no.says, no.next) : ok('certificates are checked');
  },
};

const settings: HostCheck = {
  id: 'settings',
  title: 'settings',
  ask: ({ settings: { file, fault }, role }) =>
    fault === undefined
      ? ok(`${file} is right`)
      : missing(
          fault
            .split('\n')
            .map((one) => one.trim())
            .join(' '),
          `sallyport setup ${role}`,
        ),
};

const settingsOwner: HostCheck = {
  id: 'settings.owner',
  title: 'owner of settings',
  ask({ settingsFile: file }) {
    if (!file?.exists) return skipped('there are none');
    if ((file.mode & 0o022) !== 0)
      return missing(`${file.path} can be changed by others than its owner.`, `chmod go-w ${file.path}`);
    if (file.owner !== 'root')
      return warning(
        `${file.path} belongs to ${file.owner}: who runs the role could change it.`,
        `chown root: ${file.path}`,
      );
    return ok('root’s, and nobody else may write');
  },
};

const secrets: HostCheck = {
  id: 'secrets',
  title: 'keys and secrets',
  ask({ secrets: files }) {
    if (files.length === 0) return skipped('the settings cannot be read');
    const away = files.filter(({ exists }) => !exists);
    if (away.length > 0)
      return missing(
        `Missing: ${away.map((one) => one.path).join(', ')}.`,
        'sallyport setup makes keys; what GitHub or a person gave is copied there',
      );
    const open = files.filter(({ mode }) => (mode & 0o077) !== 0);
    if (open.length > 0)
      return missing(
        `Others may read ${open.map((one) => one.path).join(', ')}.`,
        `chmod 600 ${open.map((one) => one.path).join(' ')}`,
      );
    return ok(`${files.length} files, for their owner alone`);
  },
};

const folders: HostCheck = {
  id: 'state',
  title: 'state folder',
  ask({ folders: all, role }) {
    if (all.length === 0) return skipped('the settings cannot be read');
    const away = all.find(({ exists }) => !exists);
    if (away) return missing(`There is no folder ${away.path}.`, `sallyport setup ${role}`);
    const open = all.find(({ mode }) => (mode & 0o007) !== 0);
    if (open)
      return missing(`Everybody on this machine may look into ${open.path}.`, `chmod o= ${open.path}`);
    return ok(all.map(({ path: place, owner }) => `${place} (${owner})`).join(', '));
  },
};

const disk: HostCheck = {
  id: 'disk',
  title: 'disk',
  ask({ folders: all, role }) {
    const answers = all.filter(({ exists }) => exists).map((one) => diskAnswer(one, NEEDED[role]));
    return (
      answers.find(({ state }) => state === 'missing') ??
      answers.find(({ state }) => state === 'warning') ??
      answers[0] ??
      skipped('there is no folder to ask of')
    );
  },
};

function diskAnswer(
  { path: place, freeBytes, totalBytes, freeInodes, totalInodes }: Folder,
  needed: number,
): Answer {
  const says = `${sizeText(freeBytes)} free of ${sizeText(totalBytes)} at ${place}`;
  if (freeBytes < needed / 10)
    return missing(`The disk is full: ${says}.`, 'Give it room, or move the folder');
  if (totalInodes > 0 && freeInodes < totalInodes / 100)
    return missing(
      `No more files fit: ${freeInodes} of ${totalInodes} inodes are free at ${place}.`,
      'Make the file system anew with more inodes, or take one that has no such number',
    );
  if (freeBytes < needed)
    return warning(`Little room: ${says}, and ${sizeText(needed)} are reckoned with.`, 'Give it room');
  return ok(says);
}

const clock: HostCheck = {
  id: 'clock',
  title: 'clock',
  ask({ now, github, hub, proxy }) {
    const other = [hub, github, proxy].find(
      (one): one is Reached & { date: number } => one?.date !== undefined,
    );
    if (!other) return skipped('nobody answered whose clock it could be compared with');
    // An HTTP date has whole seconds.
    const off = Math.max(0, Math.abs(other.date - now) - 1000);
    const says = `${(off / 1000).toFixed(0)} s from that of ${other.at}`;
    if (off > SKEW_BAD_MS)
      return missing(`This clock is ${says}: tokens are refused.`, 'timedatectl set-ntp true');
    if (off > SKEW_WARN_MS) return warning(`This clock is ${says}.`, 'timedatectl set-ntp true');
    return ok(off === 0 ? `the same as that of ${other.at}` : says);
  },
};

/** Reached as it must be. */
export function answers(
  id: string,
  title: string,
  of: (facts: HostFacts) => Reached | undefined,
  given: { right(reached: Reached): boolean; mend: string },
): HostCheck {
  return {
    id,
    title,
    ask(facts) {
      const reached = of(facts);
      if (!reached) return skipped('the settings do not say where');
      if (reached.error !== undefined)
        return missing(`${reached.at} does not answer: ${reached.error}.`, given.mend);
      if (!given.right(reached))
        return missing(`${reached.at} answers ${reached.status ?? 'something else'}.`, given.mend);
      return ok(`${reached.at} answers`);
    },
  };
}

/** Each of these must be silence. An answer, whatever it says, is a way that should not be. */
export function silent(
  id: string,
  title: string,
  mend: string,
  open: (one: Reached) => boolean = ({ status, error }) => status !== undefined || error === undefined,
): HostCheck {
  return {
    id,
    title,
    ask({ closed }) {
      if (closed.length === 0) return skipped('nothing to try');
      const answering = closed.filter(open);
      return answering.length > 0
        ? missing(`Open, and must not be: ${answering.map(({ at }) => at).join(', ')}.`, mend)
        : ok(`no answer from ${closed.map(({ at }) => at).join(', ')}`);
    },
  };
}

export const COMMON: readonly HostCheck[] = [
  node,
  git,
  tlsEnv,
  settings,
  settingsOwner,
  secrets,
  folders,
  disk,
  clock,
];

/**
 * A host with everything but a kernel of its own: Debian's files, systemd as its first process, control groups, users,
 * processes and devices that nobody else sees, in a network namespace that is there already.
 *
 * `cutPower` kills the first process, and with it the kernel kills all others, in the same instant and without a word to
 * any; what they had written is what the next `boot` finds.
 */
import { execFile, execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { Said } from './network.ts';

/** Where this machine keeps its control groups, one folder for each kind. */
const GROUPS = '/sys/fs/cgroup';
const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
const BOOT_MS = 60_000;

/** Neither a screen nor modules nor the settings of the machine's kernel belong to it. */
const MASKED = [
  'console-getty.service',
  'getty@tty1.service',
  'systemd-modules-load.service',
  'systemd-sysctl.service',
  'systemd-binfmt.service',
  'systemd-logind.service',
  'ldconfig.service',
  'apt-daily.timer',
  'apt-daily-upgrade.timer',
];

export interface BootedPlan {
  name: string;
  /** Of this host alone; made when it is not there. */
  folder: string;
  /** The file system that its own files lie over. */
  base: string;
  /** Network namespace, as `ip netns` calls it. */
  space: string;
}

export class BootedHost {
  readonly name: string;
  readonly #plan: BootedPlan;
  readonly #group: string;
  #outer: ChildProcess | undefined;
  #first = 0;
  #said = '';

  constructor(plan: BootedPlan) {
    this.#plan = plan;
    this.name = plan.name;
    this.#group = `sallyport-booted-${process.pid}-${plan.name}`;
    for (const folder of ['upper', 'work', 'root', 'docker'])
      mkdirSync(this.#at(folder), { recursive: true });
  }

  /** Its first process, as this machine counts. */
  get first(): number {
    if (this.#first === 0) throw new Error(`${this.name} is not on`);
    return this.#first;
  }

  /** A file of it, as this machine reaches it. */
  file(place: string): string {
    return path.join(`/proc/${this.first}/root`, place);
  }

  /** Resolves when systemd has started whatever is enabled, with its word for how that went: `running`, `degraded`. */
  async boot(): Promise<string> {
    const kinds = kindsOfGroups();
    const { space, base } = this.#plan;
    const outer = spawn(
      'nsenter',
      [`--net=/run/netns/${space}`, 'sh', '-euc', ENTER, 'sh', this.#group, ...kinds],
      {
        env: {
          PATH,
          INSIDE,
          HOST_NAME: this.name,
          BASE: base,
          PLACE: this.#plan.folder,
          KINDS: kinds.join(' '),
          MASKED: MASKED.map((unit) => `systemd.mask=${unit}`).join(' '),
        },
        stdio: ['ignore', 'pipe', 'pipe'],
        detached: true,
      },
    );
    this.#outer = outer;
    this.#first = 0;
    for (const stream of [outer.stdout, outer.stderr])
      stream.on('data', (more: Buffer) => (this.#said = (this.#said + more.toString()).slice(-8000)));
    const until = Date.now() + BOOT_MS;
    for (;;) {
      if (hasEnded(outer) || Date.now() > until)
        throw new Error(`${this.name} does not boot (${outer.exitCode ?? outer.signalCode}):\n${this.#said}`);
      // Before that its children are those of a script.
      this.#first = childOf(outer.pid ?? 0);
      if (this.#first && existsSync(`/proc/${this.#first}/root/run/systemd/private`)) break;
      await wait(50);
    }
    const { said } = await this.run('systemctl is-system-running --wait');
    return said.trim();
  }

  async cutPower(): Promise<void> {
    const outer = this.#outer;
    if (!outer || hasEnded(outer)) return;
    const ended = once(outer, 'exit');
    endNow(this.#first || (outer.pid ?? 0));
    await ended;
    this.#outer = undefined;
    this.#first = 0;
  }

  /** Its control groups go with it; its folder is whoever's who named it. */
  async close(): Promise<void> {
    await this.cutPower();
    for (const kind of kindsOfGroups()) removeGroups(path.join(GROUPS, kind, this.#group));
  }

  /** As root types it there; a refusal is an answer. `net: machine` lends it the way out that this machine has. */
  run(command: string, { input = '', ms = 120_000, net = 'own', env = {} }: RunOptions = {}): Promise<Said> {
    const namespaces = net === 'own' ? ['--all'] : ['--mount', '--pid', '--uts', '--ipc'];
    const words = ['--target', String(this.first), ...namespaces, 'env', '-i', `PATH=${PATH}`, 'HOME=/root'];
    const more = Object.entries({ LANG: 'C.UTF-8', NO_COLOR: '1', ...env }).map(
      ([key, value]) => `${key}=${value}`,
    );
    return new Promise((resolve) => {
      const child = execFile(
        'nsenter',
        [...words, ...more, 'sh', '-c', `cd /root && ${command}`],
        { timeout: ms, maxBuffer: 64 * 1024 * 1024 },
        (error, stdout, stderr) =>
          resolve({
            code: error ? (typeof error.code === 'number' ? error.code : 1) : 0,
            said: stdout + stderr,
          }),
      );
      // A command may have ended before it is told that there is no input; its code tells the story.
      child.stdin?.on('error', () => undefined);
      child.stdin?.end(input);
    });
  }

  write(place: string, text: string, mode = 0o644): void {
    mkdirSync(path.dirname(this.file(place)), { recursive: true });
    writeFileSync(this.file(place), text, { mode });
    chmodSync(this.file(place), mode);
  }

  read(place: string): string {
    return readFileSync(this.file(place), 'utf8');
  }

  /** Whatever its journal holds, of this boot and those before. */
  async journal(words = ''): Promise<string> {
    const { said } = await this.run(`journalctl --no-pager --output=short ${words}`);
    return said;
  }

  #at(folder: string): string {
    return path.join(this.#plan.folder, folder);
  }
}

interface RunOptions {
  input?: string;
  ms?: number;
  net?: 'own' | 'machine';
  env?: Record<string, string>;
}

const hasEnded = ({ exitCode, signalCode }: ChildProcess): boolean =>
  exitCode !== null || signalCode !== null;

/** Of version 1: a hierarchy each. */
const kindsOfGroups = (): string[] =>
  !existsSync(GROUPS) || existsSync(path.join(GROUPS, 'cgroup.procs'))
    ? []
    : readdirSync(GROUPS).filter(
        (kind) => kind !== 'unified' && existsSync(path.join(GROUPS, kind, 'cgroup.procs')),
      );

const childOf = (id: number): number => {
  try {
    return Number(readFileSync(`/proc/${id}/task/${id}/children`, 'utf8').trim().split(' ')[0]);
  } catch {
    return 0;
  }
};

/** Groups in it first; they are empty, because whoever was in them has been killed. */
function removeGroups(folder: string): void {
  if (!existsSync(folder)) return;
  for (const entry of readdirSync(folder, { withFileTypes: true }))
    if (entry.isDirectory()) removeGroups(path.join(folder, entry.name));
  rmdirSync(folder);
}

/** Hosts of a run that was killed: nobody else ends them. */
export function endLeftOverHosts(): void {
  for (const kind of kindsOfGroups())
    for (const name of readdirSync(path.join(GROUPS, kind))) {
      const [, id] = /^sallyport-booted-(\d+)-/.exec(name) ?? [];
      if (id === undefined || existsSync(`/proc/${id}`)) continue;
      const folder = path.join(GROUPS, kind, name);
      const all = execFileSync('find', [folder, '-name', 'cgroup.procs', '-exec', 'cat', '{}', '+'], {
        encoding: 'utf8',
      });
      for (const process_ of all
        .split('\n')
        .map(Number)
        .filter((one) => one > 1))
        endNow(process_);
      if (all.trim() === '') removeGroups(folder);
    }
}

function endNow(id: number): void {
  try {
    process.kill(id, 'SIGKILL');
  } catch {
    // Ended in between.
  }
}

/** A group of its own of each kind, which the host then takes for the whole tree. `$1` is its name. */
const ENTER = `
group=$1; shift
for kind in "$@"; do
  at=${GROUPS}/$kind/$group
  mkdir -p "$at"
  for of in cpuset.cpus cpuset.mems; do
    if [ -e "$at/$of" ]; then cat "${GROUPS}/$kind/$of" > "$at/$of"; fi
  done
  echo $$ > "$at/cgroup.procs"
done
exec unshare --cgroup --mount --pid --uts --ipc --fork --kill-child sh -euc "$INSIDE"
`;

/** From inside its namespaces: its files, its devices, its view of the kernel; then its first process. */
const INSIDE = `
mount --make-rprivate /
root=$PLACE/root
mount -t overlay overlay -o "lowerdir=$BASE,upperdir=$PLACE/upper,workdir=$PLACE/work" "$root"
cd "$root"
mount -t proc proc proc
mount -t sysfs -o ro sysfs sys
mount -t tmpfs -o mode=755 tmpfs dev
mkdir dev/pts dev/shm dev/mqueue
mount -t devpts -o newinstance,ptmxmode=0666,mode=620,gid=5 devpts dev/pts
mount -t tmpfs -o mode=1777 tmpfs dev/shm
mknod -m 666 dev/null c 1 3
mknod -m 666 dev/zero c 1 5
mknod -m 666 dev/full c 1 7
mknod -m 666 dev/random c 1 8
mknod -m 666 dev/urandom c 1 9
mknod -m 666 dev/tty c 5 0
ln -s pts/ptmx dev/ptmx
ln -s /proc/self/fd dev/fd
ln -s /proc/self/fd/0 dev/stdin
ln -s /proc/self/fd/1 dev/stdout
ln -s /proc/self/fd/2 dev/stderr
mount -t tmpfs -o mode=755 tmpfs sys/fs/cgroup
for kind in $KINDS; do
  mkdir "sys/fs/cgroup/$kind"
  case $kind in
    systemd) mount -t cgroup -o none,name=systemd cgroup "sys/fs/cgroup/$kind" ;;
    *) mount -t cgroup -o "$kind" cgroup "sys/fs/cgroup/$kind" ;;
  esac
done
mount -t tmpfs -o mode=755 tmpfs run
mount -t tmpfs -o mode=1777 tmpfs tmp
mkdir -p var/lib/docker
mount --bind "$PLACE/docker" var/lib/docker
hostname "$HOST_NAME"
echo "$HOST_NAME" > etc/hostname
pivot_root . mnt
umount -l /mnt
# As on a machine: what systemd mounts for a unit, its credentials above all, is seen from inside the unit.
mount --make-rshared /
exec env -i container=sallyport-test PATH=${PATH} /lib/systemd/systemd \\
  systemd.unified_cgroup_hierarchy=0 SYSTEMD_CGROUP_ENABLE_LEGACY_FORCE=1 $MASKED
`;

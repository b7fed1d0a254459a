/**
 * Section 5 of the CIS Docker Benchmark 1.6, asked of a container of ours while it runs: its automated checks and those of
 * the others that can be read off it. What differs by kind of container is said by whoever asks.
 */
import type { ContainerInspectInfo } from 'dockerode';
import { docker } from './docker-harness.ts';

type Found = ContainerInspectInfo & { HostConfig: Record<string, unknown>; AppArmorProfile: string };

interface Asked {
  found: Found;
  host(name: string): unknown;
  may: May;
}

export interface May {
  /** `NetworkMode`, to the letter. */
  network: string;
  /** Where its one folder is mounted. */
  mount: string;
}

const empty = (value: unknown): boolean =>
  value === null || value === undefined || value === '' || Object.keys(value as object).length === 0;

const RULES: readonly [string, (asked: Asked) => boolean][] = [
  ['5.2 AppArmor is the host’s', ({ found }) => found.AppArmorProfile !== 'unconfined'],
  [
    '5.3 SELinux is not switched off for it',
    ({ host }) => !/label[=:]disable/.test(String(host('SecurityOpt'))),
  ],
  [
    '5.4 no capability is added and all are dropped',
    ({ host }) => empty(host('CapAdd')) && String(host('CapDrop')) === 'ALL',
  ],
  ['5.5 it is not privileged', ({ host }) => host('Privileged') === false],
  [
    '5.6, 5.32 only its folder is mounted, and no socket of the engine',
    ({ found, may }) =>
      found.Mounts.every((mount) => mount.Destination === may.mount) && found.Mounts.length === 1,
  ],
  [
    '5.7, 5.8, 5.9, 5.14 no port is published',
    ({ host }) => empty(host('PortBindings')) && host('PublishAllPorts') === false,
  ],
  ['5.10, 5.30 it has no network of the engine', ({ host, may }) => host('NetworkMode') === may.network],
  [
    '5.11 memory is limited, without swap',
    ({ host }) => Number(host('Memory')) > 0 && host('Memory') === host('MemorySwap'),
  ],
  ['5.12 processors are limited', ({ host }) => Number(host('NanoCpus')) > 0],
  ['5.13 the root is read-only', ({ host }) => host('ReadonlyRootfs') === true],
  ['5.15 it is never restarted', ({ host }) => (host('RestartPolicy') as { Name: string }).Name === 'no'],
  ['5.16 it has its own processes', ({ host }) => host('PidMode') === ''],
  ['5.17 it has its own shared memory', ({ host }) => host('IpcMode') === 'private'],
  ['5.18 it has no device', ({ host }) => empty(host('Devices')) && empty(host('DeviceRequests'))],
  [
    '5.19 open files, processes and core dumps are limited',
    ({ host }) => {
      const limits = host('Ulimits') as { Name: string; Hard: number }[];
      const hard = (name: string) => limits.find((limit) => limit.Name === name)?.Hard ?? -1;
      return hard('core') === 0 && hard('nofile') > 0 && hard('nproc') > 0 && hard('fsize') > 0;
    },
  ],
  [
    '5.20 mounts are not shared',
    ({ found }) => found.Mounts.every((mount) => mount.Propagation === 'rprivate'),
  ],
  ['5.21 it has its own host name', ({ host }) => host('UTSMode') === ''],
  [
    '5.22 no filter of system calls is taken away',
    ({ host }) => !String(host('SecurityOpt')).includes('unconfined'),
  ],
  [
    '5.23, 5.24 nothing is run in it beside its program',
    ({ found }) => empty((found as { ExecIDs?: unknown }).ExecIDs),
  ],
  ['5.25 it has the engine’s own control group', ({ host }) => host('CgroupParent') === ''],
  ['5.26 it gains no privileges', ({ host }) => String(host('SecurityOpt')).includes('no-new-privileges')],
  [
    '5.27 health is not asked: it ends by itself or by the clock',
    ({ found }) => found.State.Health === undefined,
  ],
  ['5.29 processes are counted', ({ host }) => Number(host('PidsLimit')) > 0],
  ['5.31 it shares no user namespace', ({ host }) => host('UsernsMode') === ''],
  ['it runs as a user who is not root', ({ found }) => /^[1-9]\d*:[1-9]\d*$/.test(found.Config.User)],
  ['an init process reaps its children', ({ host }) => host('Init') === true],
  [
    'its log has a total cap',
    ({ host }) => {
      const { Type, Config } = host('LogConfig') as { Type: string; Config: Record<string, string> };
      return Type === 'local' && Number(Config['max-size']) * Number(Config['max-file']) < 2 * 10 * 1024 ** 2;
    },
  ],
  [
    'every container carries its owner and its job',
    ({ found }) => Boolean(found.Config.Labels['sallyport.owner'] && found.Config.Labels['sallyport.job']),
  ],
];

export const RULE_NAMES = RULES.map(([name]) => name);

/** Names of the rules that a container breaks. */
export function broken(container: string, may: May): string[] {
  const [found] = JSON.parse(docker('inspect', container)) as Found[];
  if (!found) throw new Error(`there is no container ${container}`);
  const asked: Asked = { found, may, host: (name) => found.HostConfig[name] };
  return RULES.filter(([, holds]) => !holds(asked)).map(([name]) => name);
}

/** How the container engine of a zone is set up: what it says of itself, and what daemon.json and its command line say. */
import { readdirSync, readFileSync } from 'node:fs';
import { ask, connectEngine } from '../../../agent/executor/engine.ts';
import type { DockerSeen } from './host.ts';

const NOTHING: DockerSeen = {
  security: [],
  driver: '',
  cgroup: '',
  limits: { memory: false, pids: false, cpu: false },
  liveRestore: false,
  insecure: [],
  userns: false,
  tcp: false,
};

/** Only this machine is an engine without TLS allowed to call one. */
const LOCAL = /^(?:127\.0\.0\.0\/8|::1\/128)$/;

export async function dockerSeen(socket: string | undefined): Promise<DockerSeen> {
  let info: Record<string, unknown>;
  try {
    const engine = connectEngine(socket ?? '/var/run/docker.sock');
    info = await ask('asking the engine about itself', engine.info() as Promise<Record<string, unknown>>);
  } catch {
    return { ...NOTHING, error: `nobody answers at ${socket ?? '/var/run/docker.sock'}` };
  }
  const security = list(info['SecurityOptions']);
  const registry = (info['RegistryConfig'] ?? {}) as {
    InsecureRegistryCIDRs?: unknown;
    IndexConfigs?: Record<string, { Secure?: boolean }>;
  };
  const named = Object.entries(registry.IndexConfigs ?? {})
    .filter(([, one]) => one.Secure === false)
    .map(([name]) => name);
  const words = dockerdWords();
  const daemon = daemonFile();
  return {
    version: String(info['ServerVersion'] ?? ''),
    security,
    driver: String(info['Driver'] ?? ''),
    cgroup: String(info['CgroupVersion'] ?? '1'),
    limits: {
      memory: info['MemoryLimit'] === true,
      pids: info['PidsLimit'] === true,
      cpu: info['CpuCfsQuota'] === true,
    },
    liveRestore: info['LiveRestoreEnabled'] === true,
    insecure: [...list(registry.InsecureRegistryCIDRs).filter((one) => !LOCAL.test(one)), ...named],
    icc: words.some((one) => /^--icc=false$/.test(one)) ? false : daemon['icc'] !== false,
    userns: security.some((one) => one.startsWith('name=userns') || one.startsWith('name=rootless')),
    tcp: [...words, ...list(daemon['hosts'])].some((one) => /tcp:\/\//.test(one)),
  };
}

const list = (value: unknown): string[] => (Array.isArray(value) ? value.map(String) : []);

function daemonFile(): Record<string, unknown> {
  try {
    return JSON.parse(readFileSync('/etc/docker/daemon.json', 'utf8')) as Record<string, unknown>;
  } catch {
    return {};
  }
}

/** With what it was started: a unit may say what daemon.json does not. */
function dockerdWords(): string[] {
  for (const pid of readdirSync('/proc').filter((one) => /^\d+$/.test(one))) {
    try {
      const words = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
      if (/(?:^|\/)dockerd$/.test(words[0] ?? '')) return words;
    } catch {
      // It ended meanwhile.
    }
  }
  return [];
}

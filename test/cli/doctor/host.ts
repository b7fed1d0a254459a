/** A host of each role on which all is well, as `doctor` sees it; cases take one thing away. */
import type { Folder, HostFacts, HostRole } from '../../../src/cli/doctor/host.ts';

export const GIB = 1024 ** 3;
export const NOW = Date.parse('2026-11-21T09:00:00Z');
export const FOLDER: Folder = {
  path: '/var/lib/sallyport/it',
  exists: true,
  mode: 0o700,
  owner: 'sallyport',
  freeBytes: 100 * GIB,
  totalBytes: 200 * GIB,
  freeInodes: 900,
  totalInodes: 1000,
  device: 1,
};
const DOCKER = {
  version: '27.1.0',
  security: ['name=apparmor', 'name=seccomp,profile=default', 'name=userns'],
  driver: 'overlay2',
  cgroup: '2',
  limits: { memory: true, pids: true, cpu: true },
  liveRestore: true,
  insecure: [],
  icc: false,
  userns: true,
  tcp: false,
  inside: { faults: [] },
};
export const there = (at: string, more = {}) => ({ at, status: 200, date: NOW, ...more });
export const silence = (at: string) => ({ at, error: 'silence' });

/** A host of this role on which nothing is missing, but for what is given. */
export function facts(role: HostRole, more: Partial<HostFacts> = {}): HostFacts {
  const zone = role === 'agent' || role === 'airlock';
  return {
    role,
    now: NOW,
    node: '20.20.0',
    version: '0.1.0',
    git: 'git version 2.39.5',
    env: {},
    settings: { file: '/etc/sallyport/it.yml' },
    me: { uid: 0, name: 'root' },
    settingsFile: { path: '/etc/sallyport/it.yml', exists: true, mode: 0o644, owner: 'root' },
    secrets: [{ path: '/etc/sallyport/it.key', exists: true, mode: 0o600, owner: 'sallyport' }],
    folders: [FOLDER],
    store: { root: '/s', devices: { '/s': 1, '/s/store': 1 } },
    github: there('https://api.github.com/meta'),
    hub: there('https://hub.example.edu/healthz', { text: '{"version":"0.1.4"}' }),
    proxy: there('https://egress.example.edu/robots.txt'),
    enrolled: there('https://egress.example.edu/northshire-research/governance.git/info/refs'),
    webhook: { at: 'https://hub.example.edu/webhooks', status: 400 },
    barred: { at: 'https://egress.example.edu', error: 'it asks for a certificate' },
    trust: {
      ...{ folder: '/etc/docker/certs.d/egress.example.edu', lacking: [], open: [] },
      door: { at: 'https://egress.example.edu/v2/', status: 401 },
    },
    watch: {
      ...{ at: '127.0.0.1:9464', isOpen: false, bare: there('http://127.0.0.1:9464/metrics') },
      elsewhere: [{ at: '10.0.0.2:9464', error: 'nobody listens there' }],
    },
    closed: zone
      ? [silence('github.com:443'), silence('169.254.169.254:80')]
      : [{ at: 'https://hub.example.edu/metrics', status: 404 }],
    names: [{ name: 'github.com', found: false }],
    app: { missing: [], more: [], installed: true, deliveries: { tried: 5, failed: 0 } },
    database: { embedded: false, version: 150_004, fsync: true, superuser: false },
    docker: DOCKER,
    dockerGroup: ['sallyport-agent'],
    scanner: { at: '/run/clamav/clamd.ctl', says: 'ClamAV 1.4.6' },
    tls: [{ path: '/etc/sallyport/egress.pem', until: NOW + 90 * 86_400_000, names: [] }],
    listens: ['127.0.0.1:8080'],
    notes: { real: true, trustedProxies: 1, steward: true, ledger: true, scanning: 'required' },
    ...more,
  };
}

export type Row = [
  role: HostRole,
  id: string,
  what: string,
  more: Partial<HostFacts>,
  state: 'missing' | 'warning',
  says: RegExp,
  mend: RegExp,
];
export const app = (more: object) => ({ app: { missing: [], more: [], installed: true, ...more } });
export const docker = (more: object) => ({ docker: { ...DOCKER, ...more } });

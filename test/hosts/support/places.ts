/** Which hosts there are, what they are called, and where they stand. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { packageRoot } from '../../../src/sandbox/demo/places.ts';

export const HOSTS = {
  /** GitHub, at an address that is GitHub's, and all the rest of the internet. */
  internet: ['140.82.112.4'],
  public: ['192.0.2.10'],
  boundary: ['192.0.2.20'],
  /** One address for the viewer's pages, one for the files that it shows. */
  zone: ['10.1.2.4', '10.1.2.5'],
  warehouse: ['10.1.5.30'],
  desk: ['10.1.4.20'],
  /** Of the agent that runs pushes on dummy data, outside the zone. */
  dummy: ['192.0.2.130'],
  researcher: ['203.0.113.77'],
  /** Of images, at an address that is GitHub's too. */
  registry: ['140.82.112.34'],
  /** Somebody at a screen of the operators of public and boundary host. */
  office: ['203.0.113.4'],
} as const;
export type Host = keyof typeof HOSTS;

export const addressOf = (host: Host): string => HOSTS[host][0];

export const NAMES = {
  github: 'github.town.example',
  hub: 'hub.town.example',
  proxy: 'egress.town.example',
  registry: 'images.town.example',
  viewer: 'viewer.zone.example',
  content: 'files.zone-content.example',
  warehouse: 'warehouse.zone.example',
} as const;

/** The hosts file of every host. */
export const HOSTS_FILE: Readonly<Record<string, string>> = {
  [NAMES.github]: addressOf('internet'),
  [NAMES.hub]: addressOf('public'),
  [NAMES.proxy]: addressOf('boundary'),
  [NAMES.registry]: addressOf('registry'),
  [NAMES.viewer]: HOSTS.zone[0],
  [NAMES.content]: HOSTS.zone[1],
  [NAMES.warehouse]: addressOf('warehouse'),
};

/** Stands for a resolver of the internet; whoever asks it is written down. */
export const RESOLVER = '198.18.0.53';

/** What an operator writes at the top of each file. */
const DEFINES = {
  zone: {
    HUB: addressOf('public'),
    PROXY: addressOf('boundary'),
    DATABASE: `{ ${addressOf('warehouse')} }`,
    DATABASE_PORT: '5432',
    DESKS: `{ ${addressOf('desk')} }`,
    OPERATORS: `{ ${addressOf('desk')} }`,
    TIME: '{ 10.1.5.1 }',
  },
  database: {
    ZONE: `{ ${addressOf('zone')} }`,
    DATABASE_PORT: '5432',
    OPERATORS: `{ ${addressOf('desk')} }`,
    TIME: '{ 10.1.5.1 }',
  },
  boundary: {
    ZONE: `{ ${addressOf('zone')} }`,
    DUMMY: `{ ${addressOf('dummy')} }`,
    OPERATORS: `{ ${addressOf('office')} }`,
    MONITORS: `{ ${addressOf('office')} }`,
    METRICS_PORTS: '{ 9466 }',
    GITHUB: `{ ${addressOf('internet')}, ${addressOf('registry')} }`,
    RESOLVER: '{ 192.0.2.53 }',
    TIME: '{ 192.0.2.123 }',
  },
  public: {
    OPERATORS: `{ ${addressOf('office')} }`,
    MONITORS: `{ ${addressOf('office')} }`,
    METRICS_PORTS: '{ 9464, 9465 }',
    GITHUB: `{ ${addressOf('internet')} }`,
    RESOLVER: '{ 192.0.2.53 }',
    TIME: '{ 192.0.2.123 }',
  },
} as const;

/** A firewall as it is shipped, every address at its top replaced and nothing else. */
export function firewallOf(host: keyof typeof DEFINES): string {
  const left = new Map<string, string>(Object.entries(DEFINES[host]));
  const file = path.join(packageRoot, 'docs/install', `firewall-${host}.nft`);
  const text = readFileSync(file, 'utf8').replace(/^define (\w+) = [^#\n]+/gm, (_line, name: string) => {
    const value = left.get(name);
    if (value === undefined) throw new Error(`${file} has ${name}, which the test does not know`);
    left.delete(name);
    return `define ${name} = ${value} `;
  });
  if (left.size > 0) throw new Error(`${file} does not have ${[...left.keys()].join(', ')}`);
  return text;
}

/** How the test runs each process: nobody but the agent is root. */
export const USERS = { hub: 64_010, steward: 64_011, proxy: 64_012, airlock: 64_013 } as const;

/** The ways between hosts, each of which the router can take away: in silence, or with a word. */
import type { Network } from './network.ts';
import { HOSTS, type Host } from './places.ts';

/** Which hosts stand at the ends; the hub's database is on the hub's own host. */
export const LINKS = {
  'GitHub and hub': ['internet', 'public'],
  'hub and database': ['public', 'public'],
  'zone and hub': ['zone', 'public'],
  'zone and proxy': ['zone', 'boundary'],
  'proxy and GitHub': ['boundary', 'internet'],
  'proxy and registry': ['boundary', 'registry'],
  'desk and airlock': ['desk', 'zone'],
  'zone and its database': ['zone', 'warehouse'],
} as const satisfies Record<string, readonly [Host, Host]>;
export type Link = keyof typeof LINKS;

/** `silent`: packets vanish, as behind a pulled cable. `refused`: each is answered with a reset, as by a firewall. */
export type Kind = 'silent' | 'refused';
export const KINDS: readonly Kind[] = ['silent', 'refused'];

/** Both ways, connections that stand already too. */
export function cut(network: Network<Host>, link: Link, kind: Kind): void {
  const [one, other] = LINKS[link];
  const verdict = (what: string): string =>
    kind === 'silent'
      ? `${what} drop`
      : `${what} meta l4proto tcp reject with tcp reset\n    ${what} reject with icmpx host-unreachable`;
  const rules =
    one === other
      ? // On the loopback of the one host. A reset goes back over it, and must pass.
        ['sport', 'dport'].map((end) =>
          kind === 'silent'
            ? `tcp ${end} 5432 drop`
            : `tcp ${end} 5432 tcp flags & rst == 0 reject with tcp reset`,
        )
      : [
          verdict(`ip saddr ${set(one)} ip daddr ${set(other)}`),
          verdict(`ip saddr ${set(other)} ip daddr ${set(one)}`),
        ];
  const hook = one === other ? 'input' : 'forward';
  network.load(one === other ? one : 'router', table(`type filter hook ${hook} priority -10;`, rules));
}

export function restore(network: Network<Host>, link: Link): void {
  const [one, other] = LINKS[link];
  network.load(one === other ? one : 'router', 'table inet cut\ndelete table inet cut\n');
}

const set = (host: Host): string => `{ ${HOSTS[host].join(', ')} }`;

const table = (hook: string, rules: readonly string[]): string => `table inet cut
delete table inet cut
table inet cut {
  chain here {
    ${hook}
    ${rules.join('\n    ')}
  }
}
`;

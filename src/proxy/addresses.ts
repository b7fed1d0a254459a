/**
 * Which addresses the proxy connects to. Whoever names a host to it must not be able to make it speak to its own
 * network: a name is looked up once, every address it has must be public, and the connection goes to what was looked at.
 */
import { lookup as systemLookup, type LookupAddress, type LookupOptions } from 'node:dns';
import { BlockList, isIP, isIPv6 } from 'node:net';

/** A host that has an address inside. */
export class NotPublic extends Error {
  constructor() {
    super('the address is not a public one');
    this.name = 'NotPublic';
  }
}

/** Whether an attempt to connect ended so, wherever in the error it stands. */
export function isNotPublic(error: unknown): boolean {
  const { cause, errors } = error as { cause?: unknown; errors?: unknown[] };
  return [error, cause, ...(Array.isArray(errors) ? errors : [])].some((each) => each instanceof NotPublic);
}

// By IANA's registries of special addresses.
const NOT_PUBLIC_4 = (
  '0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12 192.0.0.0/24 192.0.2.0/24 ' +
  '192.88.99.0/24 192.168.0.0/16 198.18.0.0/15 198.51.100.0/24 203.0.113.0/24 224.0.0.0/4 240.0.0.0/4'
).split(' ');
/** Within 2000::/3, which is all that is public of the rest: tunnels that carry an older address, and documentation. */
const NOT_PUBLIC_6 = '2001::/23 2001:db8::/32 2002::/16 3fff::/20'.split(' ');

const inside = new BlockList();
for (const [ranges, family] of [
  [NOT_PUBLIC_4, 'ipv4'],
  [NOT_PUBLIC_6, 'ipv6'],
] as const) {
  for (const range of ranges) {
    const [net = '', bits] = range.split('/');
    inside.addSubnet(net, Number(bits), family);
  }
}
const global6 = new BlockList();
global6.addSubnet('2000::', 3, 'ipv6');

export function isPublicAddress(address: string): boolean {
  if (!isIPv6(address)) return isIP(address) === 4 && !inside.check(address, 'ipv4');
  return global6.check(address, 'ipv6') && !inside.check(address, 'ipv6');
}

/** `registry.example:5000` → `registry.example`. */
export function nameOf(host: string): string {
  return isIPv6(host) ? host : new URL(`https://${host}`).hostname.replace(/^\[|\]$/g, '');
}

type Answer = (error: Error | null, address: string | LookupAddress[], family?: number) => void;
type Lookup = (host: string, options: LookupOptions, answer: Answer) => void;

/** For sockets to look names up with. `privateNames`: whose address may be any. */
export function guardedLookup(
  privateNames: ReadonlySet<string>,
  resolve: typeof systemLookup = systemLookup,
): Lookup {
  return (host, options, answer) => {
    resolve(host, { ...options, all: true }, (error, addresses) => {
      if (error) return answer(error, '');
      const [first] = addresses;
      // One inside among others outside is what a hostile name server would say, and no other.
      if (!first || !(privateNames.has(host) || addresses.every(({ address }) => isPublicAddress(address))))
        return answer(new NotPublic(), '');
      return options.all ? answer(null, addresses) : answer(null, first.address, first.family);
    });
  };
}

/** A host that is an address itself is never looked up. */
export function mayConnect(host: string, privateNames: ReadonlySet<string>): boolean {
  const name = nameOf(host);
  return isIP(name) === 0 || privateNames.has(name) || isPublicAddress(name);
}

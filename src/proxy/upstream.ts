/**
 * How the proxy reaches GitHub: by public addresses, unless proxy.yml says that it stands inside.
 *
 * A name is looked up for the connection itself and every answer is looked at (addresses.ts), so a name
 * server that says something else a moment later changes nothing. Certificates are checked against the name that
 * was asked for, which is also the name in the handshake and in the header Host. No redirect is followed.
 */
import { lookup as systemLookup } from 'node:dns';
import { isIP } from 'node:net';
import { Agent, buildConnector, type Dispatcher } from 'undici';
import { seconds } from '../lib/clock.ts';
import { guardedLookup, mayConnect, nameOf, NotPublic } from './addresses.ts';

export interface UpstreamOptions {
  /** Hosts (`name:port`) that may have an address inside. */
  privateHosts: readonly string[];
  connectSeconds: number;
  /** PEM of authorities to trust instead of the system's. */
  ca?: Buffer;
  /** Default: the system's. */
  resolve?: typeof systemLookup;
}

export function upstreamAgent(options: UpstreamOptions): Dispatcher {
  const names = new Set(options.privateHosts.map(nameOf));
  const connect = buildConnector({
    timeout: seconds(options.connectSeconds),
    lookup: guardedLookup(names, options.resolve ?? systemLookup),
    ...(options.ca ? { ca: options.ca } : {}),
  });
  return new Agent({
    connections: 128,
    keepAliveTimeout: seconds(30),
    connect(asked, done) {
      // An address in place of a name is not looked up.
      const { hostname } = asked;
      const host = isIP(hostname) === 6 ? `[${hostname}]` : hostname;
      if (isIP(hostname) !== 0 && !mayConnect(host, names)) done(new NotPublic(), null);
      else connect(asked, done);
    },
  });
}

/** Which host of the zone asks: whose certificate was shown at the door, and checked there. */
import type { IncomingMessage } from 'node:http';
import { TLSSocket } from 'node:tls';
import { sha256 } from '../../lib/hash.ts';

export interface Client {
  /** The beginning of the SHA-256 of its certificate. */
  certificate: string;
  /** The name in it, where that is one of a host. */
  host?: string;
}

/** Undefined when none was shown, or not one of the zone's authority. */
export function clientOf({ socket }: Pick<IncomingMessage, 'socket'>): Client | undefined {
  if (!(socket instanceof TLSSocket) || !socket.authorized) return undefined;
  // A session that is taken up again carries the certificate it began with.
  const shown = socket.getPeerX509Certificate();
  if (!shown) return undefined;
  const name = /(?:^|\n)CN=([A-Za-z0-9](?:[A-Za-z0-9.-]{0,62}))(?:\n|$)/.exec(shown.subject)?.[1];
  return { certificate: sha256(shown.raw).slice(0, 12), ...(name === undefined ? {} : { host: name }) };
}

/** How doors are tried: with a certificate and without, from this machine's other addresses, with what the engine holds. */
import { readFileSync, statSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import path from 'node:path';
import { connect } from 'node:tls';
import { isLoopback, type WatchSetting } from '../../lib/watch-settings.ts';
import type { EngineTrust, Tls, Watched } from './host.ts';
import { knock, reach, type ClientFiles } from './probes.ts';

const PATIENCE_MS = 5_000;

/** When the certificate that a door shows is over. Whether it is trusted, others ask. Nothing for plain http, and for silence. */
export function shownAt(url: string, client?: ClientFiles): Promise<Tls[]> {
  const { protocol, hostname, port, host } = new URL(url);
  if (protocol !== 'https:') return Promise.resolve([]);
  return new Promise((resolve) => {
    const socket = connect({
      ...{ host: hostname.replace(/^\[|\]$/g, ''), port: Number(port || 443), servername: hostname },
      // Only dates are read, and nothing is sent: an authority that this host does not know has dates, too.
      rejectUnauthorized: false,
      ...(client ? pairOf(client) : {}),
    });
    const end = (seen: Tls[]): void => {
      socket.destroy();
      resolve(seen);
    };
    socket.setTimeout(PATIENCE_MS, () => end([]));
    socket.once('error', () => end([]));
    socket.once('secureConnect', () => {
      const until = Date.parse(socket.getPeerCertificate().valid_to);
      end(Number.isNaN(until) ? [] : [{ path: host, until, names: [] }]);
    });
  });
}

const pairOf = ({ cert_file: cert, key_file: key }: ClientFiles) => {
  try {
    return { cert: readFileSync(cert), key: readFileSync(key) };
  } catch {
    return {};
  }
};

/** What the engine needs of its folder for this registry; undefined where the system's own authorities are enough. */
export async function trustOf(
  zone: {
    proxy: { url: string; ca_file?: string | undefined; client?: ClientFiles | undefined };
    images: { pull: 'never' | 'proxy' };
  },
  certsDir = '/etc/docker/certs.d',
): Promise<EngineTrust | undefined> {
  const { url, ca_file: authority, client } = zone.proxy;
  if (zone.images.pull !== 'proxy' || (!authority && !client)) return undefined;
  const folder = path.join(certsDir, new URL(url).host);
  const wants = [...(authority ? ['ca.crt'] : []), ...(client ? ['client.cert', 'client.key'] : [])];
  const lacking = wants.filter((name) => !isReadable(path.join(folder, name)));
  const at = (name: string): string => path.join(folder, name);
  if (lacking.length > 0) return { folder, lacking, open: [], door: { at: url, error: 'not tried' } };
  const door = await reach(`${url}/v2/`, {
    caFile: authority ? at('ca.crt') : undefined,
    client: client ? { cert_file: at('client.cert'), key_file: at('client.key') } : undefined,
  });
  const open = client && (statSync(at('client.key')).mode & 0o077) !== 0 ? [at('client.key')] : [];
  return { folder, lacking, open, door };
}

function isReadable(place: string): boolean {
  try {
    return readFileSync(place).length > 0;
  } catch {
    return false;
  }
}

const urlHost = (host: string): string => (host.includes(':') ? `[${host}]` : host);

/** Undefined where the settings name no such address. Asked without the token. */
export async function watchedAt(watch: WatchSetting | undefined): Promise<Watched | undefined> {
  if (!watch) return undefined;
  const { listen, tls } = watch;
  const isOpen = !isLoopback(listen.host);
  const at = `${urlHost(listen.host)}:${listen.port}`;
  const [bare, ...elsewhere] = await Promise.all([
    // Its own certificate is the one to be shown, whoever signed it.
    reach(`${tls ? 'https' : 'http'}://${at}/metrics`, { caFile: tls?.cert_file }),
    ...(isOpen ? [] : otherAddresses().map((host) => knock(host, listen.port))),
  ]);
  return { at, isOpen, bare, elsewhere };
}

/** Files that nobody else may read. */
export const watchSecrets = (watch: WatchSetting | undefined): string[] =>
  [watch?.token_file, watch?.tls?.key_file].filter((one) => one !== undefined);

function otherAddresses(): string[] {
  return Object.values(networkInterfaces())
    .flatMap((all) => all ?? [])
    .filter(({ internal, scopeid }) => !internal && !scopeid)
    .map(({ address }) => address);
}

/** What answers from a host, and what does not, asked as an operator would: with curl, by name, and by hand. */
import type { Installation } from './installation.ts';
import type { Host } from './places.ts';

/** Whoever is silent takes all of it. */
const SILENT_S = 3;
/** Whatever answers does so before, however busy the machine is. */
const PATIENCE_S = 20;

/** `200`, or in curl's words why there was no answer at all. */
export async function asks(
  here: Installation,
  from: Host,
  url: string,
  { silent }: { silent: boolean },
): Promise<string> {
  const patience = silent ? SILENT_S : PATIENCE_S;
  const words = ['curl', '-sS', '-m', String(patience), '--cacert', here.folders.authorityFile];
  const { code, said } = await here.network.run(
    from,
    [...words, '-o', '/dev/null', '-w', '%{http_code}', url],
    60_000,
  );
  return code === 0 ? said.trim() : reasonIn(said);
}

/** The text of an answer. */
export async function reads(here: Installation, from: Host, url: string): Promise<string> {
  const words = ['curl', '-sS', '-m', String(PATIENCE_S), '--cacert', here.folders.authorityFile, url];
  return (await here.network.run(from, words, 60_000)).said;
}

function reasonIn(said: string): string {
  if (/timed out/i.test(said)) return 'silence';
  if (/resolve host/i.test(said)) return 'no such name';
  if (/couldn't connect|failed to connect|connection refused|no route/i.test(said)) return 'no connection';
  return said.trim();
}

/** For `node -e`: tries every address given, and prints what came of it and which networks there are. */
export const FROM_INSIDE = `'use strict';
const net = require('node:net');
const os = require('node:os');
const dns = require('node:dns');
const places = process.argv.slice(1);
const tries = places.map((place) => new Promise((resolve) => {
  const [host, port] = place.split(':');
  const socket = net.connect({ host, port: Number(port) });
  const done = (how) => { socket.destroy(); resolve([place, how]); };
  socket.once('connect', () => done('connected'));
  socket.once('error', (error) => done(error.code));
  // What came while the machine stood still is heard before it counts as silence.
  setTimeout(() => setImmediate(() => setImmediate(() => done('silence'))), 2500);
}));
const name = new Promise((resolve) => {
  dns.resolve4('github.com', (error) => resolve(['name', error ? 'unknown' : 'known']));
  setTimeout(() => resolve(['name', 'unknown']), 2500);
});
Promise.all([...tries, name]).then((found) => {
  console.log(JSON.stringify({ networks: Object.keys(os.networkInterfaces()), found: Object.fromEntries(found) }));
  process.exit(0);
});
`;

export interface Inside {
  networks: string[];
  found: Record<string, string>;
}

/** Runs it in a container of the zone's engine: one that is there, or one of an image, on a network of the engine's. */
export async function fromInside(
  here: Installation,
  where: { container: string } | { image: string; network: string },
  places: readonly string[],
): Promise<Inside> {
  const words =
    'container' in where
      ? ['exec', where.container, 'node']
      : ['run', '--rm', '--network', where.network, '--entrypoint', 'node', where.image];
  const { code, said } = await here.zone.docker([...words, '-e', FROM_INSIDE, ...places]);
  if (code !== 0) throw new Error(said);
  return JSON.parse(said) as Inside;
}

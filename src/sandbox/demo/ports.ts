/**
 * Ports nobody uses at this moment, taken where the system gives none away by itself: who asked opens them a while
 * later, and by then one that the system gives away may belong to any connection that was made in between.
 */
import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

/** Connections and listeners that ask for any port are given one from 32768 on by Linux, from 49152 on elsewhere. */
const FIRST = 12_000;
const END = 32_000;
const TRIES = 1000;

/** Given before by this process: whoever has one may not have opened it yet. */
const given = new Set<number>();

export async function freePorts(count: number): Promise<number[]> {
  const ports: number[] = [];
  for (let tries = 0; ports.length < count; tries += 1) {
    if (tries === TRIES) throw new Error(`no free port was found between ${FIRST} and ${END}`);
    const port = randomInt(FIRST, END);
    if (given.has(port) || !(await isFree(port))) continue;
    given.add(port);
    ports.push(port);
  }
  return ports;
}

export async function freePort(): Promise<number> {
  const [port = 0] = await freePorts(1);
  return port;
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}

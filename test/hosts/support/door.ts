/**
 * The way into a namespace for this process, which is in none: a file that a small program on that host listens on. Asked
 * for `host:port` in the first line, it connects from there. A browser and git of a person go through it.
 */
import { connect as connectTo, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { Agent, type Dispatcher } from 'undici';

/** For `node -e`, with the file as argument; prints `ready`. */
export const DOOR_SCRIPT = `'use strict';
const net = require('node:net');
const fs = require('node:fs');
const [file] = process.argv.slice(1);
fs.rmSync(file, { force: true });
net.createServer({ allowHalfOpen: true }, (from) => {
  let head = '';
  from.on('error', () => from.destroy());
  from.on('readable', function first() {
    for (let byte; (byte = from.read(1)) !== null; ) {
      if (byte[0] !== 10) { head += byte; continue; }
      from.off('readable', first);
      const at = head.lastIndexOf(':');
      const to = net.connect({ host: head.slice(0, at), port: Number(head.slice(at + 1)), noDelay: true, allowHalfOpen: true });
      const both = () => { from.destroy(); to.destroy(); };
      to.once('connect', () => { from.write('+\\n'); from.pipe(to); to.pipe(from); });
      to.on('error', (error) => { if (to.connecting || !to.remoteAddress) from.end('-' + error.code + '\\n'); both(); });
      from.on('close', both);
      to.on('close', both);
      return;
    }
  });
}).listen(file, () => console.log('ready'));
`;

/** On a port of this host, everything is passed to a file; for what this process serves. For `node -e`. */
export const HATCH_SCRIPT = `'use strict';
const net = require('node:net');
const [port, file] = process.argv.slice(1);
net.createServer({ allowHalfOpen: true }, (from) => {
  const to = net.connect({ path: file, allowHalfOpen: true });
  const both = () => { from.destroy(); to.destroy(); };
  from.on('error', both); to.on('error', both); from.on('close', both); to.on('close', both);
  from.pipe(to); to.pipe(from);
}).listen(Number(port), '127.0.0.1', () => console.log('ready'));
`;

/** A connection from that host; rejects with what its own attempt ended in (ECONNREFUSED, EHOSTUNREACH, …). */
export function through(file: string, host: string, port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connectTo(file);
    let answer = '';
    const ended = (): void =>
      reject(new Error(`no way to ${host}:${port}: ${answer.slice(1).trim() || 'closed'}`));
    socket.once('error', reject);
    socket.once('close', ended);
    socket.write(`${host}:${port}\n`);
    socket.on('readable', function first() {
      for (let byte: Buffer | null; (byte = socket.read(1) as Buffer | null) !== null; ) {
        if (byte[0] !== 10) {
          answer += byte.toString('latin1');
          continue;
        }
        socket.off('readable', first);
        if (!answer.startsWith('+')) return;
        socket.off('close', ended);
        socket.off('error', reject);
        resolve(socket);
        return;
      }
    });
  });
}

/** For undici: each host name is called from the host that `doorOf` names. */
export function dispatcherThrough(doorOf: (hostname: string) => string, authority: string): Dispatcher {
  return new Agent({
    connect: ({ hostname, port, protocol }, callback) => {
      const secure = protocol === 'https:';
      through(doorOf(hostname), hostname, Number(port || (secure ? 443 : 80))).then(
        (socket) => {
          if (!secure) return callback(null, socket);
          const inside = connectTls({ socket, servername: hostname, ca: authority });
          inside.once('secureConnect', () => callback(null, inside));
          inside.once('error', (error) => callback(error, null));
        },
        (error: unknown) => callback(error instanceof Error ? error : new Error(String(error)), null),
      );
    },
  });
}

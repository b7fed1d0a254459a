/**
 * Whatever else there is in the world, the metadata address of a cloud among it: takes every connection and every
 * datagram, and writes down who came and what they wanted.
 */
import { existsSync, readFileSync } from 'node:fs';

/** For `node -e`, with the file that is written; prints `ready`. */
export const TRAP_SCRIPT = `'use strict';
const net = require('node:net');
const dgram = require('node:dgram');
const fs = require('node:fs');
const [file] = process.argv.slice(1);
const came = (from, to, port) => fs.appendFileSync(file, from.replace('::ffff:', '') + ' ' + to.replace('::ffff:', '') + ':' + port + '\\n');
const ports = [22, 25, 53, 80, 123, 853, 5000, 5432, 8080, 8443];
let left = ports.length + 1;
const ready = () => { if (--left === 0) console.log('ready'); };
for (const port of ports)
  net.createServer((socket) => {
    came(socket.remoteAddress, socket.localAddress, port);
    socket.on('error', () => undefined);
    socket.end('trapped\\n');
  }).listen(port, '0.0.0.0', ready);
const names = dgram.createSocket('udp4');
names.on('message', (_message, from) => came(from.address, 'dns', 53));
names.bind(53, '0.0.0.0', ready);
`;

export interface Visit {
  from: string;
  to: string;
}

/** Who came so far. */
export function visitsIn(file: string): Visit[] {
  if (!existsSync(file)) return [];
  return readFileSync(file, 'utf8')
    .split('\n')
    .filter(Boolean)
    .map((line) => {
      const [from = '', to = ''] = line.split(' ');
      return { from, to };
    });
}

/**
 * The two halves of the way to the database, as one script for the relay image (docs/decisions/0003).
 *
 * `relay` listens in the job's network namespace and passes bytes to a socket file; `door`, in the host's,
 * listens on that file and passes them to the one address it was told. Neither reads what it carries.
 */
export const RELAY_SCRIPT = `'use strict';
const net = require('node:net');
const fs = require('node:fs');
const [half, file, host, port] = process.argv.slice(2);
const there = half === 'relay' ? { path: file } : { host, port: Number(port) };
const here = half === 'relay' ? { host: '127.0.0.1', port: Number(port) } : { path: file };
const server = net.createServer({ allowHalfOpen: true, noDelay: true }, (from) => {
  const to = net.connect({ ...there, allowHalfOpen: true, noDelay: true });
  const both = () => { from.destroy(); to.destroy(); };
  from.on('error', both);
  to.on('error', both);
  from.pipe(to);
  to.pipe(from);
  from.on('close', both);
  to.on('close', both);
});
server.maxConnections = 64;
if (half === 'door') fs.rmSync(file, { force: true });
server.listen(here, () => console.log('ready'));
`;

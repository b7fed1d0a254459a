/**
 * An image that looks like one of RStudio and of JupyterLab to `sallyport launch`, made from this machine's own files:
 * what docs/researchers.md asks of such images, and a program that answers questions about where it runs.
 */
import { buildNodeImage, type NodeImage } from '../../agent/images/node-image.ts';

/** `jupyter lab --ip=… --port=…` as JupyterLab reads it; without words it is RStudio on 8787. */
const TOOL = `'use strict';
const { createHash } = require('node:crypto');
const { readFileSync, writeFileSync } = require('node:fs');
const http = require('node:http');
const net = require('node:net');
const os = require('node:os');
const words = process.argv.slice(2);
const option = (name, other) => (words.find((word) => word.startsWith(name + '=')) ?? name + '=' + other).slice(name.length + 1);
const host = option('--ip', '127.0.0.1');
const port = Number(option('--port', '8787'));
if (process.env.HOSTUID) {
  // As the image of RStudio does: its user gets the person's number, then everything runs as that user.
  writeFileSync('/etc/passwd', 'rstudio:x:' + process.env.HOSTUID + ':0::/:/bin/sh\\n');
  process.setgid(Number(process.env.HOSTUID));
  process.setuid(Number(process.env.HOSTUID));
}
let asked = 0;
const tried = (where) => new Promise((resolve) => {
  const socket = net.connect({ ...where, timeout: 2000 });
  socket.on('connect', () => { socket.destroy(); resolve('connected'); });
  socket.on('error', (error) => resolve(error.code));
  // What came while the machine stood still is heard before it counts as silence.
  socket.on('timeout', () => setImmediate(() => setImmediate(() => { socket.destroy(); resolve('silence'); })));
});
const server = http.createServer(async (request, response) => {
  const url = new URL(request.url, 'http://x');
  asked += 1;
  if (url.pathname === '/quit') process.exit(0);
  if (url.pathname === '/echo') return request.pipe(response);
  if (url.pathname === '/reach') {
    const wheres = JSON.parse(url.searchParams.get('wheres'));
    return response.end(JSON.stringify(await Promise.all(wheres.map(tried))));
  }
  const status = readFileSync('/proc/self/status', 'utf8');
  response.setHeader('Set-Cookie', 'tool=1');
  response.end(JSON.stringify({
    words, asked, headers: request.headers, uid: process.getuid(), cwd: process.cwd(),
    interfaces: Object.keys(os.networkInterfaces()),
    environment: process.env,
    privileges: /NoNewPrivs:\\s*(\\w+)/.exec(status)[1],
  }));
});
server.on('upgrade', (request, socket) => {
  const accept = createHash('sha1').update(request.headers['sec-websocket-key'] + '258EAFA5-E914-47DA-95CA-C5AB0DC85B11').digest('base64');
  socket.write('HTTP/1.1 101 Switching Protocols\\r\\nUpgrade: websocket\\r\\nConnection: Upgrade\\r\\nSec-WebSocket-Accept: ' + accept + '\\r\\nX-Cookies: ' + (request.headers.cookie ?? 'none') + '\\r\\n\\r\\n');
  // Frames come masked, and go back as they came.
  socket.pipe(socket);
});
if (process.env.FAIL) { console.error('no licence for this'); process.exit(3); }
if (process.env.SILENT) setInterval(() => undefined, 1000);
else server.listen(port, host);
`;

export function launchImage(name: string): Promise<NodeImage> {
  return buildNodeImage({
    name,
    files: [
      { path: '/usr/local/bin/jupyter', content: `#!/usr/local/bin/node\n${TOOL}`, mode: 0o755 },
      {
        path: '/usr/local/bin/start',
        content: '#!/bin/bash\nif [ $# -gt 0 ]; then exec "$@"; else exec jupyter; fi\n',
        mode: 0o755,
      },
    ],
    entry: ['/usr/local/bin/start'],
    programs: ['/bin/bash', '/bin/cat'],
  });
}

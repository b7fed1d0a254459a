/** Whoever has left, or says nothing, takes nobody's place at the proxy. */
import { expect, test } from '@jest/globals';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { readBody } from '../../src/proxy/git/body.ts';
import { world } from './proxy-world.ts';

test('the body of a client that left while GitHub was asked is not waited for', async () => {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const client = connect((server.address() as AddressInfo).port, '127.0.0.1');
  client.write('POST / HTTP/1.1\r\nhost: proxy\r\ncontent-length: 4\r\n\r\n0000');
  const [request, response] = (await once(server, 'request')) as [IncomingMessage, ServerResponse];
  const left = once(request.socket, 'close');
  client.destroy();
  await left;

  const limits = { request_bytes: 100, inflated_bytes: 100 };
  const read = await readBody({ request, response, limits, take: () => undefined });

  expect(read.refused?.code).toBe('proxy.git-request');
  server.close();
});

test('one address holds no more than its part of the connections, whatever it says on them', async () => {
  const port = Number(new URL(world.origin).port);
  const many: Socket[] = [];
  let ended = 0;
  const one = new Promise((resolve) => {
    for (let n = 0; n < 501; n += 1) {
      const socket = connect(port, '127.0.0.1');
      socket.on('error', () => undefined);
      socket.on('close', () => {
        ended += 1;
        resolve(undefined);
      });
      many.push(socket);
    }
  });
  await one;
  expect(ended).toBe(1);
  const closed = Promise.all(many.filter((socket) => !socket.closed).map((socket) => once(socket, 'close')));
  for (const socket of many) socket.destroy();
  await closed;
});

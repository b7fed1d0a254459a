/** What apt does with more than a few packages: ten requests on one connection before it has read the first answer. */
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import type { TLSSocket } from 'node:tls';
import { CHANGED, sha256Of } from '../support/archive.ts';
import { packagesWorld, type PackagesWorld } from './packages-world.ts';

/** More than any buffer between the archive and a client that does not read. */
const LARGE = randomBytes(6 * 1024 ** 2);
const SMALL = randomBytes(100);

let world: PackagesWorld;
beforeAll(async () => {
  world = await packagesWorld();
  for (const at of Array.from({ length: 10 }).keys())
    world.archive.files.set(deb(at), at % 3 === 0 ? LARGE : SMALL);
});
afterAll(() => world.close());
afterEach(() => {
  delete world.archive.instead;
  world.archive.seen.length = 0;
  world.log.length = 0;
});

const deb = (at: number): string => `/ubuntu/pool/main/h/hello/hello_${at}_amd64.deb`;
const wrote = (path: string, method = 'GET', ...more: string[]): string =>
  [`${method} ${path} HTTP/1.1`, `Host: ${world.main}:${world.port}`, ...more, '', ''].join('\r\n');

test('ten packages, large and small: in order, each whole, and the connection stays', async () => {
  const socket = await world.connected();
  const ten = [...Array.from({ length: 10 }).keys()];

  socket.write(ten.map((at) => wrote(deb(at))).join(''));
  const answers = await read(
    socket,
    ten.map(() => 'GET'),
  );

  expect(answers.map(({ status, sum }) => [status, sum])).toEqual(
    ten.map((at) => [200, sha256Of(world.archive.files.get(deb(at))!)]),
  );
  expect(answers.map(({ headers }) => headers.get('connection'))).toEqual(ten.map(() => 'keep-alive'));
  expect(world.archive.seen.map(({ url }) => url)).toEqual(ten.map(deb));

  socket.write(wrote(deb(1)));
  expect(await read(socket, ['GET'])).toMatchObject([{ status: 200, sum: sha256Of(SMALL) }]);
  socket.destroy();
});

test('a connection on which hundreds of requests wait is ended', async () => {
  const socket = await world.connected();
  const closed = new Promise((resolve) => socket.once('close', resolve));
  socket.on('error', () => undefined);
  socket.write(wrote(deb(0)).repeat(200));
  await closed;
  expect(world.archive.seen.length).toBeLessThan(33);
});

test('what has no body, a part of one or a refusal, between whole files, says where it ends', async () => {
  const socket = await world.connected();
  const asked: [method: string, path: string, ...more: string[]][] = [
    ['GET', deb(0)],
    ['HEAD', deb(3)],
    ['GET', deb(1), `If-Modified-Since: ${CHANGED}`],
    ['GET', deb(3), 'Range: bytes=1000-', `If-Range: ${CHANGED}`],
    ['GET', '/ubuntu/dists/mantic/InRelease'],
    ['GET', deb(99)],
    ['GET', '/ubuntu/'],
    ['GET', deb(2)],
  ];

  socket.write(asked.map(([method, path, ...more]) => wrote(path, method, ...more)).join(''));
  const answers = await read(
    socket,
    asked.map(([method]) => method),
  );

  expect(answers.map(({ status }) => status)).toEqual([200, 200, 304, 206, 403, 404, 403, 200]);
  expect([0, 3, 7].map((at) => answers[at]!.sum)).toEqual([LARGE, LARGE.subarray(1000), SMALL].map(sha256Of));
  expect(answers[1]!.headers.get('content-length')).toBe(`${LARGE.length}`);
  socket.destroy();
});

test('a client that reads later gets them all; nothing is fetched for it meanwhile', async () => {
  let begun = (): void => undefined;
  const first = new Promise<void>((done) => (begun = done));
  world.archive.instead = () => (begun(), false);
  const socket = await world.connected();
  socket.pause();
  socket.write([0, 3, 1].map((at) => wrote(deb(at))).join(''));
  await first;
  // Another host's question is answered meanwhile, and says how far this one has come.
  expect((await world.ask(deb(2))).status).toBe(200);
  expect(world.archive.seen.map(({ url }) => url)).toEqual([deb(0), deb(2)]);

  const answers = await read(socket, ['GET', 'GET', 'GET']);

  expect(answers.map(({ sum }) => sum)).toEqual([LARGE, LARGE, SMALL].map(sha256Of));
  socket.destroy();
});

test('an answer that breaks off takes its connection along; those behind it are not fetched', async () => {
  world.archive.instead = ({ url }, response) => {
    if (url !== deb(1)) return false;
    response.writeHead(200, { 'content-length': 1000 }).write('some', () => response.destroy());
    return true;
  };
  const socket = await world.connected();

  socket.write([0, 1, 2].map((at) => wrote(deb(at))).join(''));
  await expect(read(socket, ['GET', 'GET', 'GET'])).rejects.toThrow('closed after 1 of 3');

  expect(await world.logged({ status: 0 })).not.toHaveProperty('rule');
  expect(world.archive.seen.map(({ url }) => url)).toEqual([deb(0), deb(1)]);
});

interface Read {
  status: number;
  headers: Map<string, string>;
  /** SHA-256 of its body. */
  sum: string;
}

/** One answer for each of `methods`, whole; throws when the connection closes before. */
async function read(socket: TLSSocket, methods: readonly string[]): Promise<Read[]> {
  const found: Read[] = [];
  let pieces: Buffer[] = [];
  let size = 0;
  let needs = 0;
  return new Promise((done, fail) => {
    const closed = (): void => fail(new Error(`closed after ${found.length} of ${methods.length}`));
    const take = (piece: Buffer): void => {
      pieces.push(piece);
      size += piece.length;
      while (size > 0 && size >= needs && found.length < methods.length) {
        const bytes = Buffer.concat(pieces);
        const next = cut(bytes, methods[found.length]!);
        if (next.read) found.push(next.read);
        const rest = next.read ? bytes.subarray(next.needs) : bytes;
        pieces = [rest];
        size = rest.length;
        needs = next.read ? 0 : next.needs;
      }
      if (found.length < methods.length) return;
      socket.off('data', take).off('close', closed);
      if (size === 0) done(found);
      else fail(new Error('more came than was asked for'));
    };
    socket.on('data', take).once('close', closed).resume();
  });
}

/** The first answer in `bytes`, once all of it is there; `needs`: its size, as far as can be said yet. */
function cut(bytes: Buffer, method: string): { needs: number; read?: Read } {
  const end = bytes.indexOf('\r\n\r\n');
  if (end < 0) return { needs: bytes.length + 1 };
  const [line = '', ...lines] = bytes.subarray(0, end).toString('latin1').split('\r\n');
  const headers = new Map(
    lines.map((one) => {
      const [name = '', value = ''] = one.split(/: (.*)/);
      return [name.toLowerCase(), value];
    }),
  );
  const status = Number(line.split(' ')[1]);
  const from = end + 4;
  let needs = from;
  if (headers.get('transfer-encoding') === 'chunked') {
    const last = bytes.indexOf('0\r\n\r\n', from);
    if (last < 0) return { needs: bytes.length + 1 };
    needs = last + 5;
  } else if (method !== 'HEAD' && status !== 304) needs = from + Number(headers.get('content-length'));
  if (bytes.length < needs) return { needs };
  return { needs, read: { status, headers, sum: sha256Of(bytes.subarray(from, needs)) } };
}

/**
 * PGlite behind a socket: the zone's database where no PostgreSQL is installed.
 *
 * PGlite is one backend without a server: this door asks for a password, lets one client in at a
 * time (the next one waits), and clears the session after each. PGlite cannot be asked to stop a
 * running query, so this is for the demo alone; a real zone has a PostgreSQL server.
 */
import type { Socket } from 'node:net';
import type { PGlite } from '@electric-sql/pglite';
import { sameSecret } from '../../../lib/hash.ts';

export interface Account {
  user: string;
  password: string;
}

const SSL_REQUEST = 80877103;
const GSS_REQUEST = 80877104;
const PROTOCOL_3 = 196608;
/** A frame says its own length: beyond this the client is not speaking the protocol. */
const LONGEST = 16 * 1024 * 1024;

/** What to do with a connection: it waits its turn. */
export function doorkeeper(db: PGlite, account: Account): (socket: Socket) => void {
  let last: Promise<void> = Promise.resolve();
  return (socket) => {
    // Without it every small answer waits 44 ms for the acknowledgement of the one before.
    socket.setNoDelay(true);
    socket.on('error', () => socket.destroy());
    last = last.then(() => serve(db, account, socket)).catch(() => void socket.destroy());
  };
}

async function serve(db: PGlite, account: Account, socket: Socket): Promise<void> {
  if (socket.destroyed) return;
  try {
    const frames = read(socket);
    if (!(await admit(frames, account, socket))) return;
    for await (const frame of frames) {
      if (frame[0] === 0x58) break; // X: terminate
      await write(socket, await db.execProtocolRaw(frame));
    }
  } finally {
    socket.end();
    await clear(db);
  }
}

async function admit(
  frames: AsyncGenerator<Buffer, void, undefined>,
  account: Account,
  socket: Socket,
): Promise<boolean> {
  const user = await greet(frames, socket);
  if (user === undefined) return false;
  socket.write(message('R', int32(3)));
  const answer = (await frames.next()).value;
  const password = answer?.[0] === 0x70 ? answer.subarray(5, -1).toString() : '';
  if (!sameSecret(user, account.user) || !sameSecret(password, account.password)) {
    socket.end(errorResponse('28P01', 'password authentication failed'));
    return false;
  }
  socket.write(
    Buffer.concat([
      message('R', int32(0)),
      ...[
        ['server_version', '18.0'],
        ['client_encoding', 'UTF8'],
        ['DateStyle', 'ISO, MDY'],
        ['standard_conforming_strings', 'on'],
      ].map((pair) => message('S', Buffer.from(`${pair.join('\0')}\0`))),
      message('K', Buffer.alloc(8)),
      message('Z', Buffer.from('I')),
    ]),
  );
  return true;
}

/** The user who wants in, after answering "no" to encryption as often as it is asked for. */
async function greet(
  frames: AsyncGenerator<Buffer, void, undefined>,
  socket: Socket,
): Promise<string | undefined> {
  for (;;) {
    const first = (await frames.next()).value;
    if (!first) return undefined;
    const code = first.readInt32BE(4);
    if (code === SSL_REQUEST || code === GSS_REQUEST) {
      socket.write('N');
      continue;
    }
    if (code !== PROTOCOL_3) return undefined;
    const words = first.subarray(8).toString().split('\0');
    const at = words.findIndex((word, index) => index % 2 === 0 && word === 'user');
    return at < 0 ? '' : (words[at + 1] ?? '');
  }
}

/** Whole frames as they come.. */
async function* read(socket: Socket): AsyncGenerator<Buffer, void, undefined> {
  let held: Buffer = Buffer.alloc(0);
  let typed = false;
  for await (const chunk of socket as AsyncIterable<Buffer>) {
    held = held.length === 0 ? chunk : Buffer.concat([held, chunk]);
    for (;;) {
      const skip: number = typed ? 1 : 0;
      if (held.length < skip + 4) break;
      const length = held.readInt32BE(skip) + skip;
      if (length < skip + 4 || length > LONGEST) return;
      if (held.length < length) break;
      const frame = held.subarray(0, length);
      held = held.subarray(length);
      // After the start-up message everything has a type; encryption requests keep the untyped form.
      if (!typed && frame.readInt32BE(4) === PROTOCOL_3) typed = true;
      yield frame;
    }
  }
}

async function write(socket: Socket, bytes: Uint8Array): Promise<void> {
  if (bytes.length === 0 || socket.destroyed) return;
  if (!socket.write(bytes)) {
    await new Promise<void>((resolve) => {
      const done = () => {
        socket.off('drain', done);
        socket.off('close', done);
        resolve();
      };
      socket.on('drain', done);
      socket.on('close', done);
    });
  }
}

/** What a client may leave behind: an unfinished extended query, a transaction, settings, cursors. */
async function clear(db: PGlite): Promise<void> {
  await db.execProtocolRaw(message('S', Buffer.alloc(0)));
  for (const sql of ['rollback', 'discard all'])
    await db.execProtocolRaw(message('Q', Buffer.from(`${sql}\0`)));
}

function message(type: string, body: Buffer): Buffer {
  return Buffer.concat([Buffer.from(type), int32(body.length + 4), body]);
}

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
}

function errorResponse(code: string, says: string): Buffer {
  return message('E', Buffer.from(`SFATAL\0VFATAL\0C${code}\0M${says}\0\0`));
}

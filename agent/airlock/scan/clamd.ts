/**
 * What clamd says of bytes: its protocol over a local socket, one connection per question.
 *
 *   zVERSION\0                                      → `ClamAV 1.4.6/27000/Mon Oct  5 …\0`
 *   zINSTREAM\0, then <4 bytes length><bytes>…, 0   → `stream: OK\0`, `stream: <name> FOUND\0`, `… ERROR\0`
 *
 * Nothing it says is believed beyond that: an answer that is too long, comes too soon, is cut off or is
 * none of these confirms nothing. Protocol: clamd(8), "COMMANDS".
 */
import { connect, type Socket } from 'node:net';

/** This machine only. */
export type ClamdPlace = { path: string } | { host: string; port: number };

export type Said =
  | { said: string }
  /** Nobody is there · it took too long · it broke off, or said too much or too soon. */
  | { trouble: 'away' | 'timeout' | 'broken' };

export interface Question {
  command: 'VERSION' | 'INSTREAM';
  body?: AsyncIterable<Buffer>;
  timeoutMs: number;
}

const MAX_ANSWER = 4096;

/** One question, one answer, always within `timeoutMs`; never rejects. */
export function ask(place: ClamdPlace, { command, body, timeoutMs }: Question): Promise<Said> {
  return new Promise((resolve) => {
    const socket = connect(place);
    let state: 'connecting' | 'sending' | 'sent' = 'connecting';
    let heard = Buffer.alloc(0);
    const end = (said: Said): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve(said);
    };
    const timer = setTimeout(() => end({ trouble: 'timeout' }), timeoutMs);
    const lost = (): void => end({ trouble: state === 'connecting' ? 'away' : 'broken' });
    socket.on('connect', () => {
      state = 'sending';
      send(socket, command, body).then(
        () => (state = 'sent'),
        // The bytes could not be read; or the other side is gone, which `close` tells.
        () => end({ trouble: 'broken' }),
      );
    });
    socket.on('data', (chunk: Buffer) => {
      heard = Buffer.concat([heard, chunk]);
      const zero = heard.indexOf(0);
      if (zero < 0) {
        if (heard.length > MAX_ANSWER) end({ trouble: 'broken' });
        return;
      }
      // An answer about what has not been sent yet is none.
      end(state === 'sent' ? { said: heard.toString('latin1', 0, zero) } : { trouble: 'broken' });
    });
    socket.on('error', lost);
    socket.on('close', lost);
  });
}

async function send(
  socket: Socket,
  command: Question['command'],
  body: AsyncIterable<Buffer> | undefined,
): Promise<void> {
  await write(socket, Buffer.from(`z${command}\0`));
  if (!body) return;
  for await (const chunk of body) {
    if (chunk.length === 0) continue;
    const length = Buffer.alloc(4);
    length.writeUInt32BE(chunk.length);
    await write(socket, Buffer.concat([length, chunk]));
  }
  await write(socket, Buffer.alloc(4));
}

/** Handed to the other side before the next piece is read: what is not taken is not held here. */
function write(socket: Socket, bytes: Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    if (socket.destroyed) {
      reject(new Error('the connection is closed'));
      return;
    }
    socket.write(bytes, (error) => (error ? reject(error) : resolve()));
  });
}

/**
 * The content origin: hands out the bytes of files, and nothing else. No cookie is read or set; an address
 * names the session it was made for, and that session's rights are asked again for every answer.
 *
 * What counts as having seen a file: a plain GET by the page's script or frame, whose last byte was handed
 * to a connection that stayed open. Everything else is answered or not, and never counts.
 */
import { pipeline } from 'node:stream/promises';
import type { Request, Response } from 'express';
import type { AirlockRoom, Delivery, Opened } from '../../../agent/airlock/face.ts';
import { liveSession, type SignInParts } from '../../../agent/airlock/sign-in/sign-in.ts';
import type { Logger } from '../../../src/lib/logger.ts';
import { isRefusal } from '../../../src/lib/refusal.ts';
import type { Session } from '../../../src/release/types.ts';
import { addressOf } from './address.ts';
import { contentHeaders } from './content-headers.ts';
import type { HeldLook, Looks } from './looks.ts';
import type { Site } from './site.ts';

export interface ContentParts {
  room: AirlockRoom;
  signIn: SignInParts;
  looks: Looks;
  app: Site;
  logger: Logger;
}

/** Where a script of ours, a picture or a frame in the page asks from. A new tab is `document`. */
const IN_PAGE = ['empty', 'image', 'iframe'];

export async function handOut(parts: ContentParts, request: Request, response: Response): Promise<void> {
  const look = parts.looks.byToken(String(request.params['token']));
  const session = look && (await sessionOf(parts, look));
  if (!look || !session || look.from !== addressOf(request)) return gone(response);
  const delivery: Delivery = {
    session,
    method: request.method === 'HEAD' ? 'HEAD' : 'GET',
    purpose: purposeOf(look, request),
    range: request.headers.range !== undefined || request.headers['if-range'] !== undefined,
  };
  const opened = await parts.room.open(session.person, delivery, look.where);
  if (isRefusal(opened)) return gone(response);
  // Other bytes than the page speaks of: the page has to be made again.
  if (look.file.sha256 !== undefined && look.file.sha256 !== opened.sha256) return gone(response);
  response.set(contentHeaders(opened, delivery));
  if (delivery.method === 'HEAD') return void response.end();
  const sent = send(parts, opened, response);
  if (delivery.purpose === 'page') look.deliveries.push(sent);
  await sent;
}

async function sessionOf(parts: ContentParts, look: HeldLook): Promise<Session | undefined> {
  const found = await liveSession(parts.signIn, look.session);
  if (typeof found === 'string' || found.person !== look.person) return undefined;
  const { id, person, strength, signedInAt } = found;
  return { id, person, strength, signedInAt };
}

/** A page's own fetch says `empty`, its pictures and frames say so too; whatever else asks is only a preview. */
function purposeOf(look: HeldLook, request: Request): Delivery['purpose'] {
  if (look.purpose !== 'page') return look.purpose;
  const { 'sec-purpose': secPurpose, purpose, 'x-moz': moz, 'sec-fetch-dest': dest } = request.headers;
  if ([secPurpose, purpose, moz].some((value) => value !== undefined)) return 'prefetch';
  return typeof dest === 'string' && IN_PAGE.includes(dest) ? 'page' : 'preview';
}

/** The room's name of the delivery once it is complete; undefined when it is not. */
async function send(
  { room, logger }: ContentParts,
  opened: Opened,
  response: Response,
): Promise<string | undefined> {
  const { socket } = response;
  let taken = 0;
  let stayedOpen = false;
  // Before the server's own listener, which may end the connection: flushed to a socket that is still there.
  response.prependOnceListener('finish', () => {
    stayedOpen = socket !== null && socket.writable && socket.errored === null;
  });
  const bytes = opened.read().on('data', (chunk: Buffer) => {
    taken += chunk.length;
  });
  try {
    await pipeline(bytes, response);
  } catch (error) {
    // The browser went away, or the store failed: either way it is not complete.
    response.destroy();
    logger.info({ code: 'viewer.cut-off', name: (error as Error).name }, 'A delivery was cut off');
  }
  const whole = stayedOpen && taken === opened.size;
  await room.sent(opened.load, whole ? taken : Math.min(taken, Math.max(0, opened.size - 1)));
  return whole ? opened.load : undefined;
}

function gone(response: Response): void {
  response.status(404).type('text').send('Not found');
}

/** What the hub's doors for the zone and for operators share: bodies as they came, answers as JSON. */
import express, {
  type ErrorRequestHandler,
  type NextFunction,
  type Request,
  type RequestHandler,
  type Response,
} from 'express';
import { isRefusal, type Refusal } from '../lib/refusal.ts';
import type { Clock } from '../lib/clock.ts';
import { whenOver } from '../lib/when-over.ts';
import {
  commonVersion,
  signerOf,
  spokenText,
  VERSION_HEADER,
  WE_SPEAK,
  type Asker,
  type KeysOf,
} from '../protocol/protocol.ts';
import { HeldBytes } from './held-bytes.ts';
import * as words from './words.ts';

/**
 * Says in every answer which versions of the protocol this hub speaks, and refuses whoever speaks none of them.
 * Mount it before the doors at which `asker` knocks: it reads no body.
 */
export function speakVersions(asker: Asker): RequestHandler {
  return (request: Request, response: Response, next: NextFunction): void => {
    response.set(VERSION_HEADER, spokenText());
    const common = versionOf(request, asker);
    if (isRefusal(common)) return send(response, 400, common);
    next();
  };
}

/** The newest version that the caller speaks too. */
export function versionOf(request: Request, asker: Asker): number | Refusal {
  return commonVersion('hub', request.get(VERSION_HEADER), WE_SPEAK, asker);
}

/** The bytes are kept as they are: tokens are bound to them. */
export function rawBody(limit: number): RequestHandler {
  return express.raw({ type: () => true, limit });
}

interface Bounds {
  /** Bytes at most. */
  limit: number;
  /** Answers with the status that belongs to the refusal's code. */
  refuse: (response: Response, no: Refusal) => void;
}

export interface HeldBody extends Bounds {
  /** Who signed, by the header alone; undefined for somebody who has been answered. */
  callerOf: (request: Request, response: Response) => Promise<string | undefined>;
}

export interface SignedBody extends Bounds {
  clock: Clock;
  /** Whose keys count at this moment. */
  keysOf: () => KeysOf | Refusal;
}

/** So many of the largest bodies may be under way for one caller: the hub's memory is not one agent's to fill. */
const LARGEST_AT_ONCE = 4;
/** A small one counts as this part of the largest, so that there are not too many of them either: an open poll, or a wait for the database. */
const LEAST_OF_THE_LARGEST = 16;

/** For who holds a key of the zone. */
export function signedBody({
  clock,
  keysOf,
  ...bounds
}: SignedBody): (RequestHandler | ErrorRequestHandler)[] {
  const callerOf = async (request: Request, response: Response): Promise<string | undefined> => {
    const keys = keysOf();
    if (isRefusal(keys)) return void bounds.refuse(response, keys);
    const signer = await signerOf({ authorization: request.get('authorization'), keysOf: keys, clock });
    if (isRefusal(signer)) return void send(response, 401, signer);
    return `${signer.backend}/${signer.agent}`;
  };
  return heldBody({ ...bounds, callerOf });
}

/**
 * Reads a body only for who holds a key, and only so much at once for each: nobody else can make the hub keep
 * megabytes, and nobody keeps others out. Whether the signature is for this very body is asked when it is there.
 */
export function heldBody({ limit, refuse, callerOf }: HeldBody): (RequestHandler | ErrorRequestHandler)[] {
  const held = new HeldBytes(LARGEST_AT_ONCE * limit);
  const signed = async (request: Request, response: Response, next: NextFunction): Promise<void> => {
    // Who does not say how long it is may send the longest.
    const bytes = Number(request.get('content-length') ?? limit);
    if (bytes > limit) return refuse(response, words.messageTooLarge(limit));
    const caller = await callerOf(request, response);
    // Gone in the meantime: nothing would tell when it is over.
    if (caller === undefined || request.socket.destroyed) return;
    const counted = Math.max(bytes, limit / LEAST_OF_THE_LARGEST);
    if (!held.take(caller, counted)) return send(response, 429, words.tooMuchAtOnce());
    whenOver(request, response, () => held.giveBack(caller, counted));
    next();
  };
  const refused = (error: unknown, _request: Request, response: Response, next: NextFunction): void => {
    const type = (error as { type?: unknown } | null)?.type;
    if (type === 'entity.too.large') return refuse(response, words.messageTooLarge(limit));
    if (type === 'encoding.unsupported') return refuse(response, words.messageMalformed('it is compressed'));
    if (type === 'request.aborted' || type === 'request.size.invalid')
      return refuse(response, words.messageMalformed('it is cut off'));
    next(error);
  };
  return [signed, express.raw({ type: () => true, limit, inflate: false }), refused];
}

export function bytesOf(request: Request): Buffer {
  return Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
}

/** Undefined, which no message is, when it is not JSON. */
export function parse(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    return undefined;
  }
}

export function send(response: Response, status: number, { code, says, next }: Refusal): void {
  if (!response.writableEnded) response.status(status).json({ code, says, next });
}

/** Answers a body above the limit; any other error goes on. */
export function refuseTooLarge(limit: number) {
  return (error: unknown, _request: Request, response: Response, next: NextFunction): void => {
    if (!isTooLarge(error)) return next(error);
    send(response, 413, words.messageTooLarge(limit));
  };
}

function isTooLarge(error: unknown): boolean {
  return (
    typeof error === 'object' && error !== null && (error as { type?: unknown }).type === 'entity.too.large'
  );
}

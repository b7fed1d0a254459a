/**
 * The ledger as the hub serves it: C2SP tlog-tiles beneath `/log`, rows of the database and nothing else.
 *
 * Whatever has a path never changes, the checkpoint apart; a cache in front may keep it for ever.
 */
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { Router, type Request, type Response } from 'express';
import type { Db } from './db/database.ts';
import { lastCheckpoint, servedTile, type LogKeys } from './db/log.ts';
import { parseTilePath } from './ledger/ledger.ts';

const FOR_EVER = 'public, max-age=31536000, immutable';
const A_MOMENT = 'public, max-age=2';
const TEXT = 'text/plain; charset=utf-8';

export function logRoutes(db: Db, keys: LogKeys | undefined): Router {
  const log = Router();
  log.get('/log/checkpoint', async (_request, response) => {
    const note = await lastCheckpoint(db);
    if (note === undefined) return nothing(response);
    send(response, note, { type: TEXT, cache: A_MOMENT });
  });
  // For convenience: whoever wants to be sure asks somebody else for the key.
  log.get('/log/key', (_request, response) => {
    if (!keys) return nothing(response);
    send(response, keys.signers.map(({ text }) => `${text}\n`).join(''), { type: TEXT, cache: A_MOMENT });
  });
  log.get(/^\/log\/tile\//, async (request, response) => {
    const tile = parseTilePath(request.path.slice('/log/'.length));
    const bytes = tile && (await servedTile(db, tile));
    if (!bytes) return nothing(response);
    const form = { type: 'application/octet-stream', cache: FOR_EVER };
    if (tile.level !== 'entries') return send(response, bytes, form);
    response.set('vary', 'accept-encoding');
    if (!takesGzip(request)) return send(response, bytes, form);
    response.set('content-encoding', 'gzip');
    send(response, await promisify(gzip)(bytes), form);
  });
  return log;
}

function send(response: Response, body: string | Uint8Array, form: { type: string; cache: string }): void {
  response.set({
    'content-type': form.type,
    'cache-control': form.cache,
    'x-content-type-options': 'nosniff',
    // Public, and checked in browsers of other pages too.
    'access-control-allow-origin': '*',
  });
  response.end(body);
}

function nothing(response: Response): void {
  response.set({ 'cache-control': 'no-store', 'access-control-allow-origin': '*' });
  response.status(404).type(TEXT).send('There is nothing here\n');
}

const takesGzip = (request: Request): boolean => request.acceptsEncodings(['gzip', 'identity']) === 'gzip';

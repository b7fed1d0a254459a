/** The public log over HTTP: what the hub serves, what a stranger's command makes of it. */
import { afterEach, expect, test } from '@jest/globals';
import express from 'express';
import { once } from 'node:events';
import { request, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';
import type { Db } from '../../src/db/database.ts';
import type { LogKeys } from '../../src/db/log.ts';
import { record } from '../../src/db/record.ts';
import { numberLeaves } from '../../src/db/sequencer.ts';
import { logRoutes } from '../../src/hub-log.ts';
import { readBundle } from '../../src/ledger/ledger.ts';
import { onOneDatabase } from '../support/database.ts';
import { aSigner, ORIGIN, otherSigner } from '../support/log.ts';

const keys: LogKeys = { origin: ORIGIN, signers: [aSigner(), otherSigner()] };

onOneDatabase((open) => {
  let server: Server | undefined;
  afterEach(() => void server?.close());

  async function serve(db: Db, given: LogKeys | undefined = keys): Promise<void> {
    server = express().use(logRoutes(db, given)).listen(0, '127.0.0.1');
    await once(server, 'listening');
  }

  /** Nothing unpacked, nothing added: what goes over the wire. */
  async function get(path: string, headers: Record<string, string> = {}) {
    const { port } = server?.address() as AddressInfo;
    const asked = request({ port, path, host: '127.0.0.1', headers }).end();
    const [answer] = (await once(asked, 'response')) as [IncomingMessage];
    const parts: Buffer[] = [];
    for await (const part of answer) parts.push(part as Buffer);
    return { status: answer.statusCode, headers: answer.headers, body: Buffer.concat(parts) };
  }

  async function write(db: Db, count: number): Promise<void> {
    await db.transaction((tx) =>
      record(
        tx,
        ...Array.from({ length: count }, (_, at) => ({
          time: '2027-03-01T09:00:00.000Z',
          type: 'request' as const,
          actor: 'hub',
          subject: `request:${at}`,
          policy_commit: null,
          body: { event: 'cancelled', actions: { count: 1, list: ['ä'] } },
        })),
      ),
    );
    while ((await numberLeaves(db, 10_000, { keys, now: 1 })) > 0);
  }

  test('the checkpoint is text for a moment, tiles are bytes for ever', async () => {
    const { db } = await open();
    await write(db, 300);
    await serve(db);

    const checkpoint = await get('/log/checkpoint');
    expect(checkpoint.body.toString()).toMatch(/^ledger\.example\/northshire\n300\n/);
    expect([checkpoint.headers['content-type'], checkpoint.headers['cache-control']]).toEqual([
      'text/plain; charset=utf-8',
      'public, max-age=2',
    ]);
    for (const [path, length] of [
      ['/log/tile/0/000', 8192],
      ['/log/tile/0/001.p/44', 44 * 32],
      ['/log/tile/0/001.p/43', 43 * 32],
      ['/log/tile/1/000.p/1', 32],
    ] as const) {
      const tile = await get(path);
      expect([tile.status, tile.body.length]).toEqual([200, length]);
      expect(tile.headers).toMatchObject({
        'content-type': 'application/octet-stream',
        'cache-control': 'public, max-age=31536000, immutable',
        'x-content-type-options': 'nosniff',
        'access-control-allow-origin': '*',
      });
    }
    expect((await get('/log/key')).body.toString()).toBe(`${aSigner().text}\n${otherSigner().text}\n`);
  });

  test('bundles of entries are packed for whoever takes that', async () => {
    const { db } = await open();
    await write(db, 257);
    await serve(db);

    const packed = await get('/log/tile/entries/000', { 'accept-encoding': 'gzip, identity' });
    const plain = await get('/log/tile/entries/000');
    expect(packed.headers).toMatchObject({ 'content-encoding': 'gzip', vary: 'accept-encoding' });
    expect(plain.headers['content-encoding']).toBeUndefined();
    expect(gunzipSync(packed.body)).toEqual(plain.body);
    expect(packed.body.length).toBeLessThan(plain.body.length / 5);
    const entries = readBundle({ level: 'entries', index: 0, width: 256 }, plain.body) as Uint8Array[];
    expect(JSON.parse(Buffer.from(entries[255]!).toString())).toMatchObject({ subject: 'request:255' });
    expect((await get('/log/tile/entries/001.p/1', { 'accept-encoding': 'gzip;q=0' })).status).toBe(200);
  });

  test('what is not there is nowhere, however it is asked for, and nobody keeps that', async () => {
    const { db } = await open();
    await write(db, 3);
    await serve(db);
    for (const path of [
      '/log/tile/0/001',
      '/log/tile/0/000.p/4',
      '/log/tile/1/000.p/1',
      '/log/tile/entries/000.p/4',
      '/log/tile/0/0',
      '/log/tile/0/000.p/0',
      '/log/tile/0/x000/000',
      '/log/tile/0/..%2f0/000',
      '/log/tile/64/000',
      '/log/tile/entries/%00',
      '/log/tile/0/x999/x999/x999/x999/x999/999',
      '/log/tile/',
      '/log/nothing',
    ]) {
      const answer = await get(path);
      expect([path, answer.status]).toEqual([path, 404]);
      if (path.startsWith('/log/tile/')) expect(answer.headers['cache-control']).toBe('no-store');
    }
  });

  test('a hub without a key for the log serves tiles, and no checkpoint', async () => {
    const { db } = await open();
    await db.transaction((tx) =>
      record(tx, {
        ...{ time: '2027-03-01T09:00:00.000Z', type: 'job', actor: 'hub', subject: 'job:1' },
        policy_commit: null,
        body: { event: 'requeued', request: '1', attempts: 1 },
      }),
    );
    await numberLeaves(db);
    server = express().use(logRoutes(db, undefined)).listen(0, '127.0.0.1');
    await once(server, 'listening');

    expect((await get('/log/checkpoint')).status).toBe(404);
    expect((await get('/log/key')).status).toBe(404);
    expect((await get('/log/tile/0/000.p/1')).status).toBe(200);
  });
});

/** The hub's door for the steward, over HTTP: who comes in, and what they are given. */
import { createServer, type Server } from 'node:http';
import { connect, type Socket } from 'node:net';
import { afterEach, expect, test } from '@jest/globals';
import express from 'express';
import { repositories } from '../../src/db/schema/github.ts';
import { publicationEditions, publications } from '../../src/db/schema/publications.ts';
import { Signals } from '../../src/jobs/jobs.ts';
import type { Clock } from '../../src/lib/clock.ts';
import { randomIds } from '../../src/lib/ids.ts';
import { newKeyPair } from '../../src/lib/keys.ts';
import { createLogger } from '../../src/lib/logger.ts';
import {
  PROTOCOL,
  signStewardRequest,
  STEWARD_PATHS,
  type PublishOrder,
} from '../../src/protocol/protocol.ts';
import { STEWARD_ROUND_PATH } from '../../src/protocol/steward-rounds.ts';
import {
  decidePublication,
  publicationById,
  requestPublication,
  retryEditions,
  stewardRoutes,
} from '../../src/publication/publication.ts';
import { onOneDatabase } from '../support/database.ts';
import { FILES, must, OWNER, PUBLIC_STUDY, publicationDeps, RELEASE, WHO } from '../support/publication.ts';
import { REPOSITORY } from '../support/governance.ts';
import { answeredUnsent, listen } from '../support/zone.ts';

const KEY = newKeyPair();
let server: Server | undefined;
afterEach(async () => {
  server?.closeAllConnections();
  await new Promise((done) => (server ? server.close(done) : done(undefined)));
});

onOneDatabase((open) => {
  async function aHub(known = true) {
    const deps = publicationDeps(await open());
    deps.releases.add();
    if (known)
      await deps.db.insert(repositories).values({ ...PUBLIC_STUDY, installationId: 1, updatedAt: 0 });
    const stop = new AbortController();
    const door = {
      ...deps,
      governance: () => deps.governed,
      logger: createLogger('hub', { level: 'silent' }),
      signals: new Signals(),
      keys: [KEY.publicKey],
      audience: '',
      stop: stop.signal,
    };
    server = createServer(express().use(stewardRoutes(door)));
    const origin = (door.audience = await listen(server));
    const post = async (path: string, message: object, key = KEY): Promise<Response> => {
      const body = JSON.stringify({ protocol: PROTOCOL, ...message });
      const token = await signStewardRequest({
        audience: origin,
        path,
        body,
        key: key.privateKey,
        clock: deps.clock,
        ids: randomIds,
      });
      return fetch(`${origin}${path}`, {
        method: 'POST',
        headers: { authorization: `Bearer ${token}` },
        body,
      });
    };
    const orders = async (): Promise<PublishOrder[]> =>
      ((await (await post(STEWARD_PATHS.poll, { waitMs: 0 })).json()) as { orders: PublishOrder[] }).orders;
    const approved = async (files?: number[]): Promise<string> => {
      const asked = must(
        await requestPublication(deps, {
          of: { release: RELEASE },
          actor: WHO.author,
          repository: PUBLIC_STUDY,
          ...(files && { files }),
        }),
      );
      must(
        await decidePublication(deps, {
          publication: asked.id,
          actor: WHO.publisher,
          decision: 'approve',
          repository: PUBLIC_STUDY,
          owner: OWNER,
        }),
      );
      return asked.id;
    };
    const report = (
      publication: string,
      result: object,
      want = 'published',
      edition = 1,
    ): Promise<Response> => post(STEWARD_PATHS.report, { publication, edition, want, result });
    return { deps, post, orders, approved, report, stop, origin };
  }
  const DONE = {
    outcome: 'published',
    githubRelease: 5,
    url: 'https://github.com/o/r/releases/tag/t',
    commit: 'a'.repeat(40),
  };

  test('only the key that hub.yml names comes in', async () => {
    const hub = await aHub();
    for (const path of Object.values(STEWARD_PATHS))
      expect((await hub.post(path, {}, newKeyPair())).status).toBe(401);
    expect((await fetch(`${hub.origin}${STEWARD_PATHS.poll}`, { method: 'POST' })).status).toBe(401);
    expect((await hub.post(STEWARD_PATHS.poll, { waitMs: 'long' })).status).toBe(400);
    expect((await hub.post(STEWARD_PATHS.poll, { waitMs: 0, more: 'x'.repeat(600_000) })).status).toBe(413);
  });

  test('no byte is read for whoever is not the steward, and for the steward only so much at once', async () => {
    const hub = await aHub();
    for (const path of [...Object.values(STEWARD_PATHS), STEWARD_ROUND_PATH])
      expect(await answeredUnsent(`${hub.origin}${path}`)).toBe(401);
    const path = STEWARD_PATHS.done;
    const sign = (key = KEY, clock: Clock = hub.deps.clock) =>
      signStewardRequest({
        ...{ audience: hub.origin, path, body: '', key: key.privateKey, clock, ids: randomIds },
      });
    const old = { now: () => hub.deps.clock.now() - 61_000 };
    for (const token of [await sign(newKeyPair()), await sign(KEY, old)])
      expect(await answeredUnsent(`${hub.origin}${path}`, token)).toBe(401);

    const token = await sign();
    const port = Number(new URL(hub.origin).port);
    const head = `HTTP/1.1\r\nhost: hub\r\nauthorization: Bearer ${token}\r\n`;
    const slow: Socket[] = [];
    // As many as are held; one does not say how long it is.
    const lengths = [...Array(3).fill('content-length: 524288'), 'transfer-encoding: chunked'];
    const begin = (length: string, at: string): void => {
      const socket = connect(port, '127.0.0.1');
      slow.push(socket);
      socket.write(`POST ${at} ${head}${length}\r\n\r\n`);
      socket.on('data', (answer) => void (answer.includes(' 429 ') && begin(length, at)));
    };
    lengths.forEach((length: string, index) => begin(length, Object.values(STEWARD_PATHS)[index]!));
    const asked = () => hub.post(path, {});
    try {
      while ((await asked()).status === 400);
      const answer = await asked();
      expect([answer.status, await answer.json()]).toMatchObject([429, { code: 'zone.too-much' }]);
      expect((await hub.post(path, {}, newKeyPair())).status).toBe(401);
    } finally {
      for (const socket of slow) socket.destroy();
    }
    while ((await asked()).status === 429);
    expect((await asked()).status).toBe(400);
  });

  test('a draft is no order, an approved publication is one, with its own statements only', async () => {
    const hub = await aHub();
    must(
      await requestPublication(hub.deps, {
        of: { release: RELEASE },
        actor: WHO.author,
        repository: PUBLIC_STUDY,
      }),
    );
    expect(await hub.orders()).toEqual([]);
    const id = await hub.approved([2]);
    const [order, ...more] = await hub.orders();
    expect(more).toEqual([]);
    expect(order).toMatchObject({
      want: 'published',
      publication: id,
      edition: 1,
      tag: `outputs-${id}.1`,
      requestedBy: WHO.author,
      repository: { id: REPOSITORY, owner: 'northshire-research', name: 'study' },
      approvals: [{ person: WHO.publisher }],
      owner: { ...OWNER, by: WHO.publisher },
      reviewers: [WHO.checker1, WHO.checker2],
      files: [{ release: RELEASE, number: 2, path: FILES[1]!.path }],
    });
    expect(order!.statements).toHaveLength(2);
  });

  test('bytes are given of a wanted edition alone', async () => {
    const hub = await aHub();
    const id = await hub.approved([1]);
    const ask = (file: number, edition = 1, release = RELEASE) =>
      hub.post(STEWARD_PATHS.file, { publication: id, edition, release, file });
    const given = await ask(1);
    expect([given.status, given.headers.get('content-type'), await given.text()]).toEqual([
      200,
      'application/octet-stream',
      FILES[0]!.text,
    ]);
    expect((await ask(2)).status).toBe(409);
    expect((await ask(1, 2)).status).toBe(409);
    expect((await ask(1, 1, `${RELEASE}0`)).status).toBe(409);
    hub.deps.releases.recall(RELEASE, 1);
    expect((await ask(1)).status).toBe(409);
    expect(await (await hub.post(STEWARD_PATHS.still, { publication: id, edition: 1 })).json()).toEqual({
      wanted: false,
    });
    expect((await ask(1)).status).toBe(409);
  });

  test('a repository that the App does not know is no order, and the poll rests', async () => {
    const hub = await aHub(false);
    await hub.approved();
    expect(await hub.orders()).toEqual([]);
  });

  test('an open poll is answered when the hub stops', async () => {
    const hub = await aHub();
    const open = hub.post(STEWARD_PATHS.poll, { waitMs: 60_000 });
    setImmediate(() => hub.stop.abort());
    expect(await (await open).json()).toEqual({ orders: [], tasks: [] });
    expect(await hub.orders()).toEqual([]);
  });

  test('what was reported is kept once, and a late word changes nothing', async () => {
    const hub = await aHub();
    const id = await hub.approved();
    expect((await hub.report('nobody0000000000', DONE)).status).toBe(409);
    expect((await hub.report(id, DONE, 'published', 7)).status).toBe(409);
    expect((await hub.report(id, { outcome: 'gone' }, 'gone')).status).toBe(200);
    expect(await publicationById(hub.deps, id)).toMatchObject({
      state: 'approved',
      editions: [{ state: 'wanted' }],
    });
    for (const _twice of [1, 2]) expect((await hub.report(id, DONE)).status).toBe(200);
    expect(await publicationById(hub.deps, id)).toMatchObject({
      state: 'published',
      editions: [{ state: 'published', url: DONE.url }],
    });
    hub.deps.releases.recall(RELEASE, 1);
    expect((await hub.orders()).map(({ want, edition }) => [want, edition])).toEqual([
      ['gone', 1],
      ['published', 2],
    ]);
    // Said of the first edition, heard after the recall.
    await hub.report(id, { outcome: 'refused', code: 'steward.late' });
    expect((await hub.orders()).map(({ want, edition }) => [want, edition])).toEqual([
      ['gone', 1],
      ['published', 2],
    ]);
    await hub.report(id, { outcome: 'gone' }, 'gone');
    expect((await hub.orders()).map(({ want, edition }) => [want, edition])).toEqual([['published', 2]]);
  });

  test('what failed is tried again after one minute, then two, then at most an hour; what was refused after an hour', async () => {
    const hub = await aHub();
    const id = await hub.approved();
    const waits: number[] = [];
    for (const outcome of ['failed', 'failed', 'failed', 'refused']) {
      expect(await hub.orders()).toHaveLength(1);
      await hub.report(id, { outcome, code: 'steward.github' });
      let minutes = 0;
      while ((await hub.orders()).length === 0 && minutes < 120) {
        hub.deps.clock.advance(60_000);
        minutes += 1;
      }
      waits.push(minutes);
    }
    expect(waits).toEqual([1, 2, 4, 60]);
  });

  test('what held the steward back may be over: it is asked at once', async () => {
    const hub = await aHub();
    const id = await hub.approved();
    await hub.report(id, { outcome: 'refused', code: 'steward.private-repository' });
    expect(await publicationById(hub.deps, id)).toMatchObject({
      editions: [{ code: 'steward.private-repository' }],
    });
    await retryEditions(hub.deps, 1);
    expect(await hub.orders()).toEqual([]);
    await retryEditions(hub.deps, REPOSITORY);
    expect(await hub.orders()).toHaveLength(1);
  });

  test('publications of repositories that the App no longer sees keep no other one waiting', async () => {
    const hub = await aHub();
    const id = await hub.approved();
    const { db } = hub.deps;
    const [row] = await db.select().from(publications);
    const [edition] = await db.select().from(publicationEditions);
    for (let n = 1; n <= 5; n += 1) {
      const stuck = `stuck00000000000${n}`;
      await db.insert(publications).values({ ...row!, id: stuck, setKey: stuck, repositoryId: n });
      await db.insert(publicationEditions).values({ ...edition!, publication: stuck, tag: stuck, nextAt: 0 });
    }
    expect((await hub.orders()).map(({ publication }) => publication)).toEqual([id]);
  });

  test('somebody who takes every tag is not given them for ever', async () => {
    const hub = await aHub();
    const id = await hub.approved();
    for (let edition = 1; edition <= 50; edition += 1)
      await hub.report(id, { outcome: 'tag-taken' }, 'published', edition);
    const view = await publicationById(hub.deps, id);
    expect(view?.editions).toHaveLength(50);
    expect(view?.editions.at(-1)).toMatchObject({ state: 'wanted', code: 'steward.tags-taken' });
    expect(await hub.orders()).toEqual([]);
  });
});

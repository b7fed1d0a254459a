import { afterEach, expect, test } from '@jest/globals';
import { sql } from 'drizzle-orm';
import { rowsOf } from '../../src/db/database.ts';
import { sha256 } from '../../src/lib/hash.ts';
import {
  downloadersOf,
  noteDownload,
  releaseById,
  releasedFile,
  releasesOfProject,
  releasesOfRepository,
  releasesOfRequest,
  reviewersOf,
} from '../../src/outputs/outputs.ts';
import type { ReleaseDeclaration, ReleaseFile } from '../../src/protocol/protocol.ts';
import { eachDatabase } from '../support/database.ts';
import {
  aDeclaration,
  anOutputsWorld,
  approvals,
  aReport,
  aShownRelease,
  aStep,
  AT,
  CHECKER_1,
  CHECKER_2,
  CHECKER_3,
  codeOf,
  FIGURE,
  ledger,
  news,
  outputsGovernance,
  PUBLISHER,
  REQUEST,
  RESEARCHER,
  serveAirlocks,
  STUDY,
  TABLE,
  value,
  type HubDoor,
  type OutputsWorld,
} from '../support/outputs.ts';

let door: HubDoor | undefined;
afterEach(async () => {
  await door?.close();
  door = undefined;
});

const ID = `${REQUEST}-1`;

/** A hub to which the request was shown with its batch on its way. */
async function aHub(database: Parameters<typeof anOutputsWorld>[0]): Promise<OutputsWorld> {
  const world = await anOutputsWorld(database);
  door = await serveAirlocks(world);
  value(await door.client().report(aReport({ shown: [aShownRelease()] })));
  return world;
}

function withFile(change: Partial<ReleaseFile>): ReleaseDeclaration {
  const declared = aDeclaration();
  const [table, figure] = declared.files;
  return { ...declared, files: [{ ...table!, ...change }, figure!] };
}

const bytesHeld = async ({ db }: OutputsWorld) =>
  (await rowsOf<{ n: number }>(db, sql`select count(*)::int as n from released_blobs`))[0]?.n;

eachDatabase((open) => {
  test('a release arrives: declared, each file sent, then open to be read', async () => {
    const world = await aHub(await open());
    const client = door!.client();

    expect(await client.declare(aDeclaration())).toEqual({ held: [] });
    expect(await client.upload(ID, 1, TABLE)).toEqual({ sha256: sha256(TABLE) });
    // Who reviewed it is told for afterwards.
    expect(await reviewersOf(world.db, ID)).toEqual([]);
    expect(codeOf(await releasedFile(world.db, ID, 1))).toBe('output.not-released');
    expect(await releasesOfProject(world.db, 'ns-2026-014')).toEqual([]);
    expect(await client.declare(aDeclaration())).toEqual({ held: [1] });
    expect(await client.upload(ID, 2, FIGURE)).toEqual({ sha256: sha256(FIGURE) });

    expect(await reviewersOf(world.db, ID)).toEqual(aDeclaration().reviewers);
    expect(await releaseById(world.db, ID)).toMatchObject({
      id: ID,
      backend: 'schools',
      repository: STUDY,
      author: RESEARCHER,
      releasedAt: AT,
      statements: aDeclaration().statements,
      files: [
        {
          number: 1,
          path: 'output/table.csv',
          heldAt: AT,
          recalled: null,
          approvals: approvals(CHECKER_1, CHECKER_2),
        },
        { number: 2, path: 'output/figure.svg', size: FIGURE.length },
      ],
    });
    expect(value(await releasedFile(world.db, ID, 1)).bytes.equals(TABLE)).toBe(true);
    for (const found of [
      await releasesOfProject(world.db, 'ns-2026-014'),
      await releasesOfRepository(world.db, STUDY),
      await releasesOfRequest(world.db, REQUEST),
    ])
      expect(found.map(({ id }) => id)).toEqual([ID]);
    const leaves = (await ledger(world)).filter(
      ({ body }) => (body as { event: string }).event === 'received',
    );
    expect(leaves).toEqual([
      expect.objectContaining({
        type: 'release',
        actor: 'airlock:schools/airlock-1',
        subject: `release:${REQUEST}`,
        body: {
          event: 'received',
          batch: 1,
          backend: 'schools',
          workspace: 'attendance-main',
          project: 'ns-2026-014',
        },
      }),
    ]);
    expect(await news(world)).toEqual([`review ${REQUEST}`]);
  });

  test('every message sent twice is taken once', async () => {
    const world = await aHub(await open());
    const client = door!.client();

    await Promise.all([client.declare(aDeclaration()), client.declare(aDeclaration())]);
    const twice = await Promise.all([1, 2, 1, 2].map((n) => client.upload(ID, n, n === 1 ? TABLE : FIGURE)));
    await client.upload(ID, 2, FIGURE);

    expect(twice.map(codeOf)).toEqual([undefined, undefined, undefined, undefined]);
    expect(await bytesHeld(world)).toBe(2);
    expect(
      (await ledger(world)).filter(({ body }) => (body as { event: string }).event === 'received'),
    ).toHaveLength(1);
  });

  test('the ledger names no file, no hash and no size', async () => {
    const world = await aHub(await open());
    await door!.client().declare(aDeclaration());
    await door!.client().upload(ID, 1, TABLE);
    await door!.client().upload(ID, 2, FIGURE);
    await noteDownload(world.deps, { release: ID, number: 1, person: RESEARCHER });

    const text = JSON.stringify(await ledger(world));

    expect(text).not.toMatch(/table|figure|\.csv|[0-9a-f]{64}|size/);
  });

  const REFUSED: [string, ReleaseDeclaration, string][] = [
    [
      'an id that is not request and batch',
      aDeclaration({ release: 'another000000000-1' }),
      'release.other-request',
    ],
    [
      'a request nobody showed',
      aDeclaration({ release: 'another000000000-1', request: 'another000000000' }),
      'release.unknown-request',
    ],
    ['another workspace', aDeclaration({ workspace: 'wards-main' }), 'release.other-request'],
    ['another project', aDeclaration({ project: 'ns-2026-020' }), 'release.other-request'],
    ['another repository', aDeclaration({ repository: 43 }), 'release.other-request'],
    [
      'another author, who would make the author a checker',
      aDeclaration({ author: CHECKER_3 }),
      'release.other-request',
    ],
    [
      'a batch that is not on its way',
      aDeclaration({ release: `${REQUEST}-2`, batch: 2 }),
      'release.no-batch',
    ],
    ['two files of one number', withFile({ number: 2 }), 'release.file-not-allowed'],
    ['two files of one path', withFile({ path: 'output/figure.svg' }), 'release.file-not-allowed'],
    ['a path upwards', withFile({ path: '../table.csv' }), 'release.file-not-allowed'],
    ['an absolute path', withFile({ path: '/etc/table.csv' }), 'release.file-not-allowed'],
    ['a hidden file', withFile({ path: 'output/.table.csv' }), 'release.file-not-allowed'],
    ['a type nobody can look at', withFile({ path: 'output/table.exe' }), 'release.file-not-allowed'],
    [
      'a type named like a property of every object',
      withFile({ path: 'output/table.constructor' }),
      'release.file-not-allowed',
    ],
    ['a file above 16 MiB', withFile({ size: 16 * 1024 * 1024 + 1 }), 'release.file-not-allowed'],
    [
      'one approval given twice',
      withFile({ approvals: approvals(CHECKER_1, CHECKER_1) }),
      'release.not-approved',
    ],
    [
      'two approvals under one key',
      withFile({
        approvals: approvals(CHECKER_1, CHECKER_2).map((given) => ({ ...given, key: 'a'.repeat(64) })),
      }),
      'release.not-approved',
    ],
    [
      'an approval by the author',
      withFile({ approvals: approvals(CHECKER_1, RESEARCHER) }),
      'release.not-approved',
    ],
    [
      'an approval by somebody who is no checker',
      withFile({ approvals: approvals(CHECKER_1, PUBLISHER) }),
      'release.not-approved',
    ],
    [
      'an approval by nobody we know',
      withFile({ approvals: approvals(CHECKER_1, 999) }),
      'release.not-approved',
    ],
  ];
  test('a declaration that is not what was shown and approved is refused, and nothing is kept', async () => {
    const world = await aHub(await open());

    for (const [what, declared, code] of REFUSED)
      expect([what, codeOf(await door!.client().declare(declared))]).toEqual([what, code]);

    expect(await rowsOf(world.db, sql`select 1 from releases`)).toEqual([]);
  });

  test('a third approval of somebody who has gone does no harm beside two that count', async () => {
    const world = await aHub(await open());
    const three = approvals(CHECKER_1, CHECKER_2, 999);
    const declared = aDeclaration();

    expect(
      await door!
        .client()
        .declare({ ...declared, files: declared.files.map((file) => ({ ...file, approvals: three })) }),
    ).toEqual({ held: [] });
    expect(await releaseById(world.db, ID)).toBeDefined();
  });

  test('the same release with other files is another: 409, and the first stands', async () => {
    const world = await aHub(await open());
    await door!.client().declare(aDeclaration());

    for (const other of [
      withFile({ sha256: 'f'.repeat(64) }),
      withFile({ path: 'output/other.csv' }),
      aDeclaration({ files: aDeclaration().files.slice(0, 1) }),
    ])
      expect(codeOf(await door!.client().declare(other))).toBe('release.other-content');

    expect((await releaseById(world.db, ID))?.files.map(({ path }) => path)).toEqual([
      'output/table.csv',
      'output/figure.svg',
    ]);
  });

  const NOT_THE_FILE: [string, number, Buffer, string][] = [
    ['one byte changed', 1, Buffer.from(TABLE.toString().replace('10', '11')), 'release.wrong-bytes'],
    ['cut short', 1, TABLE.subarray(0, 5), 'release.wrong-bytes'],
    ['one byte more', 1, Buffer.concat([TABLE, Buffer.from('x')]), 'release.wrong-bytes'],
    ['empty', 1, Buffer.alloc(0), 'release.wrong-bytes'],
    ["another file's bytes", 1, FIGURE, 'release.wrong-bytes'],
    ['a number that was not declared', 3, TABLE, 'release.not-declared'],
  ];
  test('an upload that is not the declared file to the last byte is refused', async () => {
    const world = await aHub(await open());
    await door!.client().declare(aDeclaration());

    for (const [what, number, bytes, code] of NOT_THE_FILE)
      expect([what, codeOf(await door!.client().upload(ID, number, bytes))]).toEqual([what, code]);

    expect(await bytesHeld(world)).toBe(0);
  });

  test('nothing can be sent before it was declared', async () => {
    const world = await aHub(await open());

    expect(codeOf(await door!.client().upload(ID, 1, TABLE))).toBe('release.not-declared');
    expect(await bytesHeld(world)).toBe(0);
  });

  test('the airlock of another backend can neither declare nor send for this one', async () => {
    const world = await aHub(await open());
    const theirs = door!.health();

    expect(codeOf(await theirs.declare(aDeclaration()))).toBe('release.unknown-request');
    await door!.client().declare(aDeclaration());
    expect(codeOf(await theirs.upload(ID, 1, TABLE))).toBe('release.not-declared');
    expect(await bytesHeld(world)).toBe(0);
  });

  test('a checker who lost the role between declaring and sending approves nothing any more', async () => {
    const world = await aHub(await open());
    await door!.client().declare(aDeclaration());
    const [checkers, publishers] = outputsGovernance().teams;
    const left = checkers!.members.filter(({ id }) => id !== CHECKER_2);
    world.state.governance = outputsGovernance({ teams: [{ ...checkers!, members: left }, publishers!] });

    expect(codeOf(await door!.client().upload(ID, 1, TABLE))).toBe('release.not-approved');
    expect(await bytesHeld(world)).toBe(0);
  });

  test('a recall removes the bytes and leaves a notice, for good', async () => {
    const world = await aHub(await open());
    const client = door!.client();
    await client.declare(aDeclaration());
    await client.upload(ID, 1, TABLE);
    await client.upload(ID, 2, FIGURE);
    await noteDownload(world.deps, { release: ID, number: 1, person: RESEARCHER });
    await noteDownload(world.deps, { release: ID, number: 1, person: RESEARCHER });
    await noteDownload(world.deps, { release: ID, number: 2, person: CHECKER_1 });
    world.clock.advance(1000);
    const recalled = aShownRelease({
      version: 12,
      state: 'released',
      batches: [{ number: 1, state: 'released', recalled: [1] }],
      events: [aStep(12, 'recalled', { batch: 1, file: 1, category: 'disclosure', state: 'released' })],
    });

    // Whom the recall concerns is told back, to whoever reported it.
    expect(value(await client.report(aReport({ shown: [recalled] }))).recalled).toEqual([
      { request: REQUEST, file: 1, people: [RESEARCHER] },
    ]);

    expect(codeOf(await releasedFile(world.db, ID, 1))).toBe('output.recalled');
    expect(value(await releasedFile(world.db, ID, 2)).bytes.equals(FIGURE)).toBe(true);
    expect((await releaseById(world.db, ID))?.files[0]).toMatchObject({
      path: 'output/table.csv',
      recalled: { at: AT + 1000, category: 'disclosure' },
    });
    expect(await bytesHeld(world)).toBe(1);
    expect(await downloadersOf(world.db, ID, 1)).toEqual([RESEARCHER]);
    expect((await ledger(world)).at(-1)).toMatchObject({ type: 'withdrawal', body: { event: 'recalled' } });
    // Neither an older version nor the bytes once more bring it back.
    value(await client.report(aReport({ shown: [aShownRelease()] })));
    expect(await client.upload(ID, 1, TABLE)).toEqual({ sha256: sha256(TABLE) });
    expect(codeOf(await releasedFile(world.db, ID, 1))).toBe('output.recalled');
    expect(await bytesHeld(world)).toBe(1);
  });

  test('a file recalled before the hub heard of its release is never held', async () => {
    const world = await anOutputsWorld(await open());
    door = await serveAirlocks(world);
    const shown = aShownRelease({ batches: [{ number: 1, state: 'released', recalled: [1] }] });
    value(await door.client().report(aReport({ shown: [shown] })));

    expect(await door.client().declare(aDeclaration())).toEqual({ held: [1] });
    await door.client().upload(ID, 1, TABLE);
    await door.client().upload(ID, 2, FIGURE);

    expect(await bytesHeld(world)).toBe(1);
    expect((await releaseById(world.db, ID))?.releasedAt).toBe(AT);
    expect(codeOf(await releasedFile(world.db, ID, 1))).toBe('output.recalled');
  });

  test('a file that never was is unknown', async () => {
    const world = await aHub(await open());

    expect(codeOf(await releasedFile(world.db, ID, 1))).toBe('output.unknown');
    expect(await releaseById(world.db, ID)).toBeUndefined();
    await expect(noteDownload(world.deps, { release: ID, number: 1, person: 7 })).rejects.toThrow(
      'no release',
    );
  });

  test('a file of 16 MiB arrives as it was sent', async () => {
    const world = await aHub(await open());
    const bytes = Buffer.alloc(16 * 1024 * 1024, 'a,b\n1,2\n');
    const files = [{ ...aDeclaration().files[0]!, size: bytes.length, sha256: sha256(bytes) }];
    await door!.client().declare(aDeclaration({ files }));

    expect(await door!.client().upload(ID, 1, bytes)).toEqual({ sha256: sha256(bytes) });
    expect(value(await releasedFile(world.db, ID, 1)).bytes.equals(bytes)).toBe(true);
  });

  test('an upload that a freeze meets half-way stands, and goes on when it is lifted', async () => {
    const world = await aHub(await open());
    const client = door!.client();
    value(await client.declare(aDeclaration()));
    value(await client.upload(ID, 1, TABLE));
    await world.db.execute(sql`
      insert into freezes (id, scope, subject, running, why, by, by_login, at)
      values ('freeze0000000001', 'all', null, 'stop', 'unclear', 1, 'noor-example', 1)`);
    expect(codeOf(await client.upload(ID, 2, FIGURE))).toBe('freeze.frozen');
    expect(codeOf(await client.declare(aDeclaration()))).toBe('freeze.frozen');
    expect((await releaseById(world.db, ID))?.releasedAt).toBeNull();
    await world.db.execute(sql`
      update freezes set lift_by = 1, lift_by_login = 'a', lift_at = 2, lifted_by = 2, lifted_by_login = 'b', lifted_at = 3`);
    expect(value(await client.declare(aDeclaration()))).toEqual({ held: [1] });
    value(await client.upload(ID, 2, FIGURE));
    expect((await releaseById(world.db, ID))?.releasedAt).not.toBeNull();
  });
});

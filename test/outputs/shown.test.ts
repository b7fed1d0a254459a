import { afterEach, expect, test } from '@jest/globals';
import { sql } from 'drizzle-orm';
import { rowsOf } from '../../src/db/database.ts';
import { days, hours } from '../../src/lib/clock.ts';
import {
  decisionFigures,
  newBrowser,
  openRequests,
  shownOfProject,
  shownOfRepository,
  shownRequest,
  stepsOf,
} from '../../src/outputs/outputs.ts';
import { WESTERN } from '../../src/release/release.ts';
import type { AirlockReport, ShownRequest } from '../../src/protocol/protocol.ts';
import { eachDatabase } from '../support/database.ts';
import {
  anOutputsWorld,
  aReport,
  aShown,
  aStep,
  AT,
  CHECKER_1,
  ledger,
  news,
  outputsGovernance,
  REQUEST,
  RESEARCHER,
  serveAirlocks,
  STUDY,
  value,
  type HubDoor,
} from '../support/outputs.ts';

let door: HubDoor | undefined;
afterEach(async () => {
  await door?.close();
  door = undefined;
});

async function report(given: Partial<AirlockReport>, by = door!.client()) {
  return value(await by.report(aReport(given)));
}

const tell = (...shown: ShownRequest[]) => report({ shown });

eachDatabase((open) => {
  test('a request is shown, its steps stand in the ledger once, and GitHub is to hear of it', async () => {
    const world = await anOutputsWorld(await open());
    door = await serveAirlocks(world);
    const shown = aShown({
      version: 5,
      state: 'submitted',
      events: [
        aStep(1, 'created', { by: RESEARCHER, state: 'draft' }),
        aStep(5, 'submitted', { by: RESEARCHER }),
      ],
    });

    expect(await tell(shown)).toEqual({ taken: true, refused: [] });
    expect(await tell(shown)).toEqual({ taken: true, refused: [] });

    const { events: _, ...bare } = shown;
    expect(await shownRequest(world.db, REQUEST)).toEqual({
      ...bare,
      backend: 'schools',
      airlock: 'airlock-1',
      updatedAt: AT,
    });
    expect(await stepsOf(world.db, REQUEST)).toEqual(shown.events);
    expect(await ledger(world)).toMatchObject([
      { type: 'release', actor: 'person:7', subject: `release:${REQUEST}`, body: { event: 'created' } },
      {
        type: 'release',
        actor: 'person:7',
        body: { event: 'submitted', backend: 'schools', state: 'submitted' },
      },
    ]);
    expect(await news(world)).toEqual([`review ${REQUEST}`]);
  });

  test('the newest version wins, whatever the order in which they come', async () => {
    const world = await anOutputsWorld(await open());
    door = await serveAirlocks(world);

    await tell(aShown({ version: 9, state: 'consolidating', events: [aStep(9, 'reviewed')] }));
    await tell(aShown({ version: 4, state: 'submitted', events: [aStep(4, 'submitted')] }));

    expect(await shownRequest(world.db, REQUEST)).toMatchObject({ version: 9, state: 'consolidating' });
    expect((await stepsOf(world.db, REQUEST)).map(({ seq }) => seq)).toEqual([4, 9]);
    expect((await ledger(world)).map(({ type }) => type)).toEqual(['verdict', 'release']);
  });

  test('who took a step is filled in once it may be known, and nothing else of the past changes', async () => {
    const world = await anOutputsWorld(await open());
    door = await serveAirlocks(world);
    await tell(aShown({ version: 6, events: [aStep(6, 'review-received')] }));

    await tell(
      aShown({ version: 7, events: [aStep(6, 'review-received', { by: CHECKER_1 }), aStep(7, 'reviewed')] }),
    );
    await tell(
      aShown({
        version: 8,
        events: [aStep(6, 'released', { by: 99, state: 'released' }), aStep(8, 'approved')],
      }),
    );

    expect((await stepsOf(world.db, REQUEST)).slice(0, 1)).toEqual([
      aStep(6, 'review-received', { by: CHECKER_1 }),
    ]);
    const events = (await ledger(world)).map(({ actor, body }) => [actor, (body as { event: string }).event]);
    expect(events).toEqual([
      ['airlock:schools/airlock-1', 'review-received'],
      ['airlock:schools/airlock-1', 'reviewed'],
      ['airlock:schools/airlock-1', 'approved'],
    ]);
  });

  const REFUSED: [string, Partial<ShownRequest>, string][] = [
    [
      'a workspace of another backend',
      { workspace: 'wards-main', repository: 43, project: 'ns-2026-020' },
      'shown.workspace',
    ],
    ['a workspace nobody knows', { workspace: 'nowhere' }, 'shown.workspace'],
    ["a repository that is not the workspace's", { repository: 43 }, 'shown.workspace'],
    ['a project the repository does not belong to', { project: 'ns-2026-020' }, 'shown.workspace'],
    [
      'steps out of order',
      { version: 5, events: [aStep(4, 'submitted'), aStep(3, 'created')] },
      'shown.steps',
    ],
    ['a step beyond its version', { version: 5, events: [aStep(6, 'submitted')] }, 'shown.steps'],
    ['a step from the future', { events: [aStep(1, 'created', { at: AT + hours(2) })] }, 'shown.steps'],
    [
      'a step at the end of time',
      { events: [aStep(1, 'created', { at: Number.MAX_SAFE_INTEGER })] },
      'shown.steps',
    ],
  ];
  test('what an airlock may not show is not taken, and what comes with it is', async () => {
    const world = await anOutputsWorld(await open());
    door = await serveAirlocks(world);

    for (const [what, given, code] of REFUSED) {
      const answer = await tell(aShown({ id: 'bad0000000000000', ...given }), aShown());
      expect([what, ...answer.refused]).toEqual([what, { request: 'bad0000000000000', code }]);
    }
    expect(await rowsOf(world.db, sql`select id from shown_requests`)).toEqual([{ id: REQUEST }]);
    expect(await ledger(world)).toEqual([]);
  });

  test("an airlock cannot speak of another's request, nor move its own to another workspace", async () => {
    const world = await anOutputsWorld(await open());
    door = await serveAirlocks(world);
    await tell(aShown());
    const theirs = aShown({ workspace: 'wards-main', project: 'ns-2026-020', repository: 43, version: 50 });

    const foreign = await report({ shown: [theirs] }, door.health());
    const moved = await tell(aShown({ version: 50, workspace: 'elsewhere' }));

    expect(foreign.refused).toEqual([{ request: REQUEST, code: 'shown.foreign' }]);
    expect(moved.refused).toEqual([{ request: REQUEST, code: 'shown.workspace' }]);
    expect(await shownRequest(world.db, REQUEST)).toMatchObject({ version: 1, backend: 'schools' });
  });

  test('an id that the hub gave to one airlock for a new draft is not taken by another', async () => {
    const world = await anOutputsWorld(await open());
    door = await serveAirlocks(world);
    await world.db.execute(sql`
      insert into airlock_orders (id, backend, airlock, seq, actor, request, deed, created_at)
      values ('order0000000001a', 'schools', 'airlock-1', 1, 7, ${REQUEST}, '{}'::jsonb, 1)`);

    const squat = aShown({ workspace: 'wards-main', project: 'ns-2026-020', repository: 43 });
    const answer = await report({ shown: [squat] }, door.health());

    expect(answer.refused).toEqual([{ request: REQUEST, code: 'shown.foreign' }]);
  });

  test('a request known to the hub is shown on after its project has gone from governance', async () => {
    const world = await anOutputsWorld(await open());
    door = await serveAirlocks(world);
    await tell(aShown());
    world.state.governance = outputsGovernance({ projects: [] });

    const answer = await tell(aShown({ version: 2, state: 'withdrawn', repository: null }));

    expect(answer.refused).toEqual([]);
    expect(await shownRequest(world.db, REQUEST)).toMatchObject({ state: 'withdrawn', repository: STUDY });
  });

  test('requests are found by repository and project, and open ones among all', async () => {
    const world = await anOutputsWorld(await open());
    door = await serveAirlocks(world);
    const later = aShown({ id: 'release00000002b', state: 'released', createdAt: AT + 1 });
    await tell(aShown(), later);

    const ids = (shown: { id: string }[]) => shown.map(({ id }) => id);
    expect(ids(await shownOfRepository(world.db, STUDY))).toEqual([later.id, REQUEST]);
    expect(ids(await shownOfProject(world.db, 'ns-2026-014'))).toEqual([later.id, REQUEST]);
    expect(ids(await openRequests(world.db))).toEqual([REQUEST]);
  });

  test('a new browser is announced once', async () => {
    const world = await anOutputsWorld(await open());
    door = await serveAirlocks(world);
    const newBrowsers = [{ id: 'browser00000001a', person: CHECKER_1, at: AT }];

    await report({ newBrowsers });
    await report({ newBrowsers });

    expect(await newBrowser(world.db, 'browser00000001a')).toEqual({
      id: 'browser00000001a',
      backend: 'schools',
      person: CHECKER_1,
      at: AT,
    });
    expect(await ledger(world)).toMatchObject([
      { type: 'login', actor: 'person:11', body: { event: 'new-browser' } },
    ]);
    expect(await news(world)).toEqual(['browser browser00000001a']);
  });

  test('the digest of a zone’s record stands in the ledger, each once, by the airlock that told it', async () => {
    const world = await anOutputsWorld(await open());
    door = await serveAirlocks(world);
    const record = { at: AT, digest: 'a'.repeat(64) };

    await report({ record });
    await report({ record });
    await report({ record: { at: AT + days(1), digest: 'b'.repeat(64) } });

    expect(await ledger(world)).toMatchObject([
      {
        actor: 'airlock:schools/airlock-1',
        subject: 'record:schools/airlock-1',
        body: { event: 'zone-record', backend: 'schools', digest: record.digest },
      },
      { body: { digest: 'b'.repeat(64) } },
    ]);
  });

  test('decisions take so many working days: what was broken off, withdrawn or long ago decided nothing', async () => {
    const world = await anOutputsWorld(await open());
    door = await serveAirlocks(world);
    const figures = () => decisionFigures(world.db, world.clock.now(), WESTERN);
    expect(await figures()).toEqual({ decided: 0, median: null, p90: null });
    world.clock.advance(days(30));
    const day = (n: number) => ({ at: AT + days(n) });
    await tell(
      aShown({
        version: 20,
        events: [
          aStep(1, 'submitted', { ...day(0), state: 'submitted' }),
          aStep(2, 'returned', { ...day(1), state: 'returned' }),
          aStep(3, 'resubmitted', { ...day(2), state: 'submitted' }),
          aStep(4, 'reviewed', { ...day(3), state: 'consolidating' }),
          aStep(5, 'returned', { ...day(4), state: 'returned' }),
          aStep(6, 'resubmitted', { ...day(5), state: 'submitted' }),
          aStep(7, 'reviewed', { ...day(8), state: 'consolidating' }),
          aStep(8, 'part-released', { ...day(9), state: 'returned' }),
        ],
      }),
    );
    await tell(
      aShown({
        id: 'release00000002b',
        version: 20,
        events: [
          aStep(1, 'submitted', { ...day(0), state: 'submitted' }),
          aStep(2, 'withdrawn', { ...day(20), state: 'withdrawn' }),
        ],
      }),
    );
    // Two were decided; fewer than ten make no figure.
    expect(await figures()).toEqual({ decided: 2, median: null, p90: null });
    for (let n = 0; n < 8; n += 1)
      await tell(
        aShown({
          id: `release000000${n}${n}c`,
          version: 20,
          events: [
            aStep(1, 'submitted', { ...day(0), state: 'submitted' }),
            aStep(2, n < 4 ? 'approved' : 'rejected', { ...day(n + 1), state: 'approved' }),
          ],
        }),
      );

    expect(await figures()).toEqual({ decided: 10, median: 3, p90: 5 });
    expect(await decisionFigures(world.db, AT + days(366), WESTERN)).toMatchObject({ decided: 2 });
  });
});

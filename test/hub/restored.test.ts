/** A hub that goes on from a backup: what GitHub had handed over to the lost one since is asked for again. */
import { afterEach, expect, jest, test } from '@jest/globals';
import { rmSync } from 'node:fs';
import path from 'node:path';
import { backUpHub, restoreHub } from '../../src/db/backup.ts';
import type { OpenDatabase } from '../../src/db/open.ts';
import { sweepDeliveries } from '../../src/github/github.ts';
import { HUB_MIGRATIONS, onOneDatabase, ownDatabase, scratchFolder } from '../support/database.ts';
import { aWorld, type World } from '../support/world.ts';

// Each story opens two databases, on a machine that does other things too.
jest.setTimeout(120_000);

onOneDatabase((open) => {
  let world: World;
  let other: OpenDatabase | undefined;
  const folder = scratchFolder('restored-hub');
  afterEach(async () => {
    await world.stop();
    await other?.close();
    other = undefined;
    rmSync(folder, { recursive: true, force: true });
  });

  /** As every minute, and until nothing moves any more. */
  async function minutePasses(): Promise<number> {
    const asked = await sweepDeliveries(world.hub.room);
    await world.settle();
    return asked;
  }

  test('a command and a push that came between backup and loss are acted on, once, and in their order', async () => {
    world = await aWorld({ database: await open() });
    const issue = world.as('lead').issue();
    await world.settle();
    expect(await minutePasses()).toBe(0);
    const backup = path.join(folder, 'backup');
    const made = { at: world.clock.now(), origin: world.config().origin, key: world.hubKey, why: 'nightly' };
    await backUpHub(world.database.db, backup, made);
    const sha = await world.as('lead').push({ 'notes.md': 'new' });
    world.as('lead').comment(issue, '/run model');
    await world.settle();
    expect(await world.requests()).toHaveLength(1);
    const ran = (await world.jobs()).map(({ action }) => action).sort();
    expect(await minutePasses()).toBe(0);

    other = await ownDatabase(HUB_MIGRATIONS);
    const restored = { at: world.clock.now(), key: world.hubKey, why: 'the disk broke' };
    await restoreHub(other.db, backup, restored);
    await world.moveTo(other);
    await world.settle();
    expect(await world.requests()).toEqual([]);
    expect((await world.ledger()).some(({ body }) => body['sha'] === sha)).toBe(false);

    expect(await minutePasses()).toBeGreaterThanOrEqual(2);
    expect(await world.requests()).toHaveLength(1);
    const came = (await world.inbox()).map(({ event, state }) => `${event} ${state}`);
    expect(came).toContain('push done');
    expect(came.indexOf('push done')).toBeLessThan(came.indexOf('issue_comment done'));
    expect((await world.jobs()).map(({ action }) => action).sort()).toEqual(ran);
    // And that is all.
    expect(await minutePasses()).toBe(0);
    expect(await world.requests()).toHaveLength(1);
  });

  test('a new hub takes nothing that was handed over to another before it was there', async () => {
    world = await aWorld({ database: await open() });
    world.as('lead').comment(world.as('lead').issue(), '/run model');
    await world.settle();
    expect(await world.requests()).toHaveLength(1);

    other = await ownDatabase(HUB_MIGRATIONS);
    await world.moveTo(other);
    world.later(5000);
    expect(await minutePasses()).toBe(0);
    expect(await minutePasses()).toBe(0);
    expect(await world.requests()).toEqual([]);
  });
});

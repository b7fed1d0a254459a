/** A check that did not come to an end blocks, and is tried again: by itself, later and later, not for ever. */
import { afterEach, expect, test } from '@jest/globals';
import { inlineChecks, unfinished, unfinishedRequest } from '../../agent/airlock/checks/run.ts';
import type { CheckRunner } from '../../agent/airlock/checks/runner.ts';
import { hours, minutes } from '../../src/lib/clock.ts';
import { isRefusal } from '../../src/lib/refusal.ts';
import { AirlockWorld, WHO, WORKSPACE } from '../support/airlock.ts';
import { AIRLOCK_MIGRATIONS, onOneDatabase } from '../support/database.ts';

onOneDatabase((open) => {
  let world: AirlockWorld;
  let slow: { files: boolean; requests: boolean };
  let tries: number;
  afterEach(() => world.close());

  const opened = async (): Promise<void> => {
    slow = { files: true, requests: false };
    tries = 0;
    const inline = inlineChecks();
    const checks: CheckRunner = {
      file: (job) => {
        tries += 1;
        return slow.files ? Promise.resolve(unfinished(job.path)) : inline.file(job);
      },
      request: (job) => (slow.requests ? Promise.resolve(unfinishedRequest(job)) : inline.request(job)),
      close: () => inline.close(),
    };
    world = await AirlockWorld.open(await open(), { parts: { checks } });
    await world.room.settled();
  };
  const ofFile = async (): Promise<string[]> => {
    const page = await world.room.workspaceFile(WHO.author, WORKSPACE, 'output/table.csv');
    if (isRefusal(page)) throw new Error(page.code);
    return (page.hints ?? []).map(({ check }) => check);
  };
  const ofRequest = async (id: string): Promise<string[]> => {
    const page = await world.page('author', id);
    return [...page.hints, ...(page.files[0]!.hints ?? [])].map(({ check }) => check);
  };
  const later = async (ms: number): Promise<void> => {
    world.clock.advance(ms);
    await world.room.tend();
    await world.room.settled();
  };

  test('a file is checked again after a minute, and shown as unfinished until then', async () => {
    await opened();
    expect(await ofFile()).toEqual(['F3']);
    slow.files = false;
    await later(minutes(1) - 1);
    expect(await ofFile()).toEqual(['F3']);

    await later(1);

    expect(await ofFile()).not.toContain('F3');
    const before = tries;
    await later(hours(5));
    expect(tries).toBe(before);
  });

  test('who opens the page has it tried again, and a request stops blocking with it', async () => {
    await opened();
    const id = await world.draft(['output/table.csv']);
    await world.explained(id);
    expect(await ofRequest(id)).toContain('F3');
    expect(await world.ask('author', id, 'submit', {})).toMatchObject({ code: 'release.blocking-hints' });
    slow.files = false;
    world.clock.advance(minutes(1));

    await world.page('author', id);
    await world.room.settled();

    expect(await ofRequest(id)).not.toContain('F3');
  });

  test('the checks over all files are tried again too', async () => {
    await opened();
    slow = { files: false, requests: true };
    const id = await world.draft(['output/table.csv']);
    await world.explained(id);
    expect(await ofRequest(id)).toContain('F3');

    await later(minutes(1));
    expect(await ofRequest(id)).toContain('F3');
    slow.requests = false;
    await later(minutes(1));
    expect(await ofRequest(id)).toContain('F3');
    await later(minutes(1));
    expect(await ofRequest(id)).not.toContain('F3');
  });

  test('what never comes to an end is tried eight times, also across restarts, and stays blocked', async () => {
    await opened();
    const waits = [1, 2, 4, 8, 16, 32].map(minutes);
    for (const [at, wait] of waits.entries()) {
      await later(wait);
      expect(tries).toBe(at + 2);
    }
    await world.room.close();
    await world.start();
    await world.room.settled();
    expect(tries).toBe(7);
    await later(hours(1));
    expect(tries).toBe(8);

    for (let day = 0; day < 3; day += 1) await later(hours(24));

    expect(tries).toBe(8);
    expect(await ofFile()).toEqual(['F3']);
  });
}, AIRLOCK_MIGRATIONS);

/** Why a job was killed, by a real engine's list of what happened; its state is another matter (exit.test.ts). */
import { afterAll, beforeAll, expect } from '@jest/globals';
import { connectEngine } from '../../agent/executor/engine.ts';
import { ranOutOfMemory } from '../../agent/executor/memory.ts';
import { requires } from '../support/require.ts';
import { docker, testImage } from './docker-harness.ts';

const { describe, test } = requires('docker');
const LIMITS = ['--network', 'none', '--memory', '96m', '--memory-swap', '96m'];
const FILLS = 'const held = []; for (;;) held.push(Buffer.alloc(16 * 1024 ** 2, 1))';

describe('a job that was killed', () => {
  const engine = connectEngine();
  const made: string[] = [];
  let image: string;
  beforeAll(async () => {
    image = (await testImage()).id;
  });
  afterAll(() => {
    for (const id of made) docker('rm', '--force', id);
  });

  /** Ran, and has ended: by what it did, or by somebody's hand. */
  async function ended(script: string, by: 'itself' | 'somebody') {
    const id = docker('run', '--detach', ...LIMITS, image, '-e', script);
    made.push(id);
    if (by === 'somebody') docker('kill', id);
    // Awaited, so that jest's limit counts: an engine may lose an end that it should have heard of.
    await engine.getContainer(id).wait();
    const { State } = await engine.getContainer(id).inspect();
    return { id, startedAt: Date.parse(State.StartedAt), finishedAt: Date.parse(State.FinishedAt) };
  }

  test('had run out of memory, as its engine knows for some time', async () => {
    const { id, ...lived } = await ended(FILLS, 'itself');
    expect(await ranOutOfMemory(engine, id, lived)).toBe(true);
    expect(await ranOutOfMemory(engine, id, lived)).toBe(true);
  });

  test('had not, whatever happened to others and to itself before', async () => {
    const other = await ended(FILLS, 'itself');
    const { id, ...lived } = await ended('setInterval(() => {}, 1000)', 'somebody');
    expect(await ranOutOfMemory(engine, id, { ...lived, startedAt: other.startedAt })).toBe(false);
    expect(await ranOutOfMemory(engine, other.id, lived)).toBe(false);
  });
});

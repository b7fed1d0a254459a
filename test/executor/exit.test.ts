import { describe, expect, test } from '@jest/globals';
import type { ContainerInspectInfo } from 'dockerode';
import { exitFrom, exitOfTheGone, type Asked } from '../../agent/executor/exit.ts';
import type { Why } from '../../agent/executor/marks.ts';

const START = Date.parse('2027-03-01T09:00:00Z');
const END = Date.parse('2027-03-01T10:00:00Z');

function ended(code: number, oom = false, labels: Record<string, string> = {}): ContainerInspectInfo {
  const State = {
    ExitCode: code,
    OOMKilled: oom,
    StartedAt: new Date(START).toISOString(),
    FinishedAt: new Date(END).toISOString(),
  };
  return { State, Image: 'sha256:1', Config: { Labels: labels } } as unknown as ContainerInspectInfo;
}

const MINUTE = 60_000;
const ASKED: Asked = { engineBeginnings: async () => [], ranOutOfMemory: async () => false };
const PLAIN = { outOfMemory: false, timedOut: false, diskFull: false, stopped: false, interrupted: false };

describe('how a job ended', () => {
  test.each<[string, ContainerInspectInfo, Why | undefined, number | undefined, object]>([
    ['well', ended(0), undefined, undefined, { code: 0 }],
    ['with its own code', ended(3), undefined, undefined, { code: 3 }],
    ['killed by us because it was cancelled', ended(137), 'stopped', undefined, { stopped: true }],
    ['killed by us because its time was over', ended(137), 'time', undefined, { timedOut: true }],
    ['killed by us because the disk was full', ended(137), 'disk', undefined, { diskFull: true }],
    ['by itself, just before we could stop it', ended(0), 'stopped', undefined, { code: 0, stopped: false }],
    ['out of memory', ended(137, true), undefined, undefined, { outOfMemory: true }],
    [
      'well, although a child ran out of memory',
      ended(0, true),
      undefined,
      undefined,
      { outOfMemory: false },
    ],
    ['badly, because a child ran out of memory', ended(1, true), undefined, undefined, { outOfMemory: true }],
    ['stopped by us while it ran out of memory', ended(137, true), 'stopped', undefined, { stopped: true }],
    ['killed by itself or somebody, nobody knowing of a restart', ended(137), undefined, undefined, {}],
    ['killed by itself, the engine older than it', ended(137), undefined, START - MINUTE, {}],
    ['terminated, the engine older than it', ended(143), undefined, START - MINUTE, {}],
    ['killed by an engine that went down', ended(137), undefined, END + 5 * MINUTE, { interrupted: true }],
    ['terminated by an engine that went down', ended(143), undefined, END + MINUTE, { interrupted: true }],
    ['killed by itself long after its engine came back', ended(137), undefined, END - 5 * MINUTE, {}],
    ['with a file that was too large', ended(153), undefined, undefined, { diskFull: true }],
    ['found dead by an engine that started anew', ended(255), undefined, END - 1000, { interrupted: true }],
    [
      'found dead just before the engine noted its start',
      ended(255),
      undefined,
      END + 1000,
      { interrupted: true },
    ],
    [
      'with 255 of its own, the engine older than it',
      ended(255),
      undefined,
      START - MINUTE,
      { interrupted: false },
    ],
    [
      'with 255 of its own, the engine started later',
      ended(255),
      undefined,
      END + 5 * MINUTE,
      { interrupted: false },
    ],
    [
      'with 255 of its own, nobody knowing when the engine started',
      ended(255),
      undefined,
      undefined,
      { code: 255 },
    ],
  ])('%s', async (_how, found, mark, engineStart, expected) => {
    const exit = await exitFrom(found, mark, {
      ...ASKED,
      engineBeginnings: async () => (engineStart === undefined ? [] : [engineStart]),
    });

    const base = {
      ...PLAIN,
      code: found.State.ExitCode,
      startedAt: START,
      finishedAt: END,
      imageId: 'sha256:1',
    };
    expect(exit).toEqual({ ...base, ...expected });
  });

  test('killed, and of its want of memory the engine heard after its end', async () => {
    const heard: object[] = [];
    const asked: Asked = { ...ASKED, ranOutOfMemory: async (lived) => heard.push(lived) > 0 };

    expect(await exitFrom(ended(137), undefined, asked)).toMatchObject({
      outOfMemory: true,
      interrupted: false,
    });
    expect(heard).toEqual([{ startedAt: START, finishedAt: END }]);
    // Whoever ended by itself or by us is not asked about.
    for (const [found, mark] of [
      [ended(0)],
      [ended(1)],
      [ended(137), 'stopped'],
      [ended(137, true)],
    ] as const)
      await exitFrom(found, mark, asked);
    expect(heard).toHaveLength(1);
  });

  test.each<[string, Why | undefined, object]>([
    ['somebody', undefined, { interrupted: true, stopped: false }],
    ['us, after we stopped it', 'stopped', { interrupted: false, stopped: true }],
  ])('removed by %s while it ran', (_who, mark, expected) => {
    expect(exitOfTheGone(ended(0), mark, END)).toMatchObject({ code: 137, startedAt: START, ...expected });
  });

  test('what the image says of itself is kept, also of a container that is gone', async () => {
    const labelled = ended(0, false, { 'org.opencontainers.image.version': 'v2' });

    expect(await exitFrom(labelled, undefined, ASKED)).toMatchObject({
      imageLabels: { action_version: 'v2' },
    });
    expect(exitOfTheGone(labelled, undefined, END)).toMatchObject({ imageLabels: { action_version: 'v2' } });
  });
});

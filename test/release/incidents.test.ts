/** What a recall opens, and who may close it. */
import { describe, expect, test } from '@jest/globals';
import { incidentDue } from '../../src/release/release.ts';
import { aRequest, P } from './world.ts';

const first = { file: 1, category: 'disclosure' } as const;

describe('an incident', () => {
  test('is opened by the second signature under a recall, not by the first', () => {
    const story = aRequest('released').does('checkerA', 'revoke', first);
    expect(story.now.incidents).toEqual([]);

    story.does('owner', 'revoke', first);
    expect(story.agrees().now.incidents).toEqual([
      {
        number: 1,
        category: 'disclosure',
        files: [1],
        openedAt: story.facts.at,
        recalledBy: [P.checkerA, P.owner],
        closed: null,
      },
    ]);
    expect(story.entries.at(-1)).toMatchObject({ type: 'REQUEST_FILE_REVOKE', incident: 1 });
  });

  test('takes in further files of the same category while it is open, and their recallers', () => {
    const story = aRequest('released').does('checkerA', 'revoke', first).does('owner', 'revoke', first);
    story.does('checkerB', 'revoke', { ...first, file: 2 }).does('owner', 'revoke', { ...first, file: 2 });
    expect(story.now.incidents).toMatchObject([
      { number: 1, files: [1, 2], recalledBy: [P.checkerA, P.owner, P.checkerB] },
    ]);
  });

  test('is another one for another category, and after the first was closed', () => {
    const story = aRequest('released').does('checkerA', 'revoke', first).does('owner', 'revoke', first);
    story
      .does('checkerA', 'revoke', { file: 2, category: 'wrong-file' })
      .does('owner', 'revoke', { file: 2, category: 'wrong-file' });
    expect(story.now.incidents.map(({ number, category }) => [number, category])).toEqual([
      [1, 'disclosure'],
      [2, 'wrong-file'],
    ]);
    story.does('operator1', 'close-incident', { incident: 2, outcome: 'no-disclosure', reason: 'Empty.' });
    expect(story.now.incidents.map(({ closed }) => closed?.outcome)).toEqual([undefined, 'no-disclosure']);

    const closed = aRequest('released').does('checkerA', 'revoke', first).does('owner', 'revoke', first);
    closed
      .does('operator1', 'close-incident', { incident: 1, outcome: 'reported', reason: 'Told the owner.' })
      .does('checkerA', 'revoke', { ...first, file: 2 })
      .does('owner', 'revoke', { ...first, file: 2 });
    expect(closed.agrees().now.incidents.map(({ number, files }) => [number, files])).toEqual([
      [1, [1]],
      [2, [2]],
    ]);
  });

  test('is closed by somebody who did not ask for the recall, with an outcome and a reason', () => {
    const story = aRequest('revoked');
    const reason = 'Both who had a copy deleted it.';
    story.does('checkerB', 'close-incident', { incident: 1, outcome: 'contained', reason });
    expect(story.agrees().now.incidents[0]?.closed).toEqual({
      by: P.checkerB,
      at: story.facts.at,
      outcome: 'contained',
      reason,
    });
    expect(story.entries.at(-1)).toMatchObject({
      type: 'INCIDENT_CLOSE',
      owner: P.checkerB,
      visibility: 'open',
    });
    expect(story.state).toBe('revoked');
  });

  test('is due after as long as policy says', () => {
    const story = aRequest('revoked', { incidentMs: 5000 });
    const [incident] = story.now.incidents;
    expect(incidentDue(incident!, story.policy)).toBe(incident!.openedAt + 5000);
  });
});

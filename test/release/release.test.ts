/** Out of the zone: queued, halted, uploaded, in parts, recalled, closed. */
import { describe, expect, test } from '@jest/globals';
import { declaration, releasedFiles } from '../../src/release/release.ts';
import { AIRLOCK, aDraft, aHash, aRequest, P } from './world.ts';

const barred = (who: number) => ({ deeds: [{ known: true, deed: 'committed', person: who } as const] });

test('two files leave after two people looked at them and signed', () => {
  const story = aDraft().does('author', 'submit', {});
  story.does(AIRLOCK, 'assign', { checker: P.checkerA }).does('checkerB', 'claim', {});
  story.opens('checkerA', 'checkerB').grades('checkerA', 'approve').signs('checkerA');
  expect(story.state).toBe('reviewing');

  story.signs('checkerB', 'approve');

  expect(story.state).toBe('approved');
  const approvals = [
    expect.objectContaining({ checker: P.checkerA }),
    expect.objectContaining({ checker: P.checkerB }),
  ];
  expect(declaration(story.now, 1)).toEqual({
    release: 'request-1-1',
    request: 'request-1',
    workspace: 'study-main',
    project: 'ns-1',
    files: [
      { path: 'a.csv', sha256: aHash('a.csv'), size: 10, approvals },
      { path: 'b.csv', sha256: aHash('b.csv'), size: 10, approvals },
    ],
  });
  expect(declaration(story.now, 2)).toBeUndefined();
  expect(story.uploads().agrees().state).toBe('released');
  expect(releasedFiles(story.now).map(({ path }) => path)).toEqual(['a.csv', 'b.csv']);
});

describe('a release that was queued', () => {
  test('is halted, comes back to its checkers and is queued again only by a person', () => {
    const story = aRequest('approved').does('checkerC', 'halt', { batch: 1 });
    expect(story.state).toBe('consolidating');

    story.grades('checkerA', 'approve', 'a.csv').signs('checkerA');
    expect(story.state).toBe('consolidating');

    story.does('checkerC', 'queue-release', {});
    expect(story.uploads(2).agrees().state).toBe('released');
    expect(story.now.batches.map(({ state }) => state)).toEqual(['halted', 'released']);
  });

  test('is halted by the airlock when an approval no longer stands', () => {
    const story = aRequest('approved').with(barred(P.checkerB)).does(AIRLOCK, 'halt', { batch: 1 });
    expect(story.state).toBe('consolidating');
    expect(story.code('checkerA', 'queue-release', {})).toBe('release.not-all-approved');
  });

  test('waits for a person where policy says so', () => {
    const story = aRequest('reviewing', { confirm: true }).reviews('checkerB', 'approve');
    expect(story.state).toBe('consolidating');
    story.does('checkerA', 'queue-release', {});
    expect(story.state).toBe('approved');
    expect(story.entries.at(-1)?.by).toMatchObject({ kind: 'person', id: P.checkerA });
  });

  test('fails, is tried again and arrives; a repeated confirmation changes nothing', () => {
    const story = aRequest('releasing');
    const a = { batch: 1, path: 'a.csv', sha256: aHash('a.csv') };
    story.does(AIRLOCK, 'fail-upload', { batch: 1, path: 'a.csv' }).does(AIRLOCK, 'confirm-upload', a);
    expect(story.now.batches[0]?.files[0]).toMatchObject({ failures: 1, uploaded: true });
    const before = story.entries.length;
    story.does(AIRLOCK, 'confirm-upload', a);
    expect(story.entries.length).toBe(before);
    expect(story.state).toBe('releasing');
  });
});

describe('a part', () => {
  const part = () => {
    const story = aRequest('submitted');
    for (const who of ['checkerA', 'checkerB'] as const) {
      story.grades(who, 'approve', 'a.csv').grades(who, 'changes', 'b.csv').says(who).signs(who);
    }
    return story
      .does('checkerA', 'propose-part', { paths: ['a.csv', 'a.csv'] })
      .does('checkerB', 'confirm-part', {});
  };

  test('leaves while the rest goes back, is corrected and follows', () => {
    const story = part();
    expect(story.state).toBe('returned');
    expect(story.uploads().state).toBe('returned');

    story
      .writes('b.csv', 'rounded')
      .does('author', 'update-file', story.copyOf('b.csv'))
      .says('author')
      .does('author', 'submit', {});
    story.reviews('checkerA', 'approve').reviews('checkerB', 'approve');
    expect(story.uploads(2).agrees().state).toBe('released');
    expect(releasedFiles(story.now).map(({ path }) => path)).toEqual(['a.csv', 'b.csv']);
  });

  test('ends the request when its author withdraws the rest, at once or when it has arrived', () => {
    const arrived = part().uploads().does('author', 'withdraw-file', { path: 'b.csv' });
    expect(arrived.agrees().state).toBe('released');
    const waiting = part().does('author', 'withdraw-file', { path: 'b.csv' });
    expect(waiting.state).toBe('releasing');
    expect(waiting.uploads().agrees().state).toBe('released');
  });

  test('can be recalled whole: then nothing of the request is out', () => {
    const story = part().uploads();
    story
      .does('checkerA', 'revoke', { file: 1, category: 'disclosure' })
      .does('checkerB', 'revoke', { file: 1, category: 'wrong-file' });
    expect(story.state).toBe('returned');
    expect(story.does('author', 'withdraw-file', { path: 'b.csv' }).agrees().state).toBe('revoked');
  });

  test('is halted before it leaves: its files are as the others again', () => {
    const story = part().does('checkerC', 'halt', { batch: 1 });
    expect(story.state).toBe('returned');
    expect(story.does('author', 'withdraw-file', { path: 'a.csv' }).agrees().state).toBe('returned');
  });

  test('is halted when the rest was withdrawn: the request is back with its author', () => {
    const story = part()
      .does('author', 'withdraw-file', { path: 'b.csv' })
      .does('checkerC', 'halt', { batch: 1 });
    expect(story.agrees().state).toBe('returned');
  });

  test('that waits stays inside when the request is withdrawn, one under way arrives', () => {
    const waiting = part().does('lead', 'withdraw', {});
    expect(waiting.now.batches[0]?.state).toBe('halted');
    const story = part();
    story
      .does(AIRLOCK, 'start-upload', { batch: 1, hashes: { 'a.csv': aHash('a.csv') } })
      .does('author', 'withdraw', {});
    story.does(AIRLOCK, 'confirm-upload', { batch: 1, path: 'a.csv', sha256: aHash('a.csv') });
    expect(story.agrees().state).toBe('withdrawn');
    expect(story.now.batches[0]?.state).toBe('released');
  });

  test('that is proposed falls when a grade changes or its proposer leaves', () => {
    const proposed = () => {
      const story = aRequest('submitted');
      for (const who of ['checkerA', 'checkerB'] as const) {
        story.grades(who, 'approve', 'a.csv').grades(who, 'changes', 'b.csv').says(who).signs(who);
      }
      return story.does('checkerA', 'propose-part', { paths: ['a.csv'] });
    };
    expect(proposed().grades('checkerB', 'changes', 'a.csv').now.proposedPart).toBeNull();
    const left = proposed().with(barred(P.checkerA)).does(AIRLOCK, 'unassign', { checker: P.checkerA });
    expect(left.now.proposedPart).toBeNull();
    const other = proposed().with(barred(P.checkerB)).does(AIRLOCK, 'unassign', { checker: P.checkerB });
    expect(other.now.proposedPart).not.toBeNull();
  });
});

describe('bytes that were out', () => {
  test('are recalled by two, file by file, until the whole request is', () => {
    const story = aRequest('released').does('checkerA', 'revoke', { file: 1, category: 'disclosure' });
    expect(story.now.proposedRecalls).toEqual([{ by: P.checkerA, path: 'a.csv', category: 'disclosure' }]);
    story.does('owner', 'revoke', { file: 1, category: 'data-owner', reason: 'They asked.' });
    expect(story.agrees().state).toBe('released');
    expect(releasedFiles(story.now).map(({ path }) => path)).toEqual(['b.csv']);
    story
      .does('owner', 'revoke', { file: 2, category: 'data-owner' })
      .does('checkerB', 'revoke', { file: 2, category: 'data-owner' });
    expect(story.agrees().state).toBe('revoked');
  });

  test('are supporting files elsewhere in the request, and come back as output only with a reason', () => {
    const again = aDraft()
      .writes('c.csv')
      .with({ revoked: [aHash('c.csv')], released: [aHash('d.csv')] });
    again.does('author', 'add-file', {
      ...again.copyOf('c.csv'),
      group: 'tables',
      as: 'output',
      reason: 'It is rounded now.',
    });
    expect(again.adds('d.csv', 'tables', 'supporting').now.files).toHaveLength(5);
  });
});

describe('operators', () => {
  test('close what is stuck, two of them agreeing on the end', () => {
    const story = aRequest('reviewing').does('operator1', 'close-by-operators', {
      to: 'withdrawn',
      reason: 'Stuck.',
    });
    story.does('operator2', 'close-by-operators', { to: 'rejected', reason: 'No, reject it.' });
    expect(story.state).toBe('reviewing');
    story.does('operator1', 'close-by-operators', { to: 'rejected', reason: 'Agreed.' });
    expect(story.agrees().state).toBe('rejected');
    expect(story.now.sealedTurns).toEqual([1]);
  });

  test('stop an upload half-way; what was on the wire still arrives', () => {
    const story = aRequest('releasing');
    story
      .does('operator1', 'close-by-operators', { to: 'withdrawn', reason: 'Stuck.' })
      .does('operator2', 'close-by-operators', { to: 'withdrawn', reason: 'Stuck.' });
    expect(story.now.batches[0]?.state).toBe('stopped');
    story.does(AIRLOCK, 'confirm-upload', { batch: 1, path: 'a.csv', sha256: aHash('a.csv') });
    expect(story.agrees().state).toBe('withdrawn');
    expect(releasedFiles(story.now).map(({ path }) => path)).toEqual(['a.csv']);
    expect(story.now.sealedTurns).toEqual([]);
  });

  test('halt what is queued when they close', () => {
    const story = aRequest('approved');
    for (const who of ['operator1', 'operator2'] as const)
      story.does(who, 'close-by-operators', { to: 'rejected', reason: 'Stuck.' });
    expect(story.agrees().now.batches[0]?.state).toBe('halted');
  });
});

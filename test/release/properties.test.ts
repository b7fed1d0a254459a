/**
 * What must hold in every life of a request, looked up in the log by means that share nothing with the
 * rules. A property that its lives never come near holds for nothing, so each counts what it met.
 */
import { describe, expect, test } from '@jest/globals';
import { fc } from '../support/properties.ts';
import {
  activity,
  fold,
  viewerOf,
  visibleComments,
  visibleGrades,
  visibleResolutions,
  type Entry,
  type EntryOf,
} from '../../src/release/release.ts';
import { CHECKERS, EVERYBODY, handedOut, live, lives, type Told } from './lives.ts';
import { aDraft, P, type Name, type Story } from './world.ts';

interface Held {
  turn: number;
  signed: boolean;
}

const byPasskey = (by: Entry['by']): boolean => by.kind === 'person' && by.session?.strength === 'passkey';

/**
 * By the log alone: who had opened, approved and signed these bytes at entry `at`, and lost none of it since.
 * `strong`: in sessions opened with a passkey only.
 */
function signersOf(
  { story, guilty, seen }: Told,
  at: number,
  { path, sha256 }: { path: string; sha256: string },
  strong: boolean,
): Set<number> {
  const held = new Map<number, Held>();
  const authors = new Set<number>();
  for (const [index, entry] of story.entries.slice(0, at).entries()) {
    if (entry.type === 'REQUEST_CREATE' || entry.type === 'REQUEST_TRANSFER') authors.add(entry.author);
    if (entry.type === 'REQUEST_EDIT' && entry.edit === 'co-author') authors.add(entry.coAuthor);
    if (entry.type === 'REQUEST_EDIT' && entry.edit === 'explain') held.clear();
    if (entry.type === 'REQUEST_UNCLAIM') held.delete(entry.checker);
    if (entry.type === 'REQUEST_RESTORE') held.clear();
    if (entry.type === 'REQUEST_FILE_UPDATE' && entry.path === path) held.clear();
    if (entry.type === 'REQUEST_REVIEW') {
      const grade = held.get(entry.checker);
      if (grade?.turn === entry.turn) grade.signed = true;
    }
    if (!('path' in entry) || entry.path !== path || !('checker' in entry)) continue;
    held.delete(entry.checker);
    if (entry.type !== 'REQUEST_FILE_APPROVE' && entry.type !== 'REQUEST_FILE_CONFIRM') continue;
    const opened = seen[index]!.some(
      ({ sha256: hash, session }) =>
        hash === sha256 && session.person === entry.checker && (!strong || session.strength === 'passkey'),
    );
    if (strong && !byPasskey(entry.by)) continue;
    if (entry.sha256 === sha256 && opened) held.set(entry.checker, { turn: entry.turn, signed: false });
  }
  const { turn } = story.entries[at]!;
  const good = [...held].filter(([, grade]) => grade.signed && grade.turn === turn).map(([id]) => id);
  return new Set(
    good.filter((id) => !authors.has(id) && !guilty[at]!.has(id) && CHECKERS.some((name) => P[name] === id)),
  );
}

function everyReleaseHasTwoSigners(told: Told, trust: 'hub' | 'zone'): number {
  let met = 0;
  told.story.entries.forEach((entry, at) => {
    if (entry.type !== 'REQUEST_FILE_RELEASE') return;
    if (told.trust[at] === trust) met += 1;
    const named = entry.approvals.map(({ checker }) => checker);
    const signers = signersOf(told, at, entry, told.trust[at] === 'zone');
    expect(signers.size).toBeGreaterThanOrEqual(2);
    expect([...signers]).toEqual(expect.arrayContaining(named));
    expect(new Set(named).size).toBe(named.length);
  });
  return met;
}

/**
 * What left was queued as these bytes, started with two who were still fit, not halted; and it left once.
 * When it was started and when it was handed out, in a zone of its own trust, both had used their passkeys.
 */
function everyUploadWasReleased(told: Told): number {
  const { story, guilty, trust } = told;
  const gone = new Set<string>();
  story.entries.forEach((entry, at) => {
    if (entry.type !== 'REQUEST_FILE_UPLOAD') return;
    const before = story.entries.slice(0, at);
    const same = (each: Entry): boolean => 'batch' in each && each.batch === entry.batch;
    const queued = before.find(
      (each): each is EntryOf<'REQUEST_FILE_RELEASE'> =>
        each.type === 'REQUEST_FILE_RELEASE' && same(each) && each.path === entry.path,
    );
    const started = before.findIndex(
      (each) => each.type === 'REQUEST_RELEASE' && each.step === 'started' && same(each),
    );
    expect(queued?.sha256).toBe(entry.sha256);
    // Queued before a restore and not stopped by it, it had been started; what is said to have arrived may have left then.
    expect(started).toBeGreaterThan(story.entries.indexOf(queued!));
    expect(before.some((each) => each.type === 'REQUEST_HALT' && same(each))).toBe(false);
    expect(
      queued!.approvals.filter(({ checker }) => !guilty[started]!.has(checker)).length,
    ).toBeGreaterThanOrEqual(2);
    const between = before.slice(story.entries.indexOf(queued!));
    if (between.some(({ type }) => type === 'REQUEST_RESTORE')) return;
    const out = handedOut(story).get(`${entry.batch} ${entry.path}`) ?? trust[at];
    for (const whose of [trust[started], out]) {
      if (whose !== 'zone') continue;
      expect(signersOf(told, story.entries.indexOf(queued!), queued!, true).size).toBeGreaterThanOrEqual(2);
    }
    expect(gone).not.toContain(`${entry.batch} ${entry.path}`);
    gone.add(`${entry.batch} ${entry.path}`);
  });
  return gone.size;
}

/** All that a person is shown, but for the state and who has a place, which checkers know of each other. */
function shownTo(name: Name, story: Story): string {
  const viewer = viewerOf(P[name], story.now, story.facts);
  return JSON.stringify({
    activity: activity(story.now, story.entries, viewer).filter(({ type }) => !/CLAIM$/.test(type)),
    comments: visibleComments(story.now, viewer),
    grades: visibleGrades(story.now, viewer),
    resolutions: visibleResolutions(story.now, viewer),
  });
}

const CHECKERS_ONLY =
  /"type":"(REQUEST_FILE_(APPROVE|REJECT|REQUEST_CHANGES|CONFIRM|CARRY|UNDECIDED|RESET_REVIEW)|REQUEST_(UN)?CLAIM)"|"(conflicted|verdict|seq|approvals)"/;
const BLIND = ['submitted', 'reviewing'];

describe('in every life of a request', () => {
  test('nothing leaves without two people who saw, approved and signed exactly these bytes and had no hand in them', () => {
    const met = { hub: 0, zone: 0, uploads: 0 };
    fc.assert(
      fc.property(lives, (life) => {
        const told = live(life);
        met.hub += everyReleaseHasTwoSigners(told, 'hub');
        met.zone += everyReleaseHasTwoSigners(told, 'zone');
        met.uploads += everyUploadWasReleased(told);
      }),
      { numRuns: 200 },
    );
    expect(met.hub).toBeGreaterThan(20);
    expect(met.zone).toBeGreaterThan(10);
    expect(met.uploads).toBeGreaterThan(20);
  });

  test('no entry is lost, doubled or reordered, and the log alone is the state', () => {
    fc.assert(
      fc.property(lives, (life) => {
        const { story } = live(life);
        story.agrees();
        expect(fold(story.entries.map((entry) => JSON.parse(JSON.stringify(entry)) as Entry))).toEqual(
          story.now,
        );
        const open = story.now.batches.filter(({ state }) => state === 'queued' || state === 'uploading');
        expect(open.length).toBeLessThan(2);
      }),
      { numRuns: 50 },
    );
  });

  test('nobody is shown what another checker does while reviews are blind', () => {
    let met = 0;
    fc.assert(
      fc.property(lives, (life) => {
        let shown = new Map<Name, string>();
        let wasBlind = false;
        live(life, {
          before: ({ story }) => {
            wasBlind = BLIND.includes(story.state);
            shown = wasBlind ? new Map(EVERYBODY.map((name) => [name, shownTo(name, story)])) : shown;
          },
          after: ({ story }, from) => {
            const fresh = story.entries.slice(from);
            if (!wasBlind || !BLIND.includes(story.state) || fresh.length === 0) return;
            // Operators and successors are no checkers: that they act is for all to see.
            if (fresh.some(({ type }) => /ADMIN$|TRANSFER$|RESTORE$/.test(type))) return;
            met += 1;
            // Who acted sees it; who lost a place by it loses what they gave.
            const concerned = new Set(
              fresh.flatMap(({ by, owner }) => [by.kind === 'person' ? by.id : 0, owner]),
            );
            for (const [name, before] of shown) {
              if (!concerned.has(P[name])) expect(shownTo(name, story)).toBe(before);
            }
          },
        });
      }),
      { numRuns: 40 },
    );
    expect(met).toBeGreaterThan(50);
  });

  test('whoever does not check is never shown a grade, a place, a disagreement or a number that counts them', () => {
    fc.assert(
      fc.property(lives, (life) => {
        const { story } = live(life);
        for (const name of ['author', 'coAuthor', 'lead', 'member', 'copilot', 'operator1'] as const) {
          expect(shownTo(name, story)).not.toMatch(CHECKERS_ONLY);
        }
      }),
      { numRuns: 80 },
    );
  });

  /**
   * What anybody may know of a turn: its places and its end; an approval and its files, told when it was
   * given though it was halted since; and what became meanwhile of a part decided before it.
   */
  const OF_NO_REVIEW =
    /^REQUEST_(EARLY_RETURN|APPROVE|FILE_RELEASE|CLAIM|UNCLAIM|ADMIN|WITHDRAW|RESTORE|HALT|RELEASE|FILE_UPLOAD|FILE_UPLOAD_FAILED|FILE_REVOKE)$/;

  test('what a broken-off turn held is never shown again', () => {
    let met = 0;
    fc.assert(
      fc.property(lives, (life) => {
        live(life, {
          after: ({ story }) => {
            const { sealedTurns } = story.now;
            const sealed = ({ turn }: { turn: number }): boolean => sealedTurns.includes(turn);
            met += sealedTurns.length;
            for (const name of sealedTurns.length > 0 ? (['author', 'member', ...CHECKERS] as const) : []) {
              const viewer = viewerOf(P[name], story.now, story.facts);
              expect(visibleComments(story.now, viewer).filter(sealed)).toEqual([]);
              expect(visibleGrades(story.now, viewer).filter(({ key }) => sealed(key))).toEqual([]);
              for (const { type } of activity(story.now, story.entries, viewer).filter(sealed)) {
                expect(type).toMatch(OF_NO_REVIEW);
              }
            }
          },
        });
      }),
      { numRuns: 50 },
    );
    expect(met).toBeGreaterThan(20);
  });
});

test('a second active request of an author in a workspace is refused on the fact that the database gives', () => {
  const made = { id: 'request-2', workspace: 'study-main', project: 'ns-1' };
  fc.assert(
    fc.property(
      fc.constantFrom<Name>('author', 'coAuthor', 'lead', 'member'),
      fc.option(fc.string()),
      (name, active) => {
        const story = aDraft().with({ activeRequest: active });
        story.request = undefined;
        const code = story.code(name, 'create', { ...made, author: P[name] });
        expect(code).toBe(active === null ? 'it happened' : 'release.active-request');
      },
    ),
  );
});

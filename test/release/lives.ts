/**
 * Random lives of a request: anybody tries anything at any time, and facts change underneath. A step is
 * plain data, so a life that breaks a property can be read and told again.
 */
import { fc } from '../support/properties.ts';
import {
  outputsAtStake,
  whyNotSent,
  type CommandType,
  type GivenGrade,
  type ReleasePolicy,
  type Session,
  type View,
} from '../../src/release/release.ts';
import { AIRLOCK, aDraft, inViewer, onGitHub, P, type Name, type Story } from './world.ts';

export const CHECKERS = ['checkerA', 'checkerB', 'checkerC', 'checkerD'] as const;
export const EVERYBODY = Object.keys(P) as Name[];

interface Chance {
  who: Name;
  author: Name;
  checker: Name;
  path: string;
  group: string;
  grade: GivenGrade;
  number: number;
  intact: boolean;
  strength: Session['strength'];
}
export type Step = Chance & { does: keyof typeof DEEDS };

function asks(
  type: CommandType,
  by: 'who' | 'author' | 'checker',
  rest: (chance: Chance) => object = () => ({}),
) {
  return (story: Story, chance: Chance): void => {
    const actor = inViewer(chance[by], { signedInAt: story.facts.at, strength: chance.strength });
    story.ask(actor, type as 'comment', rest(chance) as never);
  };
}

function airlock(type: CommandType, rest: (chance: Chance, story: Story) => object) {
  return (story: Story, chance: Chance): void => {
    story.ask(AIRLOCK, type as 'comment', rest(chance, story) as never);
  };
}

function talks(story: Story, name: Name): void {
  for (const { name: group } of story.now.groups) {
    story.ask(name, 'comment', { id: `c${story.now.seq}`, group, text: 'So.', visibility: 'public' });
  }
}

/** Somebody who knows the way: opens everything, says something, signs. */
function reviews(story: Story, name: Name, grade: GivenGrade, strength: Session['strength']): void {
  const actor = inViewer(name, { strength });
  story.ask(name, 'claim', {});
  story.opensBy(name, strength);
  talks(story, name);
  story.ask(actor, 'confirm-grade', { group: 'tables' });
  if (story.policy.trust === 'hub') story.ask(onGitHub(name), 'sign', { verdict: grade });
  for (const { path } of outputsAtStake(story.now)) story.ask(actor, 'grade', { path, grade });
  story.ask(onGitHub(name), 'sign', { verdict: 'submit' });
}

/** What a story's airlock has given out, and whose word counted then. */
const given = new WeakMap<Story, Map<string, ReleasePolicy['trust']>>();

export const handedOut = (story: Story): Map<string, ReleasePolicy['trust']> => {
  const known = given.get(story) ?? new Map<string, ReleasePolicy['trust']>();
  given.set(story, known);
  return known;
};

function handsOut(story: Story, path: string): void {
  const batch = latest(story)?.number ?? 1;
  const key = `${batch} ${path}`;
  if (handedOut(story).has(key) || whyNotSent(story.now, { batch, path }, story.facts, story.policy)) return;
  handedOut(story).set(key, story.policy.trust);
}

const latest = (story: Story) => story.now.batches.at(-1);
const chosen = ({ checker }: Chance) => ({ checker: P[checker] });

/** What a step does, and how often it is drawn. */
const DEEDS = {
  adds: [
    3,
    (story: Story, { author, path, group }: Chance) =>
      void story.ask(author, 'add-file', { ...story.copyOf(path), group, as: 'output' }),
  ],
  updates: [
    3,
    (story: Story, { author, path }: Chance) => void story.ask(author, 'update-file', story.copyOf(path)),
  ],
  withdrawsFile: [2, asks('withdraw-file', 'author', ({ path }) => ({ path }))],
  moves: [1, asks('move-file', 'author', ({ path, group }) => ({ path, group }))],
  retypes: [
    1,
    asks('retype-file', 'author', ({ path, intact }) => ({ path, as: intact ? 'output' : 'supporting' })),
  ],
  explains: [
    2,
    asks('explain', 'author', ({ group, number }) => ({
      group,
      context: `Context ${number}.`,
      controls: { threshold: 7, base: 5, method: 'rounding', text: '' },
    })),
  ],
  submits: [
    10,
    (story: Story) => {
      talks(story, 'author');
      story.ask('author', 'submit', {});
    },
  ],
  submitsForOthers: [1, asks('submit', 'who')],
  namesCoAuthor: [
    1,
    asks('name-co-author', 'author', ({ intact }) => ({ person: intact ? P.coAuthor : P.checkerA })),
  ],
  takesOver: [1, asks('take-over', 'author')],
  claims: [4, asks('claim', 'who')],
  unclaims: [1, asks('unclaim', 'checker')],
  assigned: [3, airlock('assign', chosen)],
  unassigned: [1, airlock('unassign', chosen)],
  opens: [6, (story: Story, { checker, strength }: Chance) => void story.opensBy(checker, strength)],
  grades: [6, asks('grade', 'checker', ({ path, grade }) => ({ path, grade }))],
  gradesGroup: [1, asks('grade-group', 'checker', ({ group }) => ({ group }))],
  confirms: [3, asks('confirm-grade', 'checker', ({ path }) => ({ path }))],
  confirmsGroup: [1, asks('confirm-grade', 'checker', ({ group }) => ({ group }))],
  clears: [1, asks('clear-grade', 'checker', ({ path }) => ({ path }))],
  resets: [1, asks('reset-grades', 'checker')],
  submitsReview: [
    4,
    (story: Story, { checker }: Chance) => void story.ask(onGitHub(checker), 'sign', { verdict: 'submit' }),
  ],
  gradesNumbers: [
    1,
    (story: Story, { checker, grade, number }: Chance) =>
      void story.ask(onGitHub(checker), 'sign', { verdict: grade, files: [number] }),
  ],
  reviews: [
    16,
    (story: Story, { checker, grade, strength }: Chance) => reviews(story, checker, grade, strength),
  ],
  returns: [
    3,
    asks('return', 'checker', ({ number }) => ({ category: number > 2 ? undefined : 'wrong-files' })),
  ],
  proposes: [4, asks('propose-part', 'checker', () => ({ paths: ['a.csv'] }))],
  agrees: [4, asks('confirm-part', 'checker')],
  queues: [2, asks('queue-release', 'checker')],
  arbitrates: [1, asks('arbitrate', 'checker', () => ({ reason: 'It is rounded.' }))],
  halts: [1, asks('halt', 'who', ({ number }) => ({ batch: number }))],
  haltedByAirlock: [1, airlock('halt', ({ number }) => ({ batch: number }))],
  starts: [
    8,
    airlock('start-upload', ({ intact }, story) => ({
      batch: latest(story)?.number ?? 1,
      hashes: Object.fromEntries(
        (latest(story)?.files ?? []).map(({ path, sha256 }) => [path, intact ? sha256 : 'other']),
      ),
    })),
  ],
  arrives: [
    12,
    airlock('confirm-upload', ({ path, intact }, story) => ({
      batch: latest(story)?.number ?? 1,
      path,
      sha256: intact ? latest(story)?.files.find((file) => file.path === path)?.sha256 : 'other',
      handedOut: handedOut(story).has(`${latest(story)?.number ?? 1} ${path}`),
    })),
  ],
  handsOut: [8, (story: Story, { path }: Chance) => handsOut(story, path)],
  fails: [1, airlock('fail-upload', ({ path, number }) => ({ batch: number, path }))],
  saysOfColumn: [
    1,
    asks('set-role', 'author', ({ path, intact, number }) => ({
      path,
      column: `c${number}`,
      as: intact ? 'other' : 'count',
      reason: 'So it is.',
    })),
  ],
  takesBack: [1, asks('clear-role', 'author', ({ path, number }) => ({ path, column: `c${number}` }))],
  closesIncident: [
    1,
    asks('close-incident', 'who', ({ number }) => ({
      incident: number,
      outcome: 'contained',
      reason: 'Gone.',
    })),
  ],
  revokes: [1, asks('revoke', 'who', ({ number }) => ({ file: number, category: 'disclosure' }))],
  closes: [1, asks('close-by-operators', 'who', () => ({ to: 'withdrawn', reason: 'Stuck.' }))],
  comments: [
    2,
    (story: Story, { who, group, intact }: Chance) =>
      void story.ask(who, 'comment', {
        id: `r${story.now.seq}`,
        group,
        text: 'Hm.',
        visibility: intact ? 'public' : 'private',
      }),
  ],
  deletes: [
    2,
    (story: Story, { checker }: Chance) =>
      void story.ask(checker, 'delete-comment', {
        id: story.now.comments.find(({ by }) => by === P[checker])?.id ?? '',
      }),
  ],
  publishes: [
    1,
    (story: Story, { checker }: Chance) =>
      void story.ask(checker, 'publish-comment', {
        id: story.now.comments.findLast(({ by }) => by === P[checker])?.id ?? '',
      }),
  ],
  answersHint: [1, asks('resolve-hint', 'who', () => ({ hint: 'hint', reason: 'Seen.' }))],
  // The world: files are written again, deeds come to light or are cleared up, views are lost.
  runsAgain: [3, (story: Story, { path, number }: Chance) => void story.writes(path, `${path} ${number}`)],
  isFoundOut: [
    2,
    (story: Story, { checker }: Chance) =>
      void story.with({ deeds: [{ known: true, deed: 'committed', person: P[checker] }] }),
  ],
  isCleared: [4, (story: Story) => void story.with({ deeds: [] })],
  forgets: [1, (story: Story) => void story.with({ views: [] })],
  isRestored: [1, (story: Story) => void story.restored(story.now.epoch + 1000)],
  trustsZone: [1, (story: Story) => void story.trusts('zone')],
  trustsHub: [1, (story: Story) => void story.trusts('hub')],
} as const satisfies Record<string, readonly [weight: number, deed: (story: Story, chance: Chance) => void]>;

const names = Object.entries(DEEDS).flatMap(([does, [weight]]) =>
  Array.from({ length: weight }, () => does as keyof typeof DEEDS),
);

const step: fc.Arbitrary<Step> = fc.record({
  does: fc.constantFrom(...names),
  who: fc.constantFrom(...EVERYBODY),
  author: fc.constantFrom<Name>('author', 'author', 'author', 'coAuthor', 'lead', 'checkerA'),
  checker: fc.constantFrom<Name>(...CHECKERS),
  path: fc.constantFrom('a.csv', 'b.csv', 'notes.txt', 'c.csv'),
  group: fc.constantFrom('tables', 'background'),
  grade: fc.constantFrom<GivenGrade>('approve', 'approve', 'approve', 'approve', 'changes', 'reject'),
  number: fc.integer({ min: 1, max: 4 }),
  intact: fc.constantFrom(true, true, true, false),
  strength: fc.constantFrom<Session['strength']>('code', 'passkey', 'passkey'),
});

export const lives = fc.array(step, { minLength: 100, maxLength: 140, size: 'max' });

/** A story that remembers, for every entry, what was true when it was written. */
export interface Told {
  story: Story;
  /** People with a hand in the work at each entry. */
  guilty: Set<number>[];
  seen: (readonly View[])[];
  /** Whose word counted. */
  trust: ReleasePolicy['trust'][];
}

/** Takes the steps; `before` and `after` look at what each does. */
export function live(
  life: readonly Step[],
  {
    before,
    after,
  }: { before?: (told: Told) => void; after?: (told: Told, from: number, step: Step) => void } = {},
): Told {
  const hints = [{ id: 'hint', check: 'C7', severity: 'inform' as const }];
  const told: Told = { story: aDraft().writes('c.csv').with({ hints }), guilty: [], seen: [], trust: [] };
  remember(told);
  for (const each of life) {
    before?.(told);
    const from = told.story.entries.length;
    DEEDS[each.does][1](told.story, each);
    remember(told);
    after?.(told, from, each);
  }
  return told;
}

function remember({ story, guilty, seen, trust }: Told): void {
  const now = new Set(story.facts.deeds.flatMap((deed) => (deed.known ? [deed.person] : [])));
  while (guilty.length < story.entries.length) {
    guilty.push(now);
    seen.push(story.facts.views);
    trust.push(story.policy.trust);
  }
}

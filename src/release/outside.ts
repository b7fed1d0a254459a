/**
 * A refusal as GitHub is told it: from its code alone. What was refused in the zone may name groups,
 * files, addresses or counts; the other checker and the author read the issue too. So only the code
 * crosses, and the sentence is made here, on the hub's side, from nothing else.
 */
import { refusal, type Refusal } from '../lib/refusal.ts';
import { no } from './refusals.ts';

const OPEN_VIEWER = 'The viewer says more.';

/** For codes whose sentence in the zone holds more than it may outside. */
const PLAIN: Readonly<Record<string, readonly [says: string, next: string]>> = {
  'release.not-independent': ['You cannot check this request: you are not independent of it.', OPEN_VIEWER],
  'release.state': ['This cannot be done in the state the request is in now.', OPEN_VIEWER],
  'release.active-request': [
    'You have an active request in this workspace already.',
    'Finish or withdraw it first.',
  ],
  'airlock.paused': [
    'This is paused by governance, or by the operator of the zone.',
    'Say it again when it has been lifted.',
  ],
  'airlock.no-room': [
    'The airlock takes no more files: its disk is nearly full.',
    'Say it again when the operators of the zone have made room.',
  ],
  'release.not-explained': ['Context or controls are missing.', 'Fill them in in the viewer.'],
  'release.unknown-committer': [
    'Nobody knows who wrote some of the commits.',
    'The viewer names the addresses; ask the governance team to add them to people.yml.',
  ],
  'release.blocking-hints': ['Blocking hints have no exception.', 'Answer them in the viewer.'],
  'release.final-hints': ['Blocking hints admit no exception.', OPEN_VIEWER],
  'release.open-hints': ['Warnings are not answered.', 'Answer them in the viewer.'],
  'release.unanswered': ['You have not said what changed.', 'Comment on the groups that the viewer names.'],
  'release.turn-over': [
    'The request came back and was submitted again after this was said.',
    'Look in the viewer at what changed, then say it again.',
  ],
  'release.not-opened': [
    'Your signature was not taken.',
    'Open every file in the viewer as it is now, then sign again.',
  ],
  'release.ungraded': [
    'Your signature was not taken.',
    'Grade or confirm every output in the viewer, then sign again.',
  ],
  'release.comment-missing': [
    'Your signature was not taken.',
    'Say in the viewer what should change, then sign again.',
  ],
  'release.public-comment-missing': [
    'The author is not told what to do.',
    'Comment publicly on the groups that the viewer names.',
  ],
};

/** What needs nothing filled in says the same everywhere. */
const FIXED = new Map(
  Object.values(no)
    .filter((make) => make.length === 0)
    .map((make) => (make as () => Refusal)())
    .map((each) => [each.code, each]),
);

export function refusalOutside(code: string): Refusal {
  const plain = PLAIN[code];
  if (plain) return refusal(code, ...plain);
  return FIXED.get(code) ?? refusal(code, 'This was refused in the zone.', OPEN_VIEWER);
}

/**
 * The whole hub in an attacker's hand, with somebody inside, under `review.trust: zone`: no byte leaves.
 *
 * Mallory sits in the zone, is one of the two checkers and has a passkey of their own; the other checker and
 * both operators are honest.
 */
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { hours, minutes } from '../../src/lib/clock.ts';
import { WHO, type Name } from '../support/airlock.ts';
import { GOVERNANCE } from '../support/proxy.ts';
import { EVIL, GOOD, MERGES } from '../support/hostile-merges.ts';
import { ASKED, HostileZone, OTHERS } from '../support/hostile-zone.ts';
import { SoftPasskey } from '../support/soft-passkey.ts';

const SLOW = 180_000;

let zone: HostileZone;
let id: string;
let mallory: Name;
let honest: Name;
/** Files that were rightly released by a story. */
const out: string[] = [];

beforeAll(async () => {
  zone = await HostileZone.open('zone');
  await zone.enrolEverybody('checkerA', 'checkerB');
}, SLOW);
afterAll(() => zone.close());
beforeEach(async () => {
  id = await zone.submitted();
  [mallory, honest] = await zone.checkers(id);
});
afterEach(async () => {
  await zone.closed(id);
  // Sign-ins are counted for ten minutes.
  await zone.later(minutes(11));
});

const sign = (verdict: 'submit' | 'approve' | 'changes' | 'reject', files?: number[]) =>
  ({ type: 'sign', request: id, verdict, ...(files ? { files } : {}) }) as const;

async function nothingLeft(): Promise<void> {
  await zone.sent();
  expect(zone.hub.uploads.map(({ body }) => body.toString())).toHaveLength(out.length);
  expect(zone.leaks(zone.secrets([ASKED, ...OTHERS].filter((each) => !out.includes(each))))).toEqual([]);
}

/** Mallory's own review is an honest one: it is the second that has to be forged. */
async function malloryApproves(): Promise<void> {
  const own = await zone.comes(mallory);
  await own.opens(id, 1);
  expect(await own.does(id, 'grade', { path: ASKED, grade: 'approve' })).toBeUndefined();
  expect(await zone.hub.orders(WHO[mallory], sign('submit'))).toBe('done');
  expect(await zone.state(id)).toBe('reviewing');
}

test('a checker that the hub signs in may look, but neither looking nor grading counts', async () => {
  await malloryApproves();
  const forged = await zone.claimsToBe(honest);
  expect(await forged.opens(id, 1)).toBeDefined();
  expect(await forged.does(id, 'grade', { path: ASKED, grade: 'approve' })).toBe('release.passkey-needed');
  expect(await forged.does(id, 'grade-group', { group: 'results' })).toBe('release.passkey-needed');
  expect(await forged.does(id, 'sign')).toBe('release.not-opened');
  for (const verdict of ['approve', 'changes', 'reject'] as const)
    expect(await zone.hub.orders(WHO[honest], sign(verdict))).toBe('release.labels-only-submit');
  expect(await zone.hub.orders(WHO[honest], sign('approve', [1]))).toBe('release.labels-only-submit');
  expect(await zone.hub.orders(WHO[honest], sign('submit'))).toBe('release.not-opened');
  await nothingLeft();
});

test('a key that is made in another name opens nothing: operators who came by code cannot confirm it', async () => {
  const key = new SoftPasskey(zone.appOrigin);
  await (await zone.claimsToBe(honest)).enrols(key);
  for (const operator of ['operator1', 'operator2'] as const)
    expect(await (await zone.claimsToBe(operator)).confirms(key)).toBe('passkey.operator-session');
  // One operator of the attacker's own is one too few, and cannot be the second by a code.
  expect(await (await zone.comes('operator1')).confirms(key)).toBeUndefined();
  expect(await (await zone.comes('operator1')).confirms(key)).toBe('passkey.confirmed-already');
  expect(await (await zone.claimsToBe('operator2')).confirms(key)).toBe('passkey.operator-session');
  expect(await zone.visitor().byPasskey(key)).toBe('passkey.refused');
  await malloryApproves();
  await nothingLeft();
});

test('neither does a key of one’s own open another’s session, nor an answer that was heard before', async () => {
  const key = zone.passkeys.get(mallory)!;
  const own = await zone.comes(mallory);
  await own.opens(id, 1);
  expect(await own.does(id, 'grade', { path: ASKED, grade: 'approve' })).toBeUndefined();
  // The hub says of the next browser that it is the honest one; the passkey still names its owner.
  zone.hub.signsInAs = WHO[honest];
  const again = zone.visitor();
  expect(await again.byPasskey(key)).toBeUndefined();
  expect(await again.does(id, 'sign')).toBeUndefined();
  expect(await zone.hub.orders(WHO[honest], sign('submit'))).toBe('release.not-opened');
  const elsewhere = new SoftPasskey('https://viewer.attacker.example');
  await expect((await zone.claimsToBe(honest)).enrols(elsewhere)).rejects.toThrow('passkey.not-made');
  await nothingLeft();
});

test('a grade that is not an approval cannot be turned into one', async () => {
  await malloryApproves();
  const other = await zone.comes(honest);
  await other.opens(id, 1);
  expect(await other.does(id, 'grade', { path: ASKED, grade: 'changes' })).toBeUndefined();
  await other.does(id, 'comment', { group: 'results', text: 'The counts are too small.' });
  for (const verdict of ['approve', 'reject'] as const)
    expect(await zone.hub.orders(WHO[honest], sign(verdict))).toBe('release.labels-only-submit');
  // Submitting early is all it can do: that ends as the grades say.
  await zone.hub.orders(WHO[honest], sign('submit'));
  expect(await zone.state(id)).toBe('consolidating');
  for (const deed of ['queue-release', 'confirm-part'])
    expect(await (await zone.claimsToBe(honest)).does(id, deed)).toBe('release.passkey-needed');
  await nothingLeft();
});

test(
  'grades that two checkers gave with their passkeys it can submit before they meant to, and nothing else',
  async () => {
    await zone.closed(id);
    const [path = ''] = OTHERS;
    id = await zone.submitted([path]);
    for (const who of await zone.checkers(id)) {
      const own = await zone.comes(who);
      await own.opens(id, 1);
      expect(await own.does(id, 'grade', { path, grade: 'approve' })).toBeUndefined();
    }
    await zone.sent();
    expect(zone.hub.uploads).toHaveLength(0);
    out.push(path);
    for (const who of await zone.checkers(id))
      expect(await zone.hub.orders(WHO[who], sign('submit'))).toBe('done');
    await zone.until(() => zone.hub.uploads.length > 0);
    expect(await zone.sent()).toEqual({ [`${id}-1/1`]: 1 });
  },
  SLOW,
);

// ── governance in the attacker's hand ────────────────────────────────────────────────────────────────

test(
  'what it merges into governance gives nobody anything, not after a day, nor with one signature',
  async () => {
    await malloryApproves();
    for (const [what, files] of Object.entries(MERGES)) {
      const commit = await zone.merges(files());
      zone.signs(0, commit);
      zone.clock.advance(hours(25));
      await zone.looked();
      const evil = await zone.claimsToBe(EVIL).then(
        () => 'came in',
        (error: Error) => error.message,
      );
      expect([what, evil]).toEqual([what, 'sign-in.refused']);
      for (const who of [EVIL, EVIL + 1, WHO.author, WHO.governor]) {
        const claimed = await zone.hub.orders(who, { type: 'claim', request: id });
        expect([what, claimed === 'done']).toEqual([what, false]);
      }
      expect([what, await zone.hub.orders(WHO[honest], sign('submit'))]).not.toEqual([what, 'done']);
    }
    await nothingLeft();
    await zone.restores();
  },
  SLOW,
);

test(
  'what takes rights away acts at once: it can stop the work of the zone so, and no more',
  async () => {
    const people = GOOD['teams.yml']!.split('\n').filter((line) => !line.includes(String(WHO[honest])));
    await zone.merges({ 'teams.yml': people.join('\n') });
    expect(await zone.comes(honest).catch((error: Error) => error.message)).toBe('passkey.refused');
    expect(await zone.checkers(id)).not.toContain(honest);
    await nothingLeft();
    await zone.restores();
  },
  SLOW,
);

test('history that was rewritten, or another repository under its name, is not believed', async () => {
  const at = zone.room.governanceCommit();
  const evil = { ...GOOD, ...MERGES['two checkers of its own']!() };
  const { upstream, repositories } = zone.proxy;
  const before = zone.gitIn('rev-parse', 'refs/heads/main');
  upstream.commit(GOVERNANCE, evil, { orphan: true });
  await zone.looked();
  expect(zone.room.governanceCommit()).toBe(at);
  zone.gitIn('update-ref', 'refs/heads/main', before);
  const real = repositories.get(GOVERNANCE)!;
  repositories.set(GOVERNANCE, { ...real, id: 66_666 });
  // The proxy asks GitHub again what stands under a name, now and then.
  await zone.later(minutes(11));
  zone.signs(0, upstream.commit(GOVERNANCE, evil));
  await zone.looked();
  expect(zone.room.governanceCommit()).toBe(at);
  repositories.set(GOVERNANCE, real);
  await expect(zone.claimsToBe(EVIL)).rejects.toThrow('sign-in.refused');
  await nothingLeft();
});

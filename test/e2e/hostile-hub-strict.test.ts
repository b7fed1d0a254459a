/**
 * The whole hub in an attacker's hand, with somebody inside, where governance asks for more than it must:
 * `review.blind: strict` and `review.confirm: true`, under both profiles of trust.
 */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { minutes } from '../../src/lib/clock.ts';
import { WHO, type Name } from '../support/airlock.ts';
import { ASKED, FILES, goodGovernance, HostileZone, OTHERS } from '../support/hostile-zone.ts';
import type { Visitor } from '../support/visitor.ts';

const SLOW = 180_000;
const STRICT = {
  ...goodGovernance(),
  'policies.yml': `${goodGovernance()['policies.yml']}review: {blind: strict, confirm: true}\n`,
};
const VERDICTS = ['approve', 'changes', 'reject'] as const;

interface Found {
  id: string;
  severity: string;
}
const hintsIn = (each: Found | { hints: Found[] | null }): Found[] =>
  'hints' in each ? (each.hints ?? []) : [each];

describe.each(['hub', 'zone'] as const)('strict and confirmed, under review.trust: %s', (trust) => {
  let zone: HostileZone;
  let id: string;
  let path: string;
  let both: [Name, Name];
  /** Not asked for yet: the same bytes are not released twice. */
  const left = [ASKED, ...OTHERS];
  const blind = trust === 'hub' ? 'release.blind' : 'release.labels-only-submit';

  beforeAll(async () => {
    zone = await HostileZone.open(trust, STRICT);
    if (trust === 'zone') await zone.enrolEverybody('checkerA', 'checkerB');
  }, SLOW);
  afterAll(() => zone.close());
  beforeEach(async () => {
    path = left.shift()!;
    id = await zone.submitted([path]);
    both = await zone.checkers(id);
  });
  afterEach(async () => {
    await zone.closed(id);
    // Sign-ins are counted for ten minutes.
    await zone.later(minutes(11));
  });

  const sign = (verdict: 'submit' | (typeof VERDICTS)[number], files?: number[]) =>
    ({ type: 'sign', request: id, verdict, ...(files ? { files } : {}) }) as const;
  /** As strong as the zone asks: under `hub` that is whoever the hub says. */
  const enters = (who: Name): Promise<Visitor> => (trust === 'hub' ? zone.claimsToBe(who) : zone.comes(who));

  async function reads(who: Name, grade?: string): Promise<Visitor> {
    const visitor = await enters(who);
    await visitor.opens(id, 1);
    const { hints, groups, files } = await zone.page(who, id);
    for (const { id: hint, severity } of [...hints, ...groups, ...files].flatMap(hintsIn))
      if (severity === 'warn') await visitor.does(id, 'resolve-hint', { hint, reason: 'seen' });
    if (grade) expect(await visitor.does(id, 'grade', { path, grade })).toBeUndefined();
    return visitor;
  }

  async function nothingLeft(before: number): Promise<void> {
    await zone.sent();
    expect(zone.hub.uploads).toHaveLength(before);
    expect(zone.leaks(zone.secrets([path, ...left]))).toEqual([]);
  }

  async function bothApprove(): Promise<void> {
    for (const who of both) {
      await reads(who, 'approve');
      expect(await zone.hub.orders(WHO[who], sign('submit'))).toBe('done');
    }
    expect(await zone.state(id)).toBe('consolidating');
  }

  test(
    'no verdict is taken from a label or command before both reviews are in, whatever was opened',
    async () => {
      const before = zone.hub.uploads.length;
      for (const who of both) await reads(who);
      for (const who of both)
        for (const verdict of VERDICTS)
          for (const files of [undefined, [1]])
            expect(await zone.hub.orders(WHO[who], sign(verdict, files))).toBe(blind);
      // Nor does one that was taken for the first checker tell the second anything.
      await reads(both[0], 'approve');
      expect(await zone.hub.orders(WHO[both[0]], sign('submit'))).toBe('done');
      expect(await zone.state(id)).toBe('reviewing');
      for (const verdict of VERDICTS) expect(await zone.hub.orders(WHO[both[1]], sign(verdict))).toBe(blind);
      expect(await zone.hub.orders(WHO[both[1]], sign('submit'))).toBe('release.ungraded');
      expect(await zone.state(id)).toBe('reviewing');
      await nothingLeft(before);
    },
    SLOW,
  );

  test(
    'with both in nothing leaves by itself, by an order, or by a sign-in that is not fresh',
    async () => {
      const before = zone.hub.uploads.length;
      const early = await enters(both[0]);
      await zone.later(minutes(16));
      await bothApprove();
      for (const who of [...both, 'checkerC', 'author', 'operator1'] as const)
        for (const deed of [sign('submit'), sign('approve'), sign('approve', [1])])
          await zone.hub.orders(WHO[who], deed);
      expect(await early.does(id, 'queue-release')).toBe('release.fresh-sign-in');
      await zone.later(minutes(60));
      expect(await zone.state(id)).toBe('consolidating');
      await zone.airlock.stop();
      await zone.start();
      await nothingLeft(before);
    },
    SLOW,
  );

  test(
    'whose fresh sign-in it takes is the difference between the profiles',
    async () => {
      const before = zone.hub.uploads.length;
      await bothApprove();
      const forged = await zone.claimsToBe(both[1]);
      if (trust === 'zone') {
        expect(await forged.does(id, 'queue-release')).toBe('release.passkey-needed');
        await nothingLeft(before);
        expect(await (await zone.comes(both[1])).does(id, 'queue-release')).toBeUndefined();
      } else {
        expect(await forged.does(id, 'queue-release')).toBeUndefined();
      }
      await zone.until(() => zone.hub.uploads.length > before);
      expect((await zone.sent())[`${id}-1/1`]).toBe(1);
      expect(zone.hub.uploads[before]?.body.toString()).toBe(FILES[path]);
      expect(zone.leaks(zone.secrets(left))).toEqual([]);
    },
    SLOW,
  );

  test(
    'what both sent back it cannot turn into a release: a verdict by number changes grades, and confirms nothing',
    async () => {
      const before = zone.hub.uploads.length;
      for (const who of both) {
        const visitor = await reads(who, 'changes');
        await visitor.does(id, 'comment', { group: 'results', text: 'Too small.' });
        expect(await zone.hub.orders(WHO[who], sign('submit'))).toBe('done');
      }
      for (const who of both) {
        const said = await zone.hub.orders(WHO[who], sign('approve', [1]));
        expect(said).toBe(trust === 'hub' ? 'done' : blind);
        await zone.hub.orders(WHO[who], sign('submit'));
      }
      expect(await zone.state(id)).toBe('consolidating');
      await nothingLeft(before);
    },
    SLOW,
  );
});

/**
 * The whole hub in an attacker's hand, under `review.trust: hub`: what it can do, and what it still cannot.
 * docs/security.md says the same to data controllers.
 */
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { verifyEnvelope } from '../../src/protocol/dsse.ts';
import { sha256 } from '../../src/lib/hash.ts';
import { WHO, WORKSPACE, type Name } from '../support/airlock.ts';
import { KEYS, REPOSITORY } from '../support/governance.ts';
import { CONTEXT, POLICY_TEXT } from '../support/hostile-host.ts';
import { EVIL, MERGES } from '../support/hostile-merges.ts';
import { ASKED, FILES, HostileZone, OTHERS } from '../support/hostile-zone.ts';

const SLOW = 180_000;
const DRAFT = {
  type: 'release',
  workspace: WORKSPACE,
  repository: { id: REPOSITORY, owner: 'northshire-research', name: 'study' },
  branch: 'main',
} as const;

let zone: HostileZone;
let id: string;
let a: Name;
let b: Name;
let before = 0;
/** Released by an earlier story, as it should have been. */
const out: string[] = [];

beforeAll(async () => {
  zone = await HostileZone.open('hub');
}, SLOW);
afterAll(() => zone.close());
beforeEach(async () => {
  id = await zone.submitted();
  [a, b] = await zone.checkers(id);
  before = zone.hub.uploads.length;
});
afterEach(async () => {
  for (const lie of Object.keys(zone.hub.lies)) delete zone.hub.lies[lie as keyof typeof zone.hub.lies];
  await zone.closed(id);
});

const sign = (verdict: 'submit' | 'approve' | 'changes' | 'reject', files?: number[]) =>
  ({ type: 'sign', request: id, verdict, ...(files ? { files } : {}) }) as const;

/** Nothing is to be sent, nothing was, and nothing planted stands in anything the hub or the proxy got. */
async function nothingLeft(): Promise<void> {
  await zone.sent();
  expect(zone.hub.uploads).toHaveLength(before);
  expect(zone.leaks(allBut())).toEqual([]);
}

test('alone, it gets no byte out, whomever it names and whatever they are said to have said', async () => {
  const said: (string | undefined)[] = [];
  for (const who of [a, b, 'checkerC', 'author', 'governor', 'stranger'] as const)
    for (const verdict of ['approve', 'submit'] as const)
      said.push(await zone.hub.orders(WHO[who], sign(verdict)));
  said.push(await zone.hub.orders(WHO[a], sign('approve', [1])));
  said.push(await zone.hub.orders(999_999, sign('approve')));

  expect(new Set(said.slice(0, 4))).toEqual(new Set(['release.not-opened']));
  expect(said.slice(4).every((each) => each !== 'done')).toBe(true);
  expect(await zone.state(id)).toBe('submitted');
  await nothingLeft();
});

test('its orders work once, in their order, for this airlock, under its key and in time', async () => {
  const at = Math.floor(zone.clock.now() / 1000);
  const unclaim = { type: 'unclaim', request: id } as const;
  const bad = [
    await zone.hub.order(WHO[a], unclaim, { airlock: 'elsewhere' }),
    await zone.hub.order(WHO[a], unclaim, { backend: 'elsewhere' }),
    await zone.hub.order(WHO[a], unclaim, { iat: at - 700, exp: at - 100 }),
    await zone.hub.order(WHO[a], unclaim, { iat: at + 3600, exp: at + 4200 }),
    `${await zone.hub.order(WHO[a], unclaim)}x`,
    'not.a.token',
  ];
  await zone.hub.says(...bad);
  expect(bad.map((jws) => (jws.length > 20 ? zone.hub.answerTo(jws) : undefined))).toEqual(
    bad.map(() => undefined),
  );
  expect(await zone.checkers(id)).toEqual([a, b]);

  // Taken back, and claimed again: the older order is not done a second time.
  const once = await zone.hub.order(WHO[a], unclaim);
  await zone.hub.says(once);
  await zone.hub.orders(WHO[a], { type: 'claim', request: id });
  const held = await zone.checkers(id);
  await zone.hub.says(once, once);
  expect(await zone.checkers(id)).toEqual(held);
  await nothingLeft();
});

test('alone, it can stop work: drop checkers, send requests back, close them', async () => {
  expect(await zone.hub.orders(WHO[a], { type: 'unclaim', request: id })).toBe('done');
  expect(await zone.hub.orders(WHO[b], { type: 'return', request: id, category: 'incomplete-context' })).toBe(
    'done',
  );
  expect(await zone.state(id)).toBe('returned');
  expect(await zone.hub.orders(WHO.author, { type: 'withdraw', request: id })).toBe('done');
  expect(await zone.state(id)).toBe('withdrawn');
  await nothingLeft();
});

/** A request of its own for stories that end with a release: the same bytes are not released again. */
async function another(path: string): Promise<void> {
  out.push(path);
  await zone.closed(id);
  id = await zone.submitted([path]);
  [a, b] = await zone.checkers(id);
}

/** Everything that may not have left: all but what was approved. */
const allBut = () => zone.secrets(Object.keys(FILES).filter((each) => !out.includes(each)));

test(
  'with one person who can reach the viewer it is both checkers: that file leaves, once, and no other',
  async () => {
    await another(OTHERS[0]!);
    for (const who of [a, b]) {
      const visitor = await zone.claimsToBe(who);
      expect(await visitor.does(id, 'grade', { path: OTHERS[0]!, grade: 'approve' })).toBe(
        'release.not-opened',
      );
      expect((await visitor.opens(id, 1))?.toString()).toBe(FILES[OTHERS[0]!]);
      expect(await visitor.does(id, 'grade', { path: OTHERS[0]!, grade: 'approve' })).toBeUndefined();
      expect(await visitor.does(id, 'sign')).toBeUndefined();
    }
    await zone.until(() => zone.hub.uploads.length > before);

    // What left is what was shown, with two names and the zone's own signature over its hash.
    expect(await zone.sent()).toEqual({ [`${id}-1/1`]: 1 });
    expect(zone.hub.uploads[before]?.body.toString()).toBe(FILES[OTHERS[0]!]);
    const [declared] = zone.hub.declarations.filter(({ request }) => request === id);
    expect(declared?.files.map(({ approvals }) => approvals.map(({ checker }) => checker).sort())).toEqual([
      [WHO[a], WHO[b]].sort(),
    ]);
    const statements = declared!.statements.map((each) => verifyEnvelope(each, [KEYS.viewer.publicText]));
    const hash = sha256(FILES[OTHERS[0]!]!);
    expect(statements).toHaveLength(2);
    for (const each of statements) expect(JSON.stringify(each)).toContain(hash);
    expect(zone.leaks(allBut())).toEqual([]);

    // Said again, in any words: it is not sent a second time.
    await zone.hub.orders(WHO[a], sign('submit'));
    await zone.hub.orders(WHO[b], sign('approve'));
    expect(await zone.sent()).toEqual({ [`${id}-1/1`]: 1 });
  },
  SLOW,
);

test(
  'that person can be the author too: they ask for anything that may be viewed',
  async () => {
    await zone.closed(id);
    id = 'hubdraft00000001';
    const [, , path = ''] = OTHERS;
    out.push(path);
    const asked = { ...DRAFT, request: id, patterns: [path] };
    expect(await zone.hub.orders(WHO.author, asked)).toBe('done');
    expect(await zone.hub.orders(WHO.author, { type: 'submit', request: id })).not.toBe('done');
    const controls = { threshold: '7', base: '5', method: 'rounding', controls: 'All counts are rounded.' };
    const author = await zone.claimsToBe('author');
    expect(
      await author.submits(id, 'outputs', { context: CONTEXT, ...controls }, POLICY_TEXT),
    ).toBeUndefined();
    for (const who of await zone.checkers(id)) {
      const visitor = await zone.claimsToBe(who);
      await visitor.opens(id, 1);
      await visitor.does(id, 'grade', { path, grade: 'approve' });
      expect(await visitor.does(id, 'sign')).toBeUndefined();
    }
    await zone.until(() => zone.hub.uploads.length > before);
    expect(zone.hub.uploads[before]?.body.toString()).toBe(FILES[path]);
  },
  SLOW,
);

test(
  'what two checkers have opened it approves in their names, even against the grade they gave',
  async () => {
    const [, path = ''] = OTHERS;
    await another(path);
    for (const who of [a, b]) {
      const honest = await zone.claimsToBe(who);
      await honest.opens(id, 1);
      expect(await honest.does(id, 'grade', { path, grade: 'reject' })).toBeUndefined();
    }
    // Against the grades in the viewer a label for the whole request does nothing …
    for (const who of [a, b]) expect(await zone.hub.orders(WHO[who], sign('approve'))).not.toBe('done');
    await zone.sent();
    expect(zone.hub.uploads).toHaveLength(before);

    // … but "approve 1" is a word about a file they have seen, and the hub is believed about whose it is.
    for (const who of [a, b]) {
      expect(await zone.hub.orders(WHO[who], sign('approve', [1]))).toBe('done');
      expect(await zone.hub.orders(WHO[who], sign('submit'))).toBe('done');
    }
    await zone.until(() => zone.hub.uploads.length > before);
    expect(zone.hub.uploads[before]?.body.toString()).toBe(FILES[path]);
  },
  SLOW,
);

test(
  'nor does it stop there when both have signed: what they sent back, it approves in their names',
  async () => {
    const path = OTHERS[4]!;
    await another(path);
    for (const who of [a, b]) {
      const honest = await zone.claimsToBe(who);
      await honest.opens(id, 1);
      expect(await honest.does(id, 'grade', { path, grade: 'changes' })).toBeUndefined();
      expect(await honest.does(id, 'comment', { group: 'results', text: 'Too small.' })).toBeUndefined();
      expect(await zone.hub.orders(WHO[who], sign('submit'))).toBe('done');
    }
    expect(await zone.state(id)).toBe('consolidating');
    for (const who of [a, b]) {
      expect(await zone.hub.orders(WHO[who], sign('approve', [1]))).toBe('done');
      await zone.hub.orders(WHO[who], sign('submit'));
    }
    await zone.until(() => zone.hub.uploads.length > before);
    expect(zone.hub.uploads[before]?.body.toString()).toBe(FILES[path]);
  },
  SLOW,
);

test('it can recall what was released, which takes two of its people, and gets nothing for it', async () => {
  const [path = ''] = OTHERS;
  const release = zone.hub.declarations.find(({ files }) => files[0]?.path === path)!;
  const recall = {
    type: 'revoke',
    request: release.request,
    release: release.release,
    file: 1,
    category: 'disclosure',
  } as const;
  expect(await zone.hub.orders(WHO.author, recall)).not.toBe('done');
  expect(await zone.hub.orders(WHO[a], recall)).toBe('done');
  expect(await zone.hub.orders(WHO[a], recall)).not.toBe('done');
  expect(await zone.hub.orders(WHO[b], recall)).toBe('done');
  expect(await zone.state(release.request)).toBe('revoked');
  await nothingLeft();
});

test('it cannot approve for one who has not opened the file, for one person twice, or for anybody else', async () => {
  const honest = await zone.claimsToBe(a);
  await honest.opens(id, 1);
  expect(await zone.hub.orders(WHO[a], sign('approve'))).toBe('done');
  expect(await zone.hub.orders(WHO[a], sign('approve'))).not.toBe('done');
  expect(await zone.hub.orders(WHO[b], sign('approve'))).toBe('release.not-opened');
  const third = await zone.claimsToBe('checkerC');
  await third.opens(id, 1);
  expect(await third.does(id, 'grade', { path: ASKED, grade: 'approve' })).toBe('release.not-assigned');
  for (const who of ['author', 'coAuthor', 'copilot', 'governor'] as const)
    expect(await zone.hub.orders(WHO[who], { type: 'claim', request: id })).not.toBe('done');
  await nothingLeft();
});

test(
  'with governance in its hand as well it has checkers of its own: they too must be two, and must have looked',
  async () => {
    const path = OTHERS[5]!;
    await another(path);
    await zone.merges(MERGES['two checkers of its own']!());
    for (const who of [a, b]) await zone.hub.orders(WHO[who], { type: 'unclaim', request: id });
    for (const evil of [EVIL, EVIL + 1]) await zone.hub.orders(evil, { type: 'claim', request: id });
    const places = (await zone.room.shown([id]))[0]!.checkers;
    expect(places).toContain(EVIL);
    for (const evil of places)
      expect(await zone.hub.orders(evil, sign('approve'))).toBe('release.not-opened');
    await zone.sent();
    expect(zone.hub.uploads).toHaveLength(before);
    for (const evil of places) {
      await (await zone.claimsToBe(evil)).opens(id, 1);
      expect(await zone.hub.orders(evil, sign('approve'))).toBe('done');
    }
    await zone.until(() => zone.hub.uploads.length > before);
    expect(zone.hub.uploads[before]?.body.toString()).toBe(FILES[path]);
  },
  SLOW,
);

test(
  'what it says of files that are on their way changes nothing: no other bytes, no second time',
  async () => {
    const [, , , path = ''] = OTHERS;
    await another(path);
    let asked = 0;
    zone.hub.lies.upload = () => ({ json: { sha256: '0'.repeat(64), asked: (asked += 1) } });
    zone.hub.lies.report = () => ({ json: { taken: true, refused: [{ request: id, code: 'zone.lie' }] } });
    for (const who of [a, b]) {
      const visitor = await zone.claimsToBe(who);
      await visitor.opens(id, 1);
      expect(await zone.hub.orders(WHO[who], sign('approve'))).toBe('done');
    }
    await zone.until(() => asked > 0);
    expect((await zone.room.uploads.due())[0]?.files).toMatchObject([{ number: 1 }]);
    expect(await zone.state(id)).toBe('releasing');
    // "I hold it already" ends the sending, and gets nobody a byte more than was approved.
    zone.hub.lies.declare = () => ({ json: { held: [1, 2, 3] } });
    zone.clock.advance(120_000);
    await zone.airlock.stop();
    await zone.start();
    await zone.until(async () => (await zone.state(id)) === 'released');
    for (const { body } of zone.hub.uploads.slice(before)) expect(body.toString()).toBe(FILES[path]);
    expect(zone.leaks(allBut())).toEqual([]);
  },
  SLOW,
);

test('the proxy was only ever asked to read two repositories', () => {
  expect(zone.asked()).toEqual([
    'GET /northshire-research/governance/info/refs?service=git-upload-pack',
    'GET /northshire-research/study/info/refs?service=git-upload-pack',
    'POST /northshire-research/governance/git-upload-pack',
    'POST /northshire-research/study/git-upload-pack',
  ]);
});

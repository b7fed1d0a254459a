/**
 * Attacks of a hostile hub in any order, with somebody inside: drawn by fast-check, seeded and bounded.
 *
 * Under `zone` no byte leaves. Under `hub` what leaves was asked for, approved by two who are checkers and
 * not its author, each of whose sessions was shown those very bytes, and leaves once.
 */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { fc } from '../support/properties.ts';
import type { ReviewDeed } from '../../src/protocol/protocol.ts';
import { minutes } from '../../src/lib/clock.ts';
import { sha256 } from '../../src/lib/hash.ts';
import { WHO, type Name } from '../support/airlock.ts';
import { ASKED, FILES, HostileZone, OTHERS } from '../support/hostile-zone.ts';
import { SoftPasskey } from '../support/soft-passkey.ts';
import type { Visitor } from '../support/visitor.ts';

const many = process.env['SALLYPORT_TEST_SEEDS'] === 'many';
const SEED = Number(process.env['SALLYPORT_TEST_SEED'] ?? 7);
const LONG = 900_000;

const WHOM = ['checkerA', 'checkerB', 'checkerC', 'author', 'operator1', 'operator2', 'governor'] as const;
const who = fc.constantFrom(...WHOM);
const verdict = fc.constantFrom('submit', 'approve', 'changes', 'reject');
const grade = fc.constantFrom('approve', 'changes', 'reject');

type Attack =
  | { does: 'sign'; who: Name; verdict: 'submit' | 'approve' | 'changes' | 'reject'; file: boolean }
  | { does: 'deed'; who: Name; type: 'claim' | 'unclaim' | 'submit' | 'halt' | 'withdraw' }
  | { does: 'replay'; at: number }
  | { does: 'come'; who: Name }
  | { does: 'passkey' }
  | { does: 'open' }
  | { does: 'grade'; grade: string }
  | { does: 'press'; deed: 'sign' | 'queue-release' | 'confirm-part' | 'confirm-grade' | 'grade-group' }
  | { does: 'enrol' }
  | { does: 'confirm' }
  | { does: 'lie'; about: 'report' | 'signIn' | 'redeem'; how: number }
  | { does: 'restart' };

/** Said once instead of an answer. */
const LIES = [
  { status: 500, json: {} },
  { cut: true },
  {
    json: {
      taken: true,
      refused: [{ request: 'x'.repeat(16), code: 'zone.lie' }],
      person: 1,
      login: '../..',
    },
  },
  { json: { code: 'zone.lie', says: 'No.', next: 'No.' }, status: 409 },
] as const;

const attack: fc.Arbitrary<Attack> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ does: fc.constant('sign'), who, verdict, file: fc.boolean() }) },
  {
    weight: 2,
    arbitrary: fc.record({
      does: fc.constant('deed'),
      who,
      type: fc.constantFrom('claim', 'unclaim', 'submit', 'halt', 'withdraw'),
    }),
  },
  { weight: 2, arbitrary: fc.record({ does: fc.constant('replay'), at: fc.nat(40) }) },
  { weight: 4, arbitrary: fc.record({ does: fc.constant('come'), who }) },
  { weight: 1, arbitrary: fc.record({ does: fc.constant('passkey') }) },
  { weight: 5, arbitrary: fc.record({ does: fc.constant('open') }) },
  { weight: 4, arbitrary: fc.record({ does: fc.constant('grade'), grade }) },
  {
    weight: 3,
    arbitrary: fc.record({
      does: fc.constant('press'),
      deed: fc.constantFrom('sign', 'queue-release', 'confirm-part', 'confirm-grade', 'grade-group'),
    }),
  },
  { weight: 1, arbitrary: fc.record({ does: fc.constant('enrol') }) },
  { weight: 1, arbitrary: fc.record({ does: fc.constant('confirm') }) },
  {
    weight: 2,
    arbitrary: fc.record({
      does: fc.constant('lie'),
      about: fc.constantFrom('report', 'signIn', 'redeem'),
      how: fc.nat(3),
    }),
  },
  { weight: 1, arbitrary: fc.record({ does: fc.constant('restart') }) },
) as fc.Arbitrary<Attack>;

/** One attacker with one browser, and all the words their hub has ever said. */
class Attacker {
  /** By session's person: the bytes that were drawn in it. */
  readonly opened = new Map<Name, string[]>();
  readonly #zone: HostileZone;
  readonly #id: string;
  readonly #path: string;
  readonly #key: SoftPasskey;
  readonly #own: Name | undefined;
  readonly #words: string[] = [];
  #browser: { visitor: Visitor; as: Name } | undefined;

  constructor(zone: HostileZone, request: { id: string; path: string }, own: Name | undefined) {
    this.#zone = zone;
    this.#id = request.id;
    this.#path = request.path;
    this.#own = own;
    this.#key = new SoftPasskey(zone.appOrigin);
  }

  async does(attack: Attack): Promise<void> {
    const { visitor, as } = this.#browser ?? {};
    switch (attack.does) {
      case 'sign': {
        const deed = { type: 'sign', request: this.#id, verdict: attack.verdict } as const;
        return this.#says(attack.who, attack.file ? { ...deed, files: [1] } : deed);
      }
      case 'deed':
        return this.#says(attack.who, { type: attack.type, request: this.#id });
      case 'replay': {
        const word = this.#words[attack.at % Math.max(1, this.#words.length)];
        return word === undefined ? undefined : this.#zone.hub.says(word, word);
      }
      case 'come':
        this.#browser = await this.#zone.claimsToBe(attack.who).then(
          (came) => ({ visitor: came, as: attack.who }),
          () => undefined,
        );
        return;
      case 'passkey':
        if (this.#own) this.#browser = { visitor: await this.#zone.comes(this.#own), as: this.#own };
        return;
      case 'open': {
        const bytes = await visitor?.opens(this.#id, 1);
        if (bytes && as) this.opened.set(as, [...(this.opened.get(as) ?? []), bytes.toString()]);
        return;
      }
      case 'grade':
        await visitor?.does(this.#id, 'grade', { path: this.#path, grade: attack.grade });
        return;
      case 'press':
        await visitor?.does(this.#id, attack.deed, { group: 'results', path: this.#path });
        return;
      case 'enrol':
        await visitor?.enrols(this.#key).catch(() => undefined);
        return;
      case 'confirm':
        await visitor?.confirms(this.#key);
        if (await this.#zone.visitor().byPasskey(this.#key)) return;
        throw new Error('a key that nobody honest confirmed let somebody in');
      case 'lie': {
        const { lies } = this.#zone.hub;
        lies[attack.about] = () => {
          delete lies[attack.about];
          return LIES[attack.how];
        };
        return;
      }
      case 'restart':
        await this.#zone.airlock.stop();
        await this.#zone.start();
    }
  }

  async #says(actor: Name, deed: ReviewDeed): Promise<void> {
    const word = await this.#zone.hub.order(WHO[actor], deed);
    this.#words.push(word);
    await this.#zone.hub.says(word);
  }
}

describe.each(['zone', 'hub'] as const)('under review.trust: %s', (trust) => {
  let zone: HostileZone;
  beforeAll(async () => {
    zone = await HostileZone.open(trust);
    if (trust === 'zone') await zone.enrolEverybody('checkerA', 'checkerB');
  }, 120_000);
  afterAll(() => zone.close());

  /** Not asked for yet: the same bytes are not released twice. */
  const left = [ASKED, ...OTHERS];

  test(
    'whatever it does, in whatever order',
    async () => {
      const sequences = fc.array(attack, { minLength: 8, maxLength: many ? 40 : 25 });
      await fc.assert(
        fc.asyncProperty(sequences, async (attacks) => {
          const [path] = left;
          if (path === undefined) return;
          const before = zone.hub.uploads.length;
          const id = await zone.submitted([path]);
          const [own] = await zone.checkers(id);
          const attacker = new Attacker(zone, { id, path }, trust === 'zone' ? own : undefined);
          try {
            for (const each of attacks) await attacker.does(each);
            await zone.sent();
            const sent = zone.hub.uploads.slice(before);
            if (sent.length > 0) left.shift();
            if (trust === 'zone') expect(sent).toEqual([]);
            else rightly(sent, id, path, attacker);
            expect(
              zone.leaks(zone.secrets(left.filter((each) => each !== path || sent.length === 0))),
            ).toEqual([]);
          } finally {
            for (const about of ['report', 'signIn', 'redeem'] as const) delete zone.hub.lies[about];
            await zone.closed(id);
            await zone.later(minutes(11));
          }
        }),
        { seed: SEED, numRuns: many ? 25 : 3, endOnFailure: true },
      );
      expect(zone.leaks(zone.secrets(left))).toEqual([]);
    },
    LONG,
  );

  function rightly(sent: { body: Buffer }[], id: string, path: string, { opened }: Attacker): void {
    expect(sent.length).toBeLessThanOrEqual(1);
    for (const { body } of sent) {
      expect(body.toString()).toBe(FILES[path]);
      const [declared] = zone.hub.declarations.filter(({ request }) => request === id);
      const checkers = declared!.files[0]!.approvals.map(({ checker }) => checker);
      expect(declared!.files[0]!.sha256).toBe(sha256(FILES[path]!));
      expect(new Set(checkers).size).toBe(2);
      for (const checker of checkers) {
        const name = (['checkerA', 'checkerB', 'checkerC'] as const).find((each) => WHO[each] === checker)!;
        expect(opened.get(name)).toContain(FILES[path]);
      }
    }
  }
});

/** Who asks: whose key signed the token, by the governance version in force here. */
import type { KeyObject } from 'node:crypto';
import { agentKeys, viewerKeys, type Governance } from '../governance/governance.ts';
import { seconds, type Clock } from '../lib/clock.ts';
import { sha256 } from '../lib/hash.ts';
import { parsePublicKey } from '../lib/keys.ts';
import { isRefusal, type Refusal } from '../lib/refusal.ts';
import { unknownCaller, verifyGitToken, type Caller } from '../protocol/protocol.ts';
import { no } from './words.ts';

export interface KnownCaller extends Caller {
  /** Whose key it was: an airlock reads histories, by its own key and through the same gates. */
  kind: 'agent' | 'airlock';
  /** The beginning of the key's digest: an id may have two keys while they rotate. */
  key: string;
}

export interface CallersOptions {
  /** What agents know the proxy by. */
  origin: string;
  governance: () => Governance | undefined;
  /** Looks for a newer governance version; asked when an unknown key knocks. */
  refresh: () => Promise<unknown>;
  clock: Clock;
}

/** Unknown keys make the proxy look again at most this often: knocking must not become a way to load GitHub. */
const KNOCK_EVERY = seconds(10);

export class Callers {
  readonly #options: CallersOptions;
  #knockedAt = -Infinity;

  constructor(options: CallersOptions) {
    this.#options = options;
  }

  /** `authorization`: value of the header. */
  async caller(authorization: string | undefined): Promise<KnownCaller | Refusal> {
    const first = await this.#verify(authorization);
    const mayBeNew =
      isRefusal(first) && ['protocol.unknown-caller', 'protocol.wrong-signature'].includes(first.code);
    const now = this.#options.clock.now();
    if (!mayBeNew || now - this.#knockedAt < KNOCK_EVERY) return first;
    this.#knockedAt = now;
    await this.#options.refresh();
    return this.#verify(authorization);
  }

  async #verify(authorization: string | undefined): Promise<KnownCaller | Refusal> {
    const { origin, clock, governance } = this.#options;
    const current = governance();
    if (!current) return no.noGovernance();
    const candidates: Candidate[] = [];
    const keysOf = (caller: Caller) => {
      candidates.push(...candidatesFor(current, caller, clock));
      return candidates.length > 0 ? candidates.map(({ key }) => key) : unknownCaller();
    };
    const asked = { authorization, audience: origin, clock };
    const caller = await verifyGitToken({ ...asked, keysOf });
    if (isRefusal(caller)) return caller;
    for (const { kind, key, text } of candidates) {
      const one = candidates.length === 1 ? caller : await verifyGitToken({ ...asked, keysOf: () => [key] });
      if (!isRefusal(one)) return { ...caller, kind, key: sha256(text).slice(0, 12) };
    }
    return unknownCaller();
  }
}

interface Candidate {
  kind: KnownCaller['kind'];
  key: KeyObject;
  text: string;
}

function candidatesFor(governance: Governance, { agent, backend }: Caller, clock: Clock): Candidate[] {
  const kinds = [
    ['agent', agentKeys],
    ['airlock', viewerKeys],
  ] as const;
  return kinds.flatMap(([kind, keysIn]) =>
    keysIn(governance, backend, clock.now())
      .filter(({ id }) => id === agent)
      .flatMap(({ key: text }) => {
        const key = parsePublicKey(text);
        return isRefusal(key) ? [] : [{ kind, key, text }];
      }),
  );
}

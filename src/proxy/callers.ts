/** Who asks: whose key signed the token, by the governance version in force here. */
import { agentKeys, viewerKeys, type Governance } from '../governance/governance.ts';
import { seconds, type Clock } from '../lib/clock.ts';
import { parsePublicKey } from '../lib/keys.ts';
import { isRefusal, type Refusal } from '../lib/refusal.ts';
import { unknownCaller, verifyGitToken, type Caller } from '../protocol/protocol.ts';
import { no } from './words.ts';

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
  async caller(authorization: string | undefined): Promise<Caller | Refusal> {
    const first = await this.#verify(authorization);
    const mayBeNew =
      isRefusal(first) && ['protocol.unknown-caller', 'protocol.wrong-signature'].includes(first.code);
    const now = this.#options.clock.now();
    if (!mayBeNew || now - this.#knockedAt < KNOCK_EVERY) return first;
    this.#knockedAt = now;
    await this.#options.refresh();
    return this.#verify(authorization);
  }

  #verify(authorization: string | undefined): Promise<Caller | Refusal> {
    const { origin, clock, governance } = this.#options;
    const current = governance();
    if (!current) return Promise.resolve(no.noGovernance());
    const keysOf = ({ agent, backend }: Caller) => {
      // The airlock reads histories to know who wrote them: by its own key, and through the same gates.
      const keys = [agentKeys, viewerKeys]
        .flatMap((keysIn) => keysIn(current, backend, clock.now()))
        .filter(({ id }) => id === agent)
        .map(({ key }) => parsePublicKey(key))
        .flatMap((key) => (isRefusal(key) ? [] : [key]));
      return keys.length > 0 ? keys : unknownCaller();
    };
    return verifyGitToken({ authorization, audience: origin, clock, keysOf });
  }
}

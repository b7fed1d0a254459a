/** Sign-ins by code: the hub knows who typed the number, the viewer who typed the code. */
import { isRefusal, refusal, type Refusal } from '../../../src/lib/refusal.ts';
import { HubUnreachable } from '../../../src/protocol/protocol.ts';
import type { HubPort } from './parts.ts';
import type { SignIns } from './types.ts';

const hubAway = (): Refusal =>
  refusal(
    'link.hub-away',
    'The hub does not answer, so nobody can sign in by code now.',
    'Try again in a minute.',
  );

/** Fails closed: without the hub's yes there is no sign-in. */
export function signInsBy(hub: Pick<HubPort, 'startSignIn' | 'redeem'>): SignIns {
  const asked = async <T>(ask: Promise<T | Refusal>): Promise<T | Refusal> => {
    try {
      return await ask;
    } catch (error) {
      if (error instanceof HubUnreachable) return hubAway();
      throw error;
    }
  };
  return {
    start: (session, number) => asked(hub.startSignIn(session, number)),
    async redeem(session, code) {
      const answer = await asked(hub.redeem(session, code.slice(0, 100)));
      // What is no message at all, an empty code, is no reason to say more.
      return isRefusal(answer) && answer.code === 'zone.malformed' ? refused() : answer;
    },
  };
}

const refused = (): Refusal =>
  refusal('sign-in.refused', 'This code is not valid.', 'Ask for a new code and type it within ten minutes.');

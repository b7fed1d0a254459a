/** Sign-in as the airlock's composition makes it: rights by the room's governance, events into the room's log. */
import type { Db } from '../../../src/db/open.ts';
import type { Clock } from '../../../src/lib/clock.ts';
import type { Ids } from '../../../src/lib/ids.ts';
import { isRefusal } from '../../../src/lib/refusal.ts';
import type { AirlockRoom } from '../face.ts';
import type { SignIns } from '../link/types.ts';
import type { SignInLimits, SignInParts } from './types.ts';

export interface RoomSignIn {
  room: Pick<AirlockRoom, 'standing' | 'log'>;
  db: Db;
  clock: Clock;
  ids: Ids;
  link: SignIns;
  /** `review.trust` as it holds now. */
  trust(): 'hub' | 'zone';
  /** Wakes the link: there is an announcement to tell. */
  announced?(): void;
  zone: string;
  /** Origin of the viewer's pages: passkeys are made for its host name. */
  appOrigin: string;
  limits?: Partial<SignInLimits>;
}

/** What the room says while no governance is recent enough. */
const AWAY = 'airlock.governance-away';

export function signInOfRoom(parts: RoomSignIn): SignInParts {
  const { room, db, clock, ids, link, zone, appOrigin, limits } = parts;
  const standing = (person: number) => {
    const found = room.standing(person);
    return isRefusal(found) ? undefined : found;
  };
  return {
    db,
    clock,
    ids,
    link,
    limits,
    entrance(person) {
      const found = room.standing(person);
      if (!isRefusal(found)) return 'open';
      return found.code === AWAY ? 'unknown' : 'closed';
    },
    loginOf: (person) => standing(person)?.person.login,
    isOperator: (person) => standing(person)?.roles.includes('operator') === true,
    trust: parts.trust,
    record: ({ type, person, session, details }) =>
      room.log({ type, person, session: session ?? undefined, details }),
    announced: () => parts.announced?.(),
    relyingParty: { id: new URL(appOrigin).hostname, name: `Sallyport airlock, ${zone}`, origin: appOrigin },
  };
}

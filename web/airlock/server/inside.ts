/** What the parts of the server share. */
import type { AirlockRoom } from '../../../agent/airlock/face.ts';
import type { SignInParts } from '../../../agent/airlock/sign-in/sign-in.ts';
import type { Clock } from '../../../src/lib/clock.ts';
import type { Answering } from './answers.tsx';
import type { Cookies } from './cookies.ts';
import type { Flashes } from './flashes.ts';
import type { Looks } from './looks.ts';
import type { Site } from './site.ts';

export interface Inside extends Answering {
  room: AirlockRoom;
  signIn: SignInParts;
  clock: Clock;
  site: Site;
  contentSite: Site;
  cookies: Cookies;
  flashes: Flashes;
  looks: Looks;
}

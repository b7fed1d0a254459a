/** What the viewer is made of, and what it offers its composition. */
import type { Express } from 'express';
import type { AirlockRoom } from '../../../agent/airlock/face.ts';
import type { SignInParts } from '../../../agent/airlock/sign-in/sign-in.ts';
import type { Clock } from '../../../src/lib/clock.ts';
import type { Ids } from '../../../src/lib/ids.ts';
import type { Logger } from '../../../src/lib/logger.ts';

export interface ViewerOptions {
  room: AirlockRoom;
  signIn: SignInParts;
  clock: Clock;
  ids: Ids;
  logger: Logger;
  /** What people call this zone. */
  zone: string;
  /** As browsers call it: `https://airlock.zone.example`. Plain http on this machine only. */
  appOrigin: string;
  /** Another host name: no cookie of the app is ever sent to it. */
  contentOrigin: string;
  /** Folder with the built scripts and styles; the one of the package when absent. */
  assetsDir?: string;
  /** Folder with the documents to show; the one of the package when absent. */
  docsDir?: string;
  limits?: Partial<ViewerLimits>;
}

export interface ViewerLimits {
  /** Requests of one address in a minute, to either origin. */
  requests: number;
  /** Sign-in posts of one address in ten minutes. */
  signIns: number;
  /** How long an address on the content origin is good. */
  lookMs: number;
}

export interface Viewer {
  app: Express;
  content: Express;
}

/** What a role needs, as the engine of `setup` sees it. */
import type { Deed } from './deed.ts';
import type { Answers, Known, Question } from './question.ts';
import type { Cards } from './cards.ts';
import type { Written } from './written.ts';

export const SETUP_ROLES = ['governance', 'hub', 'steward', 'proxy', 'agent', 'airlock', 'zone'] as const;
export type SetupRole = (typeof SETUP_ROLES)[number];

export interface Setting {
  dir: string;
  answers: Answers;
  cards: Cards;
  now: number;
  files: { written: Written; replace: ReadonlySet<string> };
  /** How an App is registered, where there is none yet. */
  registration: Registration;
  /** Where this program is, and what runs it: what units start. */
  program: { root: string; node: string };
}

/** A person and a browser, or a code that was brought. */
export interface Registration {
  /** What GitHub gave in exchange for the code; undefined when nobody has registered yet. Throws Refused. */
  register(form: AppForm): Promise<AppMade | undefined>;
  /** A code was brought, or somebody is there to press the button. */
  possible: boolean;
}

export interface AppForm {
  github: string;
  organisation: string;
  manifest: Record<string, unknown>;
  /** Of a page that a person opens where there is a browser, when none is here. */
  page: string;
  title: string;
}

export interface AppMade {
  id: number;
  slug: string;
  clientId: string;
  clientSecret: string;
  webhookSecret: string | null;
  pem: string;
}

export interface Role {
  /** Whose answers these are; roles of one host may share them. */
  answers: string;
  questions: readonly Question[];
  /** In the order in which they are made. Asked anew after each round: what was made answers what was open. */
  deeds(setting: Setting): Deed[];
  /** What comes next, when everything is there. */
  next(setting: Setting): string[];
  /** Cannot be made by questions alone: said before they are asked. */
  hint?(known: Omit<Known, 'answers'>): string | undefined;
}

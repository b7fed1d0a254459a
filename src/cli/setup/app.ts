/** A GitHub App as part of a host: its manifest with this host's addresses, and what GitHub gave for it, in files. */
import { readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { githubPlaces } from '../../lib/origin.ts';
import { Refused } from '../../lib/refusal.ts';
import type { Cards } from './cards.ts';
import { brought, settings, type Deed } from './deed.ts';
import { put, putSecret, statAt } from './files.ts';
import { always, login, nobodyKnows, oneOf, orNothing, wholeNumber, type Question } from './question.ts';
import { backAddress, newState, stateIn } from './registration.ts';
import { registerPage } from './registration-page.ts';
import type { AppForm, AppMade, Setting } from './role.ts';
import { no } from './words.ts';
import { keptJson } from './written.ts';

/** GitHub's. */
const LONGEST_NAME = 34;

export interface AppPlaces {
  /** `app.yml` or `steward.yml`. */
  manifest: 'app.yml' | 'steward.yml';
  /** Its files begin with this. */
  prefix: '' | 'steward-';
  owner: string;
}

const AppFacts = z.object({ id: z.int().positive(), slug: z.string(), client_id: z.string() });
export type AppFacts = z.infer<typeof AppFacts>;

const REMEDY =
  'Take it back from a backup; or remove it, answer "app: existing", and take number and client id from the App’s settings page.';

export const appQuestions = (title: string): Question[] => [
  {
    id: 'app',
    asks: 'Shall the GitHub App be registered now, or is there one?',
    why: 'register: a page sends the manifest to GitHub, you press one button, and its number and secrets come back into files. existing: you bring them.',
    standard: always('register'),
    fault: oneOf('register', 'existing'),
  },
  {
    id: 'app_name',
    asks: 'What shall the App be called?',
    why: 'People see it beside every check and comment. Names of Apps are taken once on all of GitHub.',
    standard: ({ answers }) => `${title} ${answers['organisation'] ?? ''}`.slice(0, LONGEST_NAME).trim(),
    when: (answers) => answers['app'] === 'register',
    fault: (text) =>
      /^[\w][\w .-]*$/.test(text) && text.length <= LONGEST_NAME
        ? undefined
        : `Letters, digits, spaces, dots and hyphens, at most ${LONGEST_NAME}.`,
  },
  {
    id: 'app_id',
    asks: 'Which number does the App have?',
    why: 'On its settings page, "App ID".',
    standard: nobodyKnows,
    when: (answers) => answers['app'] === 'existing',
    fault: wholeNumber,
  },
  {
    id: 'client_id',
    asks: 'Which client id does the App have?',
    why: 'On its settings page, "Client ID".',
    standard: nobodyKnows,
    when: (answers) => answers['app'] === 'existing',
    fault: orNothing((text) =>
      /^[A-Za-z0-9._-]{1,100}$/.test(text) ? undefined : 'Copy it as it stands there.',
    ),
  },
];

const githubOf = ({ hub, governance }: Cards): string | undefined => hub?.github ?? governance?.github;

export const githubQuestions: readonly Question[] = [
  {
    id: 'github',
    asks: 'Where is GitHub?',
    why: 'Its address in your browser: another one only if you run an Enterprise Server.',
    standard: ({ cards }) => githubOf(cards) ?? 'https://github.com',
    byCard: githubOf,
    fault: (text) => {
      const read = githubPlaces(text);
      return URL.canParse(read.web) && /^https?:\/\/[^/]+$/.test(text)
        ? undefined
        : 'Write it like https://github.com.';
    },
  },
  {
    id: 'organisation',
    asks: 'Which organisation on GitHub is this for?',
    why: 'The App belongs to it; governance, studies and reviews live in it.',
    standard: ({ cards }) => cards.hub?.organisation,
    byCard: ({ hub }) => hub?.organisation,
    fault: login,
  },
];

/** `existing`: what the person said of it. Undefined as long as nobody knows. Throws Refused. */
export function appFacts(
  { dir, answers }: Pick<Setting, 'dir' | 'answers'>,
  { prefix }: AppPlaces,
): AppFacts | undefined {
  const { app, app_id: id, client_id: client = '' } = answers;
  if (app === 'existing') return { id: Number(id), slug: 'existing', client_id: client };
  return keptJson(path.join(dir, `${prefix}app.json`), AppFacts, REMEDY);
}

function formOf({ dir, answers, program }: Setting, places: AppPlaces): AppForm {
  const written = parse(readFileSync(path.join(program.root, places.manifest), 'utf8')) as Record<
    string,
    unknown
  >;
  const origin = answers['hub_origin'] ?? '';
  const { github = '', organisation = '', app_name: name = '' } = answers;
  const hub = places.manifest === 'app.yml';
  return {
    github,
    organisation,
    page: path.join(dir, `register-${hub ? 'hub' : 'steward'}.html`),
    title: `Register the App “${name}”`,
    manifest: {
      ...written,
      name,
      url: origin,
      ...(hub ? { callback_urls: [`${origin}/login/callback`] } : {}),
      hook_attributes: { url: `${origin}${hub ? '/webhooks' : '/nothing-here'}`, active: hub },
    },
  };
}

/** The secrets that the settings name, when people bring them; `client.secret` with a client id only. */
export function secretFiles({ prefix }: AppPlaces): { pem: string; webhook: string; client: string } {
  return { pem: `${prefix}app.pem`, webhook: `${prefix}webhook.secret`, client: `${prefix}client.secret` };
}

export function appDeeds(setting: Setting, places: AppPlaces): Deed[] {
  const { dir, answers, files, registration } = setting;
  const at = (name: string): string => path.join(dir, name);
  const { pem, webhook, client } = secretFiles(places);
  if (answers['app'] === 'existing') {
    const wanted = places.prefix ? [pem] : [pem, webhook, ...(answers['client_id'] ? [client] : [])];
    return wanted.map((name) => brought(at(name), places.owner));
  }
  if (appFacts(setting, places)) return [];
  const form = formOf(setting, places);
  const page = settings(
    form.page,
    { text: registerPage(form, stateIn(form.page) ?? newState(), backAddress()), waits: '', mode: 0o600 },
    files,
  );
  return [page, register(setting, form, places, registration.possible)];
}

function register(setting: Setting, form: AppForm, places: AppPlaces, possible: boolean): Deed {
  const { dir, registration } = setting;
  const files = secretFiles(places);
  const at = (name: string): string => path.join(dir, name);
  return {
    name: `GitHub App ${String(form.manifest['name'])}`,
    kind: `registered for ${form.organisation} on ${new URL(form.github).host}`,
    look: () =>
      possible
        ? { state: 'new' }
        : {
            state: 'waits',
            says: `open ${form.page} in a browser, press the button, and run this again with --app-code '<the address at which the browser ends>'`,
          },
    async make() {
      const facts = at(`${places.prefix}app.json`);
      // The code works once: whatever could stand in the way is found before it is spent.
      for (const each of [facts, ...Object.values(files).map(at)])
        if (statAt(each)) throw new Refused(no.appFiles(each));
      const made = await registration.register(form);
      if (!made) return;
      keep(made, { at, files, owner: places.owner });
      put(facts, `${JSON.stringify(factsOf(made), null, 2)}\n`, 0o644);
      rmSync(form.page, { force: true });
    },
  };
}

const factsOf = ({ id, slug, clientId }: AppMade): AppFacts => ({ id, slug, client_id: clientId });

function keep(
  made: AppMade,
  { at, files, owner }: { at(name: string): string; files: ReturnType<typeof secretFiles>; owner: string },
): void {
  putSecret(at(files.pem), made.pem, owner);
  putSecret(at(files.client), made.clientSecret, owner);
  if (made.webhookSecret !== null) putSecret(at(files.webhook), made.webhookSecret, owner);
}

/** Where an owner of the organisation lets the App in. */
export const installAt = (github: string, { slug }: AppFacts): string =>
  slug === 'existing'
    ? `${github}: the App's settings page, "Install App"`
    : `${github}/apps/${slug}/installations/new`;

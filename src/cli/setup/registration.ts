/**
 * How a GitHub App is registered from its manifest: a page posts it to GitHub, a person there says yes, GitHub sends the
 * browser back with a code, and the code is exchanged for the App's number and secrets, once.
 *
 * With a person here the page is served on this machine alone, below a path that only they are told, and the code comes
 * back by itself; where the browser is on another machine, the address that it ends at is pasted.
 */
import { randomBytes } from 'node:crypto';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { request } from 'undici';
import { z } from 'zod';
import { seconds } from '../../lib/clock.ts';
import { sameSecret } from '../../lib/hash.ts';
import { limitedText } from '../../lib/limited-text.ts';
import { githubPlaces } from '../../lib/origin.ts';
import { Refused } from '../../lib/refusal.ts';
import type { Person } from './ask.ts';
import { textOf } from './files.ts';
import { registerPage, thanksPage } from './registration-page.ts';
import type { AppForm, AppMade, Registration } from './role.ts';
import { no } from './words.ts';

/** Free on most machines, and the one to name to ssh -L; another one is taken where it is not. */
const PORT = 8177;
const BACK = '/registered';
export const backAddress = (port: number = PORT): string => `http://127.0.0.1:${port}${BACK}`;

interface Given {
  appCode?: string;
  dryRun: boolean;
  person: Person | undefined;
  out: { write(text: string): unknown };
}

export function registrationBy({ appCode, dryRun, person, out }: Given): Registration {
  return {
    possible: !dryRun && (appCode !== undefined || person !== undefined),
    async register(form) {
      const state = stateIn(form.page) ?? newState();
      if (appCode !== undefined) return convert(form, codeIn(appCode, state));
      if (!person) return undefined;
      const said = await fromBrowser(form, state, person, out);
      return convert(form, codeIn(said, state));
    },
  };
}

export const newState = (): string => randomBytes(24).toString('base64url');

/** A page that was written before keeps its state: the code may come days later. */
export const stateIn = (page: string): string | undefined =>
  /[?&]state=([A-Za-z0-9_-]{16,})/.exec(textOf(page) ?? '')?.[1];

/** A bare code, or the whole address at which the browser ended; then it must be the answer to this page. */
function codeIn(said: string, state: string): string {
  const text = said.trim();
  const code = /^[A-Za-z0-9_-]{1,200}$/.test(text) ? text : undefined;
  if (code !== undefined) return code;
  const query = URL.canParse(text) ? new URL(text).searchParams : new URLSearchParams();
  if (!sameSecret(query.get('state') ?? '', state)) throw new Refused(no.appState());
  const inAddress = query.get('code') ?? '';
  if (!/^[A-Za-z0-9_-]{1,200}$/.test(inAddress)) throw new Refused(no.appCode('there is none in it'));
  return inAddress;
}

/** What GitHub redirected the browser to, from the browser itself or pasted. */
async function fromBrowser(form: AppForm, state: string, person: Person, out: Given['out']): Promise<string> {
  const path = `/${newState()}`;
  let arrived: (address: string) => void = () => undefined;
  const came = new Promise<string>((resolve) => (arrived = resolve));
  const server = http.createServer((question, answer) => {
    const at = new URL(question.url ?? '/', backAddress());
    const page = (status: number, html: string): void => {
      const csp = `default-src 'none'; style-src 'unsafe-inline'; form-action ${form.github}; frame-ancestors 'none'; base-uri 'none'`;
      answer.writeHead(status, {
        'content-type': 'text/html; charset=utf-8',
        'content-security-policy': csp,
        'referrer-policy': 'no-referrer',
        'cache-control': 'no-store',
      });
      answer.end(html);
    };
    if (question.method !== 'GET') return page(405, thanksPage('Nothing is sent here.'));
    if (at.pathname === path) return page(200, registerPage(form, state, backAddress(portOf(server))));
    if (at.pathname !== BACK || !sameSecret(at.searchParams.get('state') ?? '', state))
      return page(404, thanksPage('This is not the page that setup opened.'));
    page(200, thanksPage('The code has arrived. Go back to the terminal.'));
    arrived(at.href);
  });
  await listening(server);
  out.write(
    `\nOpen in a browser on this machine: http://127.0.0.1:${portOf(server)}${path}\n` +
      `From another machine: ssh -L ${portOf(server)}:127.0.0.1:${portOf(server)} <this host>, then the same address; or copy\n` +
      `${form.page} there, open it, and paste here the address at which the browser ends.\n`,
  );
  const over = new AbortController();
  try {
    const pasted = person.line('> ', over.signal);
    return await Promise.race([came, pasted.then((text) => text ?? came)]);
  } finally {
    over.abort();
    server.close();
    server.closeAllConnections();
  }
}

const portOf = (server: http.Server): number => (server.address() as AddressInfo).port;

async function listening(server: http.Server): Promise<void> {
  for (const port of [PORT, 0]) {
    const free = await new Promise<boolean>((resolve) => {
      server.once('error', () => resolve(false));
      server.listen(port, '127.0.0.1', () => resolve(true));
    });
    if (free) return;
  }
}

const Conversion = z.object({
  id: z.int().positive(),
  slug: z.string().min(1).max(100),
  owner: z.object({ login: z.string() }),
  client_id: z.string().regex(/^[A-Za-z0-9._-]{1,100}$/),
  client_secret: z.string().min(1).max(500),
  webhook_secret: z.string().min(1).max(500).nullable(),
  pem: z.string().includes('PRIVATE KEY').max(20_000),
});

async function convert(form: AppForm, code: string): Promise<AppMade> {
  const { api } = githubPlaces(form.github);
  const answer = await request(`${api}/app-manifests/${code}/conversions`, {
    method: 'POST',
    headers: { accept: 'application/vnd.github+json', 'user-agent': 'sallyport-setup' },
    signal: AbortSignal.timeout(seconds(30)),
  }).catch((error: unknown) => {
    throw new Refused(no.appAway(form.github), { cause: error });
  });
  const text = await limitedText(answer.body as AsyncIterable<Uint8Array>, 1024 * 1024);
  if (answer.statusCode !== 201) throw new Refused(no.appCode(`it answers ${answer.statusCode}`));
  const read = Conversion.safeParse(parsed(text));
  if (!read.success) throw new Refused(no.appCode('its answer is not that of a registered App'));
  const made = read.data;
  if (made.owner.login.toLowerCase() !== form.organisation.toLowerCase())
    throw new Refused(
      no.appCode(`the App was registered for ${made.owner.login}, not for ${form.organisation}`),
    );
  return {
    id: made.id,
    slug: made.slug,
    clientId: made.client_id,
    clientSecret: made.client_secret,
    webhookSecret: made.webhook_secret,
    pem: made.pem,
  };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

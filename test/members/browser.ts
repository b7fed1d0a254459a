/** Browsers that go to the hub's pages and to the stand-in for GitHub. */
import http from 'node:http';
import { Cookies } from '../../src/sandbox/demo/cookies.ts';
import { isOAuthFailure } from '../../src/sandbox/github/state/oauth-failures.ts';
import type { Sandbox } from '../../src/sandbox/github/github.ts';
import type { PEOPLE } from '../support/governance.ts';

export const LOGINS = {
  lead: 'rowan-example',
  collaborator: 'ash-example',
  checker: 'kim-example',
  governor: 'noor-example',
  copilot: 'sam-example',
  stranger: 'lee-example',
} as const satisfies Record<keyof typeof PEOPLE, string>;
export type Role = keyof typeof PEOPLE | 'nobody';
/** On GitHub, unknown to governance. */
export const NOBODY = { login: 'val-example', id: 5550199 };

export interface Answer {
  status: number;
  headers: Headers;
  text: string;
  bytes: Buffer;
  location: string;
}

/** Keeps cookies, follows nothing by itself, says of itself what a browser says. */
export class Browser {
  readonly cookies = new Cookies();
  readonly #origin: string;
  readonly #sandbox: Sandbox;

  constructor(origin: string, sandbox: Sandbox) {
    this.#origin = origin;
    this.#sandbox = sandbox;
  }

  async get(path: string, headers: Record<string, string> = {}, method = 'GET'): Promise<Answer> {
    return this.#send(path, { method, headers });
  }

  /** As a form of the hub's own page; `headers` replace what a browser would say, `undefined` leaves it out. */
  async post(
    path: string,
    fields: Record<string, string> | URLSearchParams,
    headers: Record<string, string | undefined> = {},
  ): Promise<Answer> {
    const all = { origin: this.#origin, 'sec-fetch-site': 'same-origin', ...headers };
    return this.#send(path, {
      method: 'POST',
      body: new URLSearchParams(fields).toString(),
      headers: {
        'content-type': 'application/x-www-form-urlencoded',
        ...Object.fromEntries(
          Object.entries(all).filter((pair): pair is [string, string] => pair[1] !== undefined),
        ),
      },
    });
  }

  /** The form on this page, sent as it is but for `changes`. */
  async submit(page: string, action: string, changes: Record<string, string> = {}): Promise<Answer> {
    const { text } = await this.get(page);
    return this.post(action, { ...hiddenFields(text, action), ...changes });
  }

  /** From the sign-in page to GitHub and back; the answer of the callback. */
  async signIn(role: Role, next = '/releases'): Promise<Answer> {
    return this.get(await this.#throughGitHub(role, next));
  }

  /** Where GitHub sends the browser after the person agreed. */
  async #throughGitHub(role: Role, next: string): Promise<string> {
    const begun = await this.post('/login', { next });
    return this.agree(role, begun.location);
  }

  /** The person says yes to what stands at this address of GitHub. */
  agree(role: Role, address: string): string {
    const { state } = this.#sandbox;
    const user = state.people.user(role === 'nobody' ? NOBODY.login : LOGINS[role]);
    const request = state.oauth.request(Object.fromEntries(new URL(address).searchParams));
    if (!user || isOAuthFailure(request)) throw new Error('GitHub refuses');
    return state.oauth.agree(user, request).slice(this.#origin.length);
  }

  async #send(
    path: string,
    init: { method: string; headers: Record<string, string>; body?: string },
  ): Promise<Answer> {
    const agent = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0';
    // Not fetch: that says of itself, in headers of its own, what kind of request it is.
    const { status, headers, bytes } = await new Promise<Pick<Answer, 'status' | 'headers' | 'bytes'>>(
      (resolve, reject) => {
        const request = http.request(this.#origin + path, {
          method: init.method,
          agent: false,
          headers: { 'user-agent': agent, ...this.cookies.header, ...init.headers },
        });
        request.on('error', reject);
        request.on('response', (answer) => {
          const parts: Buffer[] = [];
          answer.on('data', (part: Buffer) => parts.push(part));
          // A connection that broke gives what came until then.
          answer.on('error', () => undefined);
          answer.on('close', () =>
            resolve({
              status: answer.statusCode ?? 0,
              headers: new Headers(
                answer.rawHeaders.flatMap((name, n, all): [string, string][] =>
                  n % 2 === 0 ? [[name, all[n + 1] ?? '']] : [],
                ),
              ),
              bytes: Buffer.concat(parts),
            }),
          );
        });
        request.end(init.body);
      },
    );
    this.cookies.keep(headers.getSetCookie());
    return { status, headers, bytes, text: bytes.toString('utf8'), location: headers.get('location') ?? '' };
  }
}

export function hiddenFields(html: string, action: string): Record<string, string> {
  const forms = html.match(/<form[\s\S]*?<\/form>/g) ?? [];
  const form = forms.find((one) => one.includes(`action="${action}"`));
  if (!form) throw new Error(`no form leads to ${action}`);
  return Object.fromEntries(
    [...form.matchAll(/<input type="hidden" name="([^"]*)" value="([^"]*)"/g)].map(([, name, value]) => [
      name ?? '',
      value ?? '',
    ]),
  );
}

/** Somebody at the viewer: a browser as far as cookies, our forms and shown files go, over both real origins. */
import http from 'node:http';
import { Cookies } from '../../src/sandbox/demo/cookies.ts';
import { type SoftPasskey } from './soft-passkey.ts';

export interface ViewerPlace {
  appOrigin: string;
  contentOrigin: string;
  /** Both listen on 127.0.0.1. */
  ports(): { app: number; content: number };
}

export interface Page {
  status: number;
  text: string;
  bytes: Buffer;
  location: string | undefined;
}

type Fields = Record<string, string>;

let machines = 0;

export class Visitor {
  readonly #place: ViewerPlace;
  readonly #jar = new Cookies();
  /** A machine of its own: sign-ins are counted by address. */
  readonly #from = `127.0.${(machines += 1) >> 8}.${1 + (machines % 250)}`;
  #token = '';

  constructor(place: ViewerPlace) {
    this.#place = place;
  }

  get(path: string): Promise<Page> {
    return this.#app('GET', path);
  }

  /** With the token of the page that was read last. */
  post(path: string, fields: Fields = {}, headers: Fields = {}): Promise<Page> {
    const body = new URLSearchParams({ _token: this.#token, ...fields }).toString();
    return this.#app('POST', path, body, {
      'content-type': 'application/x-www-form-urlencoded',
      'sec-fetch-site': 'same-origin',
      origin: this.#place.appOrigin,
      ...headers,
    });
  }

  /** The hub says who this is. Undefined when signed in, else the code of the refusal. */
  async byCode(): Promise<string | undefined> {
    await this.get('/sign-in');
    await this.post('/sign-in/start');
    return this.#ended(await this.post('/sign-in/code', { code: 'three typed words' }));
  }

  async byPasskey(key: SoftPasskey): Promise<string | undefined> {
    await this.get('/sign-in');
    const options = await this.post('/sign-in/passkey/options');
    const answer = key.answer(JSON.parse(options.text) as Parameters<SoftPasskey['answer']>[0]);
    return this.#ended(await this.post('/sign-in/passkey', { answer: JSON.stringify(answer) }));
  }

  async #ended(page: Page): Promise<string | undefined> {
    if (page.status !== 303) return codeIn(page);
    await this.get('/account');
    return undefined;
  }

  /** Makes a key in this session, and gives the mark that the account page shows for it. */
  async enrols(key: SoftPasskey): Promise<string> {
    await this.get('/account');
    const options = await this.post('/account/passkeys/options');
    const answer = key.register(JSON.parse(options.text) as Parameters<SoftPasskey['register']>[0]);
    const made = await this.post('/account/passkeys', { label: 'a key', answer: JSON.stringify(answer) });
    if (made.status !== 303) throw new Error(`not enrolled: ${codeIn(made)}`);
    const { text } = await this.get('/account');
    return (
      /class="va-mark"[^>]*>([0-9a-f-]{19})</.exec(text.slice(text.indexOf('data-testid="passkeys"')))?.[1] ??
      ''
    );
  }

  async confirms(key: SoftPasskey): Promise<string | undefined> {
    await this.get('/operations/passkeys');
    const answer = await this.post('/operations/passkeys/confirm', { passkey: key.id });
    return answer.status === 303 ? undefined : codeIn(answer);
  }

  /** Opens the file's page, has its bytes sent, and says that they were drawn. */
  async opens(request: string, file: number): Promise<Buffer | undefined> {
    const { text } = await this.get(`/requests/${request}/files/${file}`);
    const url = /data-url="([^"]+)"/.exec(text)?.[1];
    const load = /data-load="([^"]+)"/.exec(text)?.[1];
    if (!url || !load) return undefined;
    const { content } = this.#place.ports();
    const host = new URL(this.#place.contentOrigin).host;
    const sent = await asked(this.#from, content, 'GET', new URL(url).pathname, {
      host,
      'sec-fetch-dest': 'empty',
    });
    await this.post('/shown', { load });
    return sent.bytes;
  }

  /** Makes a draft ready by the author's own forms, and submits it. */
  async submits(request: string, group: string, said: Fields, policy: string): Promise<string | undefined> {
    const edit = (deed: string, fields: Fields): Promise<Page> =>
      this.post(`/requests/${request}/edit/${deed}`, fields);
    await this.get(`/requests/${request}/edit`);
    await edit('explain', { group, ...said });
    await edit('accept-policy', { accept: 'yes', version: policy });
    for (let tries = 0; ; tries += 1) {
      const { text } = await this.get(`/requests/${request}/edit`);
      for (const deed of ['except-hint', 'resolve-hint'])
        for (const [, hint = ''] of text.matchAll(hintsOf(deed)))
          await edit(deed, { hint, reason: 'agreed' });
      const answer = await edit('submit', {});
      if (answer.status === 303) return undefined;
      // The checks still run, or have found something since.
      if (tries === 400) return codeIn(answer);
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
  }

  /** Undefined when it was done, else the code of the refusal. */
  async does(request: string, deed: string, fields: Fields = {}): Promise<string | undefined> {
    const path = `/requests/${request}/deeds/${deed}`;
    const { status, text } = await this.post(path, fields, { accept: 'application/json' });
    if (status === 200) return undefined;
    try {
      return (JSON.parse(text) as { code?: string }).code ?? `HTTP ${status}`;
    } catch {
      return codeIn({ text }) ?? `HTTP ${status}`;
    }
  }

  async #app(method: string, path: string, body?: string, headers: Fields = {}): Promise<Page> {
    const { app } = this.#place.ports();
    const host = new URL(this.#place.appOrigin).host;
    const answer = await asked(
      this.#from,
      app,
      method,
      path,
      { host, ...this.#jar.header, ...headers },
      body,
    );
    this.#jar.keep(answer.cookies);
    this.#token = /name="_token" value="([0-9a-f]{64})"/.exec(answer.text)?.[1] ?? this.#token;
    return answer;
  }
}

const hintsOf = (deed: string): RegExp =>
  new RegExp(`/edit/${deed}"[\\s\\S]{0,600}?name="hint" value="([^"]+)"`, 'g');

function codeIn({ text }: { text: string }): string {
  return /data-testid="refusal" data-code="([^"]+)"/.exec(text)?.[1] ?? 'no code';
}

function asked(
  localAddress: string,
  port: number,
  method: string,
  path: string,
  headers: Fields,
  body?: string,
): Promise<Page & { cookies: string[] }> {
  return new Promise((resolve, reject) => {
    const request = http.request(
      { host: '127.0.0.1', port, path, method, headers, agent: false, localAddress },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () => {
          const bytes = Buffer.concat(chunks);
          resolve({
            status: response.statusCode ?? 0,
            text: bytes.toString('utf8'),
            bytes,
            location: response.headers.location,
            cookies: response.headers['set-cookie'] ?? [],
          });
        });
      },
    );
    request.on('error', reject);
    request.end(body);
  });
}

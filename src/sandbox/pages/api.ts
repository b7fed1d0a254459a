/** The sandbox's own REST API, called as the person who looks: pages see and do what the API allows. */
export interface Answer<T> {
  status: number;
  data: T;
}

export class Api {
  readonly #base: string;
  readonly #token: string | undefined;

  constructor(url: string, token: string | undefined) {
    this.#base = `${url}/api/v3`;
    this.#token = token;
  }

  async get<T>(path: string, accept = 'application/vnd.github+json'): Promise<Answer<T>> {
    return this.#call<T>('GET', path, undefined, accept);
  }

  /** The data, or undefined when the API says anything but 200. */
  async find<T>(path: string): Promise<T | undefined> {
    const { status, data } = await this.get<T>(path);
    return status === 200 ? data : undefined;
  }

  async send<T>(
    method: 'POST' | 'PATCH' | 'PUT' | 'DELETE',
    path: string,
    body?: unknown,
  ): Promise<Answer<T>> {
    return this.#call<T>(method, path, body, 'application/vnd.github+json');
  }

  async #call<T>(method: string, path: string, body: unknown, accept: string): Promise<Answer<T>> {
    const response = await fetch(`${this.#base}${path}`, {
      method,
      headers: {
        accept,
        ...(this.#token ? { authorization: `Bearer ${this.#token}` } : {}),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    const text = await response.text();
    const json = (response.headers.get('content-type') ?? '').includes('json');
    return { status: response.status, data: (json && text ? JSON.parse(text) : text) as T };
  }
}

/** Path segments from outside, escaped one by one. */
export function segments(path: string): string {
  return path.split('/').map(encodeURIComponent).join('/');
}

/** Redirects are walked in here and never shown to a client: a few steps, https, to listed hosts, without credentials. */
import type { Dispatcher } from 'undici';

const REDIRECTS = [301, 302, 303, 307, 308];
const MAX_HOPS = 3;

export const isRedirect = ({ statusCode }: Pick<Dispatcher.ResponseData, 'statusCode'>): boolean =>
  REDIRECTS.includes(statusCode);

/**
 * The first answer that is no redirect; undefined when one leads where it may not, or there are too many. `hosts`: with
 * the port where it is not 443. `get` sends nothing that was meant for the first host.
 */
export async function followed(
  first: Dispatcher.ResponseData,
  from: string,
  hosts: readonly string[],
  get: (url: string) => Promise<Dispatcher.ResponseData>,
): Promise<Dispatcher.ResponseData | undefined> {
  let answer = first;
  let at = from;
  for (let hop = 1; isRedirect(answer); hop += 1) {
    drop(answer);
    const to = locationIn(one(answer.headers['location']), at);
    if (hop > MAX_HOPS || !to || !hosts.includes(hostOf(to))) return undefined;
    at = to.href;
    answer = await get(at);
  }
  return answer;
}

export function drop(answer: Dispatcher.ResponseData): void {
  answer.body.on('error', () => undefined).destroy();
}

/** With the port only where it is not 443, as lists of hosts are written. */
export const hostOf = (url: URL): string => url.host.toLowerCase();

/** Undefined unless it is https and carries no credentials. */
export function locationIn(text: string | undefined, from: string | undefined): URL | undefined {
  if (text === undefined || !URL.canParse(text, from)) return undefined;
  const url = new URL(text, from);
  url.hash = '';
  return url.protocol === 'https:' && url.username === '' && url.password === '' ? url : undefined;
}

export function one(value: string | string[] | undefined): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

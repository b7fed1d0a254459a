/** A browser without script: cookies, pages, forms. It says of itself what a browser says. */
import { parse, type DefaultTreeAdapterTypes as Tree } from 'parse5';
import { request } from 'undici';
import { Cookies } from './cookies.ts';

export interface Form {
  action: string;
  method: string;
  /** As the page filled it in; what is ticked or chosen by a person is left out. */
  fields: [name: string, value: string][];
}

/** Fields as a person fills them in: in place of what the page filled in. */
export type Changes = readonly (readonly [name: string, value: string])[];

export interface Page {
  url: string;
  status: number;
  html: string;
  bytes: Buffer;
  headers: Record<string, string | string[] | undefined>;
}

const MOST_REDIRECTS = 5;

export class Visitor {
  /** By host. */
  readonly #cookies = new Map<string, Cookies>();

  async get(url: string): Promise<Page> {
    return this.#follow(await this.#send(url, 'GET'));
  }

  /** As a script of a page fetches it: from another origin, without cookies. */
  async fetch(url: string, from: string): Promise<Page> {
    return new Visitor().#send(url, 'GET', undefined, {
      origin: new URL(from).origin,
      'sec-fetch-dest': 'empty',
      'sec-fetch-mode': 'cors',
      'sec-fetch-site': 'cross-site',
    });
  }

  /** One answer, wherever it points. */
  async step(url: string): Promise<{ page: Page; location: string | undefined }> {
    const page = await this.#send(url, 'GET');
    return { page, location: locationOf(page) };
  }

  /** A form of this page, or the first that leads to an address; `changes` is what the person fills in. */
  async submit(page: Page, which: Form | string, changes: Changes = []): Promise<Page> {
    return this.#follow(await this.send(page, which, changes));
  }

  /** The same without following where it points. */
  async send(page: Page, which: Form | string, changes: Changes = []): Promise<Page> {
    const form =
      typeof which === 'string' ? formsIn(page.html).find(({ action }) => action === which) : which;
    if (!form) throw new Error(`no form of ${page.url} leads to ${String(which)}`);
    const changed = new Set(changes.map(([name]) => name));
    const fields = [...form.fields.filter(([name]) => !changed.has(name)), ...changes];
    const target = new URL(form.action, page.url).href;
    return this.post(target, new URLSearchParams(fields.map(([name, value]) => [name, value])), {});
  }

  post(url: string, fields: URLSearchParams, headers: Record<string, string>): Promise<Page> {
    return this.#send(url, 'POST', fields.toString(), {
      'content-type': 'application/x-www-form-urlencoded',
      origin: new URL(url).origin,
      'sec-fetch-site': 'same-origin',
      ...headers,
    });
  }

  async #follow(page: Page): Promise<Page> {
    let here = page;
    for (let hops = 0; hops < MOST_REDIRECTS; hops += 1) {
      const location = locationOf(here);
      if (location === undefined) return here;
      here = await this.#send(location, 'GET');
    }
    throw new Error(`${page.url} leads round in circles`);
  }

  async #send(
    url: string,
    method: 'GET' | 'POST',
    body?: string,
    headers: Record<string, string> = {},
  ): Promise<Page> {
    const { host } = new URL(url);
    const jar = this.#cookies.get(host) ?? new Cookies();
    const answer = await request(url, {
      method,
      body,
      headers: {
        'user-agent': 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0',
        ...jar.header,
        ...headers,
      },
    });
    const bytes = Buffer.from(await answer.body.arrayBuffer());
    jar.keep([answer.headers['set-cookie'] ?? []].flat());
    this.#cookies.set(host, jar);
    return { url, status: answer.statusCode, html: bytes.toString('utf8'), bytes, headers: answer.headers };
  }
}

function locationOf({ url, status, headers }: Page): string | undefined {
  const location = [headers['location'] ?? []].flat()[0];
  return status >= 300 && status < 400 && location !== undefined ? new URL(location, url).href : undefined;
}

export type Element = Tree.Element;

export function formsIn(html: string): Form[] {
  return elementsIn(html, (element) => element.tagName === 'form').map((form) => ({
    action: attribute(form, 'action') ?? '',
    method: (attribute(form, 'method') ?? 'get').toLowerCase(),
    fields: elementsBelow(form).flatMap(fieldOf),
  }));
}

function fieldOf(element: Element): [string, string][] {
  const name = attribute(element, 'name');
  if (name === undefined) return [];
  if (element.tagName === 'textarea') return [[name, textOf(element)]];
  if (element.tagName === 'select') {
    const options = elementsBelow(element).filter((one) => one.tagName === 'option');
    const chosen = options.find((one) => attribute(one, 'selected') !== undefined) ?? options[0];
    return chosen ? [[name, attribute(chosen, 'value') ?? textOf(chosen)]] : [];
  }
  if (element.tagName !== 'input') return [];
  const type = attribute(element, 'type') ?? 'text';
  const ticked = attribute(element, 'checked') !== undefined;
  if ((type === 'checkbox' || type === 'radio') && !ticked) return [];
  return type === 'submit' ? [] : [[name, attribute(element, 'value') ?? '']];
}

/** Elements of a page that meet a condition, in the order of the page. */
export function elementsIn(html: string, wanted: (element: Element) => boolean): Element[] {
  return elementsBelow(parse(html)).filter(wanted);
}

export function elementsBelow(node: Tree.Node): Element[] {
  return childrenOf(node).flatMap((child) =>
    'tagName' in child ? [child, ...elementsBelow(child)] : elementsBelow(child),
  );
}

const childrenOf = (node: Tree.Node): Tree.ChildNode[] => ('childNodes' in node ? node.childNodes : []);

export function attribute(element: Element, name: string): string | undefined {
  return element.attrs.find((one) => one.name === name)?.value;
}

export function textOf(node: Tree.Node): string {
  return 'value' in node ? node.value : childrenOf(node).map(textOf).join('');
}

/** The text of the element that tests and people find by this mark; undefined when it is not there. */
export function marked(html: string, mark: string): string | undefined {
  const [found] = elementsIn(html, (element) => attribute(element, 'data-testid') === mark);
  return found && textOf(found).trim();
}

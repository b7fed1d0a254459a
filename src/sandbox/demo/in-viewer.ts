/** A person in the zone at the viewer, as far as the story goes: signs in, builds a request, reads, grades. */
import {
  attribute,
  elementsBelow,
  elementsIn,
  formsIn,
  marked,
  textOf,
  Visitor,
  type Changes,
  type Element,
  type Form,
  type Page,
} from './visitor.ts';

export interface Places {
  hub: string;
  github: string;
  viewer: string;
  /** Slug of the App whose sign-in the hub uses, and what lets us answer for people on the stand-in. */
  app: string;
  control: string;
}

export interface Explanation {
  group: string;
  context: string;
  population: string;
  'population-size': string;
  n: string;
  df: string;
  controls: string;
  threshold: string;
  base: string;
  method: string;
}

/** What GitHub asks is answered with yes; the address to which the browser is sent back. */
export async function agreeOnGitHub(
  { github, app, control }: Places,
  login: string,
  address: string,
): Promise<string> {
  const fields = Object.fromEntries(new URL(address).searchParams);
  const answer = await fetch(`${github}/_sandbox/apps/${app}/consents`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${control}` },
    body: JSON.stringify({ login, ...fields }),
  });
  const { location } = (await answer.json()) as { location?: string };
  if (!location) throw new Error(`GitHub does not let ${login} in`);
  return location;
}

/** The viewer said no; what it said is the message. */
export class Denied extends Error {
  readonly status: number;
  constructor(page: Page, doing: string) {
    const says = marked(page.html, 'refusal') ?? marked(page.html, 'says') ?? titleOf(page);
    super(`${doing}: ${page.status} ${says.replace(/\s+/g, ' ')}`);
    this.name = 'Denied';
    this.status = page.status;
  }
}

export class InViewer {
  readonly login: string;
  readonly #places: Places;
  readonly #browser = new Visitor();

  constructor(places: Places, login: string) {
    this.#places = places;
    this.login = login;
  }

  /** By a number shown in the viewer and a code from the hub; the person says yes on GitHub. */
  async signIn(): Promise<void> {
    const { viewer } = this.#places;
    const asked = await this.#browser.submit(await this.page('/sign-in'), '/sign-in/start');
    const number = marked(asked.html, 'number')?.replace(/\D/g, '');
    if (!number) throw new Denied(asked, 'asking for a number');
    const code = await this.codeFor(number);
    const inside = await this.#browser.submit(asked, '/sign-in/code', [['code', code]]);
    if (inside.status !== 200 || inside.url.startsWith(`${viewer}/sign-in`))
      throw new Denied(inside, `${this.login} signs in`);
  }

  /** What the hub gives to this person for the number that a viewer shows. */
  async codeFor(number: string): Promise<string> {
    const { hub } = this.#places;
    const outside = new Visitor();
    const path = `/airlock-login?number=${number}`;
    let page = await outside.get(`${hub}${path}`);
    if (formsIn(page.html).some(({ action }) => action === '/login')) {
      const away = await outside.send(page, '/login', [['next', path]]);
      page = await outside.get(
        await agreeOnGitHub(this.#places, this.login, String(away.headers['location'])),
      );
    }
    const given = await outside.submit(page, '/airlock-login');
    const code = marked(given.html, 'code');
    if (!code) throw new Denied(given, `${this.login} asks for a code`);
    return code;
  }

  page(path: string): Promise<Page> {
    return this.#browser.get(new URL(path, this.#places.viewer).href);
  }

  /** Puts files of a workspace on a request, in a new group. The request's id. */
  async add(workspace: string, group: string, paths: readonly string[]): Promise<string> {
    const dir = paths[0]?.split('/').slice(0, -1).join('/') ?? '';
    const tree = await this.#seen(`/workspaces/${workspace}/tree/${dir}`);
    const pick = await this.#done(tree, `/workspaces/${workspace}/pick`, [
      ...paths.map((path) => ['path', path] as const),
      ['then', 'add'],
    ]);
    const added = await this.#done(pick, `/workspaces/${workspace}/add`, [['new-group', group]]);
    const id = /\/requests\/([a-z0-9]{16})/.exec(added.url)?.[1];
    if (!id) throw new Denied(added, 'adding files');
    return id;
  }

  async explain(id: string, explanation: Explanation): Promise<void> {
    await this.#edit(id, 'explain', Object.entries(explanation), ({ fields }) =>
      fields.some(([name, value]) => name === 'group' && value === explanation.group),
    );
  }

  /** Takes the bytes that are on disk now, or takes files off. */
  async files(id: string, deed: 'update' | 'withdraw', paths: readonly string[]): Promise<void> {
    await this.#edit(id, 'files', [['deed', deed], ...paths.map((path) => ['path', path] as const)]);
  }

  async comment(id: string, group: string, text: string): Promise<void> {
    await this.#edit(id, 'comment', [
      ['group', group],
      ['text', text],
    ]);
  }

  /** Answers every hint that still waits for its author. What they said. */
  async answerHints(id: string, reason: string): Promise<string[]> {
    const answered: string[] = [];
    for (;;) {
      const page = await this.#seen(`/requests/${id}/edit`);
      const [open] = elementsIn(
        page.html,
        (one) => attribute(one, 'data-testid') === 'hint' && !/^\s*answered/.test(textOf(one).trimStart()),
      );
      if (!open) return answered;
      answered.push(textOf(open).replace(/\s+/g, ' ').trim());
      const said = formsIn(page.html).find(
        ({ action, fields }) =>
          /\/(except|resolve)-hint$/.test(action) &&
          holds(open, fields.find(([name]) => name === 'hint')?.[1]),
      );
      if (!said) throw new Denied(page, 'answering a hint');
      await this.#done(page, said, [['reason', reason]]);
    }
  }

  /** The automatic checks have looked at every file. */
  async isChecked(id: string): Promise<boolean> {
    return !(await this.#seen(`/requests/${id}/edit`)).html.includes('Some checks are still running');
  }

  async submit(id: string): Promise<void> {
    const page = await this.#seen(`/requests/${id}/edit`);
    const accept = `/requests/${id}/edit/accept-policy`;
    if (formsIn(page.html).some(({ action }) => action === accept))
      await this.#done(page, accept, [['accept', 'yes']]);
    await this.#edit(id, 'submit', []);
  }

  /** Opens a file as a page does: its bytes to the last, then the word that it was drawn. */
  async read(id: string, number: number): Promise<Buffer> {
    const page = await this.#seen(`/requests/${id}/files/${number}`);
    const [file] = elementsIn(page.html, (one) => attribute(one, 'data-testid') === 'file');
    const of = (name: string): string => (file && attribute(file, `data-${name}`)) ?? '';
    const bytes = await this.#browser.fetch(new URL(of('url'), page.url).href, page.url);
    if (bytes.status !== 200) throw new Denied(bytes, `reading file ${number}`);
    const shown = await this.#browser.post(
      `${this.#places.viewer}/shown`,
      new URLSearchParams({ load: of('load') }),
      { accept: 'application/json', 'x-csrf-token': of('csrf') },
    );
    if (!shown.html.includes('"shown":true')) throw new Denied(shown, `showing file ${number}`);
    return bytes.bytes;
  }

  /** Numbers of the request's files, by path. */
  async numbers(id: string): Promise<Record<string, number>> {
    const page = await this.#seen(`/requests/${id}`);
    const links = elementsIn(page.html, (one) => one.tagName === 'a').flatMap((link) => {
      const number = new RegExp(`^/requests/${id}/files/(\\d+)$`).exec(attribute(link, 'href') ?? '')?.[1];
      return number ? [[textOf(link).trim(), Number(number)] as const] : [];
    });
    return Object.fromEntries(links);
  }

  async grade(
    id: string,
    number: number,
    path: string,
    grade: 'approve' | 'changes' | 'reject',
  ): Promise<void> {
    await this.#deed(`/requests/${id}/files/${number}`, id, 'grade', [
      ['path', path],
      ['grade', grade],
    ]);
  }

  /** A form of the request's pages: `sign`, `return`, `propose-part` … */
  async deed(id: string, deed: string, fields: Changes = [], at = ''): Promise<void> {
    await this.#deed(`/requests/${id}${at}`, id, deed, fields);
  }

  /** Answers the hints that wait for this checker. */
  async resolveHints(id: string, reason: string): Promise<void> {
    for (;;) {
      const page = await this.#seen(`/requests/${id}`);
      const open = formsIn(page.html).find(({ action }) => action.endsWith('/deeds/resolve-hint'));
      if (!open) return;
      await this.#done(page, open, [['reason', reason]]);
    }
  }

  async #deed(path: string, id: string, deed: string, fields: Changes): Promise<void> {
    await this.#done(await this.#seen(path), `/requests/${id}/deeds/${deed}`, fields);
  }

  async #edit(
    id: string,
    deed: string,
    fields: Changes,
    which: (form: Form) => boolean = () => true,
  ): Promise<void> {
    const page = await this.#seen(`/requests/${id}/edit`);
    const action = `/requests/${id}/edit/${deed}`;
    const form = formsIn(page.html).find((one) => one.action === action && which(one));
    if (!form) throw new Denied(page, deed);
    await this.#done(page, form, fields);
  }

  async #seen(path: string): Promise<Page> {
    const page = await this.page(path);
    if (page.status !== 200) throw new Denied(page, `${this.login} opens ${path}`);
    return page;
  }

  async #done(page: Page, form: Form | string, fields: Changes): Promise<Page> {
    const answer = await this.#browser.submit(page, form, fields);
    const action = typeof form === 'string' ? form : form.action;
    if (answer.status !== 200) throw new Denied(answer, `${this.login}, ${action}`);
    return answer;
  }
}

/** Whether the form with this hint stands inside the hint's own row. */
function holds(row: Element, hint: string | undefined): boolean {
  return elementsBelow(row).some(
    (one) => attribute(one, 'name') === 'hint' && attribute(one, 'value') === hint,
  );
}

function titleOf({ html }: Page): string {
  const [title] = elementsIn(html, (element) => element.tagName === 'title');
  return title ? textOf(title) : '';
}

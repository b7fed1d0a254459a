/** A person at the hub's pages, signed in with GitHub. */
import { agreeOnGitHub, type Places } from './in-viewer.ts';
import { formsIn, Visitor } from './visitor.ts';

export class OnHub {
  readonly #places: Places;
  readonly #login: string;
  readonly #browser = new Visitor();

  constructor(places: Places, login: string) {
    this.#places = places;
    this.#login = login;
  }

  /** The page as this person sees it; what they may not see is a page that says so. */
  async page(path: string): Promise<string> {
    const url = `${this.#places.hub}${path}`;
    const page = await this.#browser.get(url);
    if (!formsIn(page.html).some(({ action }) => action === '/login')) return page.html;
    const away = await this.#browser.send(page, '/login', [['next', path]]);
    const back = await agreeOnGitHub(this.#places, this.#login, String(away.headers['location']));
    return (await this.#browser.get(back)).html;
  }
}

/** A person at the hub's pages, signed in with GitHub. */
import { agreeOnGitHub, type Places } from './in-viewer.ts';
import { Visitor } from './visitor.ts';

export class OnHub {
  readonly #places: Places;
  readonly #login: string;
  readonly #browser = new Visitor();

  constructor(places: Places, login: string) {
    this.#places = places;
    this.#login = login;
  }

  async signIn(): Promise<void> {
    const page = await this.#browser.get(`${this.#places.hub}/login`);
    const away = await this.#browser.send(page, '/login', [['next', '/']]);
    await this.#browser.get(await agreeOnGitHub(this.#places, this.#login, String(away.headers['location'])));
  }

  /** The page as this person sees it; what they may not see is a page that says so. */
  async page(path: string): Promise<string> {
    return (await this.#browser.get(`${this.#places.hub}${path}`)).html;
  }
}

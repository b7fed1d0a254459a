/**
 * What the pages need of the sandbox beside its REST API.
 *
 * Everything a person could do through the API goes through the API, with that person's token, so the
 * pages are never kinder than it. Listed here is only what GitHub offers on its pages alone.
 */
export interface PagesBackend {
  /** Origin of the sandbox. */
  url: string;
  /** The seeded people, for the who-am-I switcher. */
  people(): { login: string; name: string; note: string }[];
  /** A token of this person, as one would make in the settings. */
  tokenOf(login: string): string;
  /** Full names and visibility of what this person may see. */
  repositories(login: string | undefined): { fullName: string; private: boolean; description: string }[];
  /** The buttons of a check run, which the REST API does not return. */
  actionsOf(fullName: string, checkRun: number): { label: string; identifier: string; description: string }[];
  /** Click on a button of a completed check run. An answer other than undefined is shown to the person. */
  clickAction(
    login: string,
    fullName: string,
    checkRun: number,
    identifier: string,
  ): Promise<string | undefined>;
  rerequest(login: string, fullName: string, checkRun: number): Promise<string | undefined>;
  /** Opens an issue from an answered form: its labels are set whoever answered. A text is the refusal. */
  openFromForm(
    login: string,
    fullName: string,
    given: { title: string; body: string; labels: readonly string[]; assignees: readonly string[] },
  ): { number: number } | string;
  /** A file of a release, as far as this person sees it; `tag` is the name of a draft where it has none. */
  download(login: string | undefined, fullName: string, tag: string, name: string): Download | undefined;
  /** What an App asks for in an address's query; a text says why nobody is asked. */
  consent(query: string): Consent | string;
  hasAgreed(login: string, query: string): boolean;
  /** Where the browser goes after a yes, and after a no. */
  agree(login: string, query: string): string;
  deny(query: string): string;
  apps(): { slug: string; name: string }[];
  /** What a posted manifest asks for; a text says what is wrong with it. */
  manifest(org: string, text: string): { name: string; redirectUrl: string } | string;
  /** Makes the App as this person; `to` is where the browser goes. */
  registerApp(
    login: string,
    org: string,
    given: { manifest: string; name: string; state?: string },
  ): { to: string } | { refused: string };
  /** On all repositories of the account. A text is the refusal. */
  installApp(login: string, slug: string, account: string): string | undefined;
  deliveries(slug: string): DeliveryRow[];
  redeliver(id: string): Promise<void>;
  /** How many changes there were so far, and whether one of a repository is later than that. */
  changes(): number;
  changedSince(fullName: string, since: number): boolean;
  /** Calls back after anything in a repository changed; returns how to stop. */
  onChange(listener: (fullName: string) => void): () => void;
}

export interface Download {
  file: string;
  name: string;
  contentType: string;
}

export interface Consent {
  /** Name of the App. */
  app: string;
  redirectUri: string;
  /** Person whom the App suggests. */
  login: string | null;
  asksAgain: boolean;
}

export interface DeliveryRow {
  id: string;
  guid: string;
  event: string;
  action: string | null;
  at: string;
  status: string;
  statusCode: number;
  redelivery: boolean;
  payload: string;
}

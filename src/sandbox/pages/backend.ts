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
  apps(): { slug: string; name: string }[];
  deliveries(slug: string): DeliveryRow[];
  redeliver(id: string): Promise<void>;
  /** Calls back after anything in a repository changed; returns how to stop. */
  onChange(listener: (fullName: string) => void): () => void;
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

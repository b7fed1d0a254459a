/** GitHub as one person sees and uses it, through the public API. Only what the story needs. */
export interface CheckRun {
  id: number;
  name: string;
  status: string;
  conclusion: string | null;
  html_url: string;
  external_id: string | null;
  output: { title: string | null; summary: string | null; text: string | null; annotations_count: number };
}

export interface Annotation {
  path: string;
  start_line: number;
  annotation_level: string;
  title: string | null;
  message: string;
}

export interface Comment {
  id: number;
  html_url: string;
  body: string;
  user: { login: string };
}

export interface IssueSeen {
  number: number;
  title: string;
  state: string;
  html_url: string;
  body: string | null;
  labels: { name: string }[];
  assignees: { login: string }[];
}

export interface ReleaseSeen {
  tag_name: string;
  html_url: string;
  draft: boolean;
  body: string | null;
  assets: { name: string; size: number }[];
}

export class Person {
  readonly #api: string;
  readonly #token: string;

  constructor(api: string, token: string) {
    this.#api = api;
    this.#token = token;
  }

  openIssue(repo: string, title: string, body: string): Promise<{ number: number; html_url: string }> {
    return this.#send('POST', `/repos/${repo}/issues`, { title, body });
  }

  comment(repo: string, issue: number, body: string): Promise<Comment> {
    return this.#send('POST', `/repos/${repo}/issues/${issue}/comments`, { body });
  }

  comments(repo: string, issue: number): Promise<Comment[]> {
    return this.#send('GET', `/repos/${repo}/issues/${issue}/comments?per_page=100`);
  }

  async reactions(repo: string, comment: number): Promise<string[]> {
    const found = await this.#send<{ content: string }[]>(
      'GET',
      `/repos/${repo}/issues/comments/${comment}/reactions?per_page=100`,
    );
    return found.map(({ content }) => content);
  }

  /** Newest first, closed ones too. */
  issues(repo: string): Promise<IssueSeen[]> {
    return this.#send('GET', `/repos/${repo}/issues?state=all&per_page=100`);
  }

  issue(repo: string, number: number): Promise<IssueSeen> {
    return this.#send('GET', `/repos/${repo}/issues/${number}`);
  }

  async label(repo: string, issue: number, label: string): Promise<void> {
    await this.#send('POST', `/repos/${repo}/issues/${issue}/labels`, { labels: [label] });
  }

  releases(repo: string): Promise<ReleaseSeen[]> {
    return this.#send('GET', `/repos/${repo}/releases?per_page=100`);
  }

  /** The newest commit of a branch. */
  async head(repo: string, branch: string): Promise<string> {
    const { sha } = await this.#send<{ sha: string }>('GET', `/repos/${repo}/commits/${branch}`);
    return sha;
  }

  async checks(repo: string, sha: string): Promise<CheckRun[]> {
    const { check_runs } = await this.#send<{ check_runs: CheckRun[] }>(
      'GET',
      `/repos/${repo}/commits/${sha}/check-runs?per_page=100`,
    );
    return check_runs;
  }

  annotations(repo: string, check: number): Promise<Annotation[]> {
    return this.#send('GET', `/repos/${repo}/check-runs/${check}/annotations?per_page=100`);
  }

  async #send<T>(method: string, path: string, body?: unknown): Promise<T> {
    const answer = await fetch(`${this.#api}${path}`, {
      method,
      headers: {
        Authorization: `Bearer ${this.#token}`,
        Accept: 'application/vnd.github+json',
        ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(30_000),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path} was answered ${answer.status}: ${text.slice(0, 300)}`);
    return JSON.parse(text) as T;
  }
}

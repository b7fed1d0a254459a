/** Where the story plays: what its people do, and what is looked at afterwards. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { CheckRun, Comment, Person } from './as-person.ts';
import type { Changes } from './changes.ts';
import type { InViewer } from './in-viewer.ts';
import type { OnHub } from './on-hub.ts';
import type { Screen } from './screen.ts';
import type { WorkingCopy } from './working-copy.ts';
import { filesBelow, workspaceFolder } from './zone-folder.ts';

export interface Issue {
  number: number;
  url: string;
}

export interface StageOptions {
  screen: Screen;
  changes: Changes;
  /** `owner/name` of the study. */
  study: string;
  /** Origin of the pages. */
  web: string;
  people: { wren: Person; sasha: Person; kit: Person; ines: Person; perry: Person };
  person: (login: string) => Person;
  /** `owner/name` of where release requests are reviewed. */
  reviews: string;
  /** Origins of the hub and of the viewer in the zone. */
  hub: string;
  viewer: string;
  inViewer: (login: string) => InViewer;
  onHub: (login: string) => OnHub;
  /** Wren's clone of the study. */
  copy: WorkingCopy;
  backend: string;
  workspace: string;
  /** The zone agent's state folder. */
  zone: string;
  /** Ids of the zone's jobs that run at this moment. */
  runningJobs: () => Promise<string[]>;
}

/** A step did not show what it should. */
export class StoryBroken extends Error {
  constructor(says: string) {
    super(says);
    this.name = 'StoryBroken';
  }
}

export function expect(holds: boolean, otherwise: string): asserts holds {
  if (!holds) throw new StoryBroken(otherwise);
}

export const CHECKS = ['sallyport/project', 'sallyport/codelists', 'sallyport/access', 'sallyport/dummy run'];

export class Stage {
  readonly on: StageOptions;
  readonly #commits: string[] = [];
  #issue: Issue | undefined;

  constructor(options: StageOptions) {
    this.on = options;
  }

  get screen(): Screen {
    return this.on.screen;
  }

  get issue(): Issue {
    if (!this.#issue) throw new Error('no issue was opened yet');
    return this.#issue;
  }

  async openIssue(title: string, body: string): Promise<void> {
    const { number, html_url } = await this.on.people.wren.openIssue(this.on.study, title, body);
    this.#issue = { number, url: html_url };
  }

  async push(message: string): Promise<string> {
    const sha = await this.screen.step('git push', () => this.on.copy.push(message));
    this.#commits.push(sha);
    return sha;
  }

  comment(by: Person, text: string): Promise<Comment> {
    return by.comment(this.on.study, this.issue.number, text);
  }

  checksOf(sha: string): Promise<CheckRun[]> {
    return this.on.people.wren.checks(this.on.study, sha);
  }

  finished(sha: string, name: string): Promise<CheckRun> {
    return this.on.changes.until(`${name} has ended`, async () => {
      const check = (await this.checksOf(sha)).find((one) => one.name === name);
      return check?.status === 'completed' ? check : undefined;
    });
  }

  async allGreen(sha: string): Promise<void> {
    for (const name of CHECKS) {
      const check = await this.screen.step(name, () => this.finished(sha, name));
      expect(check.conclusion === 'success', `${name} is ${check.conclusion}: ${textOf(check)}`);
    }
    this.screen.seen('all four checks are green, the whole pipeline on dummy data among them');
  }

  /** Checks of runs on real data, on every commit so far. */
  async runs(): Promise<CheckRun[]> {
    const all = await Promise.all(this.#commits.map((sha) => this.checksOf(sha)));
    return all.flat().filter((check) => check.name.startsWith('sallyport/run '));
  }

  /** Writes a `/run` as Wren; the check of its run when it is as far as `until` says. */
  async run(text: string, until: (check: CheckRun) => boolean): Promise<CheckRun> {
    const { people, study, changes } = this.on;
    const known = new Set((await this.runs()).map((check) => check.name));
    const asked = await this.comment(people.wren, text);
    return changes.until(`"${text}"`, async () => {
      const check = (await this.runs()).find((one) => !known.has(one.name));
      if (check) return until(check) ? check : undefined;
      const reactions = await people.wren.reactions(study, asked.id);
      if (!reactions.includes('confused')) return undefined;
      throw new StoryBroken(`"${text}" was refused: ${visible((await this.replyTo(asked))?.body ?? '')}`);
    });
  }

  runToItsEnd(text: string): Promise<CheckRun> {
    return this.screen.step(`Wren comments ${text}`, () =>
      this.run(text, ({ status }) => status === 'completed'),
    );
  }

  /** The App's first comment after this one. */
  async replyTo(asked: Comment): Promise<Comment | undefined> {
    const { people, study } = this.on;
    const comments = await people.wren.comments(study, this.issue.number);
    return comments.find((one) => one.id > asked.id && one.user.login.endsWith('[bot]'));
  }

  /** Everything the App says in the issue and on the commits. */
  async everythingShown(): Promise<string> {
    const { people, study } = this.on;
    const comments = await people.wren.comments(study, this.issue.number);
    const checks = (await Promise.all(this.#commits.map((sha) => this.checksOf(sha)))).flat();
    const annotations = await Promise.all(checks.map((check) => people.wren.annotations(study, check.id)));
    return [
      ...comments.map((one) => one.body),
      ...checks.map(textOf),
      ...annotations.flat().map((one) => one.message),
    ].join('\n');
  }

  outputs(level: 'high' | 'medium'): string[] {
    const folder = workspaceFolder(this.on.zone, this.on.workspace, level);
    return filesBelow(folder)
      .map((file) => file.path)
      .filter((name) => !name.startsWith('metadata/'));
  }

  get viewable(): string {
    return workspaceFolder(this.on.zone, this.on.workspace, 'medium');
  }

  output(name: string): string {
    return readFileSync(path.join(this.viewable, name), 'utf8').trimEnd();
  }

  commitPage(sha: string): string {
    return `${this.on.web}/${this.on.study}/commit/${sha}`;
  }
}

export function textOf(check: CheckRun): string {
  return [check.output.title, check.output.summary, check.output.text].filter(Boolean).join('\n');
}

/** What a comment says to its reader: no hidden marker, nothing folded away. */
export function visible(body: string): string {
  return body
    .replace(/<!--.*?-->/gs, '')
    .replace(/<details>.*?<\/details>/gs, '')
    .trim();
}

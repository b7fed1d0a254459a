/**
 * One town for the stories of test/e2e/lives.test.ts: the stand-in for GitHub with its pages, a hub with its public
 * site, a steward, and a browser in which people do what they would do on GitHub. Time is passed in.
 */
import { mkdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import type { OpenDatabase } from '../../../src/db/open.ts';
import { numberLeaves } from '../../../src/db/sequencer.ts';
import { lookAtClocks, lookAtDashboards, lookAtOnboarding } from '../../../src/github/github.ts';
import type { Issue, Repo } from '../../../src/sandbox/github/github.ts';
import { plant } from '../../../src/sandbox/github/seed.ts';
import { ProjectRounds } from '../../../src/steward/steward.ts';
import { FORM_YAML } from '../../applications/forms.ts';
import { docText, keep, raw, WIDTH } from '../../docs/pictures.ts';
import { faultsOf } from '../../support/axe.ts';
import { startChromium } from '../../support/chrome.ts';
import { HUB_MIGRATIONS, ownDatabase } from '../../support/database.ts';
import { governedFiles, governedWorld, type GovernedWorld } from '../../support/governed-world.ts';
import { PEOPLE, REPOSITORY } from '../../support/governance.ts';
import { follows, leads } from '../../support/navigation.ts';
import { LOGINS, ORG, STUDY } from '../../support/world.ts';

export const INTAKE = 'intake';
export const INCIDENTS = 'incidents';

const POPULATION = `everybody:
  steward_team: sp-data-stewards
  ask: https://research.example.edu/permissions/everybody
  grants: []
`;
/** Who is brought in later has had training, as everybody who works on real data. */
const TRAINED = `training: {course: safe-researcher, passed: 2026-02-03, expires: 2129-02-03}, agreement: {ref: DAA-78, expires: 2127-08-31}`;

type Steward = Awaited<ReturnType<GovernedWorld['steward']>>;

export class Town {
  readonly w: GovernedWorld;
  readonly page: Page;
  readonly #browser: Browser;
  readonly #database: OpenDatabase;
  readonly #steward: Steward;
  readonly #rounds: ProjectRounds;
  #who = '';
  readonly #judged = new Set<string>();

  private constructor(
    w: GovernedWorld,
    database: OpenDatabase,
    browser: Browser,
    page: Page,
    steward: Steward,
  ) {
    [this.w, this.page, this.#browser, this.#database] = [w, page, browser, database];
    this.#steward = steward;
    this.#rounds = new ProjectRounds({
      ...steward.keep,
      clock: steward.clock,
      governance: () => steward.governance(),
      hub: steward.hub,
      governanceRepository: 9001,
    });
  }

  static async begin(): Promise<Town> {
    const database = await ownDatabase(HUB_MIGRATIONS);
    const w = await governedWorld(database, governance(), { pages: true });
    await plantPlaces(w);
    await installedAnew(w);
    const steward = await w.steward();
    const browser = await startChromium();
    const page = await (await browser.newContext({ viewport: { width: WIDTH, height: 900 } })).newPage();
    // A page that loads itself anew would come between a click and what it leads to.
    await page.route('**/_web/changes*', (route) => route.fulfill({ status: 204 }));
    return new Town(w, database, browser, page, steward);
  }

  async stop(): Promise<void> {
    await this.#browser.close();
    await this.w.stop();
    await this.#database.close();
  }

  /** Hub and steward do what follows from what was done. */
  async step(): Promise<void> {
    await this.w.step(this.#steward);
  }

  /** Also what they do by the clock alone. */
  async round(): Promise<void> {
    const { room } = this.w.world.hub;
    await this.step();
    await this.#rounds.look();
    await lookAtOnboarding(room);
    await lookAtClocks(room);
    await lookAtDashboards(room);
    await this.step();
  }

  // What stands there.

  repo(name: string): Repo {
    return this.w.world.repo(name);
  }

  issues(repo: string): Issue[] {
    return [...this.repo(repo).issues.values()];
  }

  /** The one issue or pull request whose title begins so. */
  the(repo: string, begins: string): Issue {
    const found = this.issues(repo).filter(({ title }) => title.startsWith(begins));
    if (found.length === 1) return found[0]!;
    const titles = this.issues(repo).map(({ title }) => title);
    throw new Error(`${found.length} issues "${begins}": ${titles.join(', ')}`);
  }

  newest(repo: string): Issue {
    return this.issues(repo).at(-1)!;
  }

  /** The newest pull request of governance. */
  get asked(): Issue {
    return this.issues('governance').findLast(({ pull }) => pull !== null)!;
  }

  said(repo: string, issue: Issue): string {
    return this.w.world.sandbox.state.talk
      .comments(this.repo(repo), issue)
      .map(({ body }) => body)
      .join('\n\n');
  }

  labels(repo: string, issue: Issue): string[] {
    return issue.labels.map((key) => this.repo(repo).labels.get(key)?.name ?? key);
  }

  // What people do in the browser.

  /** Opens a page of GitHub as somebody. */
  async as(login: string, where: string): Promise<Page> {
    const { page, w } = this;
    if (this.#who !== login) {
      if (!page.url().startsWith(w.world.sandbox.url)) await this.github('/');
      await leads(page, () => page.selectOption('#who', login));
    }
    this.#who = login;
    return this.github(where);
  }

  async press(place: string): Promise<void> {
    await follows(this.page, place);
    await this.step();
  }

  /** Opens an issue as somebody and writes there; what the App answered. */
  async comments(login: string, repo: string, { number }: Issue, text: string): Promise<string> {
    const before = this.said(repo, this.repo(repo).issues.get(number)!).length;
    await this.as(login, `/${ORG}/${repo}/issues/${number}`);
    await this.page.fill('#body', text);
    await this.press('[data-testid=comment-submit]');
    return this.said(repo, this.repo(repo).issues.get(number)!).slice(before);
  }

  async ticks(login: string, repo: string, { number }: Issue, box: string): Promise<void> {
    await this.as(login, `/${ORG}/${repo}/issues/${number}`);
    await follows(this.page, this.page.getByRole('checkbox', { name: box }));
    await this.round();
  }

  /** The newest pull request of governance is approved by these and merged; what follows from it happens. */
  async merges(by = ['board-one', 'board-two']): Promise<void> {
    const { number } = this.asked;
    for (const login of by) {
      await this.w.review(number, login);
      await this.step();
    }
    this.#approved();
    await this.w.merge(number);
    await this.round();
  }

  /** The same on its page, pressed by people. */
  async presses(by: readonly string[]): Promise<void> {
    for (const login of by) {
      await this.as(login, `/${ORG}/governance/pull/${this.asked.number}`);
      await this.press('[data-testid=approve]');
    }
    this.#approved();
    await this.page.reload();
    await this.press('[data-testid=merge]');
    await this.round();
  }

  #approved(): void {
    expect(this.w.world.run('governance/approvals', 'governance').conclusion).toBe('success');
  }

  // What is looked at.

  async github(where: string): Promise<Page> {
    await this.w.world.sandbox.state.idle();
    await this.page.goto(`${this.w.world.sandbox.url}${where}`);
    return this.page;
  }

  /** A page of the public site. */
  async site(where: string): Promise<Page> {
    await numberLeaves(this.#database.db);
    await this.page.goto(`${this.w.world.hub.url}${where}`);
    return this.page;
  }

  /** The page as it is, kept when SALLYPORT_SHOTS names a folder. */
  async shot(name: string): Promise<void> {
    const dir = process.env['SALLYPORT_SHOTS'];
    if (!dir || dir === 'docs') return;
    mkdirSync(dir, { recursive: true });
    await this.page.screenshot({ path: path.join(dir, `${name}.png`), fullPage: true });
  }

  /** Kept, says these words, and everybody can use it: one page of each kind is judged. */
  async looks(name: string, ...words: string[]): Promise<void> {
    await this.shot(name);
    const shown = plain((await this.page.textContent('main')) ?? '');
    for (const word of words) expect([name, shown]).toEqual([name, expect.stringContaining(word)]);
    const heading = (await this.page.textContent('h1')) ?? '';
    const kind = `${new URL(this.page.url()).pathname.replace(/[^/]*\d[^/]*/g, '')} ${heading.slice(0, 12)}`;
    if (this.#judged.has(kind)) return;
    this.#judged.add(kind);
    expect([name, await faultsOf(this.page)]).toEqual([name, []]);
  }

  /** Shown in the docs: page and text share these words. */
  async pictured(doc: string, name: string, ...words: string[]): Promise<void> {
    await this.looks(name, ...words);
    const text = docText(doc);
    for (const word of words) expect([doc, text]).toEqual([doc, expect.stringContaining(word)]);
    expect(raw(doc)).toContain(`](images/${name}.png)`);
    await keep(this.page, name);
  }
}

const plain = (text: string): string => text.replace(/\s+/g, ' ');

function governance(): Record<string, string> {
  const files = governedFiles();
  return {
    'forms/application.yml': FORM_YAML,
    'permissions/populations.yml': POPULATION,
    'people.yml': files
      .get('people.yml')!
      .replace(`login: ${LOGINS.collaborator}, `, `login: ${LOGINS.collaborator}, ${TRAINED}, `),
    'orgs.yml': '- {id: riverside-university, name: Riverside University}\n',
    'deployment.yml': files
      .get('deployment.yml')!
      .replace('governance: 9001', 'governance: 9001, intake: 9002, incidents: 9003, template: 9004')
      .replace('project_number', 'population_permissions: [everybody]\nproject_number'),
  };
}

async function plantPlaces(w: GovernedWorld): Promise<void> {
  const form = async (name: string): Promise<string> =>
    (await fetch(`${w.world.hub.url}/forms/${name}.yml`)).text();
  const everybody = Object.fromEntries(
    [LOGINS.lead, LOGINS.governor].map((login) => [login, 'read' as const]),
  );
  await plant(w.world.sandbox.state, {
    users: [{ login: LOGINS.governor, id: PEOPLE.governor }],
    repos: [
      {
        ...{ owner: ORG, name: INTAKE, id: 9002, private: true, collaborators: everybody },
        files: {
          '.github/ISSUE_TEMPLATE/application.yml': await form('application'),
          '.github/ISSUE_TEMPLATE/permission.yml': await form('permission'),
        },
      },
      {
        ...{ owner: ORG, name: INCIDENTS, id: 9003, private: true },
        files: { '.github/ISSUE_TEMPLATE/breach.yml': readFileSync('docs/forms/breach.yml', 'utf8') },
        collaborators: { ...everybody, 'board-one': 'write', [LOGINS.governor]: 'write' },
      },
      {
        ...{ owner: ORG, name: 'template', id: 9004, private: true },
        files: { 'README.md': '# A study\n', LICENSE: 'MIT\n' },
      },
    ],
  });
  w.world.repo('template').isTemplate = true;
}

/** As GitHub tells it when somebody adds repositories to the installation. */
export async function installedAnew({ world }: GovernedWorld): Promise<void> {
  const { apps } = world.sandbox.state;
  const [installation] = apps.of(apps.named('sallyport')!);
  apps.setRepositories(installation!, [REPOSITORY, 9001]);
  await world.settle();
  apps.setRepositories(installation!, 'all');
  await world.settle();
}

export { LOGINS, ORG, STUDY };

/** The dashboard issue of a study: what is pending, and boxes that do something when they are ticked. */
import { scopeText, type FreezeScope } from '../../governance/governance.ts';
import { CHECK_NAMES } from '../checks/content.ts';
import { code, marker, prose } from '../markdown.ts';
import { instant } from '../request-view.ts';

/** What a box does; each stands behind it in a comment that nobody sees. */
export type Button = 'onboard' | 'recheck' | `rerun:${string}`;

export interface DashboardFacts {
  repository: number;
  onboarding:
    | { state: 'asked' | 'open' | 'merged' | 'closed' | 'refused'; pull: number | null; code: string | null }
    | undefined;
  paused: { scope: FreezeScope; at: number }[];
  /** What runs or waits, and the newest request when it failed. */
  requests: { id: string; says: string; failed: boolean }[];
  releases: { id: string; state: string; issue: number | null }[];
  due: { day: string; issue: number | null; blocked: boolean } | undefined;
  /** Of the newest commit that was checked. */
  access: { title: string; ok: boolean; commit: { sha: string; url: string } } | undefined;
}

export const TITLE = 'Sallyport dashboard';
export const dashboardMark = (repository: number): string => marker('dashboard', String(repository));

export function dashboardBody(facts: DashboardFacts): string {
  const { repository, onboarding, paused, requests, releases, due, access } = facts;
  const parts = [
    section(
      'Paused',
      paused.map(({ scope, at }) => `${scopeText(scope)}, by governance, since ${instant(at)}`),
    ),
    section('Beginning', onboarding ? [beginning(onboarding)] : []),
    section('Permissions', access && !access.ok ? [lacking(access)] : []),
    section('Requests', requests.map(requestLine)),
    section(
      'Releases',
      releases.map(({ id, state, issue }) => `${code(id)}: ${state}${issue ? `, see #${issue}` : ''}`),
    ),
    section('Due', due ? [dueLine(due)] : []),
  ].filter((part) => part !== '');
  return [
    dashboardMark(repository),
    'What is pending in this repository. Sallyport keeps this text; tick a box to have something done, and it is unticked when it was.',
    '',
    parts.length > 0 ? parts.join('\n\n') : 'Nothing is pending.',
    '',
    box('recheck', 'Check the newest commit again'),
  ].join('\n');
}

function section(title: string, lines: readonly string[]): string {
  return lines.length === 0 ? '' : [`### ${title}`, '', ...lines.map(item)].join('\n');
}

const item = (line: string): string => (line.startsWith('- [ ]') ? line : `- ${line}`);

function beginning({ state, pull, code: why }: NonNullable<DashboardFacts['onboarding']>): string {
  switch (state) {
    case 'asked':
      return 'the skeleton of a study is being prepared as a pull request';
    case 'open':
      return `the skeleton of a study waits in #${pull ?? 0}`;
    case 'merged':
      return `the skeleton of a study was merged in #${pull ?? 0}; governance lists this repository in a project before anything runs on real data`;
    case 'closed':
      return box('onboard', `The skeleton of a study was closed in #${pull ?? 0}: open it again`);
    case 'refused':
      return box('onboard', `The skeleton of a study could not be offered (${why ?? 'unknown'}): try again`);
  }
}

const lacking = ({ title, commit }: NonNullable<DashboardFacts['access']>): string =>
  `${prose(title)}: ${code(CHECK_NAMES.access)} of [${commit.sha.slice(0, 7)}](${commit.url}) says what, and where to ask for it`;

function dueLine({ day, issue, blocked }: NonNullable<DashboardFacts['due']>): string {
  const see = issue ? `, see #${issue}` : '';
  return blocked
    ? `had to be public by ${day}, and something stands in the way${see}`
    : `public by ${day}${see}`;
}

function requestLine({ id, says, failed }: DashboardFacts['requests'][number]): string {
  const line = `${code(id)}: ${says}`;
  return failed ? box(`rerun:${id}`, `${line}. Run again what failed`) : line;
}

const box = (button: Button, says: string): string => `- [ ] <!-- ${button} -->${says}`;

/** Boxes that somebody ticked: those of ours, as far as the text before had them unticked. */
export function tickedIn(body: string): Button[] {
  const found = [...body.matchAll(/^- \[[xX]\] <!-- (onboard|recheck|rerun:[a-z0-9]{16}) -->/gm)];
  return [...new Set(found.map(([, button]) => button as Button))];
}

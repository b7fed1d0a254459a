/** Every screen of the zone's viewer: who opens it, what stands on it, and what is pressed there. */
import { WORKSPACE, type Name } from '../support/airlock.ts';

export interface Screen {
  name: string;
  who: Name | 'nobody';
  /** `checker` is one of those the airlock chose. */
  path: string;
  /** Drawn by a script: there when this is. */
  ready?: string;
  /** Words that a person reads there. */
  says: readonly (string | RegExp)[];
  /** In the window at once. */
  atOnce?: readonly string[];
  /** Reached by going down the page. */
  below?: readonly string[];
}

export interface Requests {
  /** Released, its first file recalled. */
  released: string;
  /** Under review: a second version of a released file among what it asks for. */
  waiting: string;
  /** Still with its author. */
  draft: string;
}

const DRAWN = '[data-testid=file][data-state=shown]';
const testId = (name: string): string => `[data-testid=${name}]`;

export function screens({ released, waiting, draft }: Requests): Screen[] {
  const tree = `/workspaces/${WORKSPACE}/tree`;
  return [
    {
      name: 'sign in',
      who: 'nobody',
      path: '/sign-in',
      says: ['Northshire schools'],
      atOnce: [testId('start')],
    },
    {
      name: 'workspaces and requests: start',
      who: 'author',
      path: '/',
      says: ['Open requests', 'Your workspaces', WORKSPACE],
      atOnce: [testId('requests') + ' a', testId('workspaces') + ' a'],
    },
    {
      name: 'workspaces and requests: own requests with state and date',
      who: 'author',
      path: '/requests',
      // What was released whole still says what it was about.
      says: ['Released', /2 outputs · submitted .*2026/, 'Submitted'],
      atOnce: [testId('requests') + ' a'],
    },
    {
      name: 'co-piloted and all workspaces',
      who: 'copilot',
      path: '/workspaces',
      says: ['Co-piloted: to look at', 'view only'],
      atOnce: ['#search', 'a:has-text("Open")'],
    },
    {
      name: 'workspace: the tree',
      who: 'author',
      path: tree,
      says: ['output', 'figures', 'A job has changed a file'],
      atOnce: ['#search', testId('files') + ' tbody a', 'button:has-text("Update it")'],
    },
    {
      name: 'workspace: a directory as a table',
      who: 'author',
      path: `${tree}/output`,
      says: ['State', 'Size', 'Changed', 'Checks', 'Show stale files', 'Open request'],
      atOnce: [
        '#search',
        'thead a',
        'input[name=path]',
        testId('add'),
        'td.va-when',
        'th:has-text("Checks")',
      ],
    },
    {
      name: 'workspace file: a table',
      who: 'author',
      path: `/workspaces/${WORKSPACE}/files/output/wide.csv`,
      ready: DRAWN,
      says: ['50 rows × 40 columns', 'Made by action tables at commit aaaaaaa', 'Automatic checks'],
      atOnce: ['.av-search', 'button:has-text("Update it on the request")', 'a:has-text("In group results")'],
      below: ['summary:has-text("Made by action")'],
    },
    {
      name: 'workspace file: a drawing',
      who: 'author',
      path: `/workspaces/${WORKSPACE}/files/figures/trend.svg`,
      ready: DRAWN,
      says: ['Words in it'],
      atOnce: ['[role=tab] >> nth=0'],
    },
    {
      name: 'the files and who may ask for them: adding',
      who: 'author',
      path: `/workspaces/${WORKSPACE}/add`,
      says: ['supporting', 'group'],
      atOnce: ['select[name^="as:"]'],
      below: ['#new-group', testId('add')],
    },
    {
      name: 'requests of a workspace',
      who: 'author',
      path: `/requests?workspace=${WORKSPACE}`,
      says: [`Requests of ${WORKSPACE}`, 'Withdrawn'],
      atOnce: ['.va-pill >> nth=0', testId('requests') + ' a'],
    },
    {
      name: 'reviews',
      who: 'checkerA',
      path: '/reviews',
      says: [/\d+ of \d+ graded/, 'Sort'],
      atOnce: [`tr[data-request="${waiting}"] a`],
    },
    {
      name: 'request: its author edits it',
      who: 'coAuthor',
      path: `/requests/${draft}/edit`,
      says: ['Before you submit', 'Submit to the checkers', 'Context or controls are missing'],
      below: [
        'textarea[name=context]',
        testId('save'),
        testId('accept'),
        testId('submit'),
        'summary:has-text("Withdraw")',
      ],
    },
    {
      name: 'request: its author reads it',
      who: 'author',
      path: `/requests/${waiting}`,
      says: ['Submitted', 'output/table.csv'],
      atOnce: [testId('files') + ' a', 'a:has-text("Activity")'],
    },
    {
      name: 'request: a checker',
      who: 'checkerA',
      path: `/requests/${waiting}`,
      says: ['Not read yet', 'You have not been shown every file', 'Return it early'],
      atOnce: [testId('files') + ' a'],
      below: [testId('sign'), testId('return-box') + ' summary'],
    },
    {
      name: 'group',
      who: 'checkerA',
      path: `/requests/${waiting}/groups/results`,
      says: ['Mean absence by year group', 'All counts are rounded', 'Your grades in this group'],
      atOnce: ['a:has-text("Activity")'],
      below: [testId('comment'), '[data-comment-box]', testId('bulk') + ' button'],
    },
    {
      name: 'request: its activity',
      who: 'checkerA',
      path: `/requests/${waiting}/activity`,
      says: ['submitted'],
      atOnce: [testId('activity') + ' li >> nth=0'],
    },
    {
      name: 'request file: grading beside context, checks and comments',
      who: 'checkerA',
      path: `/requests/${waiting}/files/1`,
      ready: DRAWN,
      says: ['Mean absence by year group', 'All counts are rounded', 'C12'],
      atOnce: [testId('grade-approve'), testId('grade-changes'), testId('grade-reject'), '.av-search'],
      below: ['[data-comment-box]', testId('comment')],
    },
    {
      name: 'request file: beside its released version',
      who: 'checkerA',
      path: `/requests/${waiting}/files/1/diff`,
      ready: '[data-testid=compare][data-state=drawn]',
      says: [/\d+ rows? changed/],
      atOnce: [testId('code-diff')],
    },
    {
      name: 'code at its commit',
      who: 'checkerA',
      path: `/requests/${waiting}/code/1`,
      says: ['project.yaml', /Changed since the last release .*All files/],
      atOnce: [testId('code-files') + ' a'],
    },
    {
      name: 'recall of what was released',
      who: 'checkerA',
      path: `/requests/${released}/files/1`,
      ready: DRAWN,
      says: ['Released'],
      below: [testId('recall') + ' summary'],
    },
    {
      name: 'a recalled file and its incident',
      who: 'checkerA',
      path: `/requests/${released}`,
      says: ['recalled', 'Incident 1'],
      atOnce: [testId('files') + ' a'],
    },
    {
      name: 'audit',
      who: 'operator1',
      path: '/audit?views=1',
      says: ['LOGIN', 'REQUEST_FILE_VIEW'],
      atOnce: ['main form [type=submit] >> nth=0'],
    },
    {
      name: 'operations',
      who: 'operator1',
      path: '/operations',
      says: [
        'Incident 1',
        'Audit chain',
        /entries of requests/,
        /News of a request, to the hub ?\d+ waiting/,
      ],
    },
    {
      name: 'account',
      who: 'author',
      path: '/account',
      says: ['Rowan Example', 'this one'],
      atOnce: [testId('sessions') + ' li'],
    },
    {
      name: 'documentation in the zone',
      who: 'author',
      path: '/docs/releasing',
      says: ['Asking for a release'],
      atOnce: ['main h1'],
    },
  ];
}

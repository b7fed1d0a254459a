/** What is said on the issue of an application. It is private: answers may be spoken of, and only here. */
import {
  questionHints,
  questionText,
  type ApplicationState,
  type Fault,
  type Reading,
} from '../../applications/applications.ts';
import type { applications } from '../../db/schema/applications.ts';
import { refusalText, type Refusal } from '../../lib/refusal.ts';
import { code, cut, fence, marker, mention, prose, titleText } from '../markdown.ts';

type Application = typeof applications.$inferSelect;

const NAMES = { project: 'application', permission: 'request' } as const;

export const markOf = (id: string): string => marker('application', id);

export interface Told {
  application: Application;
  reading: Pick<Reading, 'further' | 'faults'>;
  /** Of answers that are whole as such, and from which nothing can be made. */
  unfit: readonly Fault[];
  /** Why the steward would not propose it. */
  refused?: string;
  /** Address of the project's page. */
  page?: string;
  /** Who is asked to approve: a team, `organisation/team`. */
  steward?: string;
  /** The answers differ from those that were approved. */
  changed: boolean;
}

export function kept(told: Told): string {
  const { application } = told;
  const parts = [
    markOf(application.id),
    `**${title(application)}** ${STATES[application.state](told)}`,
    ...missing(told),
    ...(application.seal === null ? [] : [sealed(application)]),
    footer(application.state),
  ];
  return cut(parts.filter(Boolean).join('\n\n'));
}

const title = ({ kind, id }: Application): string =>
  kind === 'project' ? `Application ${code(id)}` : `Request for a permission ${code(id)}`;

const STATES: Record<ApplicationState, (told: Told) => string> = {
  draft: ({ reading }) =>
    reading.faults.length > 0
      ? 'is not whole yet.'
      : reading.further.length > 0
        ? 'has further questions.'
        : 'cannot be handed in as it is.',
  submitted: ({ refused }) =>
    refused === undefined
      ? 'is whole and was handed in. The pull request on the governance repository is being opened.'
      : `is whole and was handed in, but could not be proposed: ${prose(refused)} Whoever administers this deployment has to look at it.`,
  in_review: ({ steward }) =>
    `is in review${steward === undefined ? '' : `: @${steward} decides`}. What is decided is said here.`,
  returned: () =>
    'was given back. Edit your answers, or answer again in a comment; it is handed in by itself when it is whole.',
  approved: ({ application, page }) => approved(application, page, ''),
  approved_with_conditions: ({ application, page }) =>
    approved(application, page, ' with conditions, which block what they name until they are met'),
  deferred: () => 'was put off. Changed answers hand it in again.',
  rejected: () => 'was rejected. You may begin a new one.',
  withdrawn: () => 'was taken back by its applicant.',
};

function approved({ kind, project }: Application, page: string | undefined, how: string): string {
  const what = kind === 'project' ? `project ${code(project ?? '')}` : `the grant for ${code(project ?? '')}`;
  return `is approved${how}: ${what} is in force.${page === undefined ? '' : ` Its page: ${page}`}`;
}

function missing({ application, reading, unfit, changed }: Told): string[] {
  if (changed)
    return [
      '**The answers above are no longer those that were approved.** What is in force is what was approved; a change of the project is a pull request on governance.',
    ];
  if (!ASKS.includes(application.state)) return [];
  const faults = [...reading.faults, ...unfit];
  const found =
    faults.length > 0
      ? [
          'To be mended, by editing your text or by a comment with the same heading:',
          faults.map(({ heading, says }) => `- **${prose(heading)}**: ${prose(says)}`).join('\n'),
        ]
      : [];
  return reading.further.length === 0
    ? found
    : [
        ...found,
        'From your answers these questions follow:',
        questionHints(reading.further)
          .map(({ heading, says }) => `- **${prose(heading)}**: ${prose(says)}`)
          .join('\n'),
        'Copy them into a comment of your own and write each answer below its heading:',
        fence(questionText(reading.further), 'markdown'),
      ];
}

const ASKS: readonly ApplicationState[] = ['draft', 'returned'];

function sealed({ seal, salt, turn }: Application): string {
  return `<details><summary>Seal of the answers handed in</summary>\n\n${code(seal ?? '')}, an HMAC-SHA-256 with the key ${code(salt)}, handed in ${turn === 1 ? 'once' : `${turn} times`}. It is in the public log; the answers are not. Keep the key: with it you can prove what you wrote.\n\n</details>`;
}

const footer = (state: ApplicationState): string =>
  `<sub>Kept by Sallyport; labels changed by hand are put back.${OPEN.includes(state) ? ' To take it back, close this issue.' : ''}</sub>`;

const OPEN: readonly ApplicationState[] = ['draft', 'submitted', 'in_review', 'returned', 'deferred'];

export const decided = (state: string, kind: Application['kind']): string =>
  `The ${NAMES[kind]} is ${state} now.`;
export const decisionRefused = (login: string, no: Refusal): string =>
  `${mention(login)}, this was not taken: ${prose(refusalText(no))}`;

/** Of the pull request: nothing of the answers but what becomes public stands in the change itself. */
export const pullTitle = {
  project: (number: string, name: string): string => titleText(`Project ${number}: ${name}`),
  permission: (name: string, project: string): string => titleText(`Grant ${name} to ${project}`),
};
export const pullWhy = {
  project: (id: string, seal: string): string =>
    [
      `Application ${code(id)}, sealed as ${code(seal)}. The answers are in the intake repository.`,
      '',
      'Reviewers may add a co-pilot, and conditions, each with what it blocks:',
      '`conditions: [{id: c1, text: Ethics letter, met_on: null, blocks: [run]}]` with `state: approved_with_conditions`.',
      'Who takes part in the project cannot approve it. To put it off, close this; label it `decision: rejected` first to reject it.',
    ].join('\n'),
  permission: (id: string, seal: string, steward: string): string =>
    [
      `Request ${code(id)}, sealed as ${code(seal)}.`,
      '',
      `@${steward}: it is yours to grant. To put it off, close this; label it \`decision: rejected\` first to reject it.`,
    ].join('\n'),
};

export const superseded = () => ({
  code: 'application.changed',
  says: 'The answers were changed and handed in again: another pull request takes its place.',
});
export const takenBack = (state: string) => ({
  code: `application.${state}`,
  says: `The application was ${state}.`,
});

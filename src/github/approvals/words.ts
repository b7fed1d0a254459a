/** `governance/approvals`, in words: who counts, who does not and why, what is lacking. */
import type { Approving, WhyNot } from '../../governance/governance.ts';
import { plural, type CheckContent } from '../checks/content.ts';
import { code, marker, prose } from '../markdown.ts';

const WHAT: Record<string, string> = {
  application: 'a project',
  permissions: 'permissions',
  membership: 'people and memberships',
  status: 'the status of a project',
  images: 'images',
  alerts: 'alerts',
  files: 'files beside governance',
  provisioned: 'the number of a repository that was made for an approved project',
  others: 'the rules themselves',
};

const WHY: Record<WhyNot, string> = {
  bot: 'is no person',
  author: 'opened the pull request',
  writer: 'wrote one of its commits',
  pusher: 'pushed to it',
  asked: 'asked for it',
  gains: 'gains from it',
  dismissed: 'had the review dismissed',
  old: 'approved an earlier commit',
  commented: 'has not approved it',
  role: 'holds no role that may approve it',
};

const FAULTS: Record<Approving['faults'][number], string> = {
  'unknown-writer':
    'Nobody knows who wrote one of its commits: neither GitHub nor `commit_emails` in people.yml has the address. Write it again under an account.',
  'unknown-asker':
    'A program opened it, and nobody knows for whom. Open it again in your own name, or ask for it by a command.',
};

export function approvalsCheck(found: Approving | undefined): CheckContent {
  const plain = { status: 'completed' as const, annotations: [], actions: [] as [] };
  if (!found)
    return {
      ...{ ...plain, conclusion: 'failure', title: 'Nothing to approve: the version is not valid' },
      summary: 'Look at the check `governance/valid`: what it finds comes first.',
    };
  return {
    ...plain,
    conclusion: found.ok ? 'success' : 'failure',
    title: titleOf(found),
    summary: summaryOf(found).join('\n'),
  };
}

function titleOf({ ok, demands, objecting, faults, counted }: Approving): string {
  const lacking = Math.max(0, ...demands.map(({ number, counted: n }) => number - n));
  if (ok)
    return counted.length === 0
      ? 'Needs no approval'
      : `Approved by ${plural(counted.length, 'person', 'people')}`;
  if (faults.length > 0) return 'Cannot be counted';
  if (lacking > 0) return `Needs ${plural(lacking, 'more approval')}`;
  return `Changes are asked for by ${plural(objecting.length, 'person', 'people')}`;
}

function summaryOf({ demands, counted, others, objecting, faults }: Approving): string[] {
  const list = (heading: string, lines: readonly string[]): string[] =>
    lines.length === 0 ? [] : ['', `### ${heading}`, '', ...lines];
  return [
    'Counted are people who approved exactly this commit, and who neither wrote nor asked for the change nor gain from it. Who may approve, and how many it takes, is what governance in force says.',
    '',
    '| it changes | takes | has | of |',
    '| --- | --- | --- | --- |',
    ...demands.map(
      ({ what, number, counted: n, roles, teams }) =>
        `| ${WHAT[what] ?? what} | ${number} | ${n} | ${[...roles, ...teams].map(code).join(', ') || 'nobody'} |`,
    ),
    ...list(
      'What keeps it from counting',
      faults.map((fault) => `- ${FAULTS[fault]}`),
    ),
    ...list(
      'Counts',
      counted.map((one) => `- ${who(one)}`),
    ),
    ...list(
      'Asks for changes',
      objecting.map((one) => `- ${who(one)}: an approval or a dismissal lifts it`),
    ),
    ...list(
      'Does not count',
      others.map((one) => `- ${who(one)} ${WHY[one.why]}`),
    ),
  ];
}

const who = ({ person, login }: { person: number; login: string }): string => `${code(login)} (${person})`;

/** On a pull request that was merged without what it takes. */
export function unapprovedText(number: number, title: string): string {
  return [
    marker('unapproved', String(number)),
    `**Merged without the approvals that it takes** (${prose(title)}).`,
    '',
    'What stands in the default branch and is valid is in force: zones read it by themselves, and a hub that held back what they act on would only hide it. Whoever may approve this: look at it now, and approve it by another pull request or take it back by a revert. The operators are told; look who could merge past the rules.',
  ].join('\n');
}

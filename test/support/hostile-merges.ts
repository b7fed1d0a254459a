/** What an attacker merges into the governance repository. */
import { WHO } from './airlock.ts';
import { KEYS, withOutputs } from './governance.ts';
import { goodGovernance } from './hostile-host.ts';

export const GOOD = goodGovernance();
/** Two of the attacker's own accounts: this one, and the next. */
export const EVIL = 6_660_001;
/** What an attacker would like, one after the other; signed by one of two at most. */
export const MERGES: Record<string, () => Record<string, string>> = {
  'two checkers of its own': () => ({
    'people.yml': `${GOOD['people.yml']}${[0, 1].map((at) => `- {id: ${EVIL + at}, login: evil-${at}, name: Evil, orgs: [evil-org], training: {course: safe, passed: 2026-02-03, expires: 2029-02-03}, until: 2027-08-31}\n`).join('')}`,
    'teams.yml': GOOD['teams.yml']!.replace(
      '  members:\n',
      `  members:\n${[0, 1].map((at) => `    - {id: ${EVIL + at}, until: 2027-01-31, reason: rota, ref: GOV-1}\n`).join('')}`,
    ),
  }),
  'the author among the checkers': () => ({
    'teams.yml': GOOD['teams.yml']!.replace(
      '  members:\n',
      `  members:\n    - {id: ${WHO.author}, until: 2027-01-31, reason: rota, ref: GOV-1}\n`,
    ),
  }),
  'keys of its own for agent and viewer': () => ({
    'backends.yml': GOOD['backends.yml']!.replaceAll(KEYS.agent.publicText, KEYS.rehearsal.publicText),
  }),
  'looser rules, and no review repository': () => ({
    'deployment.yml': GOOD['deployment.yml']!.replace('  review_repos: {default: 9005}\n', ''),
    'policies.yml': GOOD['policies.yml']!.replace(...withOutputs('suppress_at_or_below: 0, round_to: 1')),
  }),
  'the address of a committer as somebody else’s': () => ({
    'people.yml': GOOD['people.yml']!.replace(', a@example.org]', ']').replace(
      `- {id: ${WHO.checkerA},`,
      `- {commit_emails: [a@example.org], id: ${WHO.checkerA},`,
    ),
  }),
};

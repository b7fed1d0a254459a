/** Labels in the intake repository: `application: …` is state and put back, `decision: …` is input of governance. */
import {
  APPLICATION_STATES,
  DECISIONS,
  type ApplicationDecision,
  type ApplicationState,
} from '../../applications/applications.ts';
import type { Label } from '../issues.ts';

const STATE: Record<ApplicationState, readonly [color: string, description: string]> = {
  draft: ['ededed', 'Answers are missing'],
  submitted: ['0969da', 'Whole and sealed'],
  in_review: ['0969da', 'Governance looks at the pull request'],
  returned: ['bf8700', 'Back with its applicant'],
  approved: ['1a7f37', 'Approved and in force'],
  approved_with_conditions: ['1a7f37', 'In force; conditions block what they name'],
  deferred: ['8250df', 'Put off'],
  rejected: ['cf222e', 'Rejected'],
  withdrawn: ['6e7781', 'Taken back by its applicant'],
};
const DECIDE: Record<ApplicationDecision, string> = {
  returned: 'Governance: give it back to its applicant',
  deferred: 'Governance: put it off',
  rejected: 'Governance: reject it',
};

const asSaid = (state: string): string => state.replaceAll('_', ' ');
export const stateLabel = (state: ApplicationState): string => `application: ${asSaid(state)}`;
const DECISION = 'decision: ';

export const APPLICATION_LABELS: readonly Label[] = [
  ...APPLICATION_STATES.map((state) => ({
    name: stateLabel(state),
    color: STATE[state][0],
    description: STATE[state][1],
  })),
  ...DECISIONS.map((decision) => ({
    name: DECISION + decision,
    color: '5319e7',
    description: DECIDE[decision],
  })),
];

export const isDecision = (label: string): boolean => label.toLowerCase().startsWith(DECISION);

export function decisionOf(label: string): ApplicationDecision | undefined {
  return DECISIONS.find((each) => DECISION + each === label.toLowerCase());
}

/** Whatever says so is ours: nobody's own labels begin like this on an issue that we keep. */
export const isApplicationLabel = (label: string): boolean =>
  /^application: /i.test(label) || isDecision(label);

/** Whose alerts the steward proposes: it asks by itself, whatever the hub says. */
import { expect, test } from '@jest/globals';
import { whyNotPropose, type Edit, type Team } from '../../src/governance/governance.ts';
import { aGovernance, PEOPLE } from '../support/governance.ts';

const AT = Date.parse('2026-12-01T12:00:00Z');
const END: Edit = { kind: 'end-alert', alert: 'away', at: '2027-03-01' };
const ADD: Edit = {
  kind: 'add-alert',
  alert: { id: 'away', level: 'info', title: 'Away', text: 'Soon.', from: '2027-03-01', until: '2027-03-02' },
};
const teams = (role: Team['role']): Team[] => [
  {
    role,
    team: 't',
    members: [{ id: PEOPLE.lead, until: '2027-01-31', reason: 'r', ref: 'r', away: [] }],
  },
];

test.each(['tech_support', 'governance'] as const)('%s may have an alert proposed, and its end', (role) => {
  const g = { ...aGovernance(), teams: teams(role) };
  for (const edit of [ADD, END]) expect(whyNotPropose(g, edit, PEOPLE.lead, AT)).toBeUndefined();
});

test('nobody else may', () => {
  const g = { ...aGovernance(), teams: teams('output_checker') };
  for (const edit of [ADD, END])
    expect(whyNotPropose(g, edit, PEOPLE.lead, AT)).toMatchObject({ code: 'edit.not-support' });
});

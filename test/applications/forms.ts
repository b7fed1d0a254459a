/** A form as governance writes it, and answers to it. */
import { aGovernance, governanceFiles } from '../support/governance.ts';
import type { Form, Governance } from '../../src/governance/governance.ts';

export const FORM_YAML = `- id: project
  title: The project
  help: What it is about.
  fields:
    - {id: title, kind: text, label: Title, required: true, max: 80, becomes: title}
    - {id: summary, kind: paragraph, label: Lay summary, help: For everybody., required: true, max: 2500, becomes: summary}
    - {id: org, kind: text, label: Organisation, required: true, becomes: lead_org}
    - {id: project_type, kind: choice, label: Type, options: [Research, Service audit], required: true, becomes: type}
    - {id: warehouse, kind: choices, label: Backends, options: [Pupil attainment warehouse], required: true, becomes: backends}
    - {id: tables, kind: choices, label: Datasets, options: [results, exclusions], becomes: datasets}
    - {id: last_day, kind: date, label: Last day, required: true, becomes: until}
    - {id: commercial, kind: yes_no, label: Commercial, required: true}
- id: people
  title: People
  fields:
    - {id: email, kind: email, label: Your e-mail, required: true, private: true}
    - {id: phone, kind: phone, label: Your telephone, private: true}
    - id: researchers
      kind: group
      label: Researchers
      max: 3
      becomes: members
      fields:
        - {id: login, kind: login, label: GitHub login, required: true, becomes: login}
        - {id: name, kind: text, label: Name, required: true, becomes: name}
        - {id: home, kind: text, label: Organisation, becomes: org}
        - {id: roles, kind: choices, label: Roles, options: [lead, developer, collaborator], becomes: roles}
        - {id: trained, kind: yes_no, label: Trained}
        - {id: certificate, kind: address, label: Certificate, required: true, private: true, show_if: {trained: true}}
- id: sponsor
  title: Sponsor
  show_if: {any: [{project_type: Service audit}, {commercial: true}]}
  fields:
    - {id: sponsor_name, kind: text, label: Sponsor, required: true}
    - {id: sponsor_email, kind: email, label: Their e-mail, required: true, private: true}
    - {id: sponsor_note, kind: paragraph, label: Note}
`;

export const GOVERNED = governanceFiles({
  'forms/application.yml': FORM_YAML,
  'orgs.yml':
    '- {id: riverside-university, name: Riverside University}\n- {id: hill-council, name: Hill Council}\n',
});

export const aGovernanceWithForm = (): Governance => aGovernance(GOVERNED);
export const aForm = (): Form => aGovernanceWithForm().forms[0]!;

/** A form of these fields, in one page without conditions unless written. */
export const formOf = (pages: string): Form =>
  aGovernance(governanceFiles({ 'forms/application.yml': pages })).forms[0]!;

export const ANSWERS: Record<string, string> = {
  Title: 'Lunch and\tlearning',
  'Lay summary': 'Does lunch matter?\n\n### Background\n\nIt may.',
  Organisation: 'Riverside University',
  Type: 'Research',
  Backends: '- [X] Pupil attainment warehouse',
  Datasets: '- [X] results\n- [ ] exclusions',
  'Last day': '2027-06-30',
  Commercial: 'No',
  'Your e-mail': 'secret.mail@example.edu',
  'Your telephone': '_No response_',
  Researchers:
    'login: @Rowan-Example\nname: Rowan Example\nhome: Hill Council\nroles: lead, developer\ntrained: No\n\nlogin: new-example\nname: New\n  Example\nhome: hill-council',
};

export const PEOPLE_KNOWN = new Map([
  ['rowan-example', { id: 5550101, login: 'rowan-example' }],
  ['new-example', { id: 5550190, login: 'New-Example' }],
]);

/** As GitHub writes an answered form. */
export const bodyOf = (answers: Record<string, string>): string =>
  Object.entries(answers)
    .map(([label, text]) => `### ${label}\n\n${text}`)
    .join('\n\n');

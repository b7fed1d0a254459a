/** The invented people of Westmere: somebody in every role, one who may look but not run, one stranger. */
import type { GlobalRole, ProjectRole } from '../../governance/governance.ts';

export interface DemoPerson {
  id: number;
  login: string;
  name: string;
  /** What to show beside the name. */
  is: string;
  org: 'fairfield-university' | 'westmere-county';
  project: ProjectRole[];
  global: GlobalRole[];
  /** Rights in the study repository on GitHub, as far as they are not the App's to decide. */
  study: 'admin' | 'write' | 'triage' | 'read';
}

type Row = [id: number, login: string, name: string, is: string, rest: Partial<DemoPerson>];

const ROWS: readonly Row[] = [
  [
    3330101,
    'wren',
    'Wren Aldous',
    'researcher, leads the project',
    { project: ['lead', 'developer'], study: 'write' },
  ],
  [
    3330102,
    'sasha',
    'Sasha Brandt',
    'collaborator: sees results, may not run',
    { project: ['collaborator'], study: 'write' },
  ],
  [3330103, 'kit', 'Kit Okafor', 'developer in the project', { project: ['developer'], study: 'write' }],
  [3330110, 'ines', 'Ines Calder', 'output checker', { global: ['output_checker'], org: 'westmere-county' }],
  [3330111, 'omar', 'Omar Dane', 'output checker', { global: ['output_checker'], org: 'westmere-county' }],
  [
    3330120,
    'robin',
    'Robin Eastlake',
    'co-pilot of the project',
    { project: ['copilot'], study: 'triage', org: 'westmere-county' },
  ],
  [
    3330130,
    'gale',
    'Gale Fenwick',
    'data controller, governance',
    { global: ['governance'], org: 'westmere-county' },
  ],
  [3330131, 'toni', 'Toni Garland', 'governance', { global: ['governance'], org: 'westmere-county' }],
  [
    3330140,
    'ash',
    'Ash Holloway',
    'administrator of the organisation',
    { global: ['platform_admin', 'service_admin', 'tech_support'], study: 'admin', org: 'westmere-county' },
  ],
  [
    3330141,
    'noor',
    'Noor Ives',
    'operator of the deployment',
    { global: ['deployment_operator'], study: 'triage', org: 'westmere-county' },
  ],
  [
    3330150,
    'perry',
    'Perry Jansen',
    'publisher of outputs, clears repositories',
    { global: ['output_publisher', 'repo_clearer'], org: 'westmere-county' },
  ],
];

export const PEOPLE: readonly DemoPerson[] = ROWS.map(([id, login, name, is, rest]) => ({
  id,
  login,
  name,
  is,
  org: 'fairfield-university',
  project: [],
  global: [],
  study: 'read',
  ...rest,
}));

/** On GitHub, but governance has never heard of them. */
export const STRANGER = {
  id: 3330199,
  login: 'val',
  name: 'Val Quill',
  is: 'a stranger: on GitHub, not in governance',
};

export function person(login: string): DemoPerson {
  const found = PEOPLE.find((one) => one.login === login);
  if (!found) throw new Error(`nobody is called ${login}`);
  return found;
}

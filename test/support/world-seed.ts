/** Who and what is there when a story begins: people, the organisation, its repositories, the App. */
import type { SandboxSeed } from '../../src/sandbox/github/github.ts';
import { appKey } from './app-key.ts';
import { governanceFiles, PEOPLE, REPOSITORY } from './governance.ts';

/** Where reusable actions come from. */
export const ACTION_ORG = 'northshire-actions';
export const ORG = 'northshire-research';
export const STUDY = 'study';
export const APP_ID = 4711;

/** Login by role. */
export const LOGINS = {
  lead: 'rowan-example',
  collaborator: 'ash-example',
  checker: 'kim-example',
  governor: 'noor-example',
  copilot: 'sam-example',
  stranger: 'lee-example',
} as const satisfies Record<keyof typeof PEOPLE, string>;
export type Role = keyof typeof PEOPLE;

export const PROJECT_YAML = `version: '4.0'
actions:
  extract:
    run: sqlrunner:v1 --output output/rows.csv query.sql
    dummy_data_file: dummy/rows.csv
    outputs:
      highly_sensitive:
        rows: output/rows.csv
  model:
    run: python:v2 analysis/model.py
    needs: [extract]
    outputs:
      moderately_sensitive:
        table: output/table.csv
`;
export const STUDY_FILES: Record<string, string> = {
  'project.yaml': PROJECT_YAML,
  'query.sql': 'select * from results',
  'analysis/model.py': 'print(1)',
  'dummy/rows.csv': 'school,absent\na,1\n',
};

/** The example of governance.ts is dated; tests run by the real clock. */
export function lasting(files: ReadonlyMap<string, string>): Map<string, string> {
  return new Map([...files].map(([path, text]) => [path, text.replace(/\b20(27|28|29)-/g, '21$1-')]));
}

export interface SeedOptions {
  /** Files of the governance repository, as governance.ts makes them. */
  governance?: ReadonlyMap<string, string>;
  study?: Record<string, string>;
  /** What the organisation consented to; absent: everything asked for. */
  consent?: Record<string, 'read' | 'write'>;
  /** Public repositories for reusable actions, by name. */
  actions?: Record<string, Record<string, string>>;
  /** Further repositories. */
  more?: NonNullable<SandboxSeed['repos']>;
}

export function worldSeed(options: SeedOptions): SandboxSeed {
  const people = Object.fromEntries(Object.values(LOGINS).map((login) => [login, 'member' as const]));
  const { [LOGINS.stranger]: _outside, ...members } = people;
  return {
    users: Object.entries(LOGINS).map(([role, login]) => ({ login, id: PEOPLE[role as Role] })),
    orgs: [
      { login: ORG, id: 80001, base: 'read', members },
      { login: ACTION_ORG, id: 80002, base: 'read', members: { [LOGINS.governor]: 'admin' } },
    ],
    repos: [
      {
        owner: ORG,
        name: 'governance',
        id: 9001,
        files: Object.fromEntries(lasting(options.governance ?? governanceFiles())),
        collaborators: { [LOGINS.governor]: 'write' },
      },
      {
        owner: ORG,
        name: STUDY,
        id: REPOSITORY,
        private: true,
        files: options.study ?? STUDY_FILES,
        collaborators: {
          [LOGINS.lead]: 'write',
          [LOGINS.collaborator]: 'write',
          [LOGINS.stranger]: 'write',
        },
      },
      ...(options.more ?? []),
      ...Object.entries(options.actions ?? {}).map(([name, files]) => ({ owner: ACTION_ORG, name, files })),
    ],
    apps: [
      {
        slug: 'sallyport',
        id: APP_ID,
        owner: ORG,
        manifest: new URL('../../app.yml', import.meta.url).pathname,
        privateKey: appKey('sallyport'),
        installations: [{ account: ORG, ...(options.consent && { permissions: options.consent }) }],
      },
    ],
  };
}

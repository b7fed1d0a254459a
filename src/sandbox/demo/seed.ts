/** The organisation on the sandbox as it is before anything happens: people, two repositories, the App. */
import path from 'node:path';
import type { SandboxSeed } from '../github/github.ts';
import { GOVERNANCE_REPO, ORG, STUDY_REPO } from './governance-files.ts';
import { PEOPLE, STRANGER } from './people.ts';
import { packageRoot } from './places.ts';

export const APP = { slug: 'sallyport', id: 4711, installation: 8801 };

export interface SeedOptions {
  governance: ReadonlyMap<string, string>;
  webhook: { url: string; secret: string };
  appKeyFile: string;
  /** Where people come back to after they said who they are, and the App's proof that it asked. */
  signIn: { callback: string; clientSecret: string };
}

export function demoSeed({ governance, webhook, appKeyFile, signIn }: SeedOptions): SandboxSeed {
  const everybody = [...PEOPLE, STRANGER];
  const admin = PEOPLE.find((one) => one.study === 'admin');
  return {
    users: everybody.map(({ id, login, name }) => ({ id, login, name, email: `${login}@example.edu` })),
    orgs: [
      {
        ...ORG,
        name: 'Northshire Research',
        members: Object.fromEntries(PEOPLE.map((one) => [one.login, one === admin ? 'admin' : 'member'])),
        teams: teams(),
      },
    ],
    repos: [
      {
        owner: ORG.login,
        ...GOVERNANCE_REPO,
        description: 'Who may do what, and until when',
        files: Object.fromEntries(governance),
        message: 'Govern Northshire Schools Research',
        author: 'gale',
      },
      {
        owner: ORG.login,
        ...STUDY_REPO,
        description: 'Absence and exam results',
        files: { 'README.md': '# Absence and exam results\n\nThe analysis is on its way.\n' },
        message: 'Begin the study',
        author: admin?.login,
        collaborators: Object.fromEntries(PEOPLE.map((one) => [one.login, one.study])),
      },
    ],
    apps: [
      {
        slug: APP.slug,
        id: APP.id,
        owner: ORG.login,
        manifest: path.join(packageRoot, 'app.yml'),
        webhook,
        privateKey: appKeyFile,
        callbackUrls: [signIn.callback],
        clientSecret: signIn.clientSecret,
        installations: [{ account: ORG.login, id: APP.installation }],
      },
    ],
  };
}

function teams() {
  const governance = PEOPLE.filter((one) => one.global.includes('governance'));
  const technical = PEOPLE.filter((one) => one.global.includes('tech_support'));
  return [
    { slug: 'sp-governance', people: governance },
    { slug: 'sp-data-stewards', people: governance },
    { slug: 'sp-tech', people: technical },
  ].map(({ slug, people }) => ({
    slug,
    members: Object.fromEntries(people.map((one) => [one.login, 'member' as const])),
    repos: { [GOVERNANCE_REPO.name]: 'write' as const },
  }));
}

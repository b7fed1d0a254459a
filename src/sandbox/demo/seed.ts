/** The organisation on the sandbox as it is before anything happens: people, two repositories, the App. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { SandboxSeed } from '../github/github.ts';
import { GOVERNANCE_REPO, ORG, STUDY_REPO } from './governance-files.ts';
import type { GlobalRole } from '../../governance/governance.ts';
import { PEOPLE, STRANGER } from './people.ts';
import { packageRoot } from './places.ts';

export const APP = { slug: 'sallyport', id: 3511, installation: 8801 };
/** The second App, which alone may write: it publishes, and makes the review repository. */
export const STEWARD = { slug: 'sallyport-steward', id: 3512, installation: 8802 };

export interface SeedOptions {
  governance: ReadonlyMap<string, string>;
  webhook: { url: string; secret: string };
  appKeyFile: string;
  stewardKeyFile: string;
  /** Where people come back to after they said who they are, and the App's proof that it asked. */
  signIn: { callback: string; clientSecret: string };
}

export function demoSeed({
  governance,
  webhook,
  appKeyFile,
  stewardKeyFile,
  signIn,
}: SeedOptions): SandboxSeed {
  const everybody = [...PEOPLE, STRANGER];
  const admin = PEOPLE.find((one) => one.study === 'admin');
  return {
    users: everybody.map(({ id, login, name }) => ({ id, login, name, email: `${login}@example.org` })),
    orgs: [
      {
        ...ORG,
        name: 'Westmere Research',
        // Members see what they are let into: researchers must not read the reviews of their work.
        base: 'none',
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
        message: 'Govern Westmere Schools Research',
        author: 'gale',
      },
      {
        owner: ORG.login,
        ...STUDY_REPO,
        description: 'Absence and results at school',
        files: {
          'README.md': '# Absence and results at school\n\nThe analysis is on its way.\n',
          ...issueForms(),
        },
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
      {
        slug: STEWARD.slug,
        id: STEWARD.id,
        owner: ORG.login,
        manifest: path.join(packageRoot, 'steward.yml'),
        privateKey: stewardKeyFile,
        installations: [{ account: ORG.login, id: STEWARD.installation }],
      },
    ],
  };
}

/** Copied into a study as anybody would. */
function issueForms(): Record<string, string> {
  const names = ['request-a-release.yml', 'request-publication.yml'];
  const read = (name: string) => readFileSync(path.join(packageRoot, 'docs/forms', name), 'utf8');
  return Object.fromEntries(names.map((name) => [`.github/ISSUE_TEMPLATE/${name}`, read(name)]));
}

/** Those of the governance repository. The steward makes the checkers' and the publishers'. */
function teams() {
  const having = (role: GlobalRole) => PEOPLE.filter((one) => one.global.includes(role));
  const governance = having('governance');
  const governs = { [GOVERNANCE_REPO.name]: 'write' as const };
  return [
    { slug: 'wm-governance', people: governance, repos: governs },
    { slug: 'wm-data-stewards', people: governance, repos: governs },
    { slug: 'wm-tech', people: having('tech_support'), repos: governs },
  ].map(({ slug, people, repos }) => ({
    slug,
    members: Object.fromEntries(people.map((one) => [one.login, 'member' as const])),
    repos,
  }));
}

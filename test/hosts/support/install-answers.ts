/** What the people who install answer, for `sallyport setup <role> --config`. */
import type { DemoImage } from '../../../src/sandbox/demo/images.ts';
import { HOSTS, NAMES } from './places.ts';
import { origin } from './settings.ts';

export const ORG = 'northshire-research';
export const STUDY = `${ORG}/absence`;
export const BACKEND = 'attainment';
export const OWNER = 'noor-example';
export const RESEARCHER = 'rowan-example';

const PEOPLE = {
  [OWNER]: 5550111,
  'lee-example': 5550130,
  'kim-example': 5550110,
  'sam-example': 5550120,
  [RESEARCHER]: 5550101,
};
const GOVERNANCE_ID = 9001;
const STUDY_ID = 70011;

/** As the page wants the organisation: two repositories, and people whom their names are known of. */
export const ORGANISATION = {
  users: Object.entries(PEOPLE).map(([login, id]) => ({ login, id })),
  orgs: [
    {
      login: ORG,
      id: 80001,
      base: 'none',
      members: Object.fromEntries(
        Object.keys(PEOPLE).map((login) => [login, login === OWNER ? 'admin' : 'member']),
      ),
    },
  ],
  repos: [
    { owner: ORG, name: 'governance', id: GOVERNANCE_ID },
    {
      ...{ owner: ORG, name: 'absence', id: STUDY_ID },
      collaborators: { [RESEARCHER]: 'write' },
      files: { 'README.md': '# Absence\n' },
    },
  ],
};

const app = { github: origin('github'), organisation: ORG, hub_origin: origin('hub') };

/** By role; whatever is not here is the standard of the question. */
export function answersTo(role: string, given: { image: DemoImage; registry: string }): object {
  const all: Record<string, object> = {
    zone: {
      ...{ backend: BACKEND, data: 'real', hub_origin: origin('hub'), proxy_origin: origin('proxy') },
      image_registry: given.registry,
      airlock_database_admin_file: '/root/admin.url',
      ...{ viewer_origin: origin('viewer'), viewer_listen: `${HOSTS.zone[0]}:443` },
      ...{ files_origin: `https://${NAMES.content}`, files_listen: `${HOSTS.zone[1]}:443` },
    },
    hub: { ...app, database_admin_file: '/root/admin.url' },
    steward: { ...app, keeps: 'leave' },
    governance: {
      ...{ governance_id: GOVERNANCE_ID, study_id: STUDY_ID, support: 'help@example.edu' },
      ...{
        governors: `${OWNER}, lee-example`,
        checkers: 'kim-example, sam-example',
        researchers: RESEARCHER,
      },
      ...{ course: 'safe-researcher', trained_on: '2026-02-03', agreement: 'DAA-77' },
      ...{ institution: 'riverside-university', project: 'P-2026-014', project_title: 'Absence' },
      project_summary: 'What absence does.',
      image: `${given.image.name}:v1=${given.image.image}@${given.image.digest}`,
    },
    proxy: { proxy_origin: origin('proxy') },
  };
  const found = all[role];
  if (!found) throw new Error(`nobody answers for ${role}`);
  return found;
}

/** Edits to try on the example, and what comes of them. */
import { applyEditWhole, editSchema, type Edit, type EditedFile } from '../../src/governance/governance.ts';
import { isRefusal } from '../../src/lib/refusal.ts';
import { aGovernance, governanceFiles, PEOPLE, PROJECT } from '../support/governance.ts';

export const FILE = `projects/${PROJECT}.yml`;
export const DATES = { from: '2026-11-20', until: '2027-01-31' };
export const MEMBER = {
  id: PEOPLE.stranger,
  roles: ['collaborator' as const],
  until: '2027-01-31',
  reason: 'writes: the "paper"',
  ref: 'GOV-7',
};
export const PERSON = {
  id: 5550999,
  login: 'new-example',
  name: 'New Example',
  orgs: ['riverside-university'],
  training: { course: 'safe-researcher', passed: '2026-01-01', expires: '2029-01-01' },
  agreement: { ref: 'DAA-9', expires: '2029-01-01' },
  backends: [{ id: 'rehearsal', until: '2027-01-31' }],
  until: '2027-01-31',
};
export const GRANT = {
  table: 'datasets' as const,
  name: 'exclusions',
  project: PROJECT,
  ...DATES,
  reason: 'Second outcome',
  ref: 'GOV-8',
};
export const NEW: Extract<Edit, { kind: 'new-project' }>['project'] = {
  id: 'ns-2026-099',
  number: 'NS-2026-099',
  title: 'New: one',
  summary: 'First line\n\nand another',
  orgs: { lead: 'riverside-university', others: [] },
  type: ['research'],
  approval: {
    state: 'approved_with_conditions',
    on: '2026-11-20',
    application_hash: `sha256:${'a'.repeat(64)}`,
    conditions: [{ id: 'c1', text: 'Ethics letter', met_on: null, blocks: ['run'] }],
  },
  copilot: { id: PEOPLE.copilot, support_until: '2026-12-20', access_until: '2027-01-31' },
  until: '2027-01-31',
  backends: ['rehearsal'],
  members: [MEMBER],
};

export function done(edit: Edit, files = governanceFiles()): EditedFile[] {
  const result = applyEditWhole(files, editSchema.parse(edit));
  if (isRefusal(result)) throw new Error(`${result.code}: ${result.says}`);
  return result;
}

export function refused(edit: Edit, files = governanceFiles()): string {
  const result = applyEditWhole(files, edit);
  return isRefusal(result) ? result.code : 'was made';
}

/** The version after one edit, and after others before it. */
export function after(...edits: Edit[]): Map<string, string> {
  return edits.reduce((files, edit) => {
    const now = new Map(files);
    for (const { path, text } of done(edit, files)) now.set(path, text);
    return now;
  }, governanceFiles());
}

export const project = (files: ReadonlyMap<string, string>) =>
  aGovernance(files).projects.find(({ id }) => id === PROJECT)!;

/** Lines that are only in one of two texts. */
export function lines(before: string, now: string): { gone: string[]; came: string[] } {
  const [old, fresh] = [before.split('\n'), now.split('\n')];
  return {
    gone: old.filter((line) => !fresh.includes(line)),
    came: fresh.filter((line) => !old.includes(line)),
  };
}

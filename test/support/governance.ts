/**
 * A small, valid governance repository for tests, and the world it speaks of.
 *
 * Two backends: `attainment` with real data, `rehearsal` with dummy data. One project with a lead, a
 * collaborator and a co-pilot; an output checker, a governance member and a person without any role.
 * Its files are in test/deployments, once for each deployment that the tests run under.
 */
import { parse } from 'yaml';
import { newKeyPair } from '../../src/lib/keys.ts';
import { readGovernance, type Governance } from '../../src/governance/governance.ts';
import { governanceOf, HERE } from '../deployments/here.ts';

export const PEOPLE = {
  lead: 5550101,
  collaborator: 5550102,
  checker: 5550110,
  governor: 5550111,
  copilot: 5550120,
  stranger: 5550130,
};
export const PROJECT = 'ns-2026-014';
export const REPOSITORY = 70011;
export const AT = Date.parse('2026-10-01T12:00:00Z');
export const COMMIT = 'c'.repeat(40);

export const KEYS = { agent: newKeyPair(), viewer: newKeyPair(), rehearsal: newKeyPair() };

/** Files by path; give other texts, or undefined to leave one out. */
export function governanceFiles(changes: Record<string, string | undefined> = {}): Map<string, string> {
  const files: Record<string, string | undefined> = { ...FILES, ...changes };
  return new Map(Object.entries(files).flatMap(([path, text]) => (text === undefined ? [] : [[path, text]])));
}

/** The example after one edit per file: `edited({'people.yml': ['2027-08-31', '2027-09-30']})`. Fails when the text is not there. */
export function edited(edits: Record<string, [from: string, to: string]>): Map<string, string> {
  const files = governanceFiles();
  for (const [path, [from, to]] of Object.entries(edits)) {
    const text = files.get(path);
    if (!text?.includes(from)) throw new Error(`${path} of the example does not hold: ${from}`);
    files.set(path, text.replace(from, to));
  }
  return files;
}

/** An edit of `policies.yml`, for `edited`: these keys of `outputs` instead of its own, the others as they are. */
export function withOutputs(text: string): [from: string, to: string] {
  const [line = '', own = ''] = /^outputs: (\{.*\})$/m.exec(FILES['policies.yml'] ?? '') ?? [];
  const merged = { ...(parse(own) as object), ...(parse(`{${text}}`) as object) };
  return [line, `outputs: ${JSON.stringify(merged)}`];
}

/** The example as Governance; throws with every finding when it is not valid. */
export function aGovernance(
  files: ReadonlyMap<string, string> = governanceFiles(),
  commit = COMMIT,
): Governance {
  const { governance, findings } = readGovernance(files, commit);
  if (!governance)
    throw new Error(findings.map((f) => `${f.path}:${f.line}:${f.column} ${f.message}`).join('\n'));
  return governance;
}

const FILES: Record<string, string | undefined> = governanceOf(HERE, KEYS);

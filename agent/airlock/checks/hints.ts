/** Findings as hints of a request: each with an id that holds as long as what it is about does. */
import type { Finding, Place, RequestReport } from '../../../src/disclosure/disclosure.ts';
import { canonicalJson } from '../../../src/lib/canonical.ts';
import { sha256 } from '../../../src/lib/hash.ts';
import type { Hint } from '../../../src/release/types.ts';
import type { CheckedFile } from './inputs.ts';

export interface KeptHint extends Hint {
  group?: string;
  place: Place;
  message: string;
}

/** Stands where an author's word changed what a column is: given with its reason. */
const SAID = 'F4';

const SEVERITY = { B: 'block', W: 'warn', I: 'inform' } as const;

/** What a malware scanner says is answered by the scanner alone. */
const SCANNED = 'R7';

/** `explained`: by group, the text it is explained with. */
export function hintsOf(
  report: RequestReport,
  files: readonly Pick<CheckedFile, 'path' | 'sha256'>[],
  explained: Readonly<Record<string, string>>,
): KeptHint[] {
  const hashes = new Map(files.map(({ path, sha256: hash }) => [path, hash]));
  return [
    ...report.files.flatMap(({ path, findings }) =>
      findings.map((finding) => hint(finding, { path }, hashes.get(path) ?? '')),
    ),
    ...report.groups.flatMap(({ group, findings }) =>
      findings.map((finding) => hint(finding, { group }, explained[group] ?? '')),
    ),
    ...report.findings.map((finding) => hint(finding, {}, '')),
  ];
}

function hint(
  { check, severity, place, message }: Finding,
  about: { path?: string; group?: string },
  bytes: string,
): KeptHint {
  // The sentence belongs to it: two findings of one check may stand at one place.
  const id = sha256(canonicalJson({ check, about, bytes, place, message })).slice(0, 24);
  return {
    id,
    check,
    severity: SEVERITY[severity],
    ...about,
    place,
    message,
    ...(check === SAID ? { byAuthor: true as const } : {}),
    ...(check === SCANNED ? { final: true as const } : {}),
  };
}

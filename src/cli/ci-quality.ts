/** Findings as GitLab's code quality report: a list of places, shown at the lines of a merge request. */
import { relative, resolve } from 'node:path';
import { sha256 } from '../lib/hash.ts';
import { fileOf, type Checked } from './check-path.ts';

/** top: what paths are relative to, the top of the repository. */
export function showCodeQuality(checked: Checked, top: string): string {
  const seen = new Map<string, number>();
  const issues = checked.findings.map((found) => {
    const { code, message, hint, severity, line } = found;
    const path = relative(top, resolve(fileOf(checked, found)));
    // Not the line: a finding that moved is the same one. The second of its kind has a fingerprint of its own.
    const what = JSON.stringify([path, code, message]);
    const nth = (seen.get(what) ?? 0) + 1;
    seen.set(what, nth);
    return {
      description: hint ? `${message} ${hint}` : message,
      check_name: code,
      fingerprint: sha256(`${what}${nth}`),
      severity: severity === 'error' ? 'major' : 'minor',
      location: { path, lines: { begin: line } },
    };
  });
  return `${JSON.stringify(issues, null, 2)}\n`;
}

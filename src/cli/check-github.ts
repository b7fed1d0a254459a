/** Findings as workflow commands: a runner of GitHub Actions shows each at its line of the commit or pull request. */
import { relative, resolve } from 'node:path';
import { printable } from '../pipeline/pipeline.ts';
import { fileOf, type Checked } from './check-path.ts';

/** A runner keeps this many of each kind for one step; the log and the summary line have them all. */
const SHOWN_BY_GITHUB = 10;

/** top: what paths are relative to for GitHub, the top of the repository. */
export function showGithub(checked: Checked, top: string): string {
  const lines = checked.findings.map((found) => {
    const where = {
      file: relative(top, resolve(fileOf(checked, found))),
      line: String(found.line),
      endLine: String(found.line),
      col: String(found.column),
      // The last column that is marked; ours is the one behind it.
      ...(found.endColumn !== undefined && { endColumn: String(found.endColumn - 1) }),
      title: found.code,
    };
    const said = found.hint ? `${found.message}\n${found.hint}` : found.message;
    const place = Object.entries(where).map(([key, value]) => `${key}=${property(value)}`);
    return `::${found.severity} ${place.join(',')}::${data(said)}`;
  });
  const errors = checked.findings.filter(({ severity }) => severity === 'error').length;
  if (errors > SHOWN_BY_GITHUB) {
    const all = `${errors.toLocaleString('en-GB')} errors in ${printable(checked.project)}; GitHub shows ${SHOWN_BY_GITHUB} of a step, this log has all.`;
    lines.push(`::notice title=check::${data(all)}`);
  }
  return lines.map((line) => `${line}\n`).join('');
}

/** As the runner reads it back: a line end would begin a command of its own. */
export function data(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

export function property(text: string): string {
  return data(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}

/** What the reader tells of files. */
import { readGovernance } from '../../src/governance/governance.ts';
import { COMMIT } from '../support/governance.ts';

/** Findings as people see them, without the warning that the example always has. What stands at the place is quoted: «…». */
export function told(files: ReadonlyMap<string, string>): string[] {
  return readGovernance(files, COMMIT)
    .findings.filter((f) => f.code !== 'governance.image-without-digest')
    .map((f) => {
      const line = files.get(f.path)?.split('\n')[f.line - 1] ?? '';
      const there =
        /^[^\s,}\]]{0,20}/.exec(line.slice(f.column - 1))?.[0].replace(/ed25519:.*/, 'ed25519:…') ?? '';
      const hint = f.hint ? ` ${f.hint}` : '';
      return `${f.path} «${there}» ${f.severity === 'warning' ? 'warning: ' : ''}${f.message}${hint} (${f.code})`;
    });
}

/**
 * The codelists of a study against the registry: each CSV has the bytes of the published version that its line
 * names. What is unknown or tampered with is refused always; what is outdated keeps actions from the database.
 */
import { readLine } from './line.ts';
import type { FileFinding } from './types.ts';
import * as words from './words.ts';

export interface KnownVersion {
  state: 'published' | 'unpublished';
  /** Every hash that stands for it. */
  accepted: ReadonlySet<string>;
  /** The newest published version of its list. */
  newest: string;
}

export interface StudyLine {
  id: string;
  /** In codelists.txt. */
  line: number;
}

export type Standing = 'fine' | 'outdated' | 'refused';

/** `hashOf`: SHA-1 of the normalised bytes of a CSV of the study; undefined when there is no such file. */
export function standingOf(
  lines: readonly StudyLine[],
  hashOf: (csv: string) => string | undefined,
  versionOf: (id: string) => KnownVersion | undefined,
): { standing: Standing; findings: FileFinding[] } {
  const findings = lines.flatMap(({ id, line }) => {
    const version = versionOf(id);
    const parts = readLine(id);
    if (!version || !parts) return [at(line, 'error', 'codelists.unknown', words.unknownLine(id))];
    if (version.state === 'unpublished')
      return [at(line, 'error', 'codelists.unpublished', words.notPublished(id))];
    const hash = hashOf(parts.csv);
    // A file that is not there is told by the comparison with codelists.json.
    if (hash !== undefined && !version.accepted.has(hash))
      return [
        {
          ...at(1, 'error', 'codelists.tampered', words.tampered(parts.csv, id)),
          path: `codelists/${parts.csv}`,
        },
      ];
    return version.newest === id
      ? []
      : [at(line, 'warning', 'codelists.outdated', words.outdated(id, version.newest))];
  });
  const refused = findings.some(({ severity }) => severity === 'error');
  return { standing: refused ? 'refused' : findings.length > 0 ? 'outdated' : 'fine', findings };
}

function at(line: number, severity: 'error' | 'warning', code: string, says: words.Says): FileFinding {
  return { code, severity, path: 'codelists/codelists.txt', line, column: 1, ...says };
}

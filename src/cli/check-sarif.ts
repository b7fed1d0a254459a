/** Findings as one SARIF 2.1.0 log, which code scanning and editors read. */
import { relative, resolve, sep } from 'node:path';
import { fileOf, type Checked, type Finding } from './check-path.ts';

const SCHEMA = 'https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json';
const ROOT = '%SRCROOT%';

/** top: the folder that paths are relative to. What lies outside it is named by its whole address. */
export function showSarif(all: readonly Checked[], top: string, version: string): string {
  const codes = [...new Set(all.flatMap(({ findings }) => findings.map(({ code }) => code)))].sort();
  const rules = new Map(codes.map((code, index) => [code, index]));
  const log = {
    $schema: SCHEMA,
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: { name: 'sallyport', version, rules: codes.map((id) => ({ id })) },
        },
        columnKind: 'utf16CodeUnits',
        results: all.flatMap((checked) =>
          checked.findings.map((found) => resultOf(found, addressOf(fileOf(checked, found), top), rules)),
        ),
      },
    ],
  };
  return `${JSON.stringify(log, null, 2)}\n`;
}

function resultOf(found: Finding, address: object, rules: ReadonlyMap<string, number>): object {
  const { code, severity, line, column, endColumn, message, hint } = found;
  return {
    ruleId: code,
    ruleIndex: rules.get(code),
    level: severity,
    message: { text: hint ? `${message} ${hint}` : message },
    locations: [
      {
        physicalLocation: {
          artifactLocation: address,
          region: {
            startLine: line,
            startColumn: column,
            ...(endColumn !== undefined && { endLine: line, endColumn }),
          },
        },
      },
    ],
  };
}

/** SARIF wants URI references: a space or a "#" in a name of a file is none. */
function addressOf(file: string, top: string): object {
  const inside = relative(top, resolve(file));
  const encoded = (path: string): string => path.split(sep).map(encodeURIComponent).join('/');
  if (inside === '..' || inside.startsWith(`..${sep}`)) return { uri: `file://${encoded(resolve(file))}` };
  return { uri: encoded(inside), uriBaseId: ROOT };
}

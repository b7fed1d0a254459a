/** How `sallyport disclose` prints: for people a table with the worst first, for programs as JSON. */
import { CHECKS, SEVERITIES, type CheckId, type Finding, type Severity } from '../disclosure/disclosure.ts';
import { printable } from '../pipeline/pipeline.ts';
import type { Reported } from './disclose-read.ts';

/** `{"path","findings":[{"check","severity","place","message"}]}` */
export function showJson({ path, findings }: Reported): string {
  return `${JSON.stringify({ path, findings })}\n`;
}

const NAMES: Readonly<Record<Severity, string>> = { B: 'blocks', W: 'answer', I: 'note' };

/** `most`: so many rows, the worst; what is left out is counted. */
export async function showText(
  { path, findings }: Reported,
  color: boolean,
  most = Infinity,
): Promise<string> {
  const { default: picocolors } = await import('picocolors');
  const paint = picocolors.createColors(color);
  const colors: Record<Severity, (text: string) => string> = { B: paint.red, W: paint.yellow, I: paint.dim };
  const count = (severity: Severity): number => findings.filter((one) => one.severity === severity).length;
  const lines = [
    `${paint.bold(printable(path))}: ${count('B')} blocking, ${count('W')} to answer, ${count('I')} notes`,
  ];
  const sorted = SEVERITIES.flatMap((severity) => findings.filter((one) => one.severity === severity));
  const rows = sorted.slice(0, most);
  const width = Math.max(0, ...rows.map((one) => place(one).length));
  for (const one of rows) {
    const name = CHECKS[one.check as CheckId][1];
    lines.push(
      `  ${colors[one.severity](NAMES[one.severity].padEnd(6))} ${one.check.padEnd(6)} ${place(one).padEnd(Math.min(width, 40))}  ${printable(one.message)} ${paint.dim(`[${name}]`)}`,
    );
  }
  const more = sorted.length - rows.length;
  if (more > 0) lines.push(paint.dim(`  … and ${more} more: sallyport disclose ${printable(path)}`));
  return `${lines.join('\n')}\n`;
}

function place({ place: { row, column, element } }: Finding): string {
  const parts = [
    ...(element === undefined ? [] : [element]),
    ...(row === undefined ? [] : [`row ${row}`]),
    ...(column === undefined ? [] : [column]),
  ];
  return printable(parts.join(', ') || '–');
}

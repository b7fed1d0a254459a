/** How `sallyport check` prints: for people with the line and a caret below it, for programs as JSON. */
import { printable } from '../pipeline/pipeline.ts';
import type { ImagesHere } from './check-images.ts';
import { fileOf, type Checked, type Finding } from './check-path.ts';

/** Of a long line, what is shown before and behind the place. */
const BEFORE = 60;
const BEHIND = 60;

/** `{"path","ok","errors":[{"code","line","column","message"}],"warnings":[…]}`; `file` where it is not the project file. */
export function showJson({ path, ok, findings }: Checked): string {
  const of = (wanted: Finding['severity']): object[] =>
    findings
      .filter(({ severity }) => severity === wanted)
      .map(({ code, line, column, message, hint, file }) => ({
        code,
        line,
        column,
        message: hint ? `${message} ${hint}` : message,
        ...(file !== undefined && { file }),
      }));
  return `${JSON.stringify({ path, ok, errors: of('error'), warnings: of('warning') })}\n`;
}

export async function showText(checked: Checked, color: boolean): Promise<string> {
  const { default: picocolors } = await import('picocolors');
  const paint = picocolors.createColors(color);
  const lines: string[] = [];
  const texts = new Map([...checked.texts].map(([file, text]) => [file, text.split('\n')]));
  for (const found of checked.findings) {
    const isError = found.severity === 'error';
    const strong = isError ? paint.red : paint.yellow;
    const place = `${fileOf(checked, found)}:${found.line}:${found.column}`;
    lines.push(
      `${paint.bold(printable(place))} ${strong(found.severity)} ${found.message} ${paint.dim(`[${found.code}]`)}`,
    );
    const source = texts.get(found.file ?? '')?.[found.line - 1];
    if (source !== undefined) lines.push(...excerpt(source, found, paint.dim, strong));
    if (found.hint) lines.push(`  ${paint.cyan('→')} ${found.hint}`);
    lines.push('');
  }
  lines.push(summary(checked, color ? paint.green : String));
  return `${lines.join('\n')}\n`;
}

type Paint = (text: string) => string;

function excerpt(source: string, { line, column, endColumn }: Finding, dim: Paint, strong: Paint): string[] {
  const at = column - 1;
  const from = Math.max(0, at - BEFORE);
  const to = Math.min(source.length, at + BEHIND);
  const shown = `${from > 0 ? '…' : ''}${printable(source.slice(from, to).replace(/\r$/, ''))}${to < source.length ? '…' : ''}`;
  const before = printable(source.slice(from, at)).length + (from > 0 ? 1 : 0);
  const width = Math.max(
    1,
    printable(source.slice(at, Math.min(endColumn === undefined ? at + 1 : endColumn - 1, to))).length,
  );
  const gutter = String(line);
  return [
    `  ${dim(`${gutter} |`)} ${shown}`,
    `  ${dim(`${' '.repeat(gutter.length)} |`)} ${' '.repeat(before)}${strong('^'.repeat(width))}`,
  ];
}

function summary(checked: Checked, good: Paint): string {
  const count = (severity: Finding['severity']): number =>
    checked.findings.filter((found) => found.severity === severity).length;
  const warnings = count('warning');
  const parts = [counted(count('error'), 'error'), ...(warnings > 0 ? [counted(warnings, 'warning')] : [])];
  const project = printable(checked.project);
  if (!checked.ok) return `${project}: ${parts.join(', ')}`;
  const rest = warnings > 0 ? `, ${counted(warnings, 'warning')}` : '';
  return `${good(`${project} is right`)}: ${counted(checked.actions ?? 0, 'action')}${rest}`;
}

function counted(n: number, word: string): string {
  return `${n.toLocaleString('en-GB')} ${word}${n === 1 ? '' : 's'}`;
}

/** Which images are on this machine, below the verdict: it is no part of it. */
export function showImages({ present, missing }: ImagesHere): string {
  const lines = present.length > 0 ? [`  images on this machine: ${present.join(', ')}`] : [];
  for (const { image, pull } of missing)
    lines.push(`  ${image} is not on this machine: sallyport pull ${pull}`);
  return lines.map((line) => `${line}\n`).join('');
}

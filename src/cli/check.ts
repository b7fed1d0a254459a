/** `sallyport check [path…]`: are these studies right? Needs no server, no Docker, no network. */
import type { Command } from 'commander';

export interface CheckOptions {
  /** One JSON object per path and line, for programs. */
  json: boolean;
  color: boolean;
  out: { write(text: string): unknown };
}

export function registerCheck(root: Command): void {
  root
    .command('check')
    .description('check project.yaml and the codelists of a study')
    .argument('[path...]', 'project files, or folders of studies', ['.'])
    .option('--json', 'print one JSON object per path and line', false)
    .action(async (paths: string[], { json }: { json: boolean }) => {
      const { default: picocolors } = await import('picocolors');
      const color = Boolean(process.stdout.isTTY) && picocolors.isColorSupported;
      process.exitCode = await runCheck(paths, { json, color, out: process.stdout });
    });
}

/** Prints every finding of every path; answers the exit code, 0 only when all are right. */
export async function runCheck(paths: readonly string[], options: CheckOptions): Promise<number> {
  const { checkPath } = await import('./check-path.ts');
  const { showJson, showText } = await import('./check-show.ts');
  let code = 0;
  for (const path of paths) {
    const checked = checkPath(path);
    if (!checked.ok) code = 1;
    options.out.write(options.json ? showJson(checked) : await showText(checked, options.color));
  }
  return code;
}

/** `sallyport check [path…]`: are these studies right? Needs no server, no Docker, no network. */
import { Option, type Command } from 'commander';
import type { ImagesHere } from './check-images.ts';
import type { Checked } from './check-path.ts';
import type { FindEnd } from './image-ends.ts';
import { version } from './version.ts';

export type CheckForm = 'text' | 'json' | 'sarif' | 'github';

export interface CheckOptions {
  form: CheckForm;
  color: boolean;
  out: { write(text: string): unknown };
  /** The folder that paths in SARIF and annotations are relative to. */
  top: string;
  /** Asks the machine for its images, for people only. */
  images?: (wanted: NonNullable<Checked['images']>) => Promise<ImagesHere | undefined>;
  /** Of the deployment that is known: which images have ended, or end soon. */
  ends?: FindEnd;
}

interface Flags {
  json: boolean;
  sarif: boolean;
  github: boolean;
  engine: boolean;
}

const EXITS = `
Exit codes:
  0  everything is right; warnings do not count
  1  at least one error
  2  the command line is wrong

Colours are for terminals; NO_COLOR turns them off, FORCE_COLOR on. Whether images are on this machine is a note for
people: it never changes the exit code, and no engine is waited for.`;

export function registerCheck(root: Command): void {
  const only = (form: string, others: string[], says: string): Option =>
    new Option(`--${form}`, says).default(false).conflicts(others);
  root
    .command('check')
    .description('check project.yaml and the codelists of a study')
    .argument('[path...]', 'project files, or folders of studies', ['.'])
    .addOption(only('json', ['sarif', 'github'], 'print one JSON object per path and line'))
    .addOption(only('sarif', ['json', 'github'], 'print one SARIF 2.1.0 log, for code scanning and editors'))
    .addOption(only('github', ['json', 'sarif'], 'print annotations for a workflow of GitHub Actions'))
    .option('--no-engine', 'do not ask the container engine which images are on this machine')
    .addHelpText('after', EXITS)
    .action(async (paths: string[], flags: Flags) => {
      const { mayColor } = await import('./colors.ts');
      process.exitCode = await runCheck(paths, {
        form: (['json', 'sarif', 'github'] as const).find((form) => flags[form]) ?? 'text',
        color: await mayColor(),
        out: process.stdout,
        top: (flags.github && process.env['GITHUB_WORKSPACE']) || process.cwd(),
        ...(await endsOf(process.env['SALLYPORT_DEPLOYMENT'])),
        ...(flags.engine && {
          images: async (wanted) => (await import('./check-images.ts')).imagesHere(wanted, process.env),
        }),
      });
    });
}

/** Prints every finding of every path; answers the exit code, 0 only when all are right. */
export async function runCheck(paths: readonly string[], options: CheckOptions): Promise<number> {
  const { checkPath } = await import('./check-path.ts');
  const kept: Checked[] = [];
  let code = 0;
  for (const path of paths) {
    const checked = withEnds(checkPath(path), options.ends);
    if (!checked.ok) code = 1;
    if (options.form === 'sarif') kept.push({ ...checked, texts: new Map() });
    else options.out.write(await shown(checked, options));
  }
  if (options.form === 'sarif') {
    const { showSarif } = await import('./check-sarif.ts');
    options.out.write(showSarif(kept, options.top, version));
  }
  return code;
}

/** Nothing more is loaded where no deployment is known: a check starts at once. */
async function endsOf(place: string | undefined): Promise<Pick<CheckOptions, 'ends'>> {
  if (!place) return {};
  const { endsAt } = await import('./image-ends.ts');
  return { ends: await endsAt(place, Date.now()) };
}

function withEnds(checked: Checked, ends: FindEnd | undefined): Checked {
  const found = (checked.uses ?? []).flatMap(({ image, ...at }) => {
    const end = ends?.(image);
    return end ? [{ ...end, ...at, severity: 'warning' as const }] : [];
  });
  return found.length > 0 ? { ...checked, findings: [...checked.findings, ...found] } : checked;
}

async function shown(checked: Checked, options: CheckOptions): Promise<string> {
  if (options.form === 'github') {
    const { showGithub } = await import('./check-github.ts');
    return showGithub(checked, options.top);
  }
  const { showImages, showJson, showText } = await import('./check-show.ts');
  if (options.form === 'json') return showJson(checked);
  const text = await showText(checked, options.color);
  const here =
    checked.images && checked.images.length > 0 ? await options.images?.(checked.images) : undefined;
  return here ? text + showImages(here) : text;
}

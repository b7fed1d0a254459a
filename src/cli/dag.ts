/** `sallyport dag [action…]`: the pipeline as a picture, on paper, on GitHub or in the terminal. */
import { Option, type Command } from 'commander';

const FORMATS = ['text', 'mermaid', 'svg'] as const;

interface Flags {
  format: (typeof FORMATS)[number];
  projectDir: string;
}

export function registerDag(root: Command): void {
  root
    .command('dag')
    .description('draw the pipeline: which action needs which')
    .argument('[action...]', 'only these, and what they need')
    .addOption(
      new Option('--format <kind>', 'lines, a fenced graph for Markdown, or a picture')
        .choices(FORMATS)
        .default('text'),
    )
    .option('--project-dir <folder>', 'the study, when it is not this folder', '.')
    .action(async (names: string[], flags: Flags) => {
      const { print } = await import('./print.ts');
      print(await drawn(names, flags, (note) => process.stderr.write(`${note}\n`)));
    });
}

/** note: takes what is said beside the picture. Throws Refused for a study that cannot be read, and unknown actions. */
export async function drawn(
  names: readonly string[],
  flags: Flags,
  note: (line: string) => void,
): Promise<string> {
  const { partOf, readStudy, refuseUnknown } = await import('./study.ts');
  const pipeline = readStudy(flags.projectDir);
  refuseUnknown(pipeline, names);
  const part = partOf(pipeline, names.includes('run_all') ? [] : names);
  if (flags.format === 'svg') return (await import('./dag-svg.ts')).svg(part);
  if (flags.format === 'text') return (await import('./dag-text.ts')).dagText(part);
  const { DRAWN_BY_GITHUB, mermaid } = await import('../pipeline/pipeline.ts');
  const arrows = part.actions.reduce((sum, { needs }) => sum + needs.length, 0);
  if (part.actions.length > DRAWN_BY_GITHUB.boxes || arrows > DRAWN_BY_GITHUB.arrows)
    note('GitHub does not draw a graph of this size: name some actions, or use --format svg.');
  return `${mermaid(part, undefined, true)}\n`;
}

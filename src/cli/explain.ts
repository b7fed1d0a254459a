/** `sallyport explain [action]`: what an action is, or the whole project in the plain form. */
import type { FindImage } from '../../agent/runner/laptop-images.ts';
import type { Command } from 'commander';
import type { FindEnd } from './image-ends.ts';

interface Flags {
  projectDir: string;
  json: boolean;
}

export function registerExplain(root: Command): void {
  root
    .command('explain')
    .description('say what an action runs, needs and makes, who uses it, and why it would run')
    .argument('[action]', 'its name; without one, the whole project is printed with nothing shortened')
    .option('--project-dir <folder>', 'the study, when it is not this folder', '.')
    .option('--json', 'print one JSON object', false)
    .action(async (name: string | undefined, flags: Flags) => {
      const { print } = await import('./print.ts');
      const { imagesFinder } = await import('./check-images.ts');
      const { endsAt } = await import('./image-ends.ts');
      const ends = await endsAt(process.env['SALLYPORT_DEPLOYMENT'], Date.now());
      print(await explanation(name, flags, imagesFinder(process.env), ends));
    });
}

/** Throws Refused for a study that cannot be read, and for an unknown action. */
export async function explanation(
  name: string | undefined,
  { projectDir, json }: Flags,
  find?: FindImage,
  ends?: FindEnd,
): Promise<string> {
  const { readStudy } = await import('./study.ts');
  const pipeline = readStudy(projectDir);
  if (name === undefined || name === 'run_all') {
    const { writtenOut } = await import('../pipeline/pipeline.ts');
    return json ? `${JSON.stringify({ plain: writtenOut(pipeline) }, null, 2)}\n` : writtenOut(pipeline);
  }
  const { planStudy } = await import('./plan-study.ts');
  const plan = await planStudy(
    [name],
    { projectDir, forceRunDependencies: false, refresh: false },
    find,
    ends,
  );
  const { explained, explainText } = await import('./explain-action.ts');
  const one = explained(pipeline, name, plan);
  return json ? `${JSON.stringify(one, null, 2)}\n` : explainText(one);
}

/** `sallyport plan <action…>`: what `run` would do, in which order, and why. */
import { Option, type Command } from 'commander';
import type { PlanFlags } from './plan-study.ts';

interface Flags extends PlanFlags {
  json: boolean;
  engine: boolean;
}

export function registerPlan(root: Command): void {
  root
    .command('plan')
    .description('say what "run" would do, in which order and why, without doing it')
    .argument('<action...>', 'names of actions, or run_all')
    .option('-f, --force-run-dependencies', 'as for "run": dependencies run again', false)
    .addOption(
      new Option('--refresh', 'as for "run": only what is out of date')
        .default(false)
        .conflicts('forceRunDependencies'),
    )
    .option('--project-dir <folder>', 'the study, when it is not this folder', '.')
    .option('--no-engine', 'do not ask the container engine whether images changed')
    .option('--json', 'print one JSON object', false)
    .action(async (actions: string[], { json, engine, ...flags }: Flags) => {
      const { planStudy, planText } = await import('./plan-study.ts');
      const { print } = await import('./print.ts');
      const { imagesFinder } = await import('./check-images.ts');
      const { endsAt } = await import('./image-ends.ts');
      const ends = await endsAt(process.env['SALLYPORT_DEPLOYMENT'], Date.now());
      const planned = await planStudy(actions, flags, engine ? imagesFinder(process.env) : undefined, ends);
      print(json ? `${JSON.stringify(planned, null, 2)}\n` : planText(planned));
    });
}

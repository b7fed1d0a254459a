/** `sallyport info`: versions, resources and images, to be put into a report of a bug. */
import type { Command } from 'commander';

export interface InfoFlags {
  projectDir: string;
  json: boolean;
}

const MORE = `
Made to be shown to others: no secrets, no values of variables, the home folder is written ~. Nothing is asked of the
network, so it does not say when an image retires: "sallyport check", "plan" and "explain" do, where SALLYPORT_DEPLOYMENT
names the deployment.`;

export function registerInfo(root: Command): void {
  root
    .command('info')
    .description('versions, resources of the machine and its container engine, images of the study')
    .option('--json', 'print one JSON object', false)
    .option('--project-dir <folder>', 'the study, when it is not this folder', '.')
    .addHelpText('after', MORE)
    .action(async (flags: InfoFlags) => {
      const { info } = await import('./info-work.ts');
      const { print } = await import('./print.ts');
      print(await info(flags));
    });
}

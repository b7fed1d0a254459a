/** `sallyport images`, and `sallyport pull`, which is its `pull`: the images that studies run in. */
import type { Command } from 'commander';
import { DEFAULT_REGISTRY } from '../../agent/runner/compat.ts';

export interface ListFlags {
  offline: boolean;
  json: boolean;
  projectDir: string;
  deployment?: string;
}

export interface PullFlags {
  force: boolean;
  /** A folder or a file; true: this folder's. */
  project?: string | true;
  json: boolean;
}

const ENVIRONMENT = `
Environment:
  SALLYPORT_IMAGES  the registry that short names mean (default: ${DEFAULT_REGISTRY})

A private registry is asked with what "docker login" or "podman login" keeps.`;

const LIST_MORE = `
The images of the study come first, then others of the registry that are on this machine. With --offline, and
when no registry answers within 3 seconds, nothing is said about newer ones.
${ENVIRONMENT}`;

const PULL_MORE = `
Without a name: the images of the registry that are on this machine, and those of the study in this folder;
"all" is every image of the registry that is here. What a newer image replaced is removed, unless a container uses it.
A name is python, python:v2, python@sha256:…, or a whole address.
${ENVIRONMENT}

Exit codes:
  0    everything that was asked for is here
  1    an image could not be fetched; the others were
  2    the command line is wrong
  130  stopped by Ctrl-C`;

export function registerImages(root: Command): void {
  const images = root.command('images').description('list, fetch and update the images that studies run in');
  images
    .command('list', { isDefault: true })
    .description('the images of the study in this folder, and others of the deployment that are here')
    .option('--offline', 'ask no registry whether it has newer ones', false)
    .option('--project-dir <folder>', 'the study, when it is not this folder', '.')
    .option(
      '--deployment <place>',
      'address of its hub, or a file with its deployment.json: which images retire',
    )
    .option('--json', 'print one JSON array', false)
    .addHelpText('after', LIST_MORE)
    .action(async (flags: ListFlags) => {
      const { listHere } = await import('./images-work.ts');
      await listHere(flags);
    });
  pullCommand(images);
  images
    .command('update')
    .description('fetch what is newer than the images that are here, and remove what it replaces')
    .argument('[image...]', 'python, python:v2; every image of the registry that is here, when none is named')
    .option('--json', 'print one JSON array', false)
    .addHelpText('after', ENVIRONMENT)
    .action(async (names: string[], flags: { json: boolean }) => {
      const { updateHere } = await import('./images-work.ts');
      process.exitCode = await updateHere(names, flags);
    });
  pullCommand(root);
}

function pullCommand(parent: Command): void {
  parent
    .command('pull')
    .description(
      parent.name() === 'images' ? 'fetch images' : 'fetch images: the same as "sallyport images pull"',
    )
    .argument('[image...]', 'python, python:v2, python@sha256:…, or all')
    .option('--force', 'with all: also the usual images that are not here yet', false)
    .option('--project [file]', 'the images that a project.yaml names')
    .option('--json', 'print one JSON array when everything has ended', false)
    .addHelpText('after', PULL_MORE)
    .action(async (names: string[], flags: PullFlags) => {
      const { pullHere } = await import('./images-work.ts');
      process.exitCode = await pullHere(names, flags);
    });
}

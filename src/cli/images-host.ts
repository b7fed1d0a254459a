/** `sallyport images build|push|verify`, and what `list` says of images that were built: for whoever runs a deployment. */
import type { Command } from 'commander';

export interface MirrorFlags {
  mirror?: string;
  snapshot?: string;
  keyring?: string;
}

export interface BuildFlags extends MirrorFlags {
  out: string;
  cache?: string;
  context?: string;
  relock: boolean;
  load: boolean;
  json: boolean;
}

export interface PushFlags {
  to: string;
  out: string;
  json: boolean;
}

export interface VerifyFlags extends MirrorFlags {
  digest?: string;
  engine: boolean;
  rebuild: boolean;
  recipe?: string;
  cache?: string;
  json: boolean;
}

export interface BuiltFlags {
  built?: string | true;
  governance?: string;
  offline: boolean;
  json: boolean;
  projectDir: string;
  deployment?: string;
}

const OUT = 'images';

const BUILD_MORE = `
An image is made of Debian's packages alone, each by its version and SHA-256 (packages.lock), and of nothing that the day or the
machine adds: the digest is the same wherever it is built. Needs mmdebstrap, debian-archive-keyring and gzip; as
root, or as a user with user namespaces. No registry and no container engine is asked.

Written to <out>/<name>-<version>: the image as an OCI layout, sbom.spdx.json, packages.lock, image.json.

Exit codes:
  0    the image is there
  1    it could not be made
  2    the command line is wrong
  130  stopped by Ctrl-C`;

const PUSH_MORE = `
Signs in with what "docker login" or "podman login" keeps. What the registry has is not sent again. Afterwards the line for
images.yml of the governance repository is printed: enrolling an image is a pull request there.`;

const VERIFY_MORE = `
Each line is ✓ right, ! worth a look, or ✗ wrong. An image that "sallyport images build" made is held to all of it; in one of
others, what an agent takes away anyway (root, setuid files, another folder) is worth a look.

Exit codes:
  0  nothing is wrong
  1  something is, or the image could not be read
  2  the command line is wrong`;

function mirrors(command: Command): Command {
  return command
    .option(
      '--mirror <address>',
      "Debian's packages from there (default: where this machine's apt gets them)",
    )
    .option('--snapshot <time>', "Debian's archive as it was then, like 20261121T000000Z")
    .option('--keyring <file>', "the keys of Debian's archive")
    .option('--cache <folder>', 'where fetched packages are kept (default: ~/.cache/sallyport/debian)');
}

/** After the laptop's own: one group for both, each saying whom it is for. */
export function registerImageMaking(root: Command): void {
  const images = root.commands.find((each) => each.name() === 'images');
  if (!images) throw new Error('images are listed before they are built');
  images.description(
    'list, fetch and update the images that studies run in; build, push and verify them for a deployment',
  );
  mirrors(
    images
      .command('build')
      .description('for a deployment: make an image out of its recipe, the same bytes everywhere')
      .argument(
        '<recipe...>',
        'python, r, node, sqlrunner, or a folder with a Dockerfile and a packages.lock',
      )
      .option('--out <folder>', 'where images are put', OUT)
      .option('--relock', 'first write packages.lock anew, of what the mirror has today', false)
      .option('--context <folder>', 'where COPY takes its files (default: the recipe, or the program)')
      .option(
        '--load',
        'also into the container engine of this machine, as sallyport/<name>:<version>',
        false,
      ),
  )
    .option('--json', 'print one JSON array when everything has ended', false)
    .addHelpText('after', BUILD_MORE)
    .action(async (recipes: string[], flags: BuildFlags) => {
      const { buildAll } = await import('./images-host-work.ts');
      process.exitCode = await buildAll(recipes, flags);
    });
  images
    .command('push')
    .description('for a deployment: send a built image to a registry, and print its line for images.yml')
    .argument('<image...>', 'python, where it was built; or its folder')
    .requiredOption('--to <registry/namespace>', 'like registry.example.org/our-images')
    .option('--out <folder>', 'where images were put', OUT)
    .option('--json', 'print one JSON array', false)
    .addHelpText('after', PUSH_MORE)
    .action(async (names: string[], flags: PushFlags) => {
      const { pushAll } = await import('./images-host-work.ts');
      process.exitCode = await pushAll(names, flags);
    });
  mirrors(
    images
      .command('verify')
      .description('for a deployment: say whether an image is what is recorded, and fit to be let in')
      .argument(
        '<image>',
        'a folder, registry.example.org/our-images/python:v1 or …@sha256:…, or a name with --engine',
      )
      .option('--digest <sha256>', 'the digest that is recorded')
      .option('--recipe <name>', 'the recipe it should be made of: its packages.lock is compared')
      .option('--engine', 'look in the container engine of this machine', false)
      .option('--rebuild', 'make it again and compare; needs --recipe', false),
  )
    .option('--json', 'print one JSON object', false)
    .addHelpText('after', VERIFY_MORE)
    .action(async (image: string, flags: VerifyFlags) => {
      const { verifyOne } = await import('./images-host-work.ts');
      process.exitCode = await verifyOne(image, flags);
    });
  images.commands
    .find((each) => each.name() === 'list')
    ?.option('--built [folder]', `for a deployment: the images that were built there (default: ${OUT})`)
    .option('--governance <folder>', 'with --built: which are enrolled in images.yml, and until when')
    .action(async (flags: BuiltFlags) => {
      if (flags.built === undefined) return (await import('./images-work.ts')).listHere(flags);
      const { listBuilt } = await import('./images-host-work.ts');
      listBuilt(flags.built === true ? OUT : flags.built, flags);
    });
}

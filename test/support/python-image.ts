/** An image `sallyport-test/python:v2` made of this machine's own Python, as far as small scripts need it: no registry. */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import Docker from 'dockerode';
import { buildNodeImage } from '../../agent/images/node-image.ts';

/** For SALLYPORT_IMAGES. */
export const TEST_IMAGES = 'sallyport-test';
const PACKAGES = ['encodings', 'collections', 'importlib', 're', 'json', 'lib-dynload'];

/** Of the system rather than of a version manager: its library stands where the program looks for it. */
export const PYTHON = existsSync('/usr/bin/python3') ? '/usr/bin/python3' : 'python3';

export async function pythonImage(): Promise<void> {
  const asked = spawnSync(
    PYTHON,
    [
      '-c',
      'import os,sys,sysconfig; print(os.path.realpath(sys.executable), sysconfig.get_path("stdlib"), sep="\\n")',
    ],
    { encoding: 'utf8' },
  );
  const [program = '', library = ''] = asked.stdout.split('\n');
  const modules = ['.', ...PACKAGES.filter((each) => existsSync(path.join(library, each)))].flatMap(
    (folder) =>
      readdirSync(path.join(library, folder))
        .filter((name) => /\.(?:py|so)$/.test(name))
        .map((name) => path.join(library, folder, name)),
  );
  const { image } = await buildNodeImage({
    name: 'test-python',
    files: [
      { path: path.join(path.dirname(program), 'python'), source: program, mode: 0o755 },
      ...modules.map((source) => ({ path: source, source })),
    ],
    // Like the usual image: what comes behind it is the command.
    entry: ['/usr/bin/env'],
    programs: ['/usr/bin/env', program],
  });
  await new Docker().getImage(image).tag({ repo: `${TEST_IMAGES}/python`, tag: 'v2' });
}

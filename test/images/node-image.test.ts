import { afterAll, expect } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { buildNodeImage, type NodeImageOptions } from '../../agent/images/node-image.ts';
import { requires } from '../support/require.ts';

const { describe, test } = requires('docker');
const made = new Set<string>();

async function build(options: NodeImageOptions) {
  const image = await buildNodeImage(options);
  made.add(image.image);
  return image;
}

afterAll(() => {
  if (made.size > 0) spawnSync('docker', ['rmi', '-f', ...made]);
});

describe('an image from this machine’s own Node', () => {
  test('runs a script without network, on a read-only root, as a user who is not root', async () => {
    const script = `console.log(process.argv.slice(2).join(' '), process.getuid(), process.version)`;
    const { image } = await build({
      name: 'test-node',
      files: [{ path: '/app/main.mjs', content: script }],
      entry: ['node', '/app/main.mjs'],
    });

    const ran = spawnSync(
      'docker',
      ['run', '--rm', '--network', 'none', '--read-only', '--cap-drop', 'ALL', image, 'hello', 'there'],
      { encoding: 'utf8' },
    );

    expect(ran.stdout.trim()).toBe(`hello there 65534 ${process.version}`);
    expect(ran.status).toBe(0);
  });

  test('is made once: the same content answers with the same image, other content with another', async () => {
    const options = {
      name: 'test-node',
      files: [{ path: '/app/main.mjs', content: '' }],
      entry: ['node', '/app/main.mjs'],
    };
    const first = await build(options);
    const again = await build(options);
    const other = await build({ ...options, entry: ['node', '/app/other.mjs'] });

    expect(again).toEqual(first);
    expect(other.image).not.toBe(first.image);
  });

  test('can carry further programs of the host, with their libraries', async () => {
    const { image } = await build({
      name: 'test-node',
      files: [],
      entry: ['/bin/sh', '-c'],
      programs: ['/bin/sh'],
    });

    const ran = spawnSync('docker', ['run', '--rm', '--network', 'none', image, 'echo "$((6 * 7))"'], {
      encoding: 'utf8',
    });

    expect(ran.stdout.trim()).toBe('42');
  });
});

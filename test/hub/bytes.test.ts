import { afterEach, expect, test } from '@jest/globals';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { checkPath } from '../../src/cli/check-path.ts';
import { eachDatabase } from '../support/database.ts';
import { aWorld, PROJECT_YAML, type World } from '../support/world.ts';

const BOM = Buffer.from([0xef, 0xbb, 0xbf]);
const CAFE = Buffer.from([0x63, 0x61, 0x66, 0xe9]);

/** What `sallyport check` says of the same files. */
function laptopSays(files: Record<string, Uint8Array>): string[] {
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-bytes-'));
  try {
    for (const [path, bytes] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), bytes);
    }
    return checkPath(folder).findings.map((each) => each.code);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

eachDatabase((open) => {
  let world: World;
  afterEach(() => world.stop());

  test('a study is read byte for byte, as the zone and the laptop read it', async () => {
    world = await aWorld({ database: await open() });
    // A byte order mark, and a name in Latin-1: both are part of what was recorded. The long one is above 1 MB.
    const short = Buffer.concat([BOM, Buffer.from('code,name\n1,'), CAFE, Buffer.from('\n')]);
    const long = Buffer.concat([short, Buffer.from('2,x\n'.repeat(300_000)), CAFE]);
    // The last line end is not part of the hash.
    const sha = (bytes: Buffer) =>
      createHash('sha1')
        .update(bytes.at(-1) === 0x0a ? bytes.subarray(0, -1) : bytes)
        .digest('hex');
    const files: Record<string, Uint8Array> = {
      'project.yaml': Buffer.concat([BOM, Buffer.from(PROJECT_YAML)]),
      'codelists/codelists.txt': Buffer.concat([BOM, Buffer.from('org/short/v1\norg/long/v1\n')]),
      'codelists/codelists.json': Buffer.from(
        JSON.stringify({
          files: {
            'org-short.csv': { id: 'org/short/v1', sha: sha(short) },
            'org-long.csv': { id: 'org/long/v1', sha: sha(long) },
          },
        }),
      ),
      'codelists/org-short.csv': short,
      'codelists/org-long.csv': long,
    };
    await world.as('lead').push(files);
    await world.settle();
    expect([world.run('sallyport/project').conclusion, world.run('sallyport/codelists').conclusion]).toEqual([
      'success',
      'success',
    ]);
    expect(laptopSays(files)).toEqual(['project.old-version']);

    const latin = Buffer.concat([Buffer.from(`${PROJECT_YAML}# `), CAFE]);
    await world.as('lead').push({ 'project.yaml': latin });
    await world.settle();
    expect(world.check('sallyport/project')).toContain('(project.not-text)');
    expect(laptopSays({ 'project.yaml': latin })).toEqual(['project.not-text']);
  });
});

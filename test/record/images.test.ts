/** `/images`: what may run, for everybody. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { onOneDatabase } from '../support/database.ts';
import { aGovernance, edited } from '../support/governance.ts';
import { aStage, type Stage } from './stage.ts';

onOneDatabase((open) => {
  let stage: Stage;
  beforeAll(async () => {
    const governance = aGovernance(
      edited({
        'images.yml': [
          'version: v2, image:',
          "version: v2, retire_on: 2099-03-01, replaced_by: 'sqlrunner:v1', image:",
        ],
      }),
    );
    stage = await aStage(await open(), undefined, governance);
  });
  afterAll(() => stage.stop());

  test('each image is shown by its digest with its last day, those that have gone behind the others', async () => {
    const text = await (await fetch(`${stage.origin}/images`, { headers: { accept: 'text/html' } })).text();
    const rows = [...text.matchAll(/data-image="([^"]*)">([^]*?)<\/tr>/g)].map(([, name, cells]) => [
      name,
      cells!
        .replace(/<[^>]*>/g, ' ')
        .replace(/\s+/g, ' ')
        .trim(),
    ]);
    expect(rows.map(([name]) => name)).toEqual(['local:v1', 'python:v2', 'sqlrunner:v1', 'python:v1']);
    const said = Object.fromEntries(rows) as Record<string, string>;
    expect(said['python:v2']).toContain('2099-03-01 then: sqlrunner:v1');
    expect(said['python:v2']).toContain(`sha256:${'2'.repeat(64)}`);
    expect(said['python:v1']).toContain('retired 2026-09-30');
    expect(said['sqlrunner:v1']).toContain('reads the database no end is set');
    expect(said['local:v1']).toContain('no digest: on dummy data only');
    expect(text).not.toContain('4'.repeat(64));
    const read = async (path: string) => (await fetch(`${stage.origin}${path}`)).text();
    expect(await read('/')).toContain('href="/images"');
    expect(await read('/sitemap.xml')).toContain('/images</loc>');
  });
});

/** `/schemas`: what everybody may know of the tables, as pages and for programs. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { isRefusal } from '../../src/lib/refusal.ts';
import { csvField, generate, publish, readPublished, tablesJsonSchema } from '../../src/tables/tables.ts';
import { onOneDatabase } from '../support/database.ts';
import { aGovernance, governanceFiles } from '../support/governance.ts';
import { aStage, type Stage } from './stage.ts';

const HOSTILE = `title: '<script>alert(1)</script>'
description: '"><img src=x onerror=alert(2)>'
tables:
  exclusions:
    description: '<b>bold</b>'
    unique: [[day, why]]
    columns:
      day: {type: date, from: 2025-01-01, until: 2025-12-31, description: '<i>when</i>', unit: '<u>'}
      why: {type: text, categories: ['<svg onload=alert(3)>', '=1+1', "a'b"]}
      learner_id: {references: learners.learner_id}
      code: {type: text, pattern: '[<][A-Z]', null_share: 0.5}
      many: {type: text, categories: [a, b, c, d, e, f, g, h, i, j, k, l, m, n]}
`;

onOneDatabase((open) => {
  const governance = aGovernance(governanceFiles({ 'schemas/exclusions.yml': HOSTILE }));
  let stage: Stage;
  beforeAll(async () => {
    stage = await aStage(await open(), undefined, governance);
  });
  afterAll(() => stage.stop());
  const get = async (path: string): Promise<{ status: number; text: string; headers: Headers }> => {
    const answer = await fetch(`${stage.origin}${path}`, { headers: { accept: 'text/html' } });
    return { status: answer.status, text: await answer.text(), headers: answer.headers };
  };

  test('the pages say columns, types, categories and ranges, and show rows that are called invented', async () => {
    const list = await get('/schemas');
    expect(list.text).toContain('href="/schemas/results"');
    expect(list.text).toContain(`dummy-data --from ${stage.origin}`);
    const page = await get('/schemas/results');
    for (const said of [
      '<code>score</code>',
      '0 to 100, 1 digit behind the point; empty in 5 %',
      'islands, north, south',
      '2005-01-01 to 2015-12-31',
      'never twice',
      '(points)',
      'Never twice together: learner_id and part.',
      'For each thousand rows that are asked for, 2,000 rows of it.',
      'href="/schemas/results#learners">learners.learner_id',
      'Invented by a program',
    ])
      expect([said, page.text.includes(said)]).toEqual([said, true]);
    const made = generate(governance.schemas, { rows: 5, seed: '1', tables: ['learners'] }, csvField);
    if (isRefusal(made)) throw new Error(made.says);
    for (const cell of made[0]!.row(4)) expect(page.text).toContain(`<td>${cell}</td>`);
    expect((await get('/')).text).toContain('href="/schemas"');
    expect((await get('/permissions')).text).toContain('<a href="/schemas/results">results</a>');
    expect((await get('/sitemap.xml')).text).toContain('/schemas/results</loc>');
    for (const path of [
      '/schemas/nothing',
      '/schemas/constructor',
      '/schemas/nothing.json',
      '/schemas/..%2f',
    ])
      expect((await get(path)).status).toBe(404);
  });

  test('programs read the same, by a schema that is published, and back again', async () => {
    const answer = await get('/schemas.json');
    expect(answer.headers.get('access-control-allow-origin')).toBe('*');
    const fits = new Ajv2020({ strict: false, validateFormats: false }).compile(
      tablesJsonSchema('https://hub.example/schemas/tables.json'),
    );
    expect([fits(JSON.parse(answer.text)), fits.errors]).toEqual([true, null]);
    expect(fits({ ...JSON.parse(answer.text), rows: 1 })).toBe(false);
    expect(readPublished(answer.text, 'it')).toEqual(publish(governance.schemas));
    const one = readPublished((await get('/schemas/absence.json')).text, 'it');
    expect(isRefusal(one) ? one : one.datasets.map(({ dataset }) => dataset).sort()).toEqual(
      ['absence', 'results'].sort(),
    );
  });

  test('what governance wrote is text on every page, whatever it looks like', async () => {
    for (const path of ['/schemas', '/schemas/exclusions']) {
      const { text } = await get(path);
      expect(text).toContain('&lt;script>alert(1)');
      expect(text).not.toMatch(/<script>alert|<img src=x|<svg onload|<b>bold|<i>when|<u>/);
    }
    const { text } = await get('/schemas/exclusions');
    expect(text).toContain('a, b, c, d, e, f, g, h, i, j, k, l, and 2 more');
    expect(text).toContain('<span class="color-fg-muted">empty</span>');
  });
});

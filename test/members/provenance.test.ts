/** The pages that published statements name: each address answers, and says what every signed field means. */
import { afterEach, expect, test } from '@jest/globals';
import { builderPath, provenance, PREDICATE_PATHS, review } from '../../src/protocol/statements.ts';
import { fieldsOf, type Field } from '../../web/site/statement-fields.ts';
import { signStatements } from '../../agent/airlock/statements.ts';
import { onOneDatabase } from '../support/database.ts';
import { KEYS } from '../support/governance.ts';
import { aMadeBy, aStatedRelease, ZONE_KEY } from '../support/publication.ts';
import { hubPages, type HubPages } from './world.ts';

const leaves = (value: unknown, path = ''): string[] => {
  if (Array.isArray(value)) return [...new Set(value.flatMap((each) => leaves(each, `${path}[]`)))];
  if (value === null || typeof value !== 'object') return [path];
  return Object.entries(value).flatMap(([name, child]) => leaves(child, path ? `${path}.${name}` : name));
};
const described = (fields: readonly Field[]): string[] =>
  fields.flatMap(({ path, forms }) => [
    path,
    ...forms.flatMap(({ fields: inner }) => inner.map((each) => `${path}.${each.path}`)),
  ]);

test('every field that is signed is described, and says something', () => {
  const [made, reviewed] = signStatements(aStatedRelease(), {
    signing: KEYS.viewer,
    zoneKey: ZONE_KEY,
  }).map(({ payload }) => JSON.parse(Buffer.from(payload, 'base64').toString('utf8')) as unknown);
  for (const [which, statement, schema] of [
    ['action', made, provenance],
    ['review', reviewed, review],
  ] as const) {
    expect(schema.safeParse(statement).success).toBe(true);
    const fields = fieldsOf(which);
    const known = described(fields).map((path) => path.replace(/^subject\[\]$/, 'subject'));
    for (const leaf of leaves(statement)) expect(known).toContain(leaf.replace(/signers\[\]$/, 'signers[]'));
    const says = fields.flatMap((field) => [
      field.says,
      ...field.forms.flatMap((form) => form.fields.map((each) => each.says)),
    ]);
    expect(says.filter((each) => each.length < 3)).toEqual([]);
  }
});

onOneDatabase((open) => {
  let hub: HubPages;
  afterEach(() => hub.stop());

  test('every address that a statement names is a page of the hub, without signing in', async () => {
    hub = await hubPages(await open());
    const browser = hub.browser();
    const signed = signStatements(
      aStatedRelease(undefined, {
        files: [{ ...aStatedRelease().files[0]!, madeBy: aMadeBy({ imageId: null }) }],
      }),
      { signing: KEYS.viewer, zoneKey: ZONE_KEY },
    ).concat(signStatements(aStatedRelease(), { signing: KEYS.viewer, zoneKey: ZONE_KEY }));
    const all = signed.map(({ payload }) => Buffer.from(payload, 'base64').toString('utf8')).join('\n');
    const named = [...all.matchAll(/https:\/\/research\.example\.edu(\/[^"]+)/g)].map(([, path]) => path!);
    expect(new Set(named)).toEqual(
      new Set([
        ...Object.values(PREDICATE_PATHS),
        builderPath('attainment', 'docker'),
        builderPath('attainment', 'process'),
      ]),
    );
    for (const path of new Set(named)) {
      const { status, text } = await browser.get(path);
      expect([path, status]).toEqual([path, 200]);
      expect(text).toContain(KEYS.viewer.publicText);
      expect(text).toContain('sallyport verify-release');
    }
    for (const path of ['/provenance', `${PREDICATE_PATHS.review}/schema.json`])
      expect((await browser.get(path)).status).toBe(200);
    expect((await browser.get('/builders')).location).toBe('/provenance');
  });

  test('a builder that governance does not list is not there, and no key is shown that it does not list', async () => {
    hub = await hubPages(await open());
    const browser = hub.browser();
    for (const path of ['/builders/nowhere/docker', '/builders/attainment/shell', '/builders/attainment'])
      expect((await browser.get(path)).status).toBe(404);
    const { text } = await browser.get(builderPath('rehearsal', 'docker'));
    expect(text).toContain('dummy data only');
    expect(text).not.toContain(KEYS.viewer.publicText);
    hub.state.governance = undefined;
    expect((await browser.get(builderPath('attainment', 'docker'))).status).toBe(404);
    expect((await browser.get(PREDICATE_PATHS.action)).status).toBe(200);
  });
});

/** A study against a registry elsewhere, which answers, refuses, lies or is silent. */
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { hours } from '../../src/lib/clock.ts';
import { codelistFolder, codelistHash } from '../../src/pipeline/pipeline.ts';
import { studyLists } from '../../src/registry/registry.ts';
import { onOneDatabase, type TestDatabase } from '../support/database.ts';
import { aGovernance } from '../support/governance.ts';
import { aRegistry, V1, type RegistryWorld } from './world.ts';

const BASE = 'https://codes.example.org/registry';
const ID = 'org/asthma/v1';
const folder = (id = ID) =>
  codelistFolder(
    new Map<string, Uint8Array | string>([
      ['codelists.txt', `${id}\n`],
      [
        'codelists.json',
        JSON.stringify({ files: { 'org-asthma.csv': { id, sha: codelistHash(Buffer.from(V1)) } } }),
      ],
      ['org-asthma.csv', codelistHash(Buffer.from(V1))],
    ]),
  );

onOneDatabase((open) => {
  let world: RegistryWorld;
  let database: TestDatabase;
  beforeEach(async () => {
    database = await open();
    world = await aRegistry(database);
    const { deployment, ...rest } = aGovernance();
    world.state.governance = { ...rest, deployment: { ...deployment, codelists: { base_url: `${BASE}/` } } };
  });
  afterEach(() => world.stop());

  const asked: { address: string; form: URLSearchParams }[] = [];
  const look = async (answer: unknown, id = ID) => {
    const { standing, findings, refusal } = await studyLists(
      world.deps,
      folder(id),
      async (address, form) => {
        asked.push({ address, form });
        return answer;
      },
    );
    return [standing, ...findings.map(({ code, severity }) => `${code} ${severity}`), refusal?.says].filter(
      Boolean,
    );
  };
  const AWAY = [
    'unknown',
    'codelists.registry-away warning',
    'The registry that these codelists come from does not answer, and has said nothing of them in the last day.',
  ];

  test('a registry that finds nothing wrong is enough; it is asked for what the study holds', async () => {
    expect(await look({ status: 'ok' })).toEqual(['fine']);
    expect(asked.at(-1)?.address).toBe(`${BASE}/api/v1/check/`);
    expect(asked.at(-1)?.form.get('codelists')).toBe(`${ID}\n`);
  });

  test('what it finds wrong is refused, in its words', async () => {
    expect(await look({ status: 'error', data: { error: 'No such list.' } })).toEqual([
      'refused',
      'codelists.registry-refuses error',
      'The registry says: No such list.',
    ]);
    expect(await look({ status: 'error', data: { added: [], removed: [], changed: [ID] } })).toEqual([
      'refused',
      'codelists.registry-refuses error',
      `The registry finds these lists changed: ${ID}.`,
    ]);
    expect((await look({ status: 'error', data: { added: [], removed: [], changed: [] } }))[0]).toBe(
      'refused',
    );
  });

  test.each([
    undefined,
    null,
    'ok',
    {},
    { status: 'fine' },
    { status: 'error' },
    { status: 'error', data: {} },
  ])('an answer like %j is none', async (answer) => expect(await look(answer)).toEqual(AWAY));

  test('while it is silent its last word holds for a day, for the same files alone', async () => {
    await look({ status: 'ok' });
    world.clock.advance(hours(23));
    expect(await look(undefined)).toEqual(['fine']);
    expect(await look(undefined, 'org/asthma/v2')).toEqual(AWAY);
    world.clock.advance(hours(2));
    expect(await look(undefined)).toEqual(AWAY);
  });

  test('a last word that was no is not better than its next one', async () => {
    await look({ status: 'error', data: { error: 'No.' } });
    expect((await look(undefined))[0]).toBe('refused');
    expect(await look({ status: 'ok' })).toEqual(['fine']);
  });

  test('nobody is asked where nothing is listed, and over no address without TLS', async () => {
    const before = asked.length;
    expect(await studyLists(world.deps, codelistFolder(new Map()))).toMatchObject({ standing: 'fine' });
    const { governance } = world.state;
    world.state.governance = governance && {
      ...governance,
      deployment: { ...governance.deployment, codelists: { base_url: 'http://codes.example.org' } },
    };
    expect(await look({ status: 'error', data: { error: 'No.' } })).toEqual(['fine']);
    expect(asked).toHaveLength(before);
  });

  test('another host whose name begins like ours is another registry', async () => {
    const governance = world.state.governance!;
    const { deployment } = governance;
    const said = { status: 'error', data: { error: 'No.' } };
    const named = (base_url: string) => {
      world.state.governance = { ...governance, deployment: { ...deployment, codelists: { base_url } } };
      return look(said);
    };
    expect(await named(deployment.base_url)).toEqual(['fine']);
    expect(await named(`${deployment.base_url}/`)).toEqual(['fine']);
    expect((await named(`${deployment.base_url}.example.org`))[0]).toBe('refused');
  });

  test('a registry that cannot be reached at all is silent', async () => {
    const { governance } = world.state;
    // Nobody listens there.
    world.state.governance = governance && {
      ...governance,
      deployment: { ...governance.deployment, codelists: { base_url: 'http://127.0.0.1:1' } },
    };
    expect((await studyLists(world.deps, folder())).standing).toBe('unknown');
  });
});

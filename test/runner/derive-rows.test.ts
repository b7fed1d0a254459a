/** An agent on dummy data, and a database action without its file: from which tables rows are made, when none are, and never next to data. */
import { afterAll, afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { JobSpec } from '../../agent/executor/executor.ts';
import { rowsFor } from '../../agent/parts.ts';
import type { Governance } from '../../src/governance/governance.ts';
import type { Update } from '../../src/protocol/messages.ts';
import { publish } from '../../src/tables/tables.ts';
import { aGovernance } from '../support/governance.ts';
import {
  aWorld,
  closeUpstream,
  SQLRUNNER,
  STUDY_FILES,
  type AgentSettings,
  type World,
} from '../support/zone-world.ts';
import { COUNTY } from '../tables/county.ts';

const ROWS = 'sallyport/dummy-rows:0123456789abcdef';
const WITHOUT = STUDY_FILES['project.yaml']!.replace(/ {4}dummy_data_file.*\n/, '');
const PINNED = { 'dummy-data/schemas.json': JSON.stringify(publish(COUNTY)) };
const [PEOPLE] = COUNTY;

let world: World;
let specs: { spec: JobSpec; tables: string | undefined }[];
let asked: number;
beforeEach(() => {
  specs = [];
  asked = 0;
});
afterEach(() => world.close());
afterAll(closeUpstream);

/** `data`: what governance says of every backend; else as in the example. */
async function begin(
  files: Record<string, string>,
  schemas: Governance['schemas'] = [],
  data?: 'real' | 'dummy',
): Promise<void> {
  const example = aGovernance();
  const backends = example.backends.map((backend) => ({ ...backend, ...(data && { data }) }));
  world = await aWorld({
    files: { ...STUDY_FILES, ...files },
    governance: { ...example, schemas, backends },
  });
  world.images.push(ROWS);
}

async function end(settings: AgentSettings = {}, more = {}): Promise<Update> {
  const agent = world.agent({
    data: 'dummy',
    rowsImage: async () => {
      asked += 1;
      return ROWS;
    },
    script({ spec, say }) {
      const place = path.join(spec.workDir, 'dummy-data/schemas.json');
      specs.push({ spec, tables: existsSync(place) ? readFileSync(place, 'utf8') : undefined });
      mkdirSync(path.join(spec.workDir, 'output'));
      writeFileSync(path.join(spec.workDir, 'output/rows.csv'), 'made\n1\n');
      say('made');
      return 0;
    },
    ...settings,
  });
  const task = world.task('extract', more);
  world.hub.give(task);
  const [last] = await world.hub.end(task.id);
  await agent.stop();
  return last as Update;
}

describe('on dummy data', () => {
  test('the query runs on the tables that the study has pinned at the commit, whatever governance says by now', async () => {
    await begin({ 'project.yaml': WITHOUT, ...PINNED }, [PEOPLE!]);
    expect(await end()).toMatchObject({ state: 'succeeded', logTail: 'made' });
    expect(specs).toMatchObject([
      {
        spec: {
          image: ROWS,
          command: ['1000', '1', '--output', 'output/rows.csv', 'query.sql'],
          network: { kind: 'none' },
        },
        tables: PINNED['dummy-data/schemas.json'],
      },
    ]);
    expect(specs[0]!.spec.limits.memoryBytes).toBeLessThanOrEqual(2 ** 31);
    expect(Object.keys(specs[0]!.spec.environment)).toEqual(['OPENSAFELY_BACKEND']);
    expect(Object.keys(world.manifest()!.outputs)).toEqual(['output/rows.csv']);
  });

  test('else on those of the governance that the agent itself has accepted; a file that is named and not there is no file', async () => {
    await begin(
      { 'project.yaml': STUDY_FILES['project.yaml']!.replace('dummy/rows.csv', 'dummy/gone.csv') },
      COUNTY,
    );
    expect((await end()).state).toBe('succeeded');
    expect(specs[0]!.tables).toBe(JSON.stringify(publish(COUNTY)));
  });

  test('a result is not reused when the tables of governance are others', async () => {
    await begin({ 'project.yaml': WITHOUT }, COUNTY);
    await end({}, { reuse: true });
    await end({}, { reuse: true });
    expect(specs).toHaveLength(1);
    world.governance = {
      ...world.governance,
      schemas: COUNTY.slice(0, 1).map((one) => ({
        ...one,
        title: 'Others',
        tables: { sites: one.tables['sites']! },
      })),
    };
    expect(await end({}, { reuse: true })).toMatchObject({ reuse: { because: [{ kind: 'command' }] } });
    expect(specs).toHaveLength(2);
  });

  test.each<[string, Record<string, string>, Governance['schemas'], AgentSettings, string]>([
    ['a file that is there is copied', PINNED, COUNTY, {}, 'succeeded'],
    ['no tables anywhere', { 'project.yaml': WITHOUT }, [], {}, 'dummy-data-missing'],
    [
      'no image can be made',
      { 'project.yaml': WITHOUT },
      COUNTY,
      { rowsImage: async () => undefined },
      'dummy-data-missing',
    ],
    [
      'a zone without containers',
      { 'project.yaml': WITHOUT },
      COUNTY,
      { rowsImage: undefined as never },
      'dummy-data-missing',
    ],
  ])('no rows are made: %s', async (_what, files, schemas, settings, ends) => {
    await begin(files, schemas);
    const { state, reason } = await end(settings);
    expect(reason ?? state).toBe(ends);
    expect(specs).toEqual([]);
  });
});

describe('next to data', () => {
  test('nothing is made where zone.yml says dummy and governance says real', async () => {
    await begin({ 'project.yaml': WITHOUT, ...PINNED }, COUNTY, 'real');
    expect(await end()).toMatchObject({ reason: 'backend-not-permitted' });
    expect([asked, specs]).toEqual([0, []]);
  });

  test.each([['real'], ['dummy']] as const)(
    'nor where zone.yml says real and governance says %s: it is as if no tables were published',
    async (says) => {
      await begin({ 'project.yaml': WITHOUT, ...PINNED }, COUNTY, says);
      await end({ data: 'real' });
      expect(specs.map(({ spec }) => [spec.image, spec.network.kind])).toEqual([[SQLRUNNER, 'private']]);
      expect(asked).toBe(0);
    },
  );

  test('an agent has the image at all only with dummy data and containers', () => {
    const engine = { healthy: async () => true };
    const of = (data: 'real' | 'dummy', executor: 'docker' | 'process'): string[] =>
      Object.keys(rowsFor({ data, executor, docker: {} }, engine, { warn: () => undefined }));
    expect([of('real', 'docker'), of('real', 'process'), of('dummy', 'process')]).toEqual([[], [], []]);
    expect(of('dummy', 'docker')).toEqual(['rowsImage']);
  });
});

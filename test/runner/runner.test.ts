/** A run from its task to its outputs. */
import { describe, expect, test } from '@jest/globals';
import {
  existsSync,
  mkdirSync,
  readFileSync,
  symlinkSync,
  linkSync,
  writeFileSync,
  copyFileSync,
} from 'node:fs';
import path from 'node:path';
import { digestIfSigned } from '../../agent/store/verified-manifest.ts';
import { sha256 } from '../../src/lib/hash.ts';
import { NUMBERS } from '../deployments/here.ts';
import type { Script } from '../support/scripted-executor.ts';
import { PEOPLE } from '../support/governance.ts';
import { aWorld, goodScript, leftovers, zoneKey } from '../support/zone-world.ts';
import { agent, high, read, runBoth, settled, starts, world } from './runner-world.ts';

const medium = (file: string): string => path.join(world.layout.workspace('study-main').medium, file);

describe('a study on real data', () => {
  test('goes from tasks to outputs, and says nothing but states and times', async () => {
    const [extract, model] = await runBoth();
    await settled();

    expect(read(high('output/rows.csv'))).toBe('learner_id,absent\n1,2\n');
    expect(existsSync(medium('output/rows.csv'))).toBe(false);
    expect(read(medium('output/table.csv'))).toBe('measure,value\nrows,3\n');
    const manifest = world.manifest();
    expect(manifest?.outputs['output/table.csv']).toMatchObject({
      level: 'moderately_sensitive',
      job_id: model,
      action: 'model',
      user: PEOPLE.lead,
      repo: 'https://github.com/northshire-research/study',
      excluded: false,
      row_count: 1,
      col_count: 2,
    });
    expect(manifest?.jobs[model]?.inputs).toEqual([
      {
        path: 'output/rows.csv',
        content_hash: manifest?.outputs['output/rows.csv']?.content_hash,
        job_id: extract,
      },
    ]);
    expect(manifest && digestIfSigned(manifest, [zoneKey.publicKey])).toBeDefined();
    expect(world.hub.updatesSeen.filter(({ state }) => state === 'succeeded')).toEqual(
      [extract, model].map((job) => ({
        task: expect.any(String),
        job,
        state: 'succeeded',
        at: expect.any(Number),
        startedAt: expect.any(Number),
        finishedAt: expect.any(Number),
        outputsMissing: false,
        outputsWithheld: false,
      })),
    );
    expect(leftovers(world)).toEqual([]);
  });

  test('the program gets exactly the commit, its inputs, its rights and its limits', async () => {
    let seen: unknown;
    await runBoth((job) => {
      if (job.spec.labels['action'] === 'extract') {
        const { image, command, environment, network, limits, user } = job.spec;
        seen = {
          image,
          command,
          environment,
          network,
          limits,
          user,
          project: existsSync(path.join(job.spec.workDir, 'project.yaml')),
        };
      }
      return goodScript(job);
    });

    expect(seen).toMatchObject({
      image: expect.stringContaining('@sha256:'),
      command: ['--output', 'output/rows.csv', 'query.sql'],
      environment: {
        OPENSAFELY_BACKEND: 'attainment',
        DATABASE_URL: expect.any(String),
        // What it does not name it is not handed.
        EHRQL_PERMISSIONS: '[]',
      },
      network: { kind: 'private' },
      limits: { cpus: NUMBERS.limits.cpus, pids: NUMBERS.limits.pids },
      user: { uid: 10_001 },
      project: true,
    });
  });

  test('a job without a database has no network', async () => {
    const networks: string[] = [];
    await runBoth((job) => {
      networks.push(job.spec.network.kind);
      return goodScript(job);
    });

    expect(networks).toEqual(['private', 'none']);
  });

  test('a failed rerun leaves good outputs untouched and keeps its own for looking at', async () => {
    await runBoth();
    const good = world.manifest();
    await agent?.stop();

    const again = world.task('model');
    world.hub.give(again);
    starts({
      script: async (job) => {
        await goodScript(job);
        writeFileSync(path.join(job.spec.workDir, 'output/table.csv'), 'half');
        return 3;
      },
    });
    const [end] = await world.hub.end(again.id);

    expect(end).toMatchObject({ state: 'nonzero_exit', outputsMissing: false });
    expect(end).not.toHaveProperty('exitCode');
    expect(end).not.toHaveProperty('logTail');
    expect(world.manifest()).toMatchObject({ outputs: good!.outputs, jobs: good!.jobs });
    expect(Object.keys(world.manifest()!.outputs)).toEqual(Object.keys(good!.outputs));
    expect(read(medium('output/table.csv'))).toBe('measure,value\nrows,3\n');
    expect(read(path.join(world.layout.run(again.job, again.id).outputs, 'output/table.csv'))).toBe('half');
  });

  test('an exit code leaves only from a database image that governance trusts', async () => {
    const extract = world.task('extract');
    world.hub.give(extract);
    starts({ script: () => 5 });

    const [end] = await world.hub.end(extract.id);

    expect(end).toMatchObject({ state: 'nonzero_exit', exitCode: 5 });
  });

  test('a pattern without a file fails the job and nothing changes', async () => {
    await runBoth();
    const good = world.manifest();
    const again = world.task('model');
    world.hub.give(again);
    await agent?.stop();
    starts({
      script: ({ spec }) => {
        writeFileSync(path.join(spec.workDir, 'output', 'tabel.csv'), 'x');
        return 0;
      },
    });

    const [end] = await world.hub.end(again.id);

    expect(end).toMatchObject({ state: 'unmatched_patterns', outputsMissing: true });
    expect(world.manifest()).toMatchObject({ outputs: good!.outputs, jobs: good!.jobs });
    const { log, ...run } = world.manifest()!.runs!['model']!;
    expect(run).toMatchObject({ state: 'unmatched_patterns', job_id: again.job, task_id: again.id });
    const bytes = readFileSync(medium(log!.path));
    expect(log).toEqual({ path: 'metadata/model.log', content_hash: sha256(bytes), size: bytes.length });
    const metadata = JSON.parse(read(world.layout.run(again.job, again.id).metadata)) as Record<
      string,
      unknown
    >;
    expect(metadata).toMatchObject({
      unmatched_patterns: ['output/table.csv', 'output/figures/*.svg'],
      unmatched_outputs: ['output/tabel.csv'],
    });
  });

  test('links, checked-out code and copied inputs are never outputs', async () => {
    const files = {
      'project.yaml': `version: 5
actions:
  make:
    run: python:v2 a.py
    outputs: {highly_sensitive: {all: 'out/*.csv'}}
  copy:
    run: python:v2 b.py
    needs: [make]
    outputs: {highly_sensitive: {all: 'copied/*.csv', code: 'code/*.csv'}}
`,
      'code/kept.csv': 'checked out',
      'copied/old.csv': 'checked out',
    };
    const other = await aWorld({ files });
    const make = other.task('make');
    const copy = other.task('copy');
    other.hub.give(make);
    const script: Script = ({ spec }) => {
      const at = (...parts: string[]): string => path.join(spec.workDir, ...parts);
      if (spec.labels['action'] === 'make') {
        mkdirSync(at('out'));
        writeFileSync(at('out/a.csv'), 'a');
        return 0;
      }
      symlinkSync('/etc/hostname', at('copied/link.csv'));
      linkSync(at('out/a.csv'), at('copied/hard.csv'));
      copyFileSync(at('out/a.csv'), at('copied/same.csv'));
      writeFileSync(at('code/new.csv'), 'made');
      return 0;
    };
    const one = other.agent({ script });
    await other.hub.end(make.id);
    other.hub.give(copy);
    await other.hub.end(copy.id);

    const { outputs } = other.manifest() ?? {};
    expect(Object.keys(outputs ?? {}).sort()).toEqual(['code/new.csv', 'copied/same.csv', 'out/a.csv']);
    const metadata = JSON.parse(read(other.layout.run(copy.job, copy.id).metadata)) as {
      refused_files: unknown;
    };
    expect(metadata.refused_files).toEqual([
      { path: 'copied/hard.csv', why: expect.stringContaining('several names') },
      { path: 'copied/link.csv', why: expect.stringContaining('symbolic links') },
    ]);
    await one.stop();
    await other.close();
  });

  test('a copy of a highly sensitive input is as sensitive as the input, whatever project.yaml says', async () => {
    const [, model] = await runBoth(async (job) => {
      await goodScript(job);
      if (job.spec.labels['action'] === 'model')
        copyFileSync(
          path.join(job.spec.workDir, 'output/rows.csv'),
          path.join(job.spec.workDir, 'output/table.csv'),
        );
      return 0;
    });

    expect(world.manifest()?.outputs['output/table.csv']).toMatchObject({
      job_id: model,
      level: 'highly_sensitive',
      excluded: true,
    });
    expect(existsSync(medium('output/table.csv'))).toBe(false);
    expect([...world.hub.ended.values()].at(-1)).toMatchObject({ state: 'succeeded', outputsWithheld: true });
  });

  test('a file that may not be viewed stays in high privacy with an explanation, until a good one comes', async () => {
    let table = `a,b\n${'1,2\n'.repeat(6000)}`;
    const script: Script = async (job) => {
      await goodScript(job);
      if (job.spec.labels['action'] === 'model')
        writeFileSync(path.join(job.spec.workDir, 'output/table.csv'), table);
      return 0;
    };
    await runBoth(script);

    expect(existsSync(medium('output/table.csv'))).toBe(false);
    expect(read(medium('output/table.csv.txt'))).toContain('6000 rows');
    expect(existsSync(high('output/table.csv'))).toBe(true);

    table = 'a,b\n1,2\n';
    const again = world.task('model');
    world.hub.give(again);
    await world.hub.end(again.id);

    expect(read(medium('output/table.csv'))).toBe(table);
    expect(existsSync(medium('output/table.csv.txt'))).toBe(false);
  });

  test('a file that a rerun does not make any more is out of date and leaves the views', async () => {
    let figure = 'first.svg';
    const script: Script = async (job) => {
      mkdirSync(path.join(job.spec.workDir, 'output/figures'), { recursive: true });
      if (job.spec.labels['action'] === 'extract') return goodScript(job);
      writeFileSync(path.join(job.spec.workDir, 'output/table.csv'), 'a\n1\n');
      writeFileSync(path.join(job.spec.workDir, 'output/figures', figure), '<svg/>');
      return 0;
    };
    await runBoth(script);
    figure = 'second.svg';
    const again = world.task('model');
    world.hub.give(again);
    await world.hub.end(again.id);

    expect(world.manifest()?.outputs['output/figures/first.svg']).toMatchObject({ out_of_date_output: true });
    expect(existsSync(medium('output/figures/first.svg'))).toBe(false);
    expect(existsSync(medium('output/figures/second.svg'))).toBe(true);
  });

  test('the log ends in a summary that a machine can cut off', async () => {
    await runBoth();

    const log = read(medium('metadata/model.log'));
    const [program, summary] = log.split('\n=============JOB SUMMARY=============\n');
    expect(program).toContain('running model');
    expect(summary).toContain('status_message: Completed successfully.');
    expect(summary).toContain('output/table.csv  - moderately_sensitive');
  });
});

/** A study on a laptop, made anew for each test: a database action with dummy data, and a program that reads its rows. */
import { afterEach, beforeEach } from '@jest/globals';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import {
  linesOf,
  rowsInProcess,
  runOnLaptop,
  type DummyRows,
  type LaptopOptions,
} from '../../agent/laptop.ts';
import { builtFile } from '../../src/cli/installed.ts';
import { countingIds } from '../../src/lib/ids.ts';
import { twoActions, writeStudy } from './laptop-study.ts';
import { scriptedEngine, scriptedExecutor, type Script, type ScriptedEngine } from './scripted-executor.ts';

/** As the command line has it: a program of its own. */
export const INVENTED: DummyRows = {
  rows: 1000,
  seed: '1',
  make: rowsInProcess(builtFile('images/dummy-rows.mjs')),
};

/** The program of `model`. */
export const model: Script = ({ spec, say }) => {
  say('reading');
  const rows = readFileSync(path.join(spec.workDir, 'output/rows.csv'), 'utf8');
  writeFileSync(path.join(spec.workDir, 'output/one.table.csv'), `rows\n${rows.length}\n`);
  return 0;
};

export interface LaptopStudy {
  at: { dir: string; engine: ScriptedEngine; lines: string[]; stopping: AbortController };
  write(files: Record<string, string>): void;
  read(file: string): string;
  run(actions: string[], script?: Script, more?: Partial<LaptopOptions>): Promise<boolean>;
}

/** Call it once at the top of a suite. Containers are scripted; what is printed is kept, with times written the same. */
export function laptopStudy(): LaptopStudy {
  const at = {} as LaptopStudy['at'];
  const write = (files: Record<string, string>): void => writeStudy(at.dir, files);
  beforeEach(() => {
    at.dir = mkdtempSync(path.join(tmpdir(), 'sallyport-laptop-'));
    at.engine = scriptedEngine();
    at.lines = [];
    at.stopping = new AbortController();
    write({
      'project.yaml': twoActions(
        "run: python:v2 a.py\nneeds: [extract]\noutputs: {moderately_sensitive: {table: 'output/*.table.csv'}}",
      ),
      'dummy.csv': 'a\n1\n',
      'a.py': 'code',
    });
  });
  afterEach(() => rmSync(at.dir, { recursive: true, force: true }));
  const images = ['ghcr.io/opensafely-core/python:v2', 'local:v1'];
  return {
    at,
    write,
    read: (file) => readFileSync(path.join(at.dir, file), 'utf8'),
    run: (actions, script = model, more = {}) =>
      runOnLaptop({
        dir: at.dir,
        actions,
        force: false,
        refresh: false,
        continueOnError: false,
        concurrency: 2,
        limits: {
          cpus: 1,
          memoryBytes: 2 ** 30,
          pids: 100,
          diskBytes: 2 ** 30,
          timeMs: 60_000,
          logBytes: 1e6,
        },
        engine: async () => scriptedExecutor({ engine: at.engine, images, script }),
        ids: countingIds(),
        dummy: INVENTED,
        tail: 0,
        debug: false,
        show: (event) =>
          at.lines.push(
            ...linesOf(event).map(({ text }) => text.replace(/\d+\.\d s/, 'N s').replace(/(\S) +/g, '$1 ')),
          ),
        signal: at.stopping.signal,
        ...more,
      }),
  };
}

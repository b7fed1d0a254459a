/** A small study that is right, and `sallyport ci` in it, with programs that are played. */
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { runCi } from '../../src/cli/ci-work.ts';
import type { CiFlags } from '../../src/cli/ci.ts';
import { writeStudy } from '../support/laptop-study.ts';
import { scriptedEngine, scriptedExecutor, type Script } from '../support/scripted-executor.ts';

const FILES = {
  'project.yaml': `version: 5
actions:
  extract:
    run: sqlrunner:v1 --output output/rows.csv q.sql
    dummy_data_file: dummy.csv
    outputs: {highly_sensitive: {rows: output/rows.csv}}
  model:
    run: python:v2 model.py
    needs: [extract]
    outputs: {moderately_sensitive: {tables: output/*.table.csv}}
  figure:
    run: python:v2 figure.py
    needs: [extract]
    outputs: {moderately_sensitive: {figure: output/figure.svg}}
  report:
    run: python:v2 report.py
    needs: [figure]
    outputs: {moderately_sensitive: {report: output/report.md}}
`,
  'dummy.csv': 'region,score\nnorth,7\n',
  'model.py': 'model',
  'figure.py': 'figure',
  'report.py': 'report',
};

export const make = (workDir: string, file: string, text: string): void =>
  writeStudy(workDir, { [file]: text });

export const good: Script = ({ spec, say }) => {
  const action = spec.labels['action'];
  say(`${action} at work`);
  if (action === 'model') make(spec.workDir, 'output/a.table.csv', 'region,n\nnorth,24\n');
  if (action === 'figure') make(spec.workDir, 'output/figure.svg', '<svg/>');
  if (action === 'report') make(spec.workDir, 'output/report.md', 'words');
  return 0;
};

export class CiStudy {
  readonly dir = mkdtempSync(path.join(tmpdir(), 'sallyport-ci-'));
  readonly study = path.join(this.dir, 'study');

  constructor() {
    this.write(FILES);
  }

  write(files: Record<string, string>): void {
    writeStudy(this.study, files);
  }

  /** What it ends with, says, and writes for people. */
  async ci(
    script: Script = good,
    {
      flags,
      env,
      actions,
    }: { flags?: Partial<CiFlags>; env?: Record<string, string>; actions?: string[] } = {},
  ): Promise<{ code: number; said: string; summary: string }> {
    let said = '';
    const summary = path.join(this.dir, 'summary.md');
    rmSync(summary, { force: true });
    const code = await runCi({
      actions: actions ?? ['run_all'],
      flags: {
        ...{ projectDir: this.study, summary, pull: false, executor: 'docker' },
        ...{ concurrency: 1, memory: 2 ** 30, cpus: 1, dummyRows: 1000, dummySeed: '1' },
        ...flags,
      },
      env: env ?? {},
      out: { write: (text) => (said += text) },
      engine: async () =>
        scriptedExecutor({ engine: scriptedEngine(), images: ['images/python:v2'], script }),
      signal: new AbortController().signal,
      registry: 'images',
    });
    return {
      code,
      said: this.#steady(said),
      summary: existsSync(summary) ? this.#steady(readFileSync(summary, 'utf8')) : '',
    };
  }

  close(): void {
    rmSync(this.dir, { recursive: true, force: true });
  }

  /** Figures of times differ from run to run. */
  #steady(text: string): string {
    return text
      .replace(/\d+\.\d s/g, 'N s')
      .replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'TIME')
      .replaceAll(this.dir, 'DIR');
  }
}

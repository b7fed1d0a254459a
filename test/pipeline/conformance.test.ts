/**
 * The recorded verdicts of the reference implementation, read where they are present and never copied.
 * There are no exceptions: same verdict and same facts on every case.
 */
import { expect } from '@jest/globals';
import { Ajv } from 'ajv';
import { readFileSync } from 'node:fs';
import { stringify } from 'yaml';
import { imagesOf, projectJsonSchema, readProject } from '../../src/pipeline/pipeline.ts';
import { requires } from '../support/require.ts';
import { withPath } from './support.ts';

interface Case {
  name: string;
  kind: 'project' | 'glob';
  input: { pattern: string; privacy_level: string };
  ok: boolean;
  facts: null | {
    version: number;
    all_actions: string[];
    action_images: string[];
    population_size: number | null;
    db_actions: string[];
  };
  warnings: string[];
}

const { describe: present, test } = requires('conformance');
const FILE = new URL('../../../shared/conformance/project-yaml.json', import.meta.url);

function cases(): Case[] {
  return JSON.parse(readFileSync(FILE, 'utf8')) as Case[];
}

function textsOf({ kind, input }: Case): string[] {
  if (kind === 'glob') return [withPath(input.pattern, input.privacy_level)];
  return [JSON.stringify(input), JSON.stringify(input, null, 2), stringify(input)];
}

present('recorded verdicts', () => {
  test('there are 109', () => {
    expect(cases()).toHaveLength(109);
  });

  test('each has the same verdict, as JSON and as YAML', () => {
    const differ = cases().filter((each) =>
      textsOf(each).some((text) => Boolean(readProject(text).pipeline) !== each.ok),
    );
    expect(differ.map(({ name }) => name)).toEqual([]);
  });

  test('each accepted project has the same facts', () => {
    for (const each of cases()) {
      if (!each.facts) continue;
      for (const text of textsOf(each)) {
        const pipeline = readProject(text).pipeline!;
        expect([each.name, pipeline.version, pipeline.populationSize]).toEqual([
          each.name,
          each.facts.version,
          each.facts.population_size,
        ]);
        expect(pipeline.actions.map(({ name }) => name)).toEqual(each.facts.all_actions);
        expect(imagesOf(pipeline)).toEqual([...each.facts.action_images].sort());
        expect(
          pipeline.actions
            .filter(({ isDatabase }) => isDatabase)
            .map(({ name }) => name)
            .sort(),
        ).toEqual([...each.facts.db_actions].sort());
      }
    }
  });

  test('each recorded warning of an accepted project has a counterpart', () => {
    for (const each of cases()) {
      if (!each.ok || each.kind === 'glob') continue;
      const { diagnostics } = readProject(JSON.stringify(each.input));
      const wanted = each.warnings.map((warning) =>
        warning.includes('run_all') ? 'P6' : 'project.old-version',
      );
      expect([each.name, ...diagnostics.map(({ code }) => code)]).toEqual(
        expect.arrayContaining([each.name, ...wanted]),
      );
    }
  });

  test('each accepted project is valid by the schema for editors', () => {
    const validate = new Ajv({ allErrors: true }).compile(projectJsonSchema());
    for (const each of cases()) {
      if (!each.ok || each.kind === 'glob') continue;
      expect([each.name, validate(each.input), validate.errors]).toEqual([each.name, true, null]);
    }
  });
});

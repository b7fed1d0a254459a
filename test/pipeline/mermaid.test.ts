import { expect, test } from '@jest/globals';
import { Ajv } from 'ajv';
import { fc } from '../support/properties.ts';
import { mermaid, projectJsonSchema, readProject, type Pipeline } from '../../src/pipeline/pipeline.ts';
import { pipelineOf, pipelineWith, withRun } from './support.ts';

const STUDY = pipelineOf(
  JSON.stringify({
    version: 5,
    actions: {
      extract: { run: 'sqlrunner:v1 x.sql', outputs: { highly_sensitive: { d: 'd.csv' } } },
      model: { run: 'r:v1 m.R', needs: ['extract'], outputs: { moderately_sensitive: { d: 'm.csv' } } },
    },
  }),
);

test('actions are boxes, needs are arrows, a database action is a drum', () => {
  expect(mermaid(STUDY)).toMatchInlineSnapshot(`
   "\`\`\`mermaid
   flowchart LR
     a0[("extract")]:::database
     a1["model"]
     a0 --> a1
     classDef database fill:#ddf4ff,stroke:#0969da,color:#1f2328
     classDef succeeded fill:#dafbe1,stroke:#1a7f37,color:#1f2328
     classDef failed fill:#ffebe9,stroke:#cf222e,color:#1f2328
     classDef running fill:#fff8c5,stroke:#9a6700,color:#1f2328
     classDef pending fill:#f6f8fa,stroke:#59636e,color:#1f2328
   \`\`\`"
  `);
});

test('states colour the boxes; one that has no colour is still written', () => {
  const graph = mermaid(
    STUDY,
    new Map([
      ['extract', 'succeeded'],
      ['model', 'constructor'],
    ]),
  );
  expect(graph.split('\n').filter((line) => line.includes('a0[') || line.includes('a1['))).toEqual([
    '  a0[("extract<br/>succeeded")]:::succeeded',
    '  a1["model<br/>constructor"]',
  ]);
});

test('a name cannot leave its box', () => {
  const odd: Pipeline = { ...STUDY, actions: [{ ...STUDY.actions[0]!, name: 'a"]```é' }] };
  expect(mermaid(odd)).toContain('a0[("a#34;#93;#96;#96;#96;#233;")]');
});

test('no actions, and too many, are a sentence', () => {
  expect(mermaid(pipelineWith({}))).toBe('The pipeline has no actions.');
  const many = Object.fromEntries(
    Array.from({ length: 1_000 }, (_, index) => [`a${index}`, index ? ['a0'] : []]),
  );
  expect(mermaid(pipelineWith(many))).toBe('The pipeline has 1,000 actions and 999 needs, too many to draw.');
  const dense = Object.fromEntries(
    Array.from({ length: 40 }, (_, index) => [
      `a${index}`,
      Array.from({ length: index }, (_unused, need) => `a${need}`),
    ]),
  );
  expect(mermaid(pipelineWith(dense))).toBe('The pipeline has 40 actions and 780 needs, too many to draw.');
});

test('the schema for editors takes what the reader takes and underlines what it can', () => {
  const validate = new Ajv({ allErrors: true }).compile(projectJsonSchema());
  const base = {
    version: 5,
    actions: { a: { run: 'r:v1 x', outputs: { highly_sensitive: { d: 'o/*.csv' } } } },
  };
  const action = (change: object): object => ({ ...base, actions: { a: { ...base.actions.a, ...change } } });
  expect(validate(base)).toBe(true);
  for (const wrong of [
    { actions: {} },
    { ...base, version: 6 },
    { ...base, extra: 1 },
    { ...base, actions: { 'a b': base.actions.a } },
    action({ run: 'python x' }),
    action({ need: [] }),
    action({ needs: ['a b'] }),
    action({ outputs: {} }),
    action({ outputs: { highly_sensitive: {} } }),
    action({ outputs: { moderately_sensitive: { d: 'd.rds' } } }),
  ]) {
    expect([wrong, validate(wrong)]).toEqual([wrong, false]);
    expect(readProject(JSON.stringify(wrong)).pipeline).toBeUndefined();
  }
});

test('a command the reader takes is valid by the schema', () => {
  const validate = new Ajv().compile(projectJsonSchema());
  const bits = fc.string({
    unit: fc.constantFrom('r:v1', 'r', ':v1', ' ', "'", '"', '\\', 'x', '\t', '-pre'),
    maxLength: 6,
  });
  fc.assert(
    fc.property(bits, (run) => {
      const text = withRun(JSON.stringify(run));
      if (!readProject(text).pipeline) return;
      expect([
        run,
        validate({ version: 5, actions: { a: { run, outputs: { highly_sensitive: { d: 'd.csv' } } } } }),
      ]).toEqual([run, true]);
    }),
    { numRuns: 2_000 },
  );
});

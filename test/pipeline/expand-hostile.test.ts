/** Products and texts that are meant to be too much. */
import { describe, expect, test } from '@jest/globals';
import { Ajv } from 'ajv';
import { fc } from '../support/properties.ts';
import { MAX_ACTIONS, projectJsonSchema, readProject, writtenOut } from '../../src/pipeline/pipeline.ts';
import { forEach, needsOf, withoutPlaces } from './for-each.ts';
import { findings, pipelineOf } from './support.ts';

describe('hostile', () => {
  test('a product that is too large is refused before it is made', () => {
    const values = Array.from({ length: 1_000 }, (_, at) => at).join(', ');
    const names = ['p', 'q', 'r', 's', 't', 'u', 'v', 'w'];
    const all = names.map((name) => `<${name}>`).join('_');
    const text = forEach(
      `a_${all}:`,
      `for_each: {${names.map((name) => `${name}: [${values}]`).join(', ')}}`,
      `run: r:v1 ${all}`,
      `outputs: {highly_sensitive: {d: ${all}.csv}}`,
    );
    expect(findings(text)).toEqual(['project.too-many-actions 4:5']);
  });

  test('as many actions as are taken are made, and one more is not', () => {
    const half = (more: number): string =>
      forEach(
        'a_<x>_<y>:',
        `for_each: {x: [${Array.from({ length: 200 }, (_, at) => at).join(', ')}], y: [${Array.from({ length: 100 + more }, (_, at) => at).join(', ')}]}`,
        'run: r:v1 <x> <y>',
        'outputs: {highly_sensitive: {d: <x>_<y>.csv}}',
      );
    expect(readProject(half(0)).pipeline?.actions).toHaveLength(MAX_ACTIONS);
    expect(findings(half(1))).toEqual(['project.too-many-actions 4:5']);
  });

  test.each([
    [
      'a long command',
      forEach(
        `for_each: {x: [${Array.from({ length: 5_000 }, (_, at) => at).join(', ')}]}`,
        `run: r:v1 <x> ${'y'.repeat(2_000)}`,
      ),
    ],
    [
      'a large config',
      forEach(
        `for_each: {x: [${Array.from({ length: 5_000 }, (_, at) => at).join(', ')}]}`,
        `config: {x: [${'1, '.repeat(500)}1]}`,
      ),
    ],
    [
      'needs of everything by everything',
      `${forEach(`for_each: {x: [${Array.from({ length: 8_000 }, (_, at) => at).join(', ')}]}`)}  b_<y>:\n    for_each: {y: [${Array.from({ length: 8_000 }, (_, at) => at).join(', ')}]}\n    run: r:v1 b <y>\n    needs: [a_<x>]\n    outputs: {highly_sensitive: {d: b_<y>.csv}}\n`,
    ],
  ])('%s times many is refused', (_name, text) => {
    expect(findings(text).map((found) => found.split(' ')[0])).toEqual(['project.too-large']);
  });

  test('needs of everything by plain actions are bounded, too', () => {
    const plain = Array.from(
      { length: 900 },
      (_, at) =>
        `  p${at}:\n    run: r:v1 p ${at}\n    needs: [a_<x>]\n    outputs: {highly_sensitive: {d: p${at}.csv}}\n`,
    );
    const text = `${forEach(`for_each: {x: [${Array.from({ length: 8_000 }, (_, at) => at).join(', ')}]}`)}${plain.join('')}`;
    expect(findings(text).map((found) => found.split(' ')[0])).toEqual(['project.too-large']);
  });

  test('thousands that each need the two of their own value are read in a moment', () => {
    const many = Array.from({ length: 4_000 }, (_, at) => at).join(', ');
    const text = `${forEach('a_<x>_<z>:', `for_each: {x: [p, q], z: [${many}]}`, 'run: r:v1 <x> <z>', 'outputs: {highly_sensitive: {d: <x>_<z>.csv}}')}  b_<z>:\n    for_each: {z: [${many}]}\n    run: r:v1 b <z>\n    needs: [a_<x>_<z>]\n    outputs: {highly_sensitive: {d: b_<z>.csv}}\n`;
    expect(needsOf(text, 'b_3999')).toEqual(['a_p_3999', 'a_q_3999']);
  });

  test('a mistake in a shared anchor makes every action of it wrong', () => {
    const text =
      'version: 5\nactions:\n  a_<x>: &a\n    for_each: {x: [a/b]}\n    run: r:v1 <x>\n    outputs: {highly_sensitive: {d: <x>.csv}}\n  b_<x>: *a\n';
    expect(findings(text)).toEqual(['project.for-each-value 4:20']);
  });

  test('no text makes it throw, and what it takes reads the same when it is written out', () => {
    const bit = fc.constantFrom(
      '<x>',
      '<y>',
      '<',
      '>',
      'a',
      '1',
      '.csv',
      ' ',
      "'",
      '"',
      '*',
      '/',
      ': ',
      '#',
      '\\',
      '[',
      '{',
      '<x',
    );
    const word = fc.array(bit, { maxLength: 5 }).map((bits) => bits.join(''));
    const project = fc.record({
      key: word,
      run: word,
      path: word,
      need: word,
      label: word,
      image: fc.option(fc.constant('r:v1')),
      values: fc.array(fc.constantFrom('1', 'b', '..', '1.5', ''), { maxLength: 3 }),
    });
    const validate = new Ajv().compile(projectJsonSchema());
    fc.assert(
      fc.property(project, ({ key, run, path, need, label, image, values }) => {
        const json = {
          version: 5,
          defaults: { image, config: { label } },
          actions: {
            [`a${key}`]: {
              for_each: { x: values },
              run: `r:v1 ${run} <x>`,
              needs: need ? [need] : [],
              outputs: { highly_sensitive: { d: `o/<x>${path}.csv` } },
            },
            p: { run: `python ${run}`, needs: ['a<x>'], outputs: { highly_sensitive: { d: `${path}.csv` } } },
          },
        };
        const { pipeline } = readProject(JSON.stringify(json));
        if (!pipeline) return;
        expect([json, validate(json)]).toEqual([json, true]);
        expect(withoutPlaces(pipelineOf(writtenOut(pipeline)))).toEqual(withoutPlaces(pipeline));
      }),
      { numRuns: 2_000 },
    );
  });
});

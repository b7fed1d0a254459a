import { expect, test } from '@jest/globals';
import { fc } from '../support/properties.ts';
import { canonicalJson } from '../../src/lib/canonical.ts';

test('keys are sorted by UTF-16 code units, as RFC 8785 shows', () => {
  const value = {
    '\u20ac': 'Euro',
    '\r': 'CR',
    '\ufb33': 'Dalet',
    '1': 'One',
    '\ud83d\ude00': 'Smile',
    '\u0080': 'Control',
    '\u00f6': 'O',
  };

  expect(Object.keys(JSON.parse(canonicalJson(value)) as object).sort()).toEqual(Object.keys(value).sort());
  expect(canonicalJson(value)).toBe(
    '{"\\r":"CR","1":"One","\u0080":"Control","\u00f6":"O","\u20ac":"Euro","\ud83d\ude00":"Smile","\ufb33":"Dalet"}',
  );
});

test.each([
  [{ b: 1, a: [true, null, 'x'] }, '{"a":[true,null,"x"],"b":1}'],
  [[1e21, 1e-7, 0.1, -0], '[1e+21,1e-7,0.1,0]'],
  [{ kept: 1, left: undefined }, '{"kept":1}'],
])('%j is written %s', (value, text) => {
  expect(canonicalJson(value)).toBe(text);
});

test.each([
  [Number.NaN],
  [Number.POSITIVE_INFINITY],
  ['\ud800'],
  [{ '\udc00': 1 }],
  [[undefined]],
  [1n],
  [() => 1],
])('what JSON cannot hold is refused, case %#', (value) => {
  expect(() => canonicalJson(value)).toThrow(TypeError);
});

test('any JSON value reads back equal, and key order never matters', () => {
  fc.assert(
    fc.property(fc.jsonValue({ noUnicodeString: false }), (value) => {
      let text: string;
      try {
        text = canonicalJson(value);
      } catch {
        return; // lone surrogates
      }
      expect(canonicalJson(JSON.parse(text))).toBe(text);
    }),
  );
});

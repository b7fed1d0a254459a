import { expect, test } from '@jest/globals';
import { githubPlaces, mayAddress, parseOrigin } from '../../src/lib/origin.ts';
import { isRefusal } from '../../src/lib/refusal.ts';

test.each([
  'https://github.com',
  'http://127.0.0.1:4001',
  'http://localhost:80',
  'http://[::1]:9',
  'https://ghe.example.org:8443/',
])('%s may be spoken to', (text) => {
  expect(parseOrigin(text)).toBe(new URL(text).origin);
});

test.each([
  ['http://github.com', 'origin.not-https'],
  ['http://127.0.0.1.evil.example', 'origin.not-https'],
  ['http://localhost.evil.example', 'origin.not-https'],
  ['http://10.0.0.1', 'origin.not-https'],
  ['http://2130706433.example', 'origin.not-https'],
  ['ftp://github.com', 'origin.not-https'],
  ['file:///etc/passwd', 'origin.has-path'],
  ['https://user:pass@github.com', 'origin.credentials'],
  ['https://github.com/path', 'origin.has-path'],
  ['https://github.com/?x=1', 'origin.has-path'],
  ['not an address', 'origin.invalid'],
])('%s is refused as %s', (text, code) => {
  const answer = parseOrigin(text);

  expect(isRefusal(answer) && answer.code).toBe(code);
});

test('a numeric host that the parser turns into loopback is loopback', () => {
  expect(mayAddress('http://2130706433')).toBeUndefined(); // 127.0.0.1 after parsing: what is dialled is what is judged
});

test('github.com is spread over hosts, every other server is one', () => {
  expect(githubPlaces('https://github.com').api).toBe('https://api.github.com');
  expect(githubPlaces('http://127.0.0.1:4001').api).toBe('http://127.0.0.1:4001/api/v3');
});

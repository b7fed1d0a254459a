/** Which addresses the proxy connects to: public ones, and inside what is meant. */
import { describe, expect, test } from '@jest/globals';
import { guardedLookup, isPublicAddress, mayConnect, NotPublic } from '../../src/proxy/addresses.ts';

describe('addresses', () => {
  test.each([
    '0.0.0.0',
    '10.1.2.3',
    '100.64.0.1',
    '127.0.0.1',
    '169.254.169.254',
    '172.31.255.255',
    '192.168.0.1',
    '198.18.0.1',
    '224.0.0.1',
    '255.255.255.255',
    '::',
    '::1',
    '::ffff:8.8.8.8',
    '64:ff9b::8.8.8.8',
    'fe80::1',
    'fc00::1',
    'ff02::1',
    '2001:db8::1',
    '2002:7f00:1::',
    '3fff::1',
    'registry.example',
    '',
  ])('%s is not public', (address) => {
    expect(isPublicAddress(address)).toBe(false);
  });

  test.each(['8.8.8.8', '172.32.0.1', '2606:4700::1111', '2a00:1450:4001::1'])('%s is public', (address) => {
    expect(isPublicAddress(address)).toBe(true);
  });

  test('a host that is an address is judged as it stands, but for those that are meant', () => {
    expect(mayConnect('127.0.0.1:5000', new Set())).toBe(false);
    expect(mayConnect('[::1]:5000', new Set())).toBe(false);
    expect(mayConnect('127.0.0.1:5000', new Set(['127.0.0.1']))).toBe(true);
    expect(mayConnect('registry.example:5000', new Set())).toBe(true);
  });

  const look = (addresses: string[], names: string[] = [], all = true) =>
    new Promise((done) => {
      const resolve = (_host: string, _options: object, answer: (error: null, found: object[]) => void) =>
        answer(
          null,
          addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
        );
      guardedLookup(new Set(names), resolve as never)('registry.example', { all }, (error, address) =>
        done(error ?? address),
      );
    });

  test('a name that has one address inside is not connected to at all', async () => {
    expect(await look(['8.8.8.8', '10.0.0.1'])).toBeInstanceOf(NotPublic);
    expect(await look([])).toBeInstanceOf(NotPublic);
    expect(await look(['8.8.8.8'], [], false)).toBe('8.8.8.8');
    expect(await look(['10.0.0.1'], ['registry.example'], false)).toBe('10.0.0.1');
  });
});

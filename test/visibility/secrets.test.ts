/** Secrets are known by their shape; each text here is put together, so that nobody takes this file for a leak. */
import { expect, test } from '@jest/globals';
import { SecretLook, SECRETS, type SecretKind } from '../../src/visibility/visibility.ts';
import { fc } from '../support/properties.ts';

const some = (length: number, letters = 'aB3dE5gH7jK9mN'): string =>
  letters.repeat(Math.ceil(length / letters.length)).slice(0, length);
const begin = (what: string): string => `-----${'BEGIN'} ${what}-----`;
const BASE64 = 'MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7VJTUt9Us8cKj';
const AWS = `AK${'IA'}${some(16, 'Q2W3E4R5T6Y7')}`;

function kinds(text: string, size = text.length): SecretKind[] {
  const look = new SecretLook();
  for (let at = 0; at < text.length; at += Math.max(size, 1)) look.push(text.slice(at, at + size));
  return look.kinds();
}

const HELD: [what: string, kind: SecretKind, text: string][] = [
  ['a private key', 'private-key', `${begin('RSA PRIVATE KEY')}\n${BASE64}\n`],
  [
    'one behind a password',
    'private-key',
    `${begin('EC PRIVATE KEY')}\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00AA\n\n${BASE64}`,
  ],
  ['one in a line of JSON', 'private-key', `{"private_key": "${begin('PRIVATE KEY')}\\n${BASE64}\\n"}`],
  ['one of ssh', 'private-key', `${begin('OPENSSH PRIVATE KEY')}\r\n${BASE64}`],
  ['one of PGP', 'private-key', `${begin('PGP PRIVATE KEY BLOCK')}\nVersion: 2\n\n${BASE64}`],
  ['one of PuTTY', 'private-key', `PuTTY-User-Key${'-File'}-3: ssh-ed25519\n`],
  ['one of age', 'private-key', `AGE-SECRET${'-KEY'}-1${some(58, 'QPZRY9X8')}`],
  ['a person’s token', 'github-token', `token = "gh${'p_'}${some(36)}"`],
  ['an installation’s', 'github-token', `https://x:gh${'s_'}${some(36)}@github.com/a/b`],
  ['a fine-grained one', 'github-token', `github${'_pat_'}${some(22)}_${some(59)}`],
  ['a key of a cloud', 'cloud-key', `aws_access_key_id=${AWS}\n`],
  ['another’s', 'cloud-key', `key: 'AI${'za'}${some(35)}'`],
  ['a storage account’s', 'cloud-key', `AccountName=a;Account${'Key='}${some(86)}==`],
  ['a forge’s token', 'service-token', `glpat${'-'}${some(20)}`],
  ['a chat’s token', 'service-token', `xoxb${'-'}1234567890-${some(24)}`],
  ['a registry’s token', 'service-token', `//registry/:_authToken=npm${'_'}${some(36)}`],
  [
    'an address with a password',
    'database-password',
    'DB = "postgresql+psycopg2://reader:h7Qz-pl@db.internal/x"',
  ],
  ['one with an escaped sign', 'database-password', 'mongodb+srv://a:p%40ss@cluster0'],
  ['a connection by words', 'database-password', "'Driver={SQL};Server=db;Uid=reader;Pwd=h7Qz-pl;'"],
  ['a setting', 'env-file', 'A=1\nexport DB_PASSWORD="h7Qz-pl"\n'],
  ['a bare setting', 'env-file', 'SECRET_KEY = h7Qz\n'],
  ['the second of two settings', 'env-file', 'API_KEY=changeme\nTOKEN=h7Qz-pl\n'],
];

test.each(HELD)('%s is found, as %s', (_what, kind, text) => expect(kinds(text)).toContain(kind));

const NONE: [what: string, text: string][] = [
  ['the first line of a key, in a text about keys', `Write \`${begin('PRIVATE KEY')}\` first, then the key.`],
  ['a public key', `-----${'BEGIN'} PUBLIC KEY-----\n${BASE64}`],
  ['a certificate', `-----${'BEGIN'} CERTIFICATE-----\n${BASE64}`],
  ['the example of a provider', `AK${'IA'}IOSFODNN7EXAMPLE`],
  ['letters like those of a key, inside others', `x${AWS}y ${AWS}z`],
  ['a short token', `gh${'p_'}${some(20)}`],
  ['a name that ends like a token begins', `weigh${'p_'}${some(36)}`],
  ['an address without a password', 'postgres://reader@db/x, postgres://db/x'],
  ['an address of the web', 'https://user:h7Qz-pl@example.org'],
  ...[
    'password',
    'changeme',
    'postgres',
    'xxxxxxx',
    '********',
    '${PASSWORD}',
    '{password}',
    '%s',
    'your-password',
    '...',
  ].map((word): [string, string] => [`an address with ${word}`, `postgres://reader:${word}@db.internal/x`]),
  ['settings without values', 'DB_PASSWORD=\nTOKEN=""\nSECRET=$OTHER\nAPI_KEY={key}\nPASSWORD=changeme1\n'],
  ['settings of no secret', 'PORT=8080\nTOKENS_PER_PAGE_\nNAME=x\n'],
  ['a connection with a place for it', 'Server=db;Uid=reader;Pwd={pwd};'],
];

test.each(NONE)('%s is none', (_what, text) => expect(kinds(text)).toEqual([]));

test('in a text of two bytes a letter, and between bytes of anything, it is found as well', () => {
  for (const [what, kind, text] of HELD) {
    const wide = Buffer.from(text, 'utf16le').toString('latin1');
    expect([what, kinds(wide)]).toEqual([what, expect.arrayContaining([kind])]);
    if (kind !== 'env-file') expect(kinds(`\xff\xfe ${text} \x00\x01`)).toContain(kind);
  }
});

test('cut into pieces anywhere, the same is found, and each kind is named once, in one order', () => {
  fc.assert(
    fc.property(
      fc.shuffledSubarray([...HELD, ...NONE.map(([what, text]) => [what, undefined, text] as const)], {
        minLength: 1,
      }),
      fc.integer({ min: 1, max: 3000 }),
      fc.integer({ min: 0, max: 2000 }),
      fc.constantFrom('\n\n', ' ', ''),
      (chosen, size, before, between) => {
        const text = ' '.repeat(before) + chosen.map(([, , each]) => each).join(between);
        const found = kinds(text, size);
        expect(found).toEqual(kinds(text));
        expect(found).toEqual(SECRETS.filter((kind) => found.includes(kind)));
        if (between === '\n\n')
          expect(found).toEqual(expect.arrayContaining(chosen.flatMap(([, kind]) => kind ?? [])));
      },
    ),
  );
});

test('what it is given is answered by names of kinds alone, whatever it is given', () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 400, unit: 'binary' }), (text) => {
      expect(SECRETS).toEqual(expect.arrayContaining(kinds(text)));
    }),
  );
});

test.each([
  ['beginnings of keys', begin('PRIVATE KEY')],
  ['beginnings of addresses', `mysql://${'a'.repeat(100)}:`],
  ['connections without an end', 'server=a;'],
  ['long names', `${'A_'.repeat(30)}=`],
])('a megabyte of %s takes no longer than reading it', (_what, piece) => {
  const { user } = process.cpuUsage();
  kinds(piece.repeat(1_000_000 / piece.length), 65_536);
  // A pattern that looks at it again and again takes minutes.
  expect((process.cpuUsage().user - user) / 1e6).toBeLessThan(5);
});

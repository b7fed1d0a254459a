/** What a log line may hold: no secret in any place or shape, no line that somebody else wrote, and what it was for. */
import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test } from '@jest/globals';
import { RequestError } from '@octokit/request-error';
import fc from 'fast-check';
import { request } from 'undici';
import { withLogFields } from '../../src/lib/log-fields.ts';
import { createLogger } from '../../src/lib/logger.ts';
import { hideCredentials, hideInLogs } from '../../src/lib/redact.ts';

/** Put together here, so that no tool takes this file for a leak. */
const of = (...parts: string[]): string => parts.join('');
const PEM = generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }) as string;
const SECRETS: Record<string, string> = {
  'an installation token': of('gh', 's_', 'A1b2C3d4E5f6G7h8I9j0K1l2M3n4O5p6Q7r8'),
  'a personal token': of('gh', 'p_', 'Z1b2C3d4E5f6G7h8I9j0K1l2M3n4O5p6Q7r8'),
  'a refresh token': of('gh', 'r_', 'Y1b2C3d4E5f6G7h8I9j0K1l2M3n4O5p6Q7r8'),
  'a fine-grained token': of('github', '_pat_', '11ABCDEFG0abcdefghijkl_mnopqrstuvwxyz0123456789'),
  'a JWT': of('eyJ', 'hbGciOiJFZERTQSJ9.', 'eyJ', 'zdWIiOiJ6b25lLTEifQ.', 'c2lnbmF0dXJlLW9mLXRoZS16b25l'),
  'a private key': PEM,
  'an RSA key without its end': of('-----BEGIN RSA ', 'PRIVATE KEY-----\nMIIEowIBAAKCAQEAz8Yb7fY2'),
};
/** What must not be seen of it: the part that makes it one. */
const core = (secret: string): string =>
  secret.includes('PRIVATE KEY') ? (secret.split('\n')[1] ?? '') : secret.slice(12, 30);

function aLog(): {
  log: ReturnType<typeof createLogger>;
  text(): string;
  lines(): Record<string, unknown>[];
} {
  const written: string[] = [];
  const log = createLogger('hub', { level: 'trace', to: { write: (line) => void written.push(line) } });
  return {
    log,
    text: () => written.join(''),
    lines: () => written.map((line) => JSON.parse(line) as Record<string, unknown>),
  };
}

test.each(Object.entries(SECRETS))('%s is seen in no place of a line', (_what, secret) => {
  const { log, text, lines } = aLog();
  const error = new Error(`cannot use ${secret} here`, {
    cause: Object.assign(new Error(`because ${secret}`, { cause: { deep: [`x ${secret} y`] } }), {
      hint: secret,
    }),
  });
  log.info(`a message with ${secret} in it`);
  log.info('a message with %s in it', secret);
  log.info({ note: secret, a: { b: { c: [{ d: secret }] } } }, 'fields');
  log.error({ err: error }, 'an error');
  log.error(error);
  log.error({ problem: error, list: [error] }, 'an error by another name');
  log.child({ child: secret }).info('a child');
  log.info({ url: `https://hub.example/x?q=${encodeURIComponent(secret)}&token=${secret}` }, 'an address');
  log.info({
    map: new Map([[secret, secret]]),
    [secret]: 1,
    when: new Date(0),
    at: new URL('https://a.example/'),
  });
  withLogFields({ task: secret }, () => log.info('a held field'));

  expect(text()).not.toContain(core(secret));
  expect(lines()).toHaveLength(10);
});

test.each([
  ['authorization', 'Basic dXNlcjpwYXNzd29yZA'],
  ['Authorization', ['Bearer abc']],
  ['cookie', '__Host-sallyport=0123456789'],
  ['set-cookie', ['__Host-sallyport=0123456789']],
  ['X-Hub-Signature-256', 'sha256=00'],
  ['webhook_secret', 'hush-hush'],
  ['clientSecret', 'hush-hush'],
  ['password', { of: 'hush-hush' }],
  ['privateKey', Buffer.from('hush')],
  ['DATABASE_URL', 'hush'],
  ['stata_licence', '501234567890!b7q6'],
  ['headers', { accept: 'x', host: 'hush' }],
])('a field %s is covered whatever is in it, however deep', (name, value) => {
  const { log, lines } = aLog();
  log.info({ [name]: value, request: { [name]: value }, list: [{ [name]: value }] }, 'x');
  expect(lines()[0]).toMatchObject({
    [name]: '[redacted]',
    request: { [name]: '[redacted]' },
    list: [{ [name]: '[redacted]' }],
  });
});

test.each([
  ['postgres://sallyport:hush-hush@db.internal:5432/hub', 'postgres://[redacted]@db.internal:5432/hub'],
  ['https://x-access-token:hush@github.com/a/b.git', 'https://[redacted]@github.com/a/b.git'],
  ['https://hush-hush@host.example/', 'https://[redacted]@host.example/'],
  ['Authorization: Bearer abcdefghijkl', 'Authorization: Bearer [redacted]'],
  ['token=hush-hush&page=2', 'token=[redacted]&page=2'],
  ['client_secret=hush-hush', 'client_secret=[redacted]'],
  ['password: hush-hush', 'password: [redacted]'],
  [`sha256=${'0a'.repeat(32)}`, 'sha256=[redacted]'],
  // Not secrets: they stay as they are.
  ['the token has run out', 'the token has run out'],
  ['a commit 0123456789abcdef0123456789abcdef01234567', 'a commit 0123456789abcdef0123456789abcdef01234567'],
  ['https://hub.example/requests/abc?page=2', 'https://hub.example/requests/abc?page=2'],
  ['someone@example.org wrote', 'someone@example.org wrote'],
])('%s is written as %s', (said, written) => {
  const { log, lines } = aLog();
  log.info(said);
  expect(lines()[0]?.['msg']).toBe(written);
});

test('the request and answer of an octokit error are not written, its status and sentence are', () => {
  const { log, text, lines } = aLog();
  const error = new RequestError('Bad credentials', 401, {
    request: {
      method: 'GET',
      url: 'https://api.github.com/app?client_secret=hush-hush-hush',
      headers: { authorization: `token ${SECRETS['an installation token']}` },
      body: { private_key: 'hush-hush-hush' },
    },
    response: {
      status: 401,
      url: 'x',
      headers: { 'set-cookie': 'hush-hush-hush' } as never,
      data: { message: 'hush-hush-hush' },
    },
  });
  log.error({ err: error }, 'GitHub said no');
  expect(text()).not.toMatch(/hush|gh.?s_/);
  expect(lines()[0]?.['err']).toMatchObject({ message: 'Bad credentials', status: 401 });
});

test('an error of undici and its answer tell no header', async () => {
  const server = createServer((_request, response) =>
    response.setHeader('x-hush', 'hush-hush').end('hush-hush'),
  );
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const at = `http://127.0.0.1:${(server.address() as { port: number }).port}`;
  const answer = await request(at, { headers: { authorization: 'Bearer hush-hush-hush' } });
  await answer.body.text();
  server.closeAllConnections();
  await new Promise((done) => server.close(done));
  const failed: unknown = await request(at, { headers: { cookie: 'hush=hush-hush' } }).catch(
    (error: unknown) => error,
  );

  const { log, text } = aLog();
  log.warn({ answer, err: failed }, 'x');
  log.warn({ fetched: new Response('hush', { headers: { 'x-hush': 'hush' } }), error: failed }, 'x');

  expect(text()).toContain('ECONNREFUSED');
  expect(text()).not.toContain('hush');
});

test('what is known to be secret is covered wherever it turns up, line by line and as JSON writes it', () => {
  hideInLogs('line one of a licence "x"\nserial 4015-9\\77\nshort');
  const { log, text } = aLog();
  log.info({ said: 'he has line one of a licence "x" and serial 4015-9\\77' }, 'in short');
  expect(text()).not.toMatch(/line one|4015-9/);
  expect(text()).toContain('in short');
});

test('of a secret that begins with another nothing stays behind', () => {
  hideInLogs('sallyport-begun');
  hideInLogs('sallyport-begun-Zq83hf');
  const { log, text } = aLog();
  log.info('it is sallyport-begun-Zq83hf');
  expect(text()).not.toContain('Zq83hf');
});

test('credentials of systemd and of the environment are known from the start', () => {
  const dir = mkdtempSync(path.join(tmpdir(), 'sallyport-credentials-'));
  writeFileSync(path.join(dir, 'webhook'), 'quiet-as-a-mouse\n');
  hideCredentials({ CREDENTIALS_DIRECTORY: dir, STATA_LICENSE: '50190581-mouse', PATH: '/usr/bin-mouse' });
  hideCredentials({ CREDENTIALS_DIRECTORY: path.join(dir, 'nowhere') });
  rmSync(dir, { recursive: true });
  const { log, lines } = aLog();
  log.info('quiet-as-a-mouse, 50190581-mouse, /usr/bin-mouse');
  expect(lines()[0]?.['msg']).toBe('[redacted], [redacted], /usr/bin-mouse');
});

test('no text can begin a line of its own or move what is seen: one call, one line of JSON', () => {
  const forged =
    'done\n{"level":30,"msg":"released"}\r\n\u2028\u2029\u0085\u009b2J\u001b[2J\u202eevil\u200b\u0000';
  const { log, text, lines } = aLog();
  log.info({ name: forged, [forged]: forged }, forged);
  expect(text().split('\n')).toHaveLength(2);
  expect(text()).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u2028\u2029\u202e\u200b]/);
  // Nothing is lost: who reads the JSON gets the text as it was.
  expect(lines()[0]).toMatchObject({ name: forged, msg: forged });
});

test('whatever is logged, a line is one line of JSON and holds no secret', () => {
  const secret = SECRETS['an installation token'] ?? '';
  const value = fc.anything({ withDate: true, withMap: true, withBigInt: true, withTypedArray: true });
  fc.assert(
    fc.property(value, fc.string(), fc.string(), (held, before, after) => {
      const { log, text, lines } = aLog();
      // A letter before it would make it another word, and none of ours.
      log.info({ held, note: `${before} ${secret} ${after}` }, `${before} ${secret} ${after}`);
      expect(lines()).toHaveLength(1);
      expect(text()).not.toContain(core(secret));
    }),
    { numRuns: 200 },
  );
});

test('circles, getters that throw and long texts do not stop a log', () => {
  const circle: Record<string, unknown> = { name: 'circle' };
  circle['self'] = circle;
  const { log, lines } = aLog();
  log.info(
    {
      circle,
      trap: Object.defineProperty({}, 'x', {
        enumerable: true,
        get: () => {
          throw new Error('no');
        },
      }),
    },
    'x',
  );
  log.info({ long: 'x'.repeat(100_000) }, 'y');
  expect(lines()).toHaveLength(2);
  expect(String(lines()[1]?.['long']).length).toBeLessThan(9000);
});

test('a line says what it was written for, through every await, and its own fields win', async () => {
  const { log, lines } = aLog();
  await withLogFields({ delivery: 'd-1' }, async () => {
    await new Promise(setImmediate);
    log.info('handling');
    await withLogFields({ request: 'r-1' }, async () =>
      log.child({ part: 'x' }).info({ delivery: 'other' }, 'inner'),
    );
  });
  log.info('outside');
  expect(lines().map(({ msg, delivery, request: of, role }) => [role, msg, delivery, of])).toEqual([
    ['hub', 'handling', 'd-1', undefined],
    ['hub', 'inner', 'other', 'r-1'],
    ['hub', 'outside', undefined, undefined],
  ]);
});

/** The client of the malware scanner: against clamd itself, and against a socket that means harm. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { clamdScanner, type ScanAnswer } from '../../agent/airlock/scan/scanner.ts';
import { sha256 } from '../../src/lib/hash.ts';
import { requires } from '../support/require.ts';
import {
  MARKED,
  startClamd,
  startScripted,
  type RunningScanner,
  type ScriptedScanner,
} from '../support/scanners.ts';

let dir: string;
beforeAll(() => {
  dir = mkdtempSync(path.join(tmpdir(), 'sallyport-test-scan-'));
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

function aFile(content: string | Buffer): { place: string; sha256: string; size: number } {
  const hash = sha256(content);
  const place = path.join(dir, hash);
  writeFileSync(place, content);
  return { place, sha256: hash, size: Buffer.byteLength(content) };
}
const TABLE = 'year_group,count\na,30\n';

requires('clamav').describe('clamd itself', () => {
  let clamd: RunningScanner;
  beforeAll(async () => {
    clamd = await startClamd(['StreamMaxLength 1M']);
  });
  afterAll(() => clamd.stop());
  const scanner = () => clamdScanner({ path: clamd.socket }, { timeoutMs: 20_000 });

  test('names itself, confirms a clean file, and finds what its signature describes', async () => {
    expect(await scanner().version()).toMatch(/^ClamAV \d/);
    expect(await scanner().scan(aFile(TABLE))).toEqual({ result: 'clean' });
    expect(await scanner().scan(aFile(''))).toEqual({ result: 'clean' });
    expect(await scanner().scan(aFile(`${'a,1\n'.repeat(50_000)}${MARKED}\n`))).toEqual({
      result: 'found',
      name: 'Sallyport.Test.UNOFFICIAL',
    });
  });

  test('a file above its own limit is unconfirmed', async () => {
    expect(await scanner().scan(aFile(Buffer.alloc(3 * 1024 * 1024, 'a')))).toMatchObject({
      result: 'unconfirmed',
    });
  });
});

describe('a scanner that means harm', () => {
  let hostile: ScriptedScanner;
  beforeEach(async () => {
    hostile = await startScripted();
  });
  afterEach(() => hostile.stop());
  const scanned = (content: string | Buffer = TABLE, timeoutMs = 20_000): Promise<ScanAnswer> =>
    clamdScanner({ path: hostile.socket }, { timeoutMs }).scan(aFile(content));

  test('the bytes it is sent are those of the file', async () => {
    const content = Buffer.alloc(300_000, 'sallyport');
    let got = '';
    hostile.scan = (connection, _command, body) => {
      got = sha256(body);
      connection.end('stream: OK\0');
    };

    expect(await scanned(content)).toEqual({ result: 'clean' });
    expect(got).toBe(sha256(content));
  });

  test('never answers', async () => {
    hostile.scan = undefined;
    hostile.version = undefined;

    expect(await scanned(TABLE, 200)).toEqual({ result: 'unconfirmed', why: 'timeout' });
    expect(await clamdScanner({ path: hostile.socket }, { timeoutMs: 200 }).version()).toBeUndefined();
  });

  test.each([
    ['nonsense', 'yes'],
    ['nothing', ''],
    ['a good answer with more around it', 'stream: OK OK'],
    ['a good answer in other letters', 'Stream: ok'],
    ['a good answer on its second line', 'x\nstream: OK'],
  ])('answers %s', async (_what, answer) => {
    hostile.scan = answer;
    expect(await scanned()).toEqual({ result: 'unconfirmed', why: 'broken' });
  });

  test('tells of an error, or of its limit', async () => {
    hostile.scan = 'lstat() failed. ERROR';
    expect(await scanned()).toEqual({ result: 'unconfirmed', why: 'error' });
    hostile.scan = 'INSTREAM size limit exceeded. ERROR';
    expect(await scanned()).toEqual({ result: 'unconfirmed', why: 'size' });
  });

  test('closes half-way through its answer', async () => {
    hostile.scan = (connection) => void connection.end('stream: O');
    expect(await scanned()).toEqual({ result: 'unconfirmed', why: 'broken' });
    hostile.scan = (connection) => void connection.end('stream: OK');
    expect(await scanned()).toEqual({ result: 'unconfirmed', why: 'broken' });
    hostile.scan = (connection) => void connection.destroy();
    expect(await scanned()).toEqual({ result: 'unconfirmed', why: 'broken' });
  });

  test('says "OK" before it was sent the file', async () => {
    const eager = path.join(dir, 'eager.sock');
    const server = createServer((connection) => {
      connection.on('error', () => undefined);
      connection.write('stream: OK\0');
    });
    await new Promise<void>((resolve) => server.listen(eager, resolve));

    const answer = await clamdScanner({ path: eager }, { timeoutMs: 20_000 }).scan(
      aFile(Buffer.alloc(8 * 1024 * 1024, 'a')),
    );

    server.close();
    expect(answer).toEqual({ result: 'unconfirmed', why: 'broken' });
  });

  test('talks without an end', async () => {
    hostile.scan = (connection) => {
      const more = (): void => {
        if (!connection.destroyed) connection.write('stream: '.repeat(1000), () => more());
      };
      more();
    };
    expect(await scanned()).toEqual({ result: 'unconfirmed', why: 'broken' });
  });

  test('names what it found with escapes for a terminal, and at length', async () => {
    hostile.scan = `stream: \u001b[2J\u001b]0;gone\u0007<script>\u0080${'x'.repeat(3000)} FOUND`;

    const answer = await scanned();

    expect(answer).toMatchObject({ result: 'found' });
    const name = answer.result === 'found' ? answer.name : '';
    expect(name).toMatch(/^[\x20-\x7e]{1,200}$/);
    expect(name).toMatch(/^\?\[2J\?\]0;gone\?<script>/);
  });

  test('calls itself something else than clamd: it has no version', async () => {
    const version = () => clamdScanner({ path: hostile.socket }, { timeoutMs: 20_000 }).version();
    hostile.version = 'UNKNOWN COMMAND';
    expect(await version()).toBeUndefined();
    hostile.version = 'ClamAV 1.4\u001b[31m';
    expect(await version()).toBe('ClamAV 1.4?[31m');
  });

  test('is not there: nothing is confirmed, and that at once', async () => {
    const gone = clamdScanner({ path: path.join(dir, 'nobody.sock') }, { timeoutMs: 60_000 });
    expect(await gone.scan(aFile(TABLE))).toEqual({ result: 'unconfirmed', why: 'away' });
    expect(await gone.version()).toBeUndefined();
  });

  test('is not asked about a file that is too large, and is not believed about other bytes', async () => {
    const small = clamdScanner({ path: hostile.socket }, { timeoutMs: 20_000, maxBytes: 10 });
    expect(await small.scan(aFile(TABLE))).toEqual({ result: 'unconfirmed', why: 'size' });
    expect(hostile.asked).toEqual([]);
    const scanner = clamdScanner({ path: hostile.socket }, { timeoutMs: 20_000 });
    expect(await scanner.scan({ ...aFile(TABLE), sha256: '0'.repeat(64) })).toEqual({
      result: 'unconfirmed',
      why: 'bytes',
    });
    expect(await scanner.scan({ place: path.join(dir, 'gone'), sha256: '0'.repeat(64), size: 1 })).toEqual({
      result: 'unconfirmed',
      why: 'broken',
    });
  });
});

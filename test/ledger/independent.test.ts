/** What we sign and serve, read by a verifier that shares no code with us; and what we read, changed. */
import { expect, test } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { verifyLog } from '../../src/ledger/ledger.ts';
import { isRefusal } from '../../src/lib/refusal.ts';
import { aSigner, MemoryLog, numbers, otherSigner, sourceOf } from '../support/log.ts';

interface Independent {
  check(read: (path: string) => Buffer, vkey: string, earlier?: string): { size: number; root: string };
}

const place = new URL('independent.mjs', import.meta.url);
const { check } = (await import(place.href)) as Independent;
const VKEY = aSigner().text;
const entries = (from: number, to: number): string[] => numbers(from, to).map((n) => `{"n":${n}}`);

function reader(files: ReadonlyMap<string, Uint8Array>) {
  return (path: string): Buffer => {
    const found = files.get(path);
    if (!found) throw new Error(`no ${path}`);
    return Buffer.from(found);
  };
}

test('it is at most 100 lines long, and imports nothing of ours', () => {
  const text = readFileSync(place, 'utf8');

  expect(text.trimEnd().split('\n').length).toBeLessThanOrEqual(100);
  expect([...text.matchAll(/from '([^']+)'/g)].every(([, from]) => from?.startsWith('node:'))).toBe(true);
});

test('it agrees on every size from 0 to 600 entries, and that each continues the one before', async () => {
  const log = new MemoryLog();
  let earlier = await log.checkpoint();
  for (let size = 0; size <= 600; size += size < 20 || (size > 250 && size < 262) ? 1 : 29) {
    log.append(...entries(log.size, size));
    const files = await log.files();
    const root = Buffer.from(await log.root()).toString('base64');
    expect(check(reader(files), VKEY, earlier)).toEqual({ size, root });
    const ours = await verifyLog(sourceOf(files), {
      trusted: { current: [aSigner()] },
      since: Buffer.from(earlier),
      entries: true,
    });
    expect(ours).toMatchObject({ checkpoint: { size } });
    earlier = await log.checkpoint();
  }
});

test('both find the same faults', async () => {
  const log = new MemoryLog().append(...entries(0, 300));
  const trusted = { current: [aSigner()] };
  const honest = await log.files();
  const rewritten = await new MemoryLog().append(...entries(1, 400)).files();
  const strange = await log.files([otherSigner()]);
  const since = await log.checkpoint();
  for (const [files, earlier] of [
    [rewritten, since],
    [strange, undefined],
    ...[...honest.keys()].map((path) => {
      const changed = new Map(honest);
      const bytes = Buffer.from(honest.get(path)!);
      bytes[bytes.length - 30]! ^= 1;
      return [changed.set(path, bytes), undefined] as const;
    }),
  ] as const) {
    expect(() => check(reader(files), VKEY, earlier)).toThrow();
    const answer = await verifyLog(sourceOf(files), {
      trusted,
      entries: true,
      ...(earlier && { since: Buffer.from(earlier) }),
    });
    expect(isRefusal(answer)).toBe(true);
  }
});

test('it runs by itself on a folder', async () => {
  const log = new MemoryLog().append(...entries(0, 300));
  const dir = mkdtempSync(path.join(tmpdir(), 'sallyport-independent-'));
  try {
    const files = new Map([...(await log.files()), ['kept.txt', Buffer.from(await log.checkpoint(7))]]);
    for (const [name, bytes] of files) {
      mkdirSync(path.dirname(path.join(dir, name)), { recursive: true });
      writeFileSync(path.join(dir, name), bytes);
    }
    const said = execFileSync(process.execPath, [
      fileURLToPath(place),
      dir,
      VKEY,
      path.join(dir, 'kept.txt'),
    ]);
    expect(said.toString()).toBe(`ok 300 ${Buffer.from(await log.root()).toString('base64')}\n`);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
});

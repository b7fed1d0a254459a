/** The real apt through the proxy: an archive made and signed on the spot, for two base domains. */
import { afterEach, beforeAll, afterAll, describe as plain, expect } from '@jest/globals';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { sha256Of } from '../support/archive.ts';
import { requires } from '../support/require.ts';
import { AUTHORITY, packagesWorld, ZONE_HOST, type PackagesWorld } from '../proxy/packages-world.ts';
import { aptHost, makeArchive, type AptHost, type MadeArchive } from './support/apt.ts';

/** More than apt asks for in one breath. */
const MANY = Array.from({ length: 14 }, (_none, at) => `many${at}`);

const nameIn = (place: string): string => path.basename(place).split('_')[0] ?? '';
// Never toEqual on what is large: it compares byte by byte, 40 s for 3 MB.
const sumOf = (file: string): string => sha256Of(readFileSync(file));
/** How many requests apt had sent at most for which it had no answer yet. */
function mostAhead(said: string): number {
  let open = 0;
  const steps = said.matchAll(/^(GET|Answer for:) /gm);
  return Math.max(...[...steps].map(([, step]) => (open += step === 'GET' ? 1 : -1)));
}

const { describe, test } = requires('root', 'apt');

describe('apt', () => {
  let made: MadeArchive;
  beforeAll(async () => {
    made = await makeArchive(
      ['noble', 'noble-security'],
      [
        { name: 'hello', version: '2.10-3', bytes: 3_000_000 },
        { name: 'libhi++', version: '1.0~rc1+b2', bytes: 100 },
        ...MANY.map((name, at) => ({ name, version: '1', bytes: at % 3 === 0 ? 2_000_000 : 100 })),
      ],
    );
  });
  afterAll(() => made?.close());

  plain.each(['egress.example.edu', 'proxy.southmoor.example'])('as %s', (domain) => {
    let world: PackagesWorld;
    let host: AptHost;
    afterEach(async () => {
      host.close();
      await world.close();
    });

    async function start(client: typeof ZONE_HOST | null = ZONE_HOST, suite = 'noble'): Promise<void> {
      world = await packagesWorld({ domain });
      for (const [place, bytes] of made.files)
        world.archive.files.set(`/ubuntu/${place.replaceAll('+', '%2b').replaceAll('~', '%7e')}`, bytes);
      const line = (name: string, which: string): string =>
        `deb [signed-by=${made.keyFile}] https://${name}:${world.port}/ubuntu ${which} main\n`;
      host = aptHost({
        sources: line(world.main, suite) + line(world.security, 'noble-security'),
        names: [world.main, world.security],
        authority: AUTHORITY.cert,
        ...(client ? { client } : {}),
      });
    }

    test('updates its lists and downloads packages, whole and verified', async () => {
      await start();

      expect(await host.apt('update')).toMatchObject({ code: 0 });
      expect(await host.apt('download', 'hello', 'libhi++')).toMatchObject({ code: 0 });

      const out = path.join(host.dir, 'out');
      expect(readdirSync(out).sort()).toEqual(['hello_2.10-3_amd64.deb', 'libhi++_1.0~rc1+b2_amd64.deb']);
      for (const [place, bytes] of made.files)
        if (!MANY.includes(nameIn(place)) && place.startsWith('pool/'))
          expect(sumOf(path.join(out, path.basename(place)))).toBe(sha256Of(bytes));
      expect(world.log.map(({ code }) => code).filter(Boolean)).toEqual([]);
      expect(new Set(world.log.map((line) => line['host']))).toEqual(new Set(['zone-1.zone.example']));
      expect(new Set(world.log.map((line) => line['archive']))).toEqual(
        new Set([world.main, world.security]),
      );
    });

    test('sends the next requests before it has read an answer, and gets each file whole', async () => {
      await start();
      await host.apt('update');
      world.archive.seen.length = 0;

      const { code, said } = await host.apt('download', ...MANY, '-o', 'Debug::Acquire::https=true');

      expect(code).toBe(0);
      expect(mostAhead(said)).toBe(10);
      expect(world.archive.seen.map(({ url }) => nameIn(url))).toEqual(MANY);
      for (const [place, bytes] of made.files)
        if (MANY.includes(nameIn(place)))
          expect(sumOf(path.join(host.dir, 'out', path.basename(place)))).toBe(sha256Of(bytes));
    });

    test('asks again for what has changed alone', async () => {
      await start();
      await host.apt('update');
      world.archive.seen.length = 0;

      expect(await host.apt('update')).toMatchObject({ code: 0 });
      expect(world.archive.seen.map(({ headers }) => headers['if-modified-since'] !== undefined)).toEqual([
        true,
        true,
      ]);
    });

    test('without a certificate gets nothing', async () => {
      await start(null);

      expect((await host.apt('update', '-o', 'APT::Update::Error-Mode=any')).code).not.toBe(0);
      expect(world.archive.seen).toEqual([]);
    });

    test('does not get a suite that is not listed, and is told which', async () => {
      await start(ZONE_HOST, 'mantic');

      expect((await host.apt('update', '-o', 'APT::Update::Error-Mode=any')).said).toMatch(/mantic[^]*403/);
      expect(await world.logged({ code: 'proxy.package-suite' })).toMatchObject({ status: 403 });
    });

    test('does not take bytes that the archive has not signed', async () => {
      await start();
      await host.apt('update');
      const place = '/ubuntu/pool/main/h/hello/hello_2.10-3_amd64.deb';
      const other = Buffer.from(world.archive.files.get(place)!);
      other[other.length >> 1]! ^= 1;
      world.archive.files.set(place, other);

      const { code, said } = await host.apt('download', 'hello');

      expect(code).not.toBe(0);
      expect(said).toMatch(/Hash Sum mismatch/);
      expect(readdirSync(path.join(host.dir, 'out'))).toEqual(['hello_2.10-3_amd64.deb.FAILED']);
    });
  });
});

/** Every byte that becomes public is read: nothing unreleased is named, hashed or measured in it. */
import { createHash } from 'node:crypto';
import { afterEach, expect, test } from '@jest/globals';
import { sha256 } from '../../src/lib/hash.ts';
import { onOneDatabase } from '../support/database.ts';
import { bagFaults, crateFaults } from '../support/five-safes.ts';
import { leaksIn } from '../support/leaks.ts';
import { aMadeBy, FILES, RELEASE, type PlantedFile } from '../support/publication.ts';
import { stewardWorld, type StewardWorld } from '../support/steward.ts';
import { unzip } from '../support/unzip.ts';

let world: StewardWorld | undefined;
afterEach(async () => {
  await world?.stop();
  world = undefined;
});

/** In the workspace, on the request, released and not asked for, recalled: none of it may be seen. */
const HIDDEN = {
  input: { path: 'output/rows-ward-hawthorn.csv', text: `${'pupil,1\n'.repeat(4111)}x` },
  supporting: { path: 'output/support-quercus.txt', text: `${'why\n'.repeat(2713)}x` },
  unpublished: { path: 'output/second-salix.csv', text: `${'a,b\n'.repeat(3319)}x` },
  recalled: { path: 'output/third-betula.csv', text: `${'c,d\n'.repeat(5503)}x` },
};
const NAMES = ['hawthorn', 'quercus', 'salix', 'betula'];

function traces(): string[] {
  return Object.values(HIDDEN).flatMap(({ text }) => {
    const sums = ['sha256', 'sha512', 'sha1', 'md5'].map((kind) => createHash(kind).update(text).digest());
    return [
      ...sums.flatMap((sum) => [
        sum.toString('hex'),
        sum.toString('base64').replace(/=+$/, ''),
        sum.toString('base64url'),
      ]),
    ];
  });
}

const sizeOf = ({ path, text }: PlantedFile): { what: string; text: string } => ({
  what: `size of ${path}`,
  text: String(Buffer.byteLength(text)),
});

/** Base64 hides a name from a search: what is readable that way is read too. */
function readings(bytes: Buffer): string[] {
  const text = bytes.toString('latin1');
  const inner = [...text.matchAll(/[A-Za-z0-9+/]{40,}={0,2}/g)].map(([run]) =>
    Buffer.from(run, 'base64').toString('latin1'),
  );
  return [text, ...inner];
}

async function everythingPublic(w: StewardWorld): Promise<Map<string, Buffer>> {
  const found = new Map<string, Buffer>();
  for (const release of w.releases()) {
    found.set(`${release.tag} body`, Buffer.from(`${release.tag}\n${release.name}\n${release.body}`));
    for (const { name, label, contentType } of release.assets.values()) {
      const bytes = await w.asset(release, name);
      found.set(
        `${release.tag} ${name}`,
        Buffer.concat([Buffer.from(`${name} ${label} ${contentType}\n`), bytes]),
      );
      if (!name.endsWith('.zip')) continue;
      for (const [path, inner] of unzip(bytes))
        found.set(`${name}!${path}`, Buffer.concat([Buffer.from(path), inner]));
    }
  }
  found.set('refs', Buffer.from([...w.sandbox.state.repos.git(w.study()).refs.keys()].join('\n')));
  return found;
}

const inputs = [
  ...aMadeBy().inputs,
  { action: 'extract', path: HIDDEN.input.path, sha256: sha256(HIDDEN.input.text) },
  { action: 'extract', path: HIDDEN.supporting.path, sha256: sha256(HIDDEN.supporting.text) },
];

onOneDatabase((open) => {
  async function published(): Promise<StewardWorld> {
    world = await stewardWorld(await open());
    const w = world;
    const files: PlantedFile[] = [...FILES, HIDDEN.unpublished, HIDDEN.recalled].map((file) => ({
      ...file,
      madeBy: { inputs },
    }));
    w.released(files);
    await w.approved([1, 2, 3, 5]);
    await w.step();
    w.deps.releases.recall(RELEASE, 5);
    await w.step();
    expect(w.releases()).toMatchObject([{ draft: false }]);
    return w;
  }

  test('no published byte holds an unreleased name, hash or size', async () => {
    const found = await everythingPublic(await published());
    expect(found.size).toBeGreaterThan(15);
    const seen: string[] = [];
    for (const [where, bytes] of found)
      for (const text of readings(bytes))
        for (const trace of [...NAMES, ...traces()])
          if (text.toLowerCase().includes(trace.toLowerCase())) seen.push(`${where}: ${trace}`);
    // A size is looked for as a number: its five digits may stand in any hash of what is rightly public.
    for (const [where, bytes] of found)
      seen.push(...leaksIn(bytes, Object.values(HIDDEN).map(sizeOf)).map((what) => `${where}: ${what}`));
    expect(seen).toEqual([]);
  });

  test('the search finds what is published, in clear and in statements: it is not blind', async () => {
    const found = await everythingPublic(await published());
    const [where] = ['provenance.intoto.jsonl'].map((name) => [...found].find(([at]) => at.endsWith(name))!);
    const texts = readings(where![1]);
    expect(texts.some((text) => text.includes(sha256(FILES[0]!.text)))).toBe(true);
    expect(texts.some((text) => text.includes(FILES[0]!.path))).toBe(true);
    expect(texts.some((text) => text.includes('output/rows-*.csv'))).toBe(true);
    const measured = [...found].filter(([, bytes]) => leaksIn(bytes, [sizeOf(FILES[1]!)]).length > 0);
    expect(measured.map(([at]) => at.split(/[ /]/).at(-1)).sort()).toEqual([
      'manifest.json',
      'release.json',
      'ro-crate-metadata.json',
    ]);
  });

  test('the crate is a valid bag and a Five Safes RO-Crate 0.4, with released files only', async () => {
    const w = await published();
    const entries = unzip(await w.asset(w.releases()[0]!, 'five-safes-ro-crate.zip'));
    expect(bagFaults(entries)).toEqual([]);
    expect(crateFaults(entries)).toEqual([]);
    const [top] = [...entries.keys()][0]!.split('/');
    expect([...entries.keys()].map((name) => name.slice(top!.length + 1))).toMatchInlineSnapshot(`
     [
       "bagit.txt",
       "bag-info.txt",
       "manifest-sha512.txt",
       "tagmanifest-sha512.txt",
       "data/ro-crate-metadata.json",
       "data/workflow/project.yaml",
       "data/workflow/ro-crate-metadata.json",
       "data/outputs/output/figure.svg",
       "data/outputs/output/notes.txt",
       "data/outputs/output/table.csv",
       "data/provenance/statements.intoto.jsonl",
       "data/release.json",
     ]
    `);
    expect(entries.get(`${top}/data/outputs/output/table.csv`)?.toString()).toBe(FILES[0]!.text);
  });

  test('two commits and odd names make a valid crate too', async () => {
    world = await stewardWorld(await open());
    const w = world;
    const git = w.sandbox.state.repos;
    const done = await git.commitFiles(w.lead(), w.study(), {
      message: 'More',
      files: new Map([['project.yaml', 'version: "4.0"\nactions: {}\n']]),
    });
    if ('failed' in done) throw new Error('no commit');
    const odd = [
      { path: 'output/a b/100% of "all" (é).csv', text: 'a\n5\n' },
      {
        path: 'output/a_b/100_ of _all_ (é).csv',
        text: 'b\n5\n',
        madeBy: {
          commit: done.sha,
          action: 'later',
          jobRequest: 'request00000002a',
          finishedAt: Date.parse('2026-11-19T11:00:00Z'),
        },
      },
      { path: 'manifest.json', text: '{}' },
    ];
    w.released(odd);
    await w.approved();
    await w.step();
    const [release] = w.releases();
    expect(release).toMatchObject({ draft: false, target: done.sha });
    expect([...release!.assets.values()].map(({ name }) => name).sort()).toEqual([
      'five-safes-ro-crate.zip',
      'manifest.json',
      'manifest~2.json',
      'output--a_b--100__of__all__.csv',
      'output--a_b--100_of_all_.csv',
      'provenance.intoto.jsonl',
    ]);
    const entries = unzip(await w.asset(release!, 'five-safes-ro-crate.zip'));
    expect([...bagFaults(entries), ...crateFaults(entries)]).toEqual([]);
    for (const { path, text } of odd)
      expect([...entries].find(([name]) => name.endsWith(`/data/outputs/${path}`))?.[1].toString()).toBe(
        text,
      );
  });

  test('the check of crates finds what is wrong with one', async () => {
    const w = await published();
    const zip = await w.asset(w.releases()[0]!, 'five-safes-ro-crate.zip');
    const [top] = [...unzip(zip).keys()][0]!.split('/');
    const changed = (path: string, change: (text: string) => string): Map<string, Buffer> => {
      const entries = unzip(zip);
      entries.set(`${top}/${path}`, Buffer.from(change(entries.get(`${top}/${path}`)!.toString())));
      return entries;
    };
    expect(bagFaults(changed('data/outputs/output/table.csv', (text) => `${text} `))).toHaveLength(2);
    const metadata = 'data/ro-crate-metadata.json';
    for (const [from, to] of [
      ['shp#SignOff', 'shp#Signed'],
      ['https://w3id.org/5s-crate/0.4', 'https://w3id.org/5s-crate/0.3'],
      ['"Project"', '"Club"'],
      ['"CreateAction"', '"Action"'],
      ['"mentions"', '"mentioned"'],
      ['"mainEntity"', '"main"'],
    ] as const)
      expect(crateFaults(changed(metadata, (text) => text.replaceAll(from, to))).length).toBeGreaterThan(0);
  });
});

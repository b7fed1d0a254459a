/** Where the secure zone listens: traffic with the hub is always opened from inside. */
import { expect, test } from '@jest/globals';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

const root = path.resolve(import.meta.dirname, '../..');
/** All that runs in the zone: its own rooms and the core that they import. What is a laptop's it never loads. */
const ZONE = [
  ...['agent', 'web/airlock', 'web/ui', 'src/pipeline', 'src/governance', 'src/release', 'src/disclosure'],
  ...['src/ledger', 'src/protocol', 'src/lib'],
];
const LAPTOP = 'agent/laptop/';
const LOADS = /\b(from|import)[ (]+'([^']+)'/g;
const OPENS_A_PORT = /\bcreateServer\(|\.listen\(|\bnew (?:[\w.]*\.)?Server\(|\bcreateSocket\(/;

test('nothing in the zone opens a port but the viewer, for browsers there, the relay of a database job, and what monitors ask where zone.yml names it', () => {
  const files = ZONE.flatMap((folder) =>
    readdirSync(path.join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter((file) => /\.tsx?$/.test(file))
      .map((file) => path.join(folder, file)),
  );
  const opening = files.filter((file) => OPENS_A_PORT.test(readFileSync(path.join(root, file), 'utf8')));

  const inZone = opening.filter((file) => !file.startsWith(LAPTOP));
  expect(inZone).toEqual(['agent/database/relay-script.ts', 'web/airlock/viewer.ts', 'src/lib/watch.ts']);
});

test('agent and airlock load nothing that a laptop offers people', () => {
  const loaded = new Set<string>();
  const load = (file: string): void => {
    if (loaded.has(file)) return;
    loaded.add(file);
    const text = readFileSync(path.join(root, file), 'utf8');
    for (const [, , specifier = ''] of text.matchAll(LOADS))
      if (/^\..*\.tsx?$/.test(specifier)) load(path.join(path.dirname(file), specifier));
  };
  for (const file of ['agent/agent.ts', 'agent/airlock.ts']) load(file);

  expect([...loaded]).toContain('agent/runner/runner.ts');
  expect([...loaded].filter((file) => file.startsWith(LAPTOP))).toEqual([]);
});

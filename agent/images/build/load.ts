/** An image out of its folder into the container engine, under its own name; its id there is that of its configuration. */
import { createReadStream, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import tar from 'tar-stream';
import { refusal, type Refusal } from '../../../src/lib/refusal.ts';
import type { Engine } from '../../executor/engine.ts';
import type { Descriptor, ImageFacts } from './oci.ts';

/** Docker's own form of an archive, which every engine takes. Refuses 'images.not-loaded'. */
export async function load(
  engine: Engine,
  folder: string,
  facts: ImageFacts,
  name: string,
): Promise<Refusal | undefined> {
  const blob = (digest: string): string => path.join(folder, 'blobs/sha256', digest.replace('sha256:', ''));
  const manifest = JSON.parse(readFileSync(blob(facts.digest), 'utf8')) as {
    config: Descriptor;
    layers: Descriptor[];
  };
  const hex = (digest: string): string => digest.replace('sha256:', '');
  const config = `${hex(manifest.config.digest)}.json`;
  const layers = manifest.layers.map(({ digest }) => `${hex(digest)}.tar`);
  const pack = tar.pack();
  const fill = async (): Promise<void> => {
    pack.entry({ name: config }, readFileSync(blob(manifest.config.digest)));
    pack.entry(
      { name: 'manifest.json' },
      JSON.stringify([{ Config: config, RepoTags: [name], Layers: layers }]),
    );
    for (const [at, layer] of manifest.layers.entries()) {
      const file = blob(layer.digest);
      const size = statSync(file).size;
      await pipeline(createReadStream(file), pack.entry({ name: layers[at]!, size }));
    }
    pack.finalize();
  };
  fill().catch((error: unknown) => pack.destroy(error as Error));
  const answer = await engine.loadImage(pack as unknown as NodeJS.ReadableStream);
  let said = '';
  for await (const piece of answer) said = (said + String(piece)).slice(-4096);
  const fault = /"error":"([^"]*)"/.exec(said)?.[1];
  return fault === undefined
    ? undefined
    : refusal('images.not-loaded', `The container engine did not take ${name}: ${fault}.`, 'See its log.');
}

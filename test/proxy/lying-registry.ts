/** Two registries that a test makes lie, point elsewhere or never end, and a proxy in front of them; afresh for each test. */
import { afterAll, afterEach, beforeAll, beforeEach } from '@jest/globals';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { selfSigned } from '../support/certificate.ts';
import { anImage, entry, fakeRegistry, type FakeImage, type FakeRegistry } from '../support/registry.ts';
import { imagesWorld, type ImagesWorld, type ImagesWorldOptions } from './images-world.ts';

export let registry: FakeRegistry;
export let elsewhere: FakeRegistry;
export let image: FakeImage;
let world: ImagesWorld | undefined;

const certificate = selfSigned();

beforeAll(async () => {
  registry = await fakeRegistry(certificate);
  elsewhere = await fakeRegistry(certificate);
});
beforeEach(() => {
  image = anImage(registry, [3000, 900_000]);
});
afterEach(async () => {
  await world?.close();
  world = undefined;
  for (const one of [registry, elsewhere]) {
    one.instead = one.challenge = one.realm = undefined;
    one.content.clear();
    one.seen.length = 0;
  }
});
afterAll(async () => {
  await registry.close();
  await elsewhere.close();
});

export async function start(options: Partial<ImagesWorldOptions> = {}): Promise<ImagesWorld> {
  world = await imagesWorld({ registry, images: entry(image.manifest.digest), ...options });
  return world;
}

/** Nothing answers at its address any more; for the next test there is another. */
export async function endRegistry(): Promise<void> {
  await registry.close();
  registry = await fakeRegistry(certificate);
}

/** Answers in place of the registry where the path ends so. */
export function on(
  ending: string,
  answer: (response: ServerResponse, request: IncomingMessage) => void,
): void {
  registry.instead = (request, response) => {
    if (!request.url?.endsWith(ending)) return false;
    answer(response, request);
    return true;
  };
}

export const big = (): { digest: string; bytes: Buffer } => {
  const { digest } = image.layers[1]!;
  return { digest, bytes: registry.content.get(digest)! };
};

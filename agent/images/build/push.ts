/** An image out of its folder into a registry, by digest, with its SBOM beside it. */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { sha256 } from '../../../src/lib/hash.ts';
import { isRefusal, type Refusal } from '../../../src/lib/refusal.ts';
import { manifestDescriptor, sbomManifest, sbomTag, type Descriptor, type ImageFacts } from './oci.ts';
import type { Registry } from './registry.ts';
import { notAnImage } from './words.ts';

export interface Pushed {
  digest: string;
  /** Bytes that had to be sent; what the registry has is not sent again. */
  sent: number;
  /** Tag of the SBOM. */
  sbom: string;
}

/** The facts that `images build` wrote. Refuses 'images.not-an-image'. */
export function factsIn(folder: string): ImageFacts | Refusal {
  const file = path.join(folder, 'image.json');
  if (!existsSync(file)) return notAnImage(folder, 'there is no image.json');
  try {
    const facts = JSON.parse(readFileSync(file, 'utf8')) as Partial<ImageFacts>;
    const whole = [facts.name, facts.version, facts.digest].every((one) => typeof one === 'string');
    return whole ? (facts as ImageFacts) : notAnImage(folder, 'its image.json is not whole');
  } catch {
    return notAnImage(folder, 'its image.json cannot be read');
  }
}

/** Layers first, the manifest last: what points to something never comes before it. */
export async function push(
  folder: string,
  facts: ImageFacts,
  registry: Registry,
  step: (text: string) => void,
): Promise<Pushed | Refusal> {
  const blob = (digest: string): string => path.join(folder, 'blobs/sha256', digest.replace('sha256:', ''));
  if (!existsSync(blob(facts.digest))) return notAnImage(folder, 'the manifest it names is missing');
  const bytes = readFileSync(blob(facts.digest));
  if (`sha256:${sha256(bytes)}` !== facts.digest) return notAnImage(folder, 'its manifest has been changed');
  const manifest = JSON.parse(bytes.toString()) as { config: Descriptor; layers: Descriptor[] };
  let sent = 0;
  const send = async (digest: string, size: number, file: string | Buffer): Promise<Refusal | undefined> => {
    const there = await registry.has(digest);
    if (there === true) return undefined;
    if (isRefusal(there)) return there;
    step(`sending ${digest.slice(0, 19)}`);
    sent += size;
    return registry.upload(digest, file);
  };
  for (const part of [...manifest.layers, manifest.config]) {
    if (!existsSync(blob(part.digest))) return notAnImage(folder, `${part.digest} is missing`);
    const no = await send(part.digest, part.size, blob(part.digest));
    if (no) return no;
  }
  const sbom = readFileSync(path.join(folder, 'sbom.spdx.json'));
  const companion = sbomManifest(sbom, manifestDescriptor(bytes));
  for (const part of [sbom, companion.config]) {
    const no = await send(`sha256:${sha256(part)}`, part.length, part);
    if (no) return no;
  }
  for (const [reference, what] of [
    [facts.version, bytes],
    [sbomTag(facts.digest), companion.manifest],
  ] as const) {
    const no = await registry.putManifest(reference, what);
    if (no) return no;
  }
  return { digest: facts.digest, sent, sbom: sbomTag(facts.digest) };
}

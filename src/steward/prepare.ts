/**
 * Everything an edition is made of, gathered in one folder and verified: the released bytes from the hub,
 * project.yaml from GitHub, and the files that we write about them. What is there already from an earlier
 * try is used when its hash is right.
 */
import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { Governance } from '../governance/governance.ts';
import { isoTime } from '../lib/clock.ts';
import { isRefusal, type Refusal } from '../lib/refusal.ts';
import { statementLines } from '../protocol/statements.ts';
import type { PublishOrder } from '../protocol/steward.ts';
import { CRATE_ASSET, MANIFEST_ASSET, PROVENANCE_ASSET } from '../publication/assets.ts';
import { commitOf, mainCommit, type EditionContent } from '../publication/content.ts';
import { writeCrate } from '../publication/crate/bag.ts';
import { crateFaults } from '../publication/crate/faults.ts';
import { formatOf } from '../publication/crate/format.ts';
import { crateMetadata } from '../publication/crate/metadata.ts';
import { manifestOf, manifestText } from '../publication/manifest.ts';
import type { StewardGitHub } from './github.ts';
import type { StewardHub } from './hub.ts';
import { contentOf } from './content.ts';
import type { Verified } from './verify.ts';
import { no } from './words.ts';

export interface PreparedAsset {
  name: string;
  contentType: string;
  place: string;
  size: number;
  sha256: string;
}

export interface Prepared {
  content: EditionContent;
  commit: string;
  assets: PreparedAsset[];
}

export interface PrepareParts {
  hub: StewardHub;
  github: StewardGitHub;
  /** Of this edition. */
  folder: string;
}

export async function prepare(
  parts: PrepareParts,
  order: PublishOrder,
  verified: Verified,
  g: Governance,
): Promise<Prepared | Refusal> {
  const { folder } = parts;
  await mkdir(folder, { recursive: true, mode: 0o700 });
  for (const file of verified.files) {
    const refused = await fetched(parts, order, file);
    if (refused) return refused;
  }
  const workflows = await workflowsOf(parts, order, verified);
  if (isRefusal(workflows)) return workflows;
  const address = `${parts.github.places.web}/${order.repository.owner}/${order.repository.name}`;
  // Not the present: a second try must find the first one's files whole.
  const preparedAt = isoTime(order.orderedAt);
  const content = contentOf(order, verified, g, { address, preparedAt, workflows });
  const [fault] = crateFaults(crateMetadata(content));
  if (fault !== undefined) return no.faultyCrate(fault);
  return { content, commit: mainCommit(content), assets: await assetsOf(content, folder) };
}

const bytesAt = (folder: string, sha256: string): string => join(folder, sha256);

async function fetched(
  { hub, folder }: PrepareParts,
  order: PublishOrder,
  file: { release: string; number: number; size: number; sha256: string },
): Promise<Refusal | undefined> {
  const place = bytesAt(folder, file.sha256);
  if ((await sumOf(place)) === file.sha256) return undefined;
  return hub.download(order, file, place);
}

async function workflowsOf(
  { github }: PrepareParts,
  { repository }: PublishOrder,
  { files }: Verified,
): Promise<EditionContent['workflows'] | Refusal> {
  const workflows: EditionContent['workflows'] = [];
  for (const commit of [...new Set(files.map(commitOf))].sort()) {
    const yaml = await github.content(repository, 'project.yaml', commit);
    if (!yaml) return no.noWorkflow();
    workflows.push({ commit, yaml });
  }
  return workflows;
}

async function assetsOf(content: EditionContent, folder: string): Promise<PreparedAsset[]> {
  const manifest = manifestOf(content);
  const written = async (name: string, contentType: string, text: string): Promise<PreparedAsset> => {
    await writeFile(join(folder, name), text, { mode: 0o600 });
    return described(name, contentType, join(folder, name));
  };
  const crate = join(folder, CRATE_ASSET);
  await writeCrate(
    content,
    (sha256) => ({ file: bytesAt(folder, sha256) }),
    createWriteStream(crate, { mode: 0o600 }),
  );
  const files = manifest.files.flatMap(({ asset, path, size, sha256 }) =>
    asset === null
      ? []
      : [{ name: asset, contentType: formatOf(path), place: bytesAt(folder, sha256), size, sha256 }],
  );
  return [
    ...files,
    await written(PROVENANCE_ASSET, 'application/vnd.in-toto.bundle', statementLines(content.statements)),
    await described(CRATE_ASSET, 'application/zip', crate),
    // Last: whoever finds it finds the others too.
    await written(MANIFEST_ASSET, 'application/json', manifestText(manifest)),
  ];
}

async function described(name: string, contentType: string, place: string): Promise<PreparedAsset> {
  const { size } = await stat(place);
  return { name, contentType, place, size, sha256: (await sumOf(place))! };
}

/** Undefined when there is no such file. */
async function sumOf(place: string): Promise<string | undefined> {
  const hash = createHash('sha256');
  try {
    await pipeline(createReadStream(place), hash);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  return hash.digest('hex');
}

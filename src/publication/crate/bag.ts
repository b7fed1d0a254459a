/**
 * The crate as a file: a zip with one BagIt 1.0 directory. Payload first, its manifest, the tag files, the
 * tag manifest last. Files may lie on disk: a bag is larger than a message.
 */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { Writable } from 'node:stream';
import yazl from 'yazl';
import type { EditionContent } from '../content.ts';
import { manifestOf, manifestText } from '../manifest.ts';
import { statementLines } from '../../protocol/statements.ts';
import { crateMetadata } from './metadata.ts';
import { outputPath, RELEASE_PATH, STATEMENTS_PATH, workflowFolder } from './terms.ts';
import { nameUuid } from './uuid.ts';
import { workflowMetadata } from './workflow.ts';

/** Of a released file, by its hash: where it lies, or its bytes. */
export type BytesOf = (sha256: string) => Uint8Array | { file: string };

interface Entry {
  /** Below the bag's directory. */
  path: string;
  bytes: Uint8Array | { file: string };
}

/** Writes the zip into `to` and ends it. */
export async function writeCrate(content: EditionContent, bytesOf: BytesOf, to: Writable): Promise<void> {
  const payload = payloadOf(content, bytesOf);
  const sums = await Promise.all(
    payload.map(async (entry) => ({ ...(await digestOf(entry)), path: entry.path })),
  );
  const manifest = text(
    'manifest-sha512.txt',
    sums.map(({ sum, path }) => `${sum}  ${escaped(path)}\n`).join(''),
  );
  const octets = sums.reduce((all, { size }) => all + size, 0);
  const tags = [
    text('bagit.txt', 'BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n'),
    text('bag-info.txt', bagInfo(content, `${octets}.${sums.length}`)),
    manifest,
  ];
  const tagSums = await Promise.all(
    tags.map(async (entry) => `${(await digestOf(entry)).sum}  ${entry.path}\n`),
  );
  const zip = new yazl.ZipFile();
  const mtime = new Date(content.preparedAt);
  for (const { path, bytes } of [...tags, text('tagmanifest-sha512.txt', tagSums.join('')), ...payload]) {
    const name = `${content.tag}/${path}`;
    const options = { mtime, mode: 0o100644 };
    if (bytes instanceof Uint8Array) zip.addBuffer(Buffer.from(bytes), name, options);
    else zip.addFile(bytes.file, name, options);
  }
  zip.end();
  await pipeline(zip.outputStream, to);
}

function payloadOf(content: EditionContent, bytesOf: BytesOf): Entry[] {
  return [
    text('data/ro-crate-metadata.json', json(crateMetadata(content))),
    ...content.workflows.flatMap(({ commit, yaml }) => {
      const folder = `data/${workflowFolder(content, commit)}`;
      return [
        { path: `${folder}project.yaml`, bytes: yaml },
        text(`${folder}ro-crate-metadata.json`, json(workflowMetadata(content, commit))),
      ];
    }),
    ...content.files.map((file) => ({ path: `data/${outputPath(file.path)}`, bytes: bytesOf(file.sha256) })),
    text(`data/${STATEMENTS_PATH}`, statementLines(content.statements)),
    text(`data/${RELEASE_PATH}`, manifestText(manifestOf(content))),
  ];
}

function bagInfo(content: EditionContent, oxum: string): string {
  return [
    `External-Identifier: urn:uuid:${nameUuid(content.tag)}`,
    `Bagging-Date: ${content.preparedAt.slice(0, 10)}`,
    `Payload-Oxum: ${oxum}`,
    `Source-Organization: ${content.deployment.id}`,
    `Internal-Sender-Identifier: ${content.tag}`,
    '',
  ].join('\n');
}

const text = (path: string, written: string): Entry => ({ path, bytes: Buffer.from(written, 'utf8') });
const json = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;

/** RFC 8493: line ends in names, and what escapes them. */
const escaped = (path: string): string =>
  path.replace(/%/g, '%25').replace(/\n/g, '%0A').replace(/\r/g, '%0D');

async function digestOf({ bytes }: Entry): Promise<{ sum: string; size: number }> {
  const hash = createHash('sha512');
  if (bytes instanceof Uint8Array) return { sum: hash.update(bytes).digest('hex'), size: bytes.length };
  let size = 0;
  await pipeline(
    createReadStream(bytes.file),
    new Writable({
      write(chunk: Buffer, _encoding, done) {
        size += chunk.length;
        hash.update(chunk);
        done();
      },
    }),
  );
  return { sum: hash.digest('hex'), size };
}

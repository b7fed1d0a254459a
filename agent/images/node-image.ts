/**
 * A container image made on the spot from this machine's own Node: no registry, no download.
 *
 * It holds the `node` binary, the shared libraries `ldd` names, what the caller adds, and nothing else (no
 * shell unless asked for). Sallyport's relay runs in one; so do the demo's actions. The tag is the hash
 * of the content, so a second call costs one question to the engine. Linux only.
 */
import { spawnSync } from 'node:child_process';
import { createReadStream, readFileSync, realpathSync, statSync } from 'node:fs';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import Docker from 'dockerode';
import tar from 'tar-stream';
import { sha256 } from '../../src/lib/hash.ts';

/** `path` is absolute in the image; the bytes are given or come from a host file. Mode 0644 unless said. */
export type ImageFile = { path: string; mode?: number } & (
  | { content: string | Uint8Array }
  | { source: string }
);

export interface NodeImageOptions {
  /** Last part of the local name `sallyport/<name>`: `[a-z0-9-]`. */
  name: string;
  files: ImageFile[];
  /** Entry point as an argument array, for example `['node', '/app/main.mjs']`; a job's words come after it. */
  entry: string[];
  /** Further host programs with their libraries, by absolute path, for example `/bin/sh`. */
  programs?: string[];
  docker?: Docker;
}

export interface NodeImage {
  /** `sallyport/<name>:<hash>`. */
  image: string;
  /** `sha256:…`, what governance may give as `imageId` for a dummy backend. */
  id: string;
}

/** Raised when the layout below changes, so that older images are not taken for new ones. */
const LAYOUT = 1;
const NODE = '/usr/local/bin/node';
const FOLDERS = ['app', 'etc', 'proc', 'sys', 'dev', 'workspace'];
const PASSWD = 'root:x:0:0:root:/:/sbin/nologin\nnobody:x:65534:65534:nobody:/tmp:/sbin/nologin\n';

export async function buildNodeImage(options: NodeImageOptions): Promise<NodeImage> {
  const docker = options.docker ?? new Docker();
  const files = withPrograms(options);
  const tag = sha256(JSON.stringify([LAYOUT, process.version, options.entry, files.map(identity)])).slice(
    0,
    16,
  );
  const image = `sallyport/${options.name}:${tag}`;
  const present = await imageId(docker, image);
  if (present) return { image, id: present };

  const changes = [
    `ENTRYPOINT ${JSON.stringify(options.entry)}`,
    'WORKDIR /workspace',
    'USER 65534:65534',
    // Libraries lie where the host has them, which need not be on the loader's default path.
    `ENV PATH=/usr/local/bin:/usr/bin:/bin LD_LIBRARY_PATH=${libraryFolders(files).join(':')}`,
    'LABEL sallyport.kind=image',
  ];
  const answer = await docker.importImage(asTar(files), { repo: `sallyport/${options.name}`, tag, changes });
  await finished(answer);
  const id = await imageId(docker, image);
  if (!id) throw new Error(`the engine took ${image} but does not have it`);
  return { image, id };
}

async function imageId(docker: Docker, image: string): Promise<string | undefined> {
  try {
    return (await docker.getImage(image).inspect()).Id;
  } catch (error) {
    if ((error as { statusCode?: number }).statusCode === 404) return undefined;
    throw error;
  }
}

function withPrograms(options: NodeImageOptions): ImageFile[] {
  const node = realpathSync(process.execPath);
  const programs = [
    { path: NODE, source: node },
    ...(options.programs ?? []).map((source) => ({ path: source, source })),
  ];
  const libraries = new Set(programs.flatMap(({ source }) => librariesOf(source)));
  const files: ImageFile[] = [
    ...programs.map((file) => ({ ...file, mode: 0o755 })),
    ...[...libraries].map((source) => ({ path: source, source, mode: 0o755 })),
    { path: '/etc/passwd', content: PASSWD },
    { path: '/etc/group', content: 'root:x:0:\nnogroup:x:65534:\n' },
    ...options.files,
  ];
  return files.sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** Absolute paths of the shared libraries and the loader; none for a static binary. */
function librariesOf(program: string): string[] {
  const answer = spawnSync('ldd', [program], { encoding: 'utf8' });
  if (answer.error)
    throw new Error(`"ldd" is needed to make an image from this machine's Node`, { cause: answer.error });
  // glibc: `libc.so.6 => /lib/…/libc.so.6 (0x…)` and a bare `/lib64/ld-linux… (0x…)`; musl prints the same forms.
  return [...answer.stdout.matchAll(/^\s*(?:\S+ => )?(\/\S+) \(0x/gm)].map((match) => match[1] ?? '');
}

function libraryFolders(files: ImageFile[]): string[] {
  return [
    ...new Set(
      files.filter((file) => file.path.includes('.so')).map((file) => path.posix.dirname(file.path)),
    ),
  ];
}

/** Host programs are known by size and time: hashing 100 MB at each start would cost more than the start. */
function identity(file: ImageFile): unknown[] {
  if ('content' in file) return [file.path, file.mode, sha256(file.content)];
  const { size, mtimeMs, mode } = statSync(file.source);
  if (size < 1_000_000) return [file.path, file.mode ?? mode, sha256(readFileSync(file.source))];
  return [file.path, file.mode, size, mtimeMs];
}

function asTar(files: ImageFile[]): NodeJS.ReadableStream {
  const pack = tar.pack();
  const mtime = new Date(0);
  const fill = async () => {
    for (const name of FOLDERS) pack.entry({ name, type: 'directory', mode: 0o755, mtime });
    // Without the sticky, world-writable mode a non-root program cannot use it.
    pack.entry({ name: 'tmp', type: 'directory', mode: 0o1777, mtime });
    for (const file of files) {
      const header = { name: file.path.replace(/^\/+/, ''), mode: file.mode ?? 0o644, mtime, uid: 0, gid: 0 };
      if ('content' in file) {
        pack.entry(header, Buffer.from(file.content));
      } else {
        const entry = pack.entry({ ...header, size: statSync(file.source).size });
        await pipeline(createReadStream(file.source), entry);
      }
    }
    pack.finalize();
  };
  fill().catch((error: unknown) => pack.destroy(error as Error));
  // tar-stream's streams pipe like Node's but lack three methods of the type.
  return pack as unknown as NodeJS.ReadableStream;
}

/** The engine reports a failed import inside the stream of a 200 answer. */
async function finished(answer: NodeJS.ReadableStream): Promise<void> {
  let text = '';
  for await (const chunk of answer) text += String(chunk);
  const failure = text.split('\n').find((line) => line.includes('"error"'));
  if (failure) throw new Error(`the engine refused the image: ${failure}`);
}

/** What `sallyport unzip` does: finds, unpacks one after the other, and says how far it is. */
import { lstatSync, readdirSync, realpathSync, statSync } from 'node:fs';
import path from 'node:path';
import { randomIds, type Ids } from '../lib/ids.ts';
import { refusal, refusalText, type Refusal } from '../lib/refusal.ts';
import { printable } from '../pipeline/pipeline.ts';
import { sizeText } from './size-text.ts';
import { unzipFile } from './unzip-file.ts';
import type { UnzipFlags } from './unzip.ts';

interface Out {
  write(text: string): unknown;
  isTTY?: boolean;
}

/** As much stays free on the disk. */
const SPARE = 512 * 1024 ** 2;

export async function unzip(
  paths: readonly string[],
  { verbose, maxSize }: UnzipFlags,
  out: Out,
  ids: Ids = randomIds,
  spare = SPARE,
): Promise<number> {
  const { files, faults } = find(paths);
  const say = (text: string): void => void out.write(`${text}\n`);
  const count = { done: 0, newer: 0, failed: faults.length, bytes: 0 };
  const meter = meterOn(out, files.length);
  for (const no of faults) say(shown(no));
  for (const [index, file] of files.entries()) {
    const progress = meter.of(file, index);
    const end = await unzipFile(file, { maxSize, spare, token: ids.id(), progress });
    meter.clear();
    count[end.state] += 1;
    if (end.state === 'failed') say(shown(end.no));
    if (end.state === 'newer' && verbose)
      say(`skipped ${printable(file)}: what it holds is there, and newer`);
    if (end.state !== 'done') continue;
    count.bytes += end.bytes;
    if (verbose) say(`unpacked ${printable(file)} (${sizeText(end.bytes)})`);
  }
  say(summary(count));
  return count.failed === 0 ? 0 : 1;
}

const shown = (no: Refusal): string => printable(refusalText(no));

function summary({
  done,
  newer,
  failed,
  bytes,
}: Record<'done' | 'newer' | 'failed' | 'bytes', number>): string {
  const files = (n: number): string => `${n} ${n === 1 ? 'file' : 'files'}`;
  if (done + newer + failed === 0) return 'There is no .gz file there.';
  const parts = [
    `${files(done)} unpacked (${sizeText(bytes)})`,
    ...(newer > 0 ? [`${newer} skipped, unpacked already`] : []),
    ...(failed > 0 ? [`${failed} failed`] : []),
  ];
  return `${parts.join(', ')}.`;
}

/** A folder that is named may be a link, as the place of large data often is; whatever lies below may not. */
function folderBehind(given: string): string {
  const stat = statSync(given, { throwIfNoEntry: false });
  return stat?.isDirectory() ? realpathSync(given) : given;
}

/** Regular files called `….gz`, each once; a path that is given may itself be one. */
function find(paths: readonly string[]): { files: string[]; faults: Refusal[] } {
  const files = new Set<string>();
  const given = new Set(paths);
  const faults: Refusal[] = [];
  const open = paths.map(folderBehind).reverse();
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    try {
      const stat = lstatSync(at);
      if (stat.isFile() && isZipped(at)) files.add(at);
      else if (stat.isDirectory())
        for (const name of readdirSync(at).sort().reverse()) open.push(path.join(at, name));
      else if (given.has(at)) faults.push(notZipped(at));
    } catch (error) {
      faults.push(unreadable(at, (error as NodeJS.ErrnoException).code ?? 'unknown error'));
    }
  }
  return { files: [...files], faults };
}

const isZipped = (file: string): boolean => /[^/\\]\.gz$/.test(file);

const notZipped = (file: string): Refusal =>
  refusal(
    'unzip.not-gz',
    `${file} is neither a folder nor a file called ….gz.`,
    'Name a .gz file, or a folder.',
  );

const unreadable = (file: string, code: string): Refusal =>
  refusal(
    'unzip.unreadable',
    code === 'ENOENT' ? `There is no ${file}.` : `${file} cannot be read (${code}).`,
    'Check the path, and who may read it.',
  );

/** One line that is written over, on a terminal only; ten times a second at most. */
function meterOn(
  out: Out,
  files: number,
): { of(file: string, index: number): (bytes: number) => void; clear(): void } {
  let shownAt = 0;
  let drawn = false;
  return {
    of(file, index) {
      let bytes = 0;
      return (more) => {
        bytes += more;
        const now = performance.now();
        if (!out.isTTY || now - shownAt < 100) return;
        shownAt = now;
        drawn = true;
        out.write(
          `\r\u001b[J${index + 1} of ${files}: ${printable(path.basename(file)).slice(0, 50)} ${sizeText(bytes)}`,
        );
      };
    },
    clear() {
      if (drawn) out.write('\r\u001b[J');
      drawn = false;
    },
  };
}

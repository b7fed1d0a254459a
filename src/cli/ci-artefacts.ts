/**
 * The outputs of a run as files to keep: a folder for each privacy level, logs beside them.
 *
 * Bytes are read without following a link and written as plain files, so that no link of a study leads whoever keeps
 * or opens them to another place.
 */
import { closeSync, existsSync, mkdirSync, openSync, readdirSync, readSync, writeSync } from 'node:fs';
import { join, posix } from 'node:path';
import { openBeneath, NotBeneath } from '../../agent/store/beneath.ts';
import { refusal, type Refusal } from '../lib/refusal.ts';

export interface ResultFile {
  path: string;
  level: string;
  /** Withheld from review: kept with what is highly sensitive. */
  excluded: boolean;
}

/** Undefined when the folder is empty or not there yet. */
export function refuseFolder(folder: string): Refusal | undefined {
  if (!existsSync(folder)) return undefined;
  try {
    if (readdirSync(folder).length === 0) return undefined;
  } catch {
    return refusal('ci.artefacts-no-folder', `${folder} is no folder that can be read.`, 'Name another.');
  }
  return refusal(
    'ci.artefacts-not-empty',
    `The folder ${folder} for the artefacts is not empty.`,
    'Delete what is in it, or name another: what an earlier run left must not pass for results of this one.',
  );
}

/** Answers where each file went, and what could not be taken. */
export function collectArtefacts(
  study: string,
  results: readonly ResultFile[],
  folder: string,
): { kept: string[]; left: string[] } {
  const kept: string[] = [];
  const left: string[] = [];
  const logs = logsIn(study).map((name) => ({ from: `metadata/${name}`, to: `logs/${name}` }));
  const outputs = results.map(({ path, level, excluded }) => ({
    from: path,
    to: `${excluded || level !== 'moderately_sensitive' ? 'highly_sensitive' : level}/${path}`,
  }));
  for (const { from, to } of [...outputs, ...logs]) {
    const name = to.split('/').map(artefactName).join('/');
    try {
      copy(study, from, join(folder, name));
      kept.push(name);
    } catch (error) {
      if (!(error instanceof NotBeneath) && (error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
      left.push(from);
    }
  }
  return { kept, left };
}

function logsIn(study: string): string[] {
  try {
    return readdirSync(join(study, 'metadata')).filter((name) => name.endsWith('.log'));
  } catch {
    return [];
  }
}

function copy(study: string, from: string, to: string): void {
  const file = openBeneath(study, from);
  try {
    mkdirSync(posix.dirname(to), { recursive: true });
    // 'wx': nothing that is there is written through.
    const target = openSync(to, 'wx');
    try {
      const buffer = Buffer.allocUnsafe(1024 * 1024);
      for (let got = readSync(file.fd, buffer); got > 0; got = readSync(file.fd, buffer))
        writeSync(target, buffer, 0, got);
    } finally {
      closeSync(target);
    }
  } finally {
    file.close();
  }
}

/** GitHub's artefacts take no name with these characters, and refuse all files because of one; `%` keeps names apart. */
function artefactName(name: string): string {
  return name.replace(
    /[%":<>|*?\\\u0000-\u001f\u007f]/g,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`,
  );
}

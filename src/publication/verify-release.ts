/**
 * Whether a downloaded publication is what the zone let out: hashes, signatures, and that both speak of the
 * same files. Pure, and needs no network: the keys come from somebody who is trusted.
 */
import { z } from 'zod';
import { isRefusal } from '../lib/refusal.ts';
import { subjectOf, verifyFileStatement, type Provenance, type Review } from '../protocol/statements.ts';
import { MANIFEST_FORMAT } from './manifest.ts';

const hex64 = z.string().regex(/^[0-9a-f]{64}$/);
/** Fields of later versions are let pass: what counts is signed. */
const manifestFile = z.object({
  format: z.literal(MANIFEST_FORMAT),
  tag: z.string(),
  repository: z.object({ id: z.int(), address: z.string() }),
  files: z
    .array(
      z.object({
        path: z.string(),
        release: z.string(),
        asset: z.string().nullable(),
        size: z.int().min(0),
        sha256: hex64,
        action: z.string(),
        commit: z.string(),
      }),
    )
    .min(1),
});

export interface Downloaded {
  manifest: string;
  /** One envelope a line. */
  statements: string;
  /** Size and hash of what lies there under this name; undefined when nothing does. */
  found(file: { path: string; asset: string | null }): { size: number; sha256: string } | undefined;
  /** An empty file has no asset on GitHub: it may be missing. */
  mayLackEmpty: boolean;
}

export interface ReleaseCheck {
  tag: string;
  files: { path: string; checkers: number[]; commit: string }[];
  /** Sentences; none: all is as the zone signed it. */
  faults: string[];
}

export function verifyRelease(given: Downloaded, keys: readonly string[]): ReleaseCheck {
  const read = manifestFile.safeParse(json(given.manifest));
  if (!read.success) return { tag: '', files: [], faults: ['The manifest is not one of a publication.'] };
  const { tag, repository, files } = read.data;
  const faults: string[] = [];
  const { made, reviewed } = statementsIn(given.statements, keys, faults);
  const checked: ReleaseCheck['files'] = [];
  for (const file of files) {
    const key = `${file.sha256} ${file.path}`;
    const [how, who] = [made.get(key), reviewed.get(key)];
    made.delete(key);
    reviewed.delete(key);
    const against = [
      bytesFault(given, file),
      how && who ? undefined : 'no key of these signed how it was made and how it was reviewed',
      how && madeFault(how, file),
      who && reviewFault(who, { release: file.release, repository: repository.id }),
    ].filter((fault) => fault !== undefined);
    faults.push(...against.map((fault) => `${file.path}: ${fault}.`));
    if (who && against.length === 0)
      checked.push({ path: file.path, checkers: who.predicate.signers, commit: file.commit });
  }
  if (made.size + reviewed.size > 0)
    faults.push('There are statements about files that the manifest does not list.');
  return { tag, files: checked, faults };
}

function bytesFault(
  given: Downloaded,
  file: { path: string; asset: string | null; size: number; sha256: string },
): string | undefined {
  const found = given.found(file);
  if (!found) return file.size === 0 && given.mayLackEmpty ? undefined : 'it is missing';
  return found.size === file.size && found.sha256 === file.sha256
    ? undefined
    : 'it has other bytes than were published';
}

function madeFault({ predicate }: Provenance, file: { action: string; commit: string }): string | undefined {
  const { action, commit } = predicate.buildDefinition.externalParameters;
  return action === file.action && commit === file.commit
    ? undefined
    : 'the manifest names another action or commit than was signed';
}

function reviewFault({ predicate }: Review, of: { release: string; repository: number }): string | undefined {
  if (predicate.release !== of.release || predicate.repository !== of.repository)
    return 'it was signed for another release or repository';
  return predicate.signers.includes(predicate.author) ? 'its author checked it' : undefined;
}

function statementsIn(text: string, keys: readonly string[], faults: string[]) {
  const made = new Map<string, Provenance>();
  const reviewed = new Map<string, Review>();
  for (const [at, line] of text.split('\n').entries()) {
    if (line === '') continue;
    const answer = verifyFileStatement(json(line), keys);
    if (isRefusal(answer)) {
      faults.push(`Statement ${at + 1}: ${answer.says}`);
      continue;
    }
    const { name, sha256 } = subjectOf(answer);
    if (answer.kind === 'provenance') made.set(`${sha256} ${name}`, answer.statement);
    else reviewed.set(`${sha256} ${name}`, answer.statement);
  }
  return { made, reviewed };
}

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** What `images build|push|verify` and `images list --built` print. */
import type { ImageFacts } from '../../agent/images/build/oci.ts';
import type { Checked } from '../../agent/images/build/verify.ts';
import type { Image } from '../governance/governance.ts';
import type { Clock } from '../lib/clock.ts';
import { printable } from '../pipeline/pipeline.ts';
import { age, size } from './images-show.ts';

const MARKS = { right: '✓', look: '!', wrong: '✗' } as const;

export function builtText(facts: ImageFacts & { folder: string }, tookMs: number): string {
  const { name, version, digest, packages, bytes, unpacked, folder } = facts;
  return [
    `✓ ${name}:${version}  ${digest}`,
    `  ${packages} packages, ${size(bytes)} to fetch, ${size(unpacked)} on a disk, made in ${Math.round(tookMs / 1000)} s`,
    `  ${printable(folder)}, with its SBOM in sbom.spdx.json`,
    '',
  ].join('\n');
}

/** As it is pasted into images.yml. */
export function enrolment({ name, version }: ImageFacts, repository: string, digest: string): string {
  const database = name === 'sqlrunner' ? ', database: true' : '';
  return `- {name: ${name}, version: ${version}, image: ${repository}, digest: '${digest}'${database}, retire_on: null}`;
}

/** One line for each thing that was looked at, the wrong ones last so that they are seen. */
export function checksText(where: string, checks: readonly Checked[]): string {
  const width = Math.max(...checks.map(({ what }) => what.length));
  const wrong = checks.filter(({ state }) => state === 'wrong').length;
  const lines = checks.map(
    ({ what, state, says }) => `${MARKS[state]} ${what.padEnd(width)}  ${printable(says)}`,
  );
  const end = wrong === 0 ? 'Nothing is wrong.' : `${wrong} of ${checks.length} wrong: do not enrol it.`;
  return [printable(where), ...lines, end, ''].join('\n');
}

export interface Enrolled {
  facts: ImageFacts & { folder: string };
  /** Its entry of images.yml; null: there is none, undefined: nobody asked. */
  enrolled?: Image | null;
}

export function builtListText(images: readonly Enrolled[], folder: string, now: number): string {
  if (images.length === 0)
    return `No image was built in ${printable(folder)}. Make one with "sallyport images build python".\n`;
  const rows = images.map(({ facts, enrolled }) => [
    `${facts.name}:${facts.version}`,
    facts.digest.slice(0, 19),
    size(facts.bytes),
    age(facts.created, now),
    `${facts.packages} packages`,
    standing(enrolled),
  ]);
  const widths = rows[0]!.map((_cell, at) => Math.max(...rows.map((row) => row[at]!.length)));
  const line = (row: readonly string[]): string =>
    row
      .map((cell, at) => (at === 2 || at === 4 ? cell.padStart(widths[at]!) : cell.padEnd(widths[at]!)))
      .join('  ');
  return rows.map((row) => `${line(row).trimEnd()}\n`).join('');
}

function standing(enrolled: Image | null | undefined): string {
  if (enrolled === undefined) return '';
  if (enrolled === null) return 'not enrolled';
  return enrolled.retireOn === null ? 'enrolled' : `enrolled, retires on ${enrolled.retireOn}`;
}

/** Steps of a build as they come; what a person waits for is said before it is done. */
export function steps(
  out: { write(text: string): unknown },
  name: string,
  clock: Clock,
): (text: string) => void {
  const began = clock.now();
  return (text) => {
    const after = Math.round((clock.now() - began) / 1000);
    out.write(`${name}: ${text}${after > 0 ? ` (${after} s)` : ''}\n`);
  };
}

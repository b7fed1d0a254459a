/** What `sallyport clean` does, and says of it. */
import { realpathSync } from 'node:fs';
import { withLeftovers, type Leftover, type Leftovers } from '../../agent/leftovers.ts';
import { refusal, Refused } from '../lib/refusal.ts';
import { printable } from '../pipeline/pipeline.ts';
import type { CleanFlags } from './clean.ts';
import { sizeText } from './size-text.ts';
import { readStudy } from './study.ts';

interface Out {
  write(text: string): unknown;
}

export async function clean(flags: CleanFlags, out: Out): Promise<number> {
  const dir = folderOf(flags.projectDir);
  const actions = actionsOf(dir);
  const say = (text: string): void => void out.write(`${text}\n`);
  const options = { dir, actions, images: flags.images };
  const registry = process.env['SALLYPORT_IMAGES'];
  return withLeftovers({ ...options, ...(registry === undefined ? {} : { registry }) }, (found) =>
    removeAll(found, flags, say),
  );
}

async function removeAll(
  { found, kept, engine }: Leftovers,
  { dryRun, verbose }: CleanFlags,
  say: (text: string) => void,
): Promise<number> {
  const gone: Leftover[] = [];
  let failed = 0;
  for (const one of found) {
    const why = dryRun ? undefined : await attempt(one);
    if (why === undefined) gone.push(one);
    else failed += 1;
    const done = dryRun ? 'would remove' : 'removed';
    if (why !== undefined) say(`not removed: ${lineOf(one)}: ${why}`);
    else if (verbose) say(`${done} ${lineOf(one)}`);
  }
  for (const { name, kind } of kept) {
    const how = kind === 'launch' ? `"sallyport launch stop ${name}"` : 'leave it where it was started';
    say(`left: ${printable(name)} is running; to end it: ${how}`);
  }
  if (engine !== undefined) say(`note: no containers were looked for. ${engine}`);
  say(summary(gone, dryRun));
  return failed === 0 ? 0 : 1;
}

const lineOf = ({ kind, name, bytes }: Leftover): string =>
  `${NAMES[kind][0]} ${printable(name)}${bytes > 0 ? ` (${sizeText(bytes)})` : ''}`;

async function attempt(one: Leftover): Promise<string | undefined> {
  try {
    await one.remove();
    return undefined;
  } catch (error) {
    return printable(error instanceof Error ? error.message : String(error));
  }
}

/** One, and several. */
const NAMES: Readonly<Record<Leftover['kind'], readonly [string, string]>> = {
  container: ['container', 'containers'],
  network: ['network', 'networks'],
  process: ['job', 'jobs'],
  folder: ['work folder', 'work folders'],
  log: ['old log', 'old logs'],
  file: ['half-written file', 'half-written files'],
  image: ['superseded image', 'superseded images'],
};

/** `Removed 2 containers and 1 work folder: 1.2 GiB.` */
function summary(gone: readonly Leftover[], dryRun: boolean): string {
  if (gone.length === 0) return dryRun ? 'Nothing would be removed.' : 'Nothing was left.';
  const counts = Object.entries(NAMES).flatMap(([kind, [one, several]]) => {
    const count = gone.filter((each) => each.kind === kind).length;
    return count === 0 ? [] : [`${count} ${count === 1 ? one : several}`];
  });
  const bytes = gone.reduce((sum, each) => sum + each.bytes, 0);
  const all = counts.join(', ').replace(/, ([^,]*)$/, ' and $1');
  return `${dryRun ? 'Would remove' : 'Removed'} ${all}: ${sizeText(bytes)}.`;
}

function folderOf(given: string): string {
  try {
    return realpathSync(given);
  } catch {
    throw new Refused(
      refusal('clean.no-folder', `There is no folder ${given}.`, 'Name your study with --project-dir.'),
    );
  }
}

/** Undefined when project.yaml does not say: then no log is known to be old. */
function actionsOf(dir: string): string[] | undefined {
  try {
    return readStudy(dir).actions.map(({ name }) => name);
  } catch (error) {
    if (error instanceof Refused) return undefined;
    throw error;
  }
}

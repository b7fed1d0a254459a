/** The study that `plan`, `dag` and `explain` speak of: the project.yaml of a folder, read as everywhere. */
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { isRefusal, refusal, Refused } from '../lib/refusal.ts';
import {
  MAX_SIZE,
  plan,
  printable,
  readProjectBytes,
  readingTooLarge,
  type Pipeline,
} from '../pipeline/pipeline.ts';

/** Throws Refused 'study.unreadable' and 'study.invalid'. */
export function readStudy(folder: string): Pipeline {
  const file = join(folder, 'project.yaml');
  const { pipeline, diagnostics } = readingOf(file);
  if (pipeline) return pipeline;
  const errors = diagnostics.filter(({ severity }) => severity === 'error');
  const first = errors[0]!;
  const more = errors.length > 1 ? ` (and ${(errors.length - 1).toLocaleString('en-GB')} more)` : '';
  throw new Refused(
    refusal(
      'study.invalid',
      `${printable(file)} is not right. Line ${first.line}: ${first.message}${more}`,
      '"sallyport check" shows every error with its line and what to write instead.',
    ),
  );
}

function readingOf(file: string): ReturnType<typeof readProjectBytes> {
  try {
    const stats = statSync(file);
    if (!stats.isFile()) throw Object.assign(new Error('no file'), { code: 'EISDIR' });
    return stats.size > MAX_SIZE ? readingTooLarge(stats.size) : readProjectBytes(readFileSync(file));
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'unknown error';
    const says =
      code === 'ENOENT' ? `There is no ${printable(file)}.` : `${printable(file)} cannot be read (${code}).`;
    throw new Refused(
      refusal('study.unreadable', says, 'Go to your study, or name its folder with --project-dir.'),
    );
  }
}

/** Throws Refused 'plan.unknown-action'. */
export function refuseUnknown(pipeline: Pipeline, names: readonly string[]): void {
  if (names.length === 0) return;
  const planned = plan({ pipeline, asked: names, latest: new Map(), force: false });
  if (isRefusal(planned)) throw new Refused(planned);
}

/** The pipeline of these actions and whatever they need, in file order; all of it when none is named. */
export function partOf(pipeline: Pipeline, names: readonly string[]): Pipeline {
  if (names.length === 0) return pipeline;
  const actions = new Map(pipeline.actions.map((action) => [action.name, action]));
  const wanted = new Set<string>();
  const open = [...names];
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    if (wanted.has(name)) continue;
    wanted.add(name);
    for (const need of actions.get(name)?.needs ?? []) open.push(need);
  }
  return { ...pipeline, actions: pipeline.actions.filter(({ name }) => wanted.has(name)) };
}

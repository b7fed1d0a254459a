/** How sensitive a file turns out to be, and whether it may be viewed: the same in the zone and on the laptop. */
import { moreSensitive } from './collect.ts';
import { moderate, moderateUnread, type ModerateLimits } from './moderate.ts';
import type { Input, OutputFile } from './types.ts';
import * as words from './words.ts';

/** `read` is asked only for files small enough to be viewed. */
export async function judge(
  output: OutputFile,
  inputs: readonly Pick<Input, 'hash' | 'level'>[],
  limits: ModerateLimits,
  read: () => Promise<Uint8Array>,
): Promise<OutputFile> {
  const same = inputs.filter((input) => input.hash === output.hash).map((input) => input.level);
  const level = same.reduce(moreSensitive, output.level);
  if (level !== output.level) return { ...output, level, excluded: true, message: words.LEVEL_RAISED };
  if (level !== 'moderately_sensitive') return output;
  const verdict =
    moderateUnread(output.path, output.size, limits) ?? moderate(output.path, await read(), limits);
  return {
    ...output,
    excluded: verdict.reasons.length > 0,
    ...(verdict.reasons.length > 0 ? { message: verdict.reasons.join('\n') } : {}),
    ...(verdict.rows === undefined ? {} : { rows: verdict.rows }),
    ...(verdict.columns === undefined ? {} : { columns: verdict.columns }),
  };
}

/** The rules for actions that write one record per person: P24–P27. Decided on the parsed words. */
import { isCohortCommand, OUTPUT_FOLDER_OPTION, OUTPUT_OPTION, writesDataset } from './compat.ts';
import type { Draft } from './draft.ts';
import type { Report } from './report.ts';
import * as words from './words-paths.ts';

export function checkDataset(draft: Draft, report: Report): void {
  const { image, run } = draft;
  if (!image || !run) return;
  const args = draft.words!.slice(1);
  if (isCohortCommand(image, args)) checkCohort(draft, args, report);
  if (!writesDataset(image, args)) return;
  const command = args[0]!;
  for (const { level, spot } of draft.levels) {
    if (level !== 'highly_sensitive') report.error('P25', spot, words.onlyHigh(command, level));
  }
  const option = optionValue(args, OUTPUT_OPTION);
  if (!option) report.error('P26', run.spot, words.noOutputOption(command));
  else checkOutputOption(option, draft, report);
}

function checkCohort(draft: Draft, args: readonly string[], report: Report): void {
  if (draft.levels.length > 1)
    report.error('P24', draft.levels[1]!.spot, words.oneLevel(draft.levels.length));
  if (optionValue(args, OUTPUT_FOLDER_OPTION) !== undefined) return;
  const folders = [
    ...new Set(draft.outputs.map(({ pattern }) => pattern.slice(0, pattern.lastIndexOf('/') + 1))),
  ];
  if (folders.length > 1) report.error('P24', draft.run!.spot, words.oneFolder(folders));
}

/** The value of the option's first occurrence; '' when it has none, undefined when it does not occur. */
function optionValue(args: readonly string[], option: string): string | undefined {
  const at = args.findIndex((arg) => arg === option || arg.startsWith(`${option}=`));
  if (at === -1) return undefined;
  return args[at] === option ? (args[at + 1] ?? '') : args[at]!.slice(option.length + 1);
}

function checkOutputOption(option: string, draft: Draft, report: Report): void {
  const colon = option.lastIndexOf(':');
  const ending = option.slice(colon + 1);
  if (colon === -1 || ending.includes('/')) {
    if (!draft.outputs.some(({ pattern }) => pattern === option)) {
      report.error('P27', draft.run!.spot, words.outputOptionFile(option));
    }
    return;
  }
  const start = `${option.slice(0, colon).replace(/\/$/, '')}/`;
  for (const { pattern, spot } of draft.outputs) {
    // Here "*" stands for "/" as well.
    const fits =
      pattern.startsWith(start) &&
      pattern.endsWith(`.${ending}`) &&
      pattern.length > start.length + ending.length;
    if (!fits) report.error('P27', spot, words.outputOptionFolder(option, `${start}*.${ending}`, pattern));
  }
}

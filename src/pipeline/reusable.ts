/**
 * Reusable actions: `name:tag` of another repository instead of a runtime image. Its `action.yaml` says
 * what really runs. Where a mistake lies decides who can mend it, so every refusal says whose it is.
 */
import { refusal, type Refusal } from '../lib/refusal.ts';
import { readImage } from './action.ts';
import { configWords } from './command.ts';
import { isDatabaseCommand, RUNTIME_IMAGES } from './compat.ts';
import { readText } from './read.ts';
import { Places, Report } from './report.ts';
import { splitWords } from './shell.ts';
import { given, isNull, kindName, textOf, type Node } from './tree.ts';
import type { Action, Diagnostic, ImageName } from './types.ts';
import * as words from './words.ts';
import * as planWords from './words-plan.ts';

export interface ReusableAction {
  run: string;
  /** The runtime image; whether it is allowed, governance decides. */
  image: ImageName;
  /** The words after the image. */
  args: string[];
}

export interface ActionReading {
  /** Present exactly when there is no error. */
  action?: ReusableAction;
  diagnostics: Diagnostic[];
}

/** Whether the first word of `run` is looked up as a reusable action. */
export function isReusable(image: ImageName): boolean {
  return !(RUNTIME_IMAGES as readonly string[]).includes(image.name);
}

/** Reads the `action.yaml` of another repository. Never throws; findings as for a project file. */
export function readActionFile(text: string): ActionReading {
  const report = new Report(new Places(text), words.more);
  const node = readText(text, report);
  const action = node && readRun(node, report);
  const diagnostics = report.diagnostics();
  return report.hasErrors || !action ? { diagnostics } : { action, diagnostics };
}

function readRun(top: Node, report: Report): ReusableAction | undefined {
  const entry = top.kind === 'map' ? given(top, 'run') : undefined;
  const run = entry && textOf(entry.value);
  if (!entry || run === undefined) {
    const found = entry
      ? `"run" is ${kindName(entry.value)}`
      : isNull(top)
        ? 'it is empty'
        : '"run" is missing';
    report.error(
      'action.run',
      entry?.value ?? { start: top.start, end: top.start },
      planWords.actionFile(found),
    );
    return undefined;
  }
  const split = run.includes('\0') ? [] : splitWords(run);
  if (!Array.isArray(split)) {
    report.error('action.run', entry.value, words.runQuoting(split.fault));
    return undefined;
  }
  const image = split[0] === undefined ? undefined : readImage(split[0]);
  if (!image) {
    report.error('action.run', entry.value, words.imageVersion(split[0] ?? ''));
    return undefined;
  }
  const args = split.slice(1);
  if (isDatabaseCommand(image, args))
    report.error('action.database', entry.value, planWords.actionReadsDatabase());
  return { run, image, args };
}

/** What runs in the end: the action's words, the user's words behind the image, then the config. */
export function withReusable(
  action: Pick<Action, 'args' | 'config'>,
  resolved: ReusableAction,
): { image: ImageName; command: string[] } {
  return {
    image: resolved.image,
    command: [...resolved.args, ...action.args, ...configWords(action.config)],
  };
}

/** What went wrong while an action was looked up. */
export type ReusableProblem =
  | { type: 'no-repository' }
  | { type: 'no-version' }
  | { type: 'not-on-main' }
  | { type: 'no-file' }
  | { type: 'bad-file'; diagnostics: readonly Diagnostic[] }
  | { type: 'image-not-allowed'; image: ImageName };

export type Whose = 'yours' | 'the author’s';

const WHOSE: Record<ReusableProblem['type'], Whose> = {
  'no-repository': 'yours',
  'no-version': 'yours',
  'not-on-main': 'the author’s',
  'no-file': 'the author’s',
  'bad-file': 'the author’s',
  'image-not-allowed': 'the author’s',
};

/** The refusal for the person who asked, beginning with their action and image. Code `reusable.<type>`. */
export function reusableRefusal(
  action: Pick<Action, 'name' | 'image'>,
  problem: ReusableProblem,
): Refusal & { whose: Whose } {
  const image = `${action.image.name}:${action.image.tag}`;
  const [sentence, next] = sentenceOf(action.image, problem);
  const no = refusal(`reusable.${problem.type}`, planWords.reusable(action.name, image, sentence), next);
  return { ...no, whose: WHOSE[problem.type] };
}

function sentenceOf({ name, tag }: ImageName, problem: ReusableProblem): [string, string] {
  switch (problem.type) {
    case 'no-repository':
      return planWords.noSuchAction(name);
    case 'no-version':
      return planWords.noSuchTag(name, tag);
    case 'not-on-main':
      return planWords.notOnMain();
    case 'no-file':
      return planWords.noActionFile();
    case 'bad-file': {
      const first = problem.diagnostics.find(({ severity }) => severity === 'error');
      return planWords.badActionFile(first?.line ?? 1, first?.message ?? planWords.UNREADABLE);
    }
    case 'image-not-allowed':
      return planWords.imageNotAllowed(`${problem.image.name}:${problem.image.tag}`);
  }
}

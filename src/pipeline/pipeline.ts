/**
 * project.yaml → Pipeline; plan and schedule. The face of the room: pure, no input makes it throw.
 */
export { commandOf, imagesOf, isDatabaseAction, tagOf } from './command.ts';
export { OUTPUT_OPTION, RUNTIME_IMAGES } from './compat.ts';
export {
  checkCodelists,
  codelistFolder,
  listedLines,
  type CodelistFinding,
  type CodelistFolder,
} from './codelists.ts';
export { codelistHash } from '../codelists/hashes.ts';
export {
  byItself,
  codeOf,
  freshness,
  LONGEST_PROGRAM,
  programText,
  onlyByNeeds,
  type Cause,
  type CodeFile,
  type Freshness,
  type FreshnessFacts,
  type Made,
} from './freshness.ts';
export { matches, patternsOverlap } from './glob.ts';
export { DRAWN_BY_GITHUB, mermaid } from './mermaid.ts';
export { extensionOf, VIEWABLE } from './paths.ts';
export { plan, RUN_ALL, type PlanRequest } from './plan.ts';
export { printable } from './quote.ts';
export {
  LATEST_VERSION,
  MAX_ACTIONS,
  MAX_SIZE,
  readingTooLarge,
  readProject,
  readProjectBytes,
} from './read.ts';
export {
  isReusable,
  readActionFile,
  reusableRefusal,
  withReusable,
  type ActionReading,
  type ReusableAction,
  type ReusableProblem,
} from './reusable.ts';
export { neverStarts, next, ReadyQueue, type Limits, type Pool } from './schedule.ts';
export { projectJsonSchema } from './schema.ts';
export { splitWords, type SplitFault } from './shell.ts';
export { nearest } from './suggest.ts';
export * from './types.ts';
export { writtenAction, writtenOut } from './written-out.ts';
export { causeText, freshnessText } from './words-freshness.ts';

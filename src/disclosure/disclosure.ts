/**
 * The automatic checks on output files: bytes in, findings out. The face of the room: pure, reads nothing
 * itself, and no bytes make it throw. It never gives a verdict: two people do, and see these as hints.
 */
export { CHECKER_VERSION, CHECKS, type CheckId } from './catalogue.ts';
export { contentOf } from './content.ts';
export { compareTables, compareVersions } from './differ.ts';
export type { ScannedPart } from './delimited.ts';
export { checkFile, checkStream, scanPart } from './file.ts';
export { canonicalImage } from './image.ts';
export { compiled, DEFAULT_POLICY, type Compiled, type DisclosurePolicy, type Limits } from './policy.ts';
export { PACKS, type Matcher, type RulePack } from './packs.ts';
export {
  checkRequest,
  SCANS,
  type GroupContext,
  type MalwareScan,
  type Origin,
  type RequestFile,
  type RequestReport,
  type WholeRequest,
} from './request.ts';
export { tablesOf } from './table-facts.ts';
export * from './types.ts';

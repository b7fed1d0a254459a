/**
 * Names of other systems that a project.yaml may hold: their images, commands and options. Everything
 * that treats one of them specially asks here, by parsed words, never by the raw text.
 */
import type { ImageName } from './types.ts';

const DATABASE_COMMANDS: Record<string, 'any' | readonly string[]> = {
  ehrql: ['generate-dataset', 'generate-measures'],
  sqlrunner: 'any',
  cohortextractor: ['generate_cohort', 'generate_codelist_report'],
  databuilder: ['generate-dataset'],
};

const DATASET_IMAGES = ['ehrql', 'databuilder'];
const DATASET_COMMANDS = ['generate-dataset', 'generate_dataset'];

/** Images that run as they are; any other name is a reusable action. */
export const RUNTIME_IMAGES = ['ehrql', 'stata-mp', 'r', 'jupyter', 'python', 'sqlrunner'] as const;

export const OUTPUT_OPTION = '--output';
export const OUTPUT_FOLDER_OPTION = '--output-dir';
export const CONFIG_OPTION = '--config';

/** Only these actions get a database. The second word of the command decides. */
export function isDatabaseCommand(image: ImageName, args: readonly string[]): boolean {
  const commands = Object.hasOwn(DATABASE_COMMANDS, image.name) ? DATABASE_COMMANDS[image.name]! : [];
  return commands === 'any' || (args[0] !== undefined && commands.includes(args[0]));
}

/** The command writes one record per person: its outputs are highly sensitive and named on the command line. */
export function writesDataset(image: ImageName, args: readonly string[]): boolean {
  return DATASET_IMAGES.includes(image.name) && DATASET_COMMANDS.includes(args[0] ?? '');
}

export function isCohortCommand(image: ImageName, args: readonly string[]): boolean {
  return image.name === 'cohortextractor' && args[0] === 'generate_cohort';
}

/** A prefix, so that `cohortextractor-v2:…` is not let in either. */
export function isCohortextractor(image: ImageName): boolean {
  return image.name.startsWith('cohortextractor');
}

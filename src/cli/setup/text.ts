/** Settings files as people write them: each line that is not plain says what it is for. */
import { stringify } from 'yaml';

/** One value on one line. */
export const q = (value: unknown): string =>
  stringify(value, {
    collectionStyle: 'flow',
    lineWidth: 0,
    flowCollectionPadding: false,
    defaultStringType: 'PLAIN',
  }).trim();

/** Lines, without those that do not apply here. */
export const lines = (...parts: readonly (string | false | undefined)[]): string =>
  `${parts.filter((one): one is string => typeof one === 'string').join('\n')}\n`;

export const HEAD = (role: string, page: string): string =>
  `# Written by "sallyport setup ${role}": run it again to change an answer, or change it here. docs/install/${page} says what else there is.`;

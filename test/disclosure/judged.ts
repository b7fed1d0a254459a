/** What a file of this name and content is found to be, by the ids of the checks. */
import { checkFile, DEFAULT_POLICY, type FileFacts } from '../../src/disclosure/disclosure.ts';

export function found(path: string, content: string | Uint8Array, facts: FileFacts = {}): string[] {
  return checkFile(path, Buffer.from(content), DEFAULT_POLICY, facts).findings.map(({ check }) => check);
}

export const svg = (inside: string): string =>
  `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 400 300">${inside}</svg>`;

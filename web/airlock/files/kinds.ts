/** Which viewer a file gets: by suffix, and plain text for everything else that may be shown at all. */
import { suffixOf } from '../../../src/release/release.ts';
import type { ViewerKind } from './types.ts';

const BY_SUFFIX: Readonly<Record<string, ViewerKind>> = {
  csv: 'table',
  tsv: 'table',
  json: 'json',
  md: 'markdown',
  log: 'log',
  png: 'image',
  jpg: 'image',
  jpeg: 'image',
  svg: 'svg',
  svgz: 'svg',
  html: 'html',
  htm: 'html',
};

export function viewerOf(path: string): ViewerKind {
  return BY_SUFFIX[suffixOf(path)] ?? 'text';
}

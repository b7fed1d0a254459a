/** Media types of what may be released. */
const FORMATS: Record<string, string> = {
  csv: 'text/csv',
  tsv: 'text/tab-separated-values',
  json: 'application/json',
  txt: 'text/plain',
  md: 'text/markdown',
  log: 'text/plain',
  png: 'image/png',
  jpg: 'image/jpeg',
  jpeg: 'image/jpeg',
  svg: 'image/svg+xml',
  html: 'text/html',
};
export const formatOf = (path: string): string =>
  FORMATS[path.slice(path.lastIndexOf('.') + 1).toLowerCase()] ?? 'application/octet-stream';

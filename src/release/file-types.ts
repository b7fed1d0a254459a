/** Names of files: what may be asked for at all, and what a name says of the content. */

/** Below the workspace, no links upwards, no hidden files, nothing a shell or a page could trip over. */
export function isSafePath(path: string): boolean {
  const parts = path.split('/');
  return (
    path.length <= 500 &&
    !/[\\\p{Cc}\p{Cf}]/u.test(path) &&
    parts.every((part) => part !== '' && !part.startsWith('.'))
  );
}

/** Where the agent writes the logs of jobs; no job can write there. */
export function isJobLog(path: string): boolean {
  return /^metadata\/[^/]+\.log$/.test(path);
}

/** Lower case, without the dot; empty when there is none. */
export function suffixOf(path: string): string {
  return /\.([^./]+)$/.exec(path)?.[1]?.toLowerCase() ?? '';
}

/** What the first bytes say; everything readable that is neither SVG nor HTML is text. */
export const CONTENT = ['text', 'png', 'jpeg', 'svg', 'gzip', 'html', 'unknown'] as const;
export type Content = (typeof CONTENT)[number];

/** What the content must look like, by suffix. */
export const CONTENT_OF: Readonly<Record<string, Content>> = {
  csv: 'text',
  tsv: 'text',
  json: 'text',
  txt: 'text',
  md: 'text',
  log: 'text',
  png: 'png',
  jpg: 'jpeg',
  jpeg: 'jpeg',
  svg: 'svg',
  svgz: 'gzip',
  html: 'html',
};

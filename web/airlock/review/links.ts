/** Addresses of the pages about a request. */

/** One segment of a path: nothing in it ends the segment. */
const seg = encodeURIComponent;

export const requestUrl = (id: string): string => `/requests/${seg(id)}`;
export const groupUrl = (id: string, group: string): string => `${requestUrl(id)}/groups/${seg(group)}`;
export const fileUrl = (id: string, file: number): string => `${requestUrl(id)}/files/${file}`;
export const diffUrl = (id: string, file: number): string => `${fileUrl(id, file)}/diff`;
export const rawUrl = (id: string, file: number): string => `${fileUrl(id, file)}/raw`;
export const downloadUrl = (id: string, file: number): string => `${fileUrl(id, file)}/download`;
export const codeUrl = (id: string, file: number, path?: string): string =>
  `${requestUrl(id)}/code/${file}${path === undefined ? '' : `?path=${encodeURIComponent(path)}`}`;
/** The same file beside what it was when an output of this path was released last. */
export const codeSinceUrl = (id: string, file: number, path: string): string =>
  `${codeUrl(id, file, path)}&since=release`;
export const activityUrl = (id: string): string => `${requestUrl(id)}/activity`;
/** Where a form about a request is sent. */
export const deedUrl = (id: string, deed: string): string => `${requestUrl(id)}/deeds/${deed}`;

/** The place inside a file that a hint or comment is about, behind `#`. */
export function placeHash(place: { row?: number; column?: string }): string {
  const { row, column } = place;
  if (row === undefined && column === undefined) return '';
  return `#${encodeURIComponent(placeText(place))}`;
}

/** `row=7,column=n`: also how a comment's anchor says it. */
export function placeText({ row, column }: { row?: number; column?: string }): string {
  return [row === undefined ? '' : `row=${row}`, column === undefined ? '' : `column=${column}`]
    .filter(Boolean)
    .join(',');
}

/** `3:row=7,column=n` is file 3 and the rest. */
export function readAnchor(anchor: string): { file: number; place: string } | undefined {
  const found = /^([1-9][0-9]{0,5})(?::(.+))?$/s.exec(anchor);
  return found ? { file: Number(found[1]), place: found[2] ?? '' } : undefined;
}

/** One CSV line (RFC 4180, line feed). A null is an empty field, an empty text is `""`. */
export function csvLine(fields: readonly (string | null)[]): string {
  let line = '';
  for (let at = 0; at < fields.length; at += 1) {
    const field = fields[at];
    if (at > 0) line += ',';
    if (field === null || field === undefined) continue;
    line += field === '' || /[",\r\n]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field;
  }
  return `${line}\n`;
}

/** A study of two actions: dummy data that stands for a database, and a program that reads it. */
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/** `model`: how its second action is written, behind its name. */
export const twoActions = (model: string): string => `version: 5
actions:
  extract:
    run: sqlrunner:v1 --output output/rows.csv q.sql
    dummy_data_file: dummy.csv
    outputs: {highly_sensitive: {rows: output/rows.csv}}
  model:
${model.replace(/^/gm, '    ')}
`;

export function writeStudy(dir: string, files: Record<string, string>): void {
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(dir, file)), { recursive: true });
    writeFileSync(path.join(dir, file), text);
  }
}

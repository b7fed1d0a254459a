// Looks for secrets in every file that git keeps here, with the very eyes by which the product looks through a study
// before it is made public. Tests of those eyes hold made-up ones: listed here by file and kind, and no longer than needed.
import { execFileSync } from 'node:child_process';
import { lstatSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { bundled } from './bundled.mjs';

/** File → kinds that are made up there. An entry that nothing needs any more is a fault, too. */
const MADE_UP = {
  'test/database/direct.test.ts': ['database-password'],
  'test/lib/logs.test.ts': ['database-password'],
  'test/images/sqlrunner.test.ts': ['database-password'],
  'test/visibility/secrets.test.ts': ['database-password'],
};

/** Lines to print, none when all is well. `madeUp` is for tests. */
export async function secretsIn(root, code = root, madeUp = MADE_UP) {
  const { SecretLook, secretUnder } = await bundled(code, 'src/visibility/secrets.ts');
  const files = execFileSync('git', ['ls-files', '-z'], { cwd: root, encoding: 'utf8', maxBuffer: 2 ** 26 });
  const faults = [];
  const used = new Set();
  for (const file of files.split('\0').filter(Boolean)) {
    const place = path.join(root, file);
    if (!lstatSync(place, { throwIfNoEntry: false })?.isFile()) continue;
    const look = new SecretLook();
    look.push(readFileSync(place, 'latin1'));
    const kinds = look.kinds();
    for (const kind of kinds) if (madeUp[file]?.includes(kind)) used.add(`${file} ${kind}`);
    const found = secretUnder(
      file,
      kinds.filter((kind) => !madeUp[file]?.includes(kind)),
    );
    if (found)
      faults.push(`${file}: ${found}. Take it out of the history, and make a new one: it has been seen.`);
  }
  for (const [file, kinds] of Object.entries(madeUp))
    for (const kind of kinds)
      if (!used.has(`${file} ${kind}`))
        faults.push(`.tools/secrets.mjs lists ${kind} in ${file}, where there is none: take the entry out.`);
  return faults;
}

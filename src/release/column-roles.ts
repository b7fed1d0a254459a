/**
 * What an author says of a column against what the automatic checks read in it: a count of people, or none.
 * It is part of what is graded, like context and controls; and it belongs to the bytes it was said of, so
 * other bytes do not inherit it.
 */
import { gradesIn, notOpen, ofGrade, carries, isBlank } from './editing.ts';
import { idOf, liveFiles, lockedPaths } from './lookup.ts';
import { no } from './refusals.ts';
import { answer, type At, type Drafted, type Outcome } from './rule.ts';
import type { ReleaseRequest, RequestFile } from './types.ts';

/** The longest heading that is taken for one. */
const LONGEST = 200;

export function setRole({ request, command, facts }: At<'set-role'>): Outcome {
  const { column, as, reason, by, path } = command;
  const file = liveFiles(request).find((each) => each.path === path);
  if (!file) return { no: [no.noFile()] };
  const said = roleOf(file, column);
  return answer(
    [
      ...notOpen(facts),
      lockedPaths(request).has(path) && no.locked(),
      (isBlank(column) || column.length > LONGEST) && no.column(),
      isBlank(reason) && no.reason(),
      said?.as === as && said.reason === reason && no.sameRole(),
    ],
    () => [
      { type: 'ROLE_OVERRIDE', path, sha256: file.sha256, column, as, person: idOf(by), reason },
      ...reopened(request, file),
    ],
  );
}

export function clearRole({ request, command, facts }: At<'clear-role'>): Outcome {
  const { column, by, path } = command;
  const file = liveFiles(request).find((each) => each.path === path);
  if (!file) return { no: [no.noFile()] };
  return answer(
    [...notOpen(facts), lockedPaths(request).has(path) && no.locked(), !roleOf(file, column) && no.noRole()],
    () => [
      { type: 'ROLE_OVERRIDE', path, sha256: file.sha256, column, as: null, person: idOf(by) },
      ...reopened(request, file),
    ],
  );
}

function roleOf(file: RequestFile, column: string) {
  return file.roles?.find((each) => each.column === column);
}

/** The file means something else now; the files beside it need another look. */
function reopened(request: ReleaseRequest, file: RequestFile): Drafted[] {
  const undecided = gradesIn(request, [file.group])
    .filter(({ path, grade }) => path === file.path && grade === 'approve')
    .map((grade): Drafted => ({ type: 'REQUEST_FILE_UNDECIDED', ...ofGrade(grade) }));
  return [...undecided, ...carries(request, [file.group], file.path)];
}

/** The authors' work: files, groups, explanations. Each change says what it does to grades given before. */
import type { Refusal } from '../lib/refusal.ts';
import type { Drafted } from './rule.ts';
import { answer, type At, type Outcome } from './rule.ts';
import { fileAt, liveFiles, lockedPaths } from './lookup.ts';
import { hasRole } from './permission.ts';
import { no } from './refusals.ts';
import { isJobLog, isSafePath, suffixOf, CONTENT_OF } from './file-types.ts';
import type { Facts, FileType, GradeEntry, ReleasePolicy, ReleaseRequest, RequestFile } from './types.ts';

const GROUP_NAME = /^[\w .-]{1,64}$/;

/** Archived or ended: looking and withdrawing go on, work does not. */
export function notOpen(facts: Facts): (Refusal | false)[] {
  return [facts.workspaceArchived && no.archived(), !facts.projectOngoing && no.closed()];
}

export function addFile({ request, command, facts, policy }: At<'add-file'>): Outcome {
  const { path, group, as, source, sha256, size, reason } = command;
  const before = fileAt(request, path);
  const number = before?.number ?? Math.max(0, ...request.files.map((file) => file.number)) + 1;
  return answer(
    [
      ...notOpen(facts),
      !isSafePath(path) && no.path(),
      !GROUP_NAME.test(group) && no.groupName(),
      before && !before.withdrawn && no.fileThere(),
      ...copyRefusals(request, command, as, facts, policy),
      as === 'output' && outRefusal(request, command, facts),
    ],
    () => [
      { type: 'REQUEST_FILE_ADD', number, path, group, as, source, sha256, size, reason },
      ...carries(request, [group], path),
    ],
  );
}

export function updateFile({ request, command, facts, policy }: At<'update-file'>): Outcome {
  const { path, source, sha256, size, reason } = command;
  return onFile(request, path, facts, (file) => [
    [
      file.source === source && no.notChanged(),
      ...copyRefusals(request, command, file.type, facts, policy),
      file.type === 'output' && outRefusal(request, command, facts),
    ],
    () => [
      {
        type: 'REQUEST_FILE_UPDATE',
        path,
        group: file.group,
        as: file.type,
        source,
        sha256,
        size,
        reason,
      },
      ...resets(request, path),
      ...carries(request, [file.group], path),
    ],
  ]);
}

export function moveFile({ request, command, facts }: At<'move-file'>): Outcome {
  const { path, group } = command;
  return onFile(request, path, facts, (file) => [
    [!GROUP_NAME.test(group) && no.groupName(), file.group === group && no.sameGroup()],
    () => [
      { type: 'REQUEST_FILE_UPDATE', path, group, as: file.type, ...bytesOf(file) },
      ...resets(request, path),
      ...carries(request, [file.group, group], path),
    ],
  ]);
}

export function retypeFile({ request, command, facts, policy }: At<'retype-file'>): Outcome {
  const { path, as } = command;
  return onFile(request, path, facts, (file) => [
    [
      file.type === as && no.sameType(),
      !mayBe(path, as, policy) && no.fileType(suffixOf(path)),
      as === 'output' && outRefusal(request, file, facts),
    ],
    () => [
      { type: 'REQUEST_FILE_UPDATE', path, group: file.group, as, ...bytesOf(file) },
      ...resets(request, path),
      ...carries(request, [file.group], path),
    ],
  ]);
}

/** A draft forgets the file; later its row stays, struck through, and can be added again. */
export function withdrawFile({ request, command }: At<'withdraw-file'>): Outcome {
  const { path } = command;
  const file = liveFiles(request).find((each) => each.path === path);
  return answer([!file && no.noFile(), lockedPaths(request).has(path) && no.locked()], () => [
    {
      type: 'REQUEST_FILE_WITHDRAW',
      path,
      sha256: file!.sha256,
      kept: request.state === 'returned',
    },
    ...resets(request, path),
    ...carries(request, [file!.group], path),
    ...settled(request, path),
  ]);
}

export function explain({ request, command, facts }: At<'explain'>): Outcome {
  const { group: name, context, controls } = command;
  const group = request.groups.find((each) => each.name === name);
  return answer([...notOpen(facts), !group && no.noGroup(name)], () => [
    { type: 'REQUEST_EDIT', edit: 'explain', group: name, context, controls },
    ...gradesIn(request, [name])
      .filter(({ grade }) => grade === 'approve')
      .map((grade): Drafted => ({ type: 'REQUEST_FILE_UNDECIDED', ...ofGrade(grade) })),
  ]);
}

export function acceptPolicy({ command, policy }: At<'accept-policy'>): Outcome {
  const { version } = command;
  return answer([version !== policy.policyText && no.policyVersion()], () => [
    { type: 'REQUEST_EDIT', edit: 'policy', version },
  ]);
}

export function nameCoAuthor({ request, command, facts }: At<'name-co-author'>): Outcome {
  const { person } = command;
  const fits = person !== request.author && hasRole(facts, person, 'member');
  return answer([!fits && no.coAuthor()], () => [
    { type: 'REQUEST_EDIT', edit: 'co-author', coAuthor: person },
  ]);
}

/** Rules for a file that is on the request, live and free to change. */
function onFile(
  request: ReleaseRequest,
  path: string,
  facts: Facts,
  rest: (file: RequestFile) => [(Refusal | undefined | false)[], () => Drafted[]],
): Outcome {
  const file = liveFiles(request).find((each) => each.path === path);
  if (!file) return { no: [no.noFile()] };
  const [against, yes] = rest(file);
  const rejected = file.decided?.decision === 'reject';
  return answer(
    [
      ...notOpen(facts),
      lockedPaths(request).has(path) && no.locked(),
      rejected && no.wasRejected(),
      ...against,
    ],
    yes,
  );
}

/** The copy must be of a listed output, as listed, of a type and size that may leave. */
function copyRefusals(
  request: ReleaseRequest,
  { path, source, sha256, size }: { path: string; source: string; sha256: string; size: number },
  as: FileType,
  facts: Facts,
  policy: ReleasePolicy,
): (Refusal | false)[] {
  const listed = facts.files[path];
  if (!listed) return [no.notOutput()];
  const suffix = suffixOf(path);
  return [
    listed.sha256 !== source && no.copyDiffers(),
    !mayBe(path, as, policy) && no.fileType(suffix),
    CONTENT_OF[suffix] !== listed.looksLike && no.looksLike(suffix, listed.looksLike),
    size > policy.maxFile && no.tooLarge(policy.maxFile),
    (request.rejectedHashes.includes(sha256) || request.rejectedHashes.includes(source)) && no.wasRejected(),
  ];
}

/** A job's log explains what it made, whatever types may leave: only as an output it is one of them. */
function mayBe(path: string, as: FileType, policy: ReleasePolicy): boolean {
  return policy.types.includes(suffixOf(path)) || (as === 'supporting' && isJobLog(path));
}

/** What may be asked for as an output: bytes that are not out already, or a reason if they were recalled. */
function outRefusal(
  request: ReleaseRequest,
  { source, sha256, reason }: { source: string; sha256: string; reason?: string },
  facts: Facts,
): Refusal | false {
  if (isReleased(request, [source, sha256], facts)) return no.alreadyReleased();
  const revoked = facts.revoked.includes(sha256) || facts.revoked.includes(source);
  return revoked && isBlank(reason) && no.wasRevoked();
}

/** By bytes, under any path, in any request, from the decision on. */
export function isReleased(
  request: ReleaseRequest,
  hashes: readonly string[],
  facts: Pick<Facts, 'released'>,
): boolean {
  const here = request.batches
    .filter(({ state }) => state !== 'halted')
    .flatMap(({ files }) => files)
    .filter(({ revoked }) => !revoked)
    .map(({ sha256 }) => sha256);
  return hashes.some((hash) => facts.released.includes(hash) || here.includes(hash));
}

export function isBlank(text: string | undefined): boolean {
  return text === undefined || text.trim() === '';
}

/** When the last output at stake goes and a part is out or on its way, there is nothing left to decide. */
function settled(request: ReleaseRequest, path: string): Drafted[] {
  const locked = lockedPaths(request);
  const left = liveFiles(request).some(
    (file) => file.type === 'output' && file.path !== path && !locked.has(file.path),
  );
  if (left || locked.size === 0) return [];
  const out = request.batches.filter(({ state }) => state !== 'halted');
  const arrived = out.every(({ state }) => state === 'released');
  const revoked = out.every(({ files }) => files.every((file) => file.revoked));
  const to = !arrived ? 'releasing' : revoked ? 'revoked' : 'released';
  return [{ type: 'REQUEST_RELEASE', to, step: 'settled', batch: null }];
}

function bytesOf({ source, sha256, size }: RequestFile) {
  return { source, sha256, size };
}

/** What was said of these bytes, here and so, is void. */
function resets(request: ReleaseRequest, path: string): Drafted[] {
  return request.grades
    .filter((grade) => grade.path === path)
    .map((grade): Drafted => ({ type: 'REQUEST_FILE_RESET_REVIEW', ...ofGrade(grade) }));
}

/** Approvals of the files beside it need another look. */
export function carries(request: ReleaseRequest, groups: readonly string[], path: string): Drafted[] {
  return gradesIn(request, groups)
    .filter((grade) => grade.path !== path && grade.grade === 'approve' && !grade.carried)
    .map((grade): Drafted => ({ type: 'REQUEST_FILE_CARRY', ...ofGrade(grade) }));
}

export function gradesIn(request: ReleaseRequest, groups: readonly string[]): GradeEntry[] {
  return request.grades.filter(({ path }) => groups.includes(fileAt(request, path)!.group));
}

export function ofGrade({ path, checker, key }: GradeEntry) {
  return { path, checker, sha256: key.sha256 };
}

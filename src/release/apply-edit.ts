/** What the entries of authors, talk and hints change. */
import type { EntryOf, EntryType } from './entries.ts';
import { strengthOf } from './strength.ts';
import type { ReleaseRequest, RequestFile, Resolution } from './types.ts';

type Handled =
  | 'REQUEST_SUBMIT'
  | 'REQUEST_WITHDRAW'
  | 'REQUEST_TRANSFER'
  | 'REQUEST_EDIT'
  | 'REQUEST_COMMENT'
  | 'REQUEST_COMMENT_DELETE'
  | 'REQUEST_COMMENT_VISIBILITY_PUBLIC'
  | 'REQUEST_FILE_ADD'
  | 'REQUEST_FILE_UPDATE'
  | 'REQUEST_FILE_WITHDRAW'
  | 'INCIDENT_CLOSE'
  | 'ROLE_OVERRIDE'
  | 'HINT_RESOLVE'
  | 'HINT_EXCEPTION';

export type Changes<T extends EntryType> = {
  [K in T]: (request: ReleaseRequest, entry: EntryOf<K>) => Partial<ReleaseRequest>;
};
export type EditChange = Changes<Handled>;

export const applyEdit: EditChange = {
  REQUEST_SUBMIT: (request, entry) => ({
    state: entry.to,
    turn: request.turn + 1,
    submittedAt: entry.at,
    returnedEarly: false,
    halted: false,
  }),
  REQUEST_WITHDRAW: (_request, entry) => ({ state: entry.to }),
  REQUEST_TRANSFER: (request, { author }) => ({
    author,
    coAuthors: request.coAuthors.filter((id) => id !== author),
    authors: once([...request.authors, author]),
  }),
  REQUEST_EDIT: (request, entry) => {
    if (entry.edit === 'arbitrate') {
      const { checker, turn, reason, by } = entry;
      const strength = strengthOf(by);
      return { arbitrations: [...request.arbitrations, { checker, turn, reason, strength }] };
    }
    if (entry.edit === 'policy') return { acceptedPolicy: entry.version };
    if (entry.edit === 'co-author') {
      return {
        coAuthors: once([...request.coAuthors, entry.coAuthor]),
        authors: once([...request.authors, entry.coAuthor]),
      };
    }
    const { group: name, context, controls } = entry;
    return {
      groups: request.groups.map((group) => (group.name === name ? { name, context, controls } : group)),
    };
  },
  REQUEST_COMMENT: (request, entry) => ({
    comments: [
      ...request.comments,
      {
        id: entry.comment,
        group: entry.group,
        by: entry.author,
        turn: entry.turn,
        at: entry.at,
        visibility: entry.visibility,
        digest: entry.digest,
        ...(entry.anchor === undefined ? {} : { anchor: entry.anchor }),
      },
    ],
  }),
  REQUEST_COMMENT_DELETE: (request, entry) => ({
    comments: request.comments.filter(({ id }) => id !== entry.comment),
  }),
  REQUEST_COMMENT_VISIBILITY_PUBLIC: (request, entry) => ({
    comments: request.comments.map((comment) =>
      comment.id === entry.comment ? { ...comment, visibility: 'public' } : comment,
    ),
  }),
  REQUEST_FILE_ADD: (request, entry) => {
    const { number, path, group, as: type, sha256, source, size } = entry;
    const file: RequestFile = { number, path, group, type, sha256, source, size, withdrawn: false };
    return {
      ...withGroup(request, group),
      files: [...request.files.filter((each) => each.path !== path), file],
    };
  },
  REQUEST_FILE_UPDATE: (request, entry) => {
    const { path, group, as: type, sha256, source, size } = entry;
    return {
      ...withGroup(request, group),
      files: request.files.map((file) =>
        file.path === path
          ? {
              number: file.number,
              path,
              group,
              type,
              sha256,
              source,
              size,
              withdrawn: false,
              // What was said of other bytes is not said of these.
              ...(file.roles && file.sha256 === sha256 ? { roles: file.roles } : {}),
            }
          : file,
      ),
    };
  },
  REQUEST_FILE_WITHDRAW: (request, { path, kept }) => ({
    files: kept
      ? request.files.map((file) => (file.path === path ? { ...file, withdrawn: true } : file))
      : request.files.filter((file) => file.path !== path),
  }),
  INCIDENT_CLOSE: (request, { incident, outcome, reason, owner, at }) => ({
    incidents: request.incidents.map((each) =>
      each.number === incident ? { ...each, closed: { by: owner!, at, outcome, reason } } : each,
    ),
  }),
  ROLE_OVERRIDE: (request, { path, column, as, person, reason = '', turn }) => ({
    files: request.files.map((file) => {
      if (file.path !== path) return file;
      const { roles = [], ...rest } = file;
      const others = roles.filter((each) => each.column !== column);
      const said = as === null ? others : [...others, { column, as, by: person, reason, turn }];
      return said.length > 0 ? { ...rest, roles: said } : rest;
    }),
  }),
  HINT_RESOLVE: (request, { hint, person, as, reason, turn, by }) => ({
    resolutions: answered(request.resolutions, {
      hint,
      by: person,
      as,
      reason,
      turn,
      strength: strengthOf(by),
    }),
  }),
  HINT_EXCEPTION: (request, { hint, person, reason, turn, by }) => ({
    exceptions: answered(request.exceptions, {
      hint,
      by: person,
      as: 'author',
      reason,
      turn,
      strength: strengthOf(by),
    }),
  }),
};

/** A person's last answer to a hint is the one that stands. */
function answered(all: readonly Resolution[], fresh: Resolution): Resolution[] {
  return [...all.filter(({ hint, by }) => hint !== fresh.hint || by !== fresh.by), fresh];
}

function withGroup(request: ReleaseRequest, name: string): Pick<ReleaseRequest, 'groups'> {
  if (request.groups.some((group) => group.name === name)) return { groups: request.groups };
  return { groups: [...request.groups, { name, context: '', controls: null }] };
}

function once(ids: number[]): number[] {
  return [...new Set(ids)];
}

/** The dialog in which picked files get a group and are told apart: outputs and what explains them. */
import type { VNode } from 'preact';
import type { FilesDone, WorkspaceSummary } from '../../../agent/airlock/face.ts';
import type { Visit } from '../parts.ts';
import { Token } from '../shell/forms.tsx';
import { Blank, Heading } from '../shell/frame.tsx';
import { StateLabel } from '../shell/marks.tsx';
import { editAt, fileAt, treeAt, workspaceAt } from './addresses.ts';

/** So many files are chosen for one by one; more are treated alike. */
export const NAMED = 200;

export function Pick(props: {
  visit: Visit;
  workspace: WorkspaceSummary;
  picked: readonly string[];
  groups: readonly string[];
}): VNode {
  const { visit, workspace, picked, groups } = props;
  const { name, active, mayRequest } = workspace;
  if (picked.length === 0) {
    return (
      <Blank title="No file is picked">
        <a href={treeAt(name, {})}>Tick files in the workspace</a>, then press “Add to a request”.
      </Blank>
    );
  }
  if (!mayRequest) {
    return (
      <Blank title="You can look, not ask">
        Only members with the role developer or lead make requests here.
      </Blank>
    );
  }
  return (
    <>
      <Heading
        title={picked.length === 1 ? 'Add 1 file to a request' : `Add ${picked.length} files to a request`}
        note={
          active ? (
            <>
              They go on your request <code>{active.id}</code> <StateLabel state={active.state} />
            </>
          ) : (
            'They start a new request. It stays a draft until you submit it.'
          )
        }
      />
      <form method="post" action={`${workspaceAt(name)}/add`} data-testid="pick">
        <Token csrf={visit.csrf} />
        {active ? <input type="hidden" name="request" value={active.id} /> : null}
        <GroupChoice groups={groups} />
        <fieldset class="mb-4">
          <legend class="h4 mb-2">What they are</legend>
          <p class="va-note">
            Outputs want to leave and are checked. Supporting files only explain them to the checkers: they
            never leave.
          </p>
          {picked.length > NAMED ? (
            <p>
              <label>
                <input type="radio" name="as" value="output" checked /> All are outputs
              </label>{' '}
              <label>
                <input type="radio" name="as" value="supporting" /> All are supporting files
              </label>
            </p>
          ) : (
            <div class="Box va-scroll va-tall">
              <table class="va-table">
                <thead>
                  <tr>
                    <th scope="col">File</th>
                    <th scope="col">As</th>
                  </tr>
                </thead>
                <tbody>
                  {picked.map((path, at) => (
                    <tr>
                      <td class="va-path">
                        <a href={fileAt(name, path)}>{path}</a>
                      </td>
                      <td>
                        <select
                          class="form-select select-sm"
                          name={`as:${at}`}
                          aria-label={`What ${path} is`}
                        >
                          <option value="output">output</option>
                          <option value="supporting">supporting file</option>
                        </select>
                      </td>
                    </tr>
                  ))}
                </tbody>
              </table>
            </div>
          )}
        </fieldset>
        <details class="mb-4">
          <summary>These bytes were released once and recalled</summary>
          <label for="reason" class="d-block text-bold mt-2 mb-1">
            Why they may leave now
          </label>
          <textarea class="form-control width-full" id="reason" name="reason" rows={2} maxLength={2000} />
        </details>
        <div class="d-flex flex-wrap va-gap">
          <button class="btn btn-primary" type="submit" data-testid="add">
            {active ? 'Add to the request' : 'Start a request'}
          </button>
          <a class="btn" href={treeAt(name, {})}>
            Back to the workspace
          </a>
        </div>
      </form>
    </>
  );
}

function GroupChoice({ groups }: { groups: readonly string[] }): VNode {
  return (
    <fieldset class="mb-4">
      <legend class="h4 mb-2">Group</legend>
      <p class="va-note">
        Files of one group share their explanation: put together what is explained together.
      </p>
      {groups.length > 0 ? (
        <p>
          <label for="group" class="d-block text-bold mb-1">
            A group of the request
          </label>
          <select class="form-select" id="group" name="group">
            {groups.map((group) => (
              <option value={group}>{group}</option>
            ))}
          </select>
        </p>
      ) : null}
      <label for="new-group" class="d-block text-bold mb-1">
        {groups.length > 0 ? 'Or a new one' : 'Name of a new group'}
      </label>
      <input
        class="form-control"
        id="new-group"
        name="new-group"
        maxLength={64}
        pattern="[\w .\-]{1,64}"
        required={groups.length === 0}
        aria-describedby="group-form"
        placeholder="Attendance by year"
      />
      <p class="va-note" id="group-form">
        1 to 64 letters, digits, spaces, dots or dashes.
      </p>
    </fieldset>
  );
}

export function Refusals(props: {
  workspace: string;
  request: string;
  done: string;
  refused: FilesDone['refused'];
}): VNode {
  const { workspace, request, done, refused } = props;
  return (
    <>
      <Heading
        title={refused.length === 1 ? 'One file was refused' : `${refused.length} files were refused`}
        note={done}
      />
      <ul class="Box mb-3" data-testid="refused">
        {refused.slice(0, NAMED).map(({ path, refusal }) => (
          <li class="Box-row" data-code={refusal.code}>
            <strong>{path}</strong>
            <div>
              {refusal.says} <span class="color-fg-muted">{refusal.next}</span>
            </div>
          </li>
        ))}
      </ul>
      <div class="d-flex flex-wrap va-gap">
        {request ? (
          <a class="btn btn-primary" href={editAt(request)}>
            Open the request
          </a>
        ) : null}
        <a class="btn" href={treeAt(workspace, {})}>
          Back to the workspace
        </a>
      </div>
    </>
  );
}

/** The request's files by group, with what the viewer may know of each. Beside a file: narrow, with the one shown marked. */
import type { VNode } from 'preact';
import type { RequestPage, ShownFile } from '../../../agent/airlock/face.ts';
import { words } from '../../../src/release/release.ts';
import { HintBadge, sizeText } from '../shell/marks.tsx';
import { diffUrl, fileUrl, groupUrl } from './links.ts';
import { DECISION_TONES, GRADE_TONES } from './words.ts';

export function FileTree({ page, current }: { page: RequestPage; current: number }): VNode {
  return (
    <nav class="ar-tree" aria-label="Files of the request" data-testid="tree">
      {page.groups.map(({ name }) => (
        <section>
          <h2>
            <a href={groupUrl(page.request.id, name)}>{name}</a>
          </h2>
          <ul>
            {page.files
              .filter(({ group }) => group === name)
              .map((file) => (
                <li>
                  <a
                    href={fileUrl(page.request.id, file.number)}
                    aria-current={file.number === current ? 'page' : undefined}
                    class={file.withdrawn ? 'ar-withdrawn' : ''}
                    data-file={file.number}
                  >
                    <OwnMark page={page} file={file} />
                    <span class="ar-tree-name">
                      {file.number}. {file.path.split('/').at(-1)}
                    </span>
                  </a>
                </li>
              ))}
          </ul>
        </section>
      ))}
    </nav>
  );
}

const SIGNS = {
  approve: ['✓', 'sp-success'],
  changes: ['±', 'sp-pending'],
  reject: ['✗', 'sp-failure'],
  undecided: ['?', 'sp-neutral'],
} as const;

/** One's own grade, or that there is none yet; an author is shown the decision once there is one. */
function OwnMark({ page, file }: { page: RequestPage; file: ShownFile }): VNode {
  if (file.type === 'supporting') return sign('·', 'sp-neutral', 'supporting');
  if (page.viewer.as !== 'checker' || !page.viewer.seated) {
    if (file.decision === undefined || file.decision === 'incomplete')
      return sign('○', 'sp-neutral', 'output');
    const [mark, tone] = file.decision === 'conflicted' ? SIGNS.changes : SIGNS[file.decision];
    return sign(mark, tone, words.DECISION_WORDS[file.decision]);
  }
  const { mine } = file;
  if (!mine) return sign('○', 'sp-neutral', file.seen ? 'not graded' : 'not read');
  if (mine.carried && !file.locked)
    return sign('↻', 'sp-pending', mine.weak ? 'to be given again' : 'to be confirmed');
  const [mark, tone] = SIGNS[mine.grade];
  return sign(mark, tone, words.GRADE_WORDS[mine.grade]);
}

function sign(mark: string, tone: string, says: string): VNode {
  return (
    <span class={`sp-dot ${tone}`} role="img" aria-label={says} title={says}>
      {mark}
    </span>
  );
}

export function FileTable({ page, files }: { page: RequestPage; files: readonly ShownFile[] }): VNode {
  const shown = files.some(({ decision }) => decision !== undefined);
  const checks = page.viewer.as === 'checker';
  return (
    <div
      class="av-scroll ar-files"
      tabIndex={0}
      role="region"
      aria-label="Files"
      data-live={`files ${files[0]?.group ?? ''}`}
    >
      <table class="ar-table" data-testid="files">
        <thead>
          <tr>
            <th scope="col">No.</th>
            <th scope="col">File</th>
            <th scope="col">Size</th>
            <th scope="col">Hints</th>
            {checks ? <th scope="col">Grades you may see</th> : null}
            {shown ? <th scope="col">Decision</th> : null}
            <th scope="col">State</th>
          </tr>
        </thead>
        <tbody>
          {files.map((file) => (
            <tr class={file.withdrawn ? 'ar-withdrawn' : ''} data-file={file.number}>
              <td>{file.number}</td>
              <td class="ar-file-name">
                <a href={fileUrl(page.request.id, file.number)}>{file.path}</a>{' '}
                {file.type === 'supporting' ? <span class="Label Label--secondary">{file.type}</span> : null}
                {file.previous ? (
                  <>
                    {' '}
                    <a class="text-small" href={diffUrl(page.request.id, file.number)}>
                      compare with the released version
                    </a>
                  </>
                ) : null}
              </td>
              <td class="ar-nowrap">{sizeText(file.size)}</td>
              <td>
                <HintBadge hints={badge(file)} />
              </td>
              {checks ? (
                <td>
                  <Grades file={file} />
                </td>
              ) : null}
              {shown ? <td>{file.decision ? <DecisionLabel decision={file.decision} /> : null}</td> : null}
              <td class="ar-nowrap">{standing(page, file)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function badge({ hints }: ShownFile): { block: number; warn: number } | null {
  if (hints === null) return null;
  const of = (severity: string): number => hints.filter((hint) => hint.severity === severity).length;
  return { block: of('block'), warn: of('warn') };
}

export function DecisionLabel({ decision }: { decision: NonNullable<ShownFile['decision']> }): VNode {
  return (
    <span class={`Label Label--${DECISION_TONES[decision]}`} data-testid="decision">
      {words.DECISION_WORDS[decision]}
    </span>
  );
}

export function Grades({ file }: { file: ShownFile }): VNode | null {
  if (file.type === 'supporting') return null;
  if (file.grades.length === 0) return <span class="color-fg-muted">none</span>;
  return (
    <>
      {file.grades.map(({ login, grade, signed, carried }) => (
        <div class="ar-grade">
          {login}:{' '}
          <span class={`Label Label--${GRADE_TONES[grade]}`}>
            {words.GRADE_WORDS[grade]}
            {file.locked ? '' : carried ? ', to be confirmed' : signed ? '' : ', not signed'}
          </span>
        </div>
      ))}
    </>
  );
}

function standing({ viewer }: RequestPage, file: ShownFile): string {
  if (file.revoked) return 'recalled';
  if (file.withdrawn) return 'withdrawn';
  if (file.uploaded) return 'released';
  if (file.locked) return 'on its way out';
  if (file.newer) return 'a newer version exists';
  if (file.status === 'invalid') return 'no longer an output';
  return viewer.as === 'checker' && viewer.seated ? (file.seen ? 'read' : 'not read') : '';
}

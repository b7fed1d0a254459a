/** The repository at the commit of the job that made a file, opened where its action is written. */
import type { VNode } from 'preact';
import type { CodePage } from '../../../agent/airlock/face.ts';
import { FileView } from '../files/file-view.tsx';
import type { Look } from '../parts.ts';
import { Heading } from '../shell/frame.tsx';

export interface CodeScreenProps {
  code: CodePage;
  /** The file that is open. */
  open: string | undefined;
  look: Look | undefined;
  csrf: string;
  /** Address of this page with another file open. */
  at(path: string): string;
  back: { label: string; href: string };
}

/** Further names are found by their folder. */
const MOST = 2000;

export function CodeScreen({ code, open, look, csrf, at, back }: CodeScreenProps): VNode {
  return (
    <>
      <Heading
        title="Code"
        note={
          <>
            {code.repository} at <code>{code.commit.slice(0, 12)}</code>, action <b>{code.action}</b>
          </>
        }
      >
        <a class="btn btn-sm" href={back.href}>
          {back.label}
        </a>
      </Heading>
      <div class="ar-code-page">
        <nav class="ar-tree ar-code-tree" aria-label="Files of the repository" data-testid="code-files">
          <ul>
            {code.entries.slice(0, MOST).map(({ path }) => (
              <li>
                <a href={at(path)} aria-current={path === open ? 'page' : undefined}>
                  <span class="ar-tree-name">{path}</span>
                </a>
              </li>
            ))}
          </ul>
          {code.entries.length > MOST ? (
            <p class="color-fg-muted">{code.entries.length - MOST} more</p>
          ) : null}
        </nav>
        <div class="ar-middle">
          {look ? (
            <FileView
              look={look}
              csrf={csrf}
              findings={[]}
              columns={[]}
              action={open === code.opens ? code.action : undefined}
              asText
            />
          ) : (
            <p class="blankslate">Choose a file.</p>
          )}
        </div>
      </div>
    </>
  );
}

/** The code behind an output, at the commit of the job that wrote it. */
import type { VNode } from 'preact';
import type { CodePage } from '../../../agent/airlock/face.ts';
import { FileView } from '../files/file-view.tsx';
import type { Look, Visit } from '../parts.ts';
import { Heading } from '../shell/frame.tsx';
import { sizeText } from '../shell/marks.tsx';

export function CodeView(props: {
  visit: Visit;
  code: CodePage;
  address: string;
  look: Look | undefined;
  shown: string | undefined;
}): VNode {
  const { visit, code, address, look, shown } = props;
  return (
    <>
      <Heading
        title="Code"
        note={`${code.repository} at ${code.commit.slice(0, 12)} · action ${code.action}`}
      />
      <div class="va-side-by-side">
        <nav class="va-files Box" aria-label="Files of the repository">
          <ul>
            {code.entries.map(({ path, size }) => (
              <li>
                <a
                  href={`${address}?file=${encodeURIComponent(path)}`}
                  aria-current={path === shown ? 'page' : undefined}
                >
                  {path}
                </a>{' '}
                <span class="color-fg-muted text-small">{sizeText(size)}</span>
              </li>
            ))}
          </ul>
        </nav>
        {look ? (
          <FileView
            look={look}
            csrf={visit.csrf}
            findings={[]}
            columns={[]}
            action={shown === code.opens ? code.action : undefined}
            asText
          />
        ) : (
          <p class="va-note">Choose a file.</p>
        )}
      </div>
    </>
  );
}

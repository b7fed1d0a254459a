/** Where a file comes from. */
import type { VNode } from 'preact';
import type { Provenance } from './types.ts';

export function ProvenancePanel(props: Provenance & { sha256: string }): VNode {
  const { action, job, repository, commit, user, at, code, sha256 } = props;
  const time = new Date(at).toISOString();
  return (
    <details class="av-panel-box" data-testid="provenance">
      <summary>
        Made by action <b>{action}</b> at commit <code>{commit.slice(0, 7)}</code>
      </summary>
      <dl class="av-facts">
        <dt>Action</dt>
        <dd>{action}</dd>
        <dt>Job</dt>
        <dd>
          <code>{job}</code>
        </dd>
        <dt>From</dt>
        <dd>{repository}</dd>
        <dt>Commit</dt>
        <dd>
          <code>{commit}</code>
          {code ? (
            <>
              {' '}
              · <a href={code}>the code</a>
            </>
          ) : null}
        </dd>
        <dt>Asked for by</dt>
        <dd>{user}</dd>
        {at > 0 ? (
          <>
            <dt>Made</dt>
            <dd>
              <time dateTime={time}>{time.replace('T', ' ').slice(0, 16)} UTC</time>
            </dd>
          </>
        ) : null}
        <dt>SHA-256</dt>
        <dd>
          <code class="av-hash">{sha256}</code>
        </dd>
      </dl>
    </details>
  );
}

/** Taking a released file back. Two people have to ask for it. */
import type { VNode } from 'preact';
import type { ShownFile } from '../../../agent/airlock/face.ts';
import { words } from '../../../src/release/release.ts';
import { againstOf, Careful, Choice, DeedForm, Reason, type Asking } from './offers.tsx';

export function RevokeForm({ asking, file }: { asking: Asking; file: ShownFile }): VNode | null {
  const against = againstOf(asking.page, 'revoke');
  if (!against || !file.uploaded || file.revoked) return null;
  return (
    <Careful label="Recall this file…" testid="recall">
      <p class="text-small">
        It vanishes from the members' page, from archives and from its publication once a second person asks
        for it too.
      </p>
      <DeedForm
        asking={asking}
        deed="revoke"
        label="Recall"
        kind="danger"
        fields={{ file: file.number }}
        against={against}
      >
        <Choice name="category" label="Why" options={words.REVOKE_WORDS} />
        <Reason label="In your words" />
      </DeedForm>
    </Careful>
  );
}

/** What recalls opened: what has to be looked into, by when, and how it ended. */
import type { VNode } from 'preact';
import type { IncidentRow, Person } from '../../../agent/airlock/face.ts';
import { words } from '../../../src/release/release.ts';
import { Time } from '../shell/marks.tsx';
import { Careful, Choice, DeedForm, Reason, type Asking } from './offers.tsx';

export function Incidents({ asking }: { asking: Asking }): VNode | null {
  const { incidents } = asking.page;
  if (incidents.length === 0) return null;
  return (
    <section class="Box ar-box" data-testid="incidents">
      <h2>Incidents</h2>
      {incidents.map((incident) => (
        <div class="ar-incident">
          <IncidentFacts incident={incident} />
          {incident.closed ? null : <Close asking={asking} incident={incident} />}
        </div>
      ))}
    </section>
  );
}

export function IncidentFacts({ incident }: { incident: IncidentRow }): VNode {
  const { number, category, files, openedAt, dueAt, late, recalledBy, told, closed } = incident;
  return (
    <>
      <p class="mb-1">
        <b>Incident {number}</b>{' '}
        <span class={`Label Label--${closed ? 'secondary' : late ? 'danger' : 'attention'}`}>
          {closed ? 'closed' : late ? 'late' : 'open'}
        </span>
      </p>
      <p class="text-small mb-1">
        {files.length === 1 ? 'File' : 'Files'} {files.join(', ')}: {words.REVOKE_WORDS[category]}. Recalled
        by {names(recalledBy)}, <Time at={openedAt} />.
      </p>
      <p class="text-small mb-1">
        {told.length === 0
          ? 'Nobody is known to have downloaded it.'
          : `Had a copy, and told to delete it: ${names(told)}.`}
      </p>
      {closed ? (
        <p class="text-small mb-1">
          Closed by {closed.by.login}, <Time at={closed.at} />: {words.OUTCOME_WORDS[closed.outcome]}. “
          <bdi>{closed.reason}</bdi>”
        </p>
      ) : (
        <p class="text-small mb-1">
          To be closed by <Time at={dueAt} />
        </p>
      )}
    </>
  );
}

function Close({ asking, incident }: { asking: Asking; incident: IncidentRow }): VNode | null {
  const { against } = incident;
  if (!against) return null;
  return (
    <Careful label={`Close incident ${incident.number}…`} testid="close-incident-form">
      <DeedForm
        asking={asking}
        deed="close-incident"
        label="Close it"
        fields={{ incident: incident.number }}
        against={against}
      >
        <Choice name="outcome" label="How it ended" options={words.OUTCOME_WORDS} />
        <Reason label="What was found and done" required />
      </DeedForm>
    </Careful>
  );
}

function names(people: readonly Person[]): string {
  return people.map(({ login }) => login).join(', ');
}

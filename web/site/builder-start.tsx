/** What somebody has begun to build, and how to begin. */
import type { VNode } from 'preact';
import type { Member } from '../../src/members/members.ts';
import type { Draft, NewDraft, ShownSystem } from '../../src/registry/registry.ts';
import { PageHead, TimeOf } from '../ui/shell.tsx';
import { Table } from './parts.tsx';
import { Token } from './visit.tsx';

export interface Started extends NewDraft {
  since: string;
}

export const DRAFT_WORDS = {
  draft: 'not saved yet',
  asked: 'being saved',
  opened: 'under review',
  ended: 'merged or closed',
} as const satisfies Record<Draft['state'], string>;

export function Drafts(props: {
  member: Member;
  drafts: readonly Draft[];
  systems: readonly ShownSystem[];
  owners: readonly string[];
  started: Started;
}): VNode {
  const { drafts } = props;
  return (
    <>
      <PageHead
        title="Build a codelist"
        about="Search a system of codes, include and exclude, say why. Saved, it becomes a pull request that two other people sign off."
      />
      {drafts.length > 0 ? <Own drafts={drafts} /> : null}
      {props.systems.length === 0 ? (
        <p data-testid="no-systems">
          The registry holds no system of codes yet, so there is nothing to choose from.
        </p>
      ) : (
        <Begin {...props} />
      )}
    </>
  );
}

function Own({ drafts }: { drafts: readonly Draft[] }): VNode {
  return (
    <section>
      <h2 class="f4 mb-2">Yours</h2>
      <Table
        label="Your drafts"
        name="drafts"
        heads={[
          ['Codelist', 'name'],
          ['Changed', 'short'],
        ]}
      >
        {drafts.map((draft) => (
          <tr>
            <td class="sp-name">
              <a href={`/codelists/build/${draft.id}`}>{draft.name}</a>
              <div class="text-small color-fg-muted">
                {draft.owner}/{draft.slug}/{draft.version}, of {draft.system}: {DRAFT_WORDS[draft.state]}
              </div>
            </td>
            <td class="sp-short">
              <TimeOf at={draft.updatedAt} />
            </td>
          </tr>
        ))}
      </Table>
    </section>
  );
}

function Begin(props: {
  member: Member;
  systems: readonly ShownSystem[];
  owners: readonly string[];
  started: Started;
}): VNode {
  const { member, systems, owners, started } = props;
  return (
    <section class="sp-narrow">
      <h2 class="f4 mb-2">{started.since ? `The next version of ${started.name}` : 'A new one'}</h2>
      <form method="post" action="/codelists/build" data-testid="begin">
        <Token member={member} />
        <input type="hidden" name="since" value={started.since} />
        <Field label="Name" name="name" value={started.name} most={200} required />
        <Select
          label="Owner"
          name="owner"
          value={started.owner}
          options={owners.map((each) => [each, each])}
        />
        <Field
          label="Short name"
          hint="Lower-case letters and digits, as in the address: asthma-diagnosis"
          {...{ name: 'slug', value: started.slug, most: 60, required: true }}
        />
        <Field
          label="Version"
          hint="The day, or whatever tells versions apart"
          {...{ name: 'version', value: started.version, most: 60, required: true }}
        />
        <Select
          label="System of codes"
          name="system"
          value={started.system}
          options={systems.map(({ id, codes }) => [id, `${id} (${codes.toLocaleString('en')} codes)`])}
        />
        <Field
          label="Where it comes from"
          hint="A paper, another list; may be empty"
          {...{ name: 'source', value: started.source, most: 1000 }}
        />
        <div class="mb-3">
          <label class="d-block text-bold mb-1" for="b-description">
            What it is for
          </label>
          <textarea
            class="form-control width-full"
            id="b-description"
            name="description"
            rows={4}
            maxLength={5000}
          >
            {started.description}
          </textarea>
        </div>
        <button class="btn btn-primary" type="submit">
          Begin
        </button>
      </form>
    </section>
  );
}

function Field(props: {
  label: string;
  name: string;
  value: string;
  most: number;
  hint?: string;
  required?: boolean;
}): VNode {
  const { label, name, value, most, hint, required } = props;
  return (
    <div class="mb-3">
      <label class="d-block text-bold mb-1" for={`b-${name}`}>
        {label}
      </label>
      <input
        class="form-control width-full"
        id={`b-${name}`}
        {...{ name, value, required, maxLength: most }}
        aria-describedby={hint ? `b-${name}-hint` : undefined}
      />
      {hint ? (
        <p class="text-small color-fg-muted mb-0" id={`b-${name}-hint`}>
          {hint}
        </p>
      ) : null}
    </div>
  );
}

function Select(props: {
  label: string;
  name: string;
  value: string;
  options: readonly (readonly [value: string, says: string])[];
}): VNode {
  const { label, name, value, options } = props;
  return (
    <div class="mb-3">
      <label class="d-block text-bold mb-1" for={`b-${name}`}>
        {label}
      </label>
      <select class="form-select" id={`b-${name}`} name={name} required>
        {options.map(([each, says]) => (
          <option value={each} selected={each === value}>
            {says}
          </option>
        ))}
      </select>
    </div>
  );
}

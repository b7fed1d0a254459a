import { isMap, type Document, type YAMLMap, type YAMLSeq } from 'yaml';
import { z } from 'zod';
import { append, asNode, editList, entryOf, listIn, strings } from './document.ts';
import type { EditRule } from './edit.ts';
import { personSchema } from './values.ts';

/** Who is registered already gets what is new: backends, organisations, a later end, newer training or agreement. */
const schema = z.strictObject({ kind: z.literal('add-person'), person: personSchema });
export type AddPerson = z.infer<typeof schema>;
type Person = AddPerson['person'];

export const addPerson: EditRule<AddPerson> = {
  schema,
  apply: (read, { person }) =>
    editList(read, 'people.yml', (document, people) => {
      const held = entryOf(people, 'id', person.id);
      if (!held) {
        append(document, people, person, false);
        return undefined;
      }
      renew(document, held, 'training', person.training);
      renew(document, held, 'agreement', person.agreement);
      if (String(held.get('until')) < person.until) held.set('until', person.until);
      if (person.orgs.length > 0) {
        const orgs = listIn(document, held, 'orgs');
        const known = strings(orgs);
        for (const org of person.orgs) if (!known.includes(org)) orgs.items.push(document.createNode(org));
      }
      if (person.backends.length > 0) {
        const backends = listIn(document, held, 'backends');
        for (const grant of person.backends) addBackend(document, backends, grant);
      }
      return undefined;
    }),
};

/** What is there and lasts longer stands. */
function renew(
  document: Document,
  held: YAMLMap,
  key: 'training' | 'agreement',
  given: Person['training'] | Person['agreement'],
): void {
  if (!given) return;
  const old = held.get(key);
  if (isMap(old) && String(old.get('expires')) >= given.expires) return;
  held.set(key, asNode(document, given, true));
}

function addBackend(document: Document, backends: YAMLSeq, grant: Person['backends'][number]): void {
  const old = entryOf(backends, 'id', grant.id);
  if (!old) append(document, backends, grant);
  else if (String(old.get('until')) < grant.until) old.set('until', grant.until);
}

import { Document, isCollection, isPair, type Scalar, type YAMLMap, type YAMLSeq } from 'yaml';
import { z } from 'zod';
import { addGrant } from './add-grant.ts';
import { addPerson } from './add-person.ts';
import { inTurn, written } from './document.ts';
import type { EditRule } from './edit.ts';
import { grantSchema, newProjectSchema, personSchema } from './values.ts';
import { no } from './words.ts';

/** A project with all that it needs to begin: its file, people who are not registered yet, grants. */
const schema = z.strictObject({
  kind: z.literal('new-project'),
  project: newProjectSchema,
  people: z.array(personSchema).max(100, 'at most 100 people'),
  grants: z.array(grantSchema).max(200, 'at most 200 grants'),
});
export type NewProject = z.infer<typeof schema>;

export const newProject: EditRule<NewProject> = {
  schema,
  apply: (read, { project, people, grants }) =>
    inTurn(read, [
      () => {
        const path = `projects/${project.id}.yml`;
        if (read(path) !== undefined) return no.alreadyThere(`the project ${project.id}`);
        return [{ path, text: projectText(project) }];
      },
      ...people.map((person) => (now: typeof read) => addPerson.apply(now, { kind: 'add-person', person })),
      ...grants.map((grant) => (now: typeof read) => addGrant.apply(now, { kind: 'add-grant', grant })),
    ]),
};

/** In the order in which people look for things, short entries on one line. */
function projectText(project: NewProject['project']): string {
  const { id, number, title, summary, orgs, type, approval, copilot, until, backends, members } = project;
  const document = new Document(
    {
      id,
      number,
      aliases: [],
      title,
      summary,
      orgs,
      type,
      approval,
      ...(copilot ? { copilot } : {}),
      status: 'ongoing',
      status_since: approval.on,
      until,
      backends,
      repos: [],
      members,
      papers: [],
    },
    { aliasDuplicateObjects: false },
  );
  // One line for each thing, and for each entry of what is read one by one.
  const top = document.contents as YAMLMap<unknown, YAMLMap | YAMLSeq | Scalar>;
  for (const { value } of top.items) if (isCollection(value)) value.flow = true;
  unfold(document.getIn(['approval']) as YAMLMap);
  unfold(document.getIn(['approval', 'conditions']) as YAMLSeq);
  unfold(document.getIn(['members']) as YAMLSeq);
  return written(document);
}

/** A line for each entry; a list of nothing stays on its line. */
function unfold(node: YAMLMap | YAMLSeq): void {
  node.flow = node.items.length === 0;
  for (const item of node.items) {
    const value: unknown = isPair(item) ? item.value : item;
    if (isCollection(value)) value.flow = true;
  }
}

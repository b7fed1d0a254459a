import { Document, isSeq, visit } from 'yaml';
import { z } from 'zod';
import { isRefusal } from '../../lib/refusal.ts';
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
      ...grants.map((grant) => (now: typeof read) => {
        const result = addGrant.apply(now, { kind: 'add-grant', grant });
        return isRefusal(result) && result.code === 'edit.already-there' ? no.nothing() : result;
      }),
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
  visit(document, {
    Collection: (key, node, path) => {
      // The document and its mapping lie above the values of the top.
      const top = path.length <= 3;
      node.flow = !(top && isTall(node)) && !(path.length <= 1) && key !== null;
    },
  });
  return written(document);
}

/** A list of mappings has a line for each. */
function isTall(node: unknown): boolean {
  return isSeq(node) && node.items.length > 0 && node.items.some((item) => 'items' in (item as object));
}

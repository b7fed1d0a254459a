/**
 * An independent check of a Five Safes RO-Crate 0.4, written from the profile (trefx/5s-crate 0.4), BagIt 1.0
 * (RFC 8493) and RO-Crate 1.2. Shares no code and no constant with what builds them. Every fault is a sentence.
 */
import { createHash } from 'node:crypto';

type Entity = Record<string, unknown>;
const sha512 = (bytes: Buffer): string => createHash('sha512').update(bytes).digest('hex');
const list = (value: unknown): unknown[] =>
  value === undefined ? [] : Array.isArray(value) ? value : [value];
const ids = (value: unknown): string[] =>
  list(value).flatMap((each) =>
    typeof each === 'object' && each !== null ? [String((each as Entity)['@id'])] : [],
  );
const types = (entity: Entity | undefined): string[] => list(entity?.['@type']).map(String);

export function bagFaults(entries: ReadonlyMap<string, Buffer>): string[] {
  const faults: string[] = [];
  const tops = new Set([...entries.keys()].map((name) => name.split('/')[0]));
  if (tops.size !== 1) return ['the zip has more than one directory at its top'];
  const [top] = tops;
  const at = (name: string): string | undefined => entries.get(`${top}/${name}`)?.toString('utf8');
  if (!/^BagIt-Version: 1\.0\nTag-File-Character-Encoding: UTF-8\n$/.test(at('bagit.txt') ?? ''))
    faults.push('bagit.txt is not that of BagIt 1.0');
  if (
    !/^External-Identifier: urn:uuid:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/m.test(
      at('bag-info.txt') ?? '',
    )
  )
    faults.push('there is no external identifier');
  const payload = [...entries.keys()].filter((name) => name.startsWith(`${top}/data/`));
  for (const [name, wanted] of [
    ['manifest-sha512.txt', payload],
    [
      'tagmanifest-sha512.txt',
      ['bagit.txt', 'bag-info.txt', 'manifest-sha512.txt'].map((each) => `${top}/${each}`),
    ],
  ] as const) {
    const text = at(name);
    if (text === undefined) {
      faults.push(`${name} is missing`);
      continue;
    }
    const sums = new Map(
      text
        .trimEnd()
        .split('\n')
        .map((line) => {
          const [sum = '', ...path] = line.split(/ {2}/);
          return [`${top}/${decodeURI(path.join('  '))}`, sum];
        }),
    );
    if ([...sums.keys()].sort().join() !== [...wanted].sort().join())
      faults.push(`${name} does not list exactly what is there`);
    for (const [file, sum] of sums)
      if (entries.has(file) && sha512(entries.get(file)!) !== sum)
        faults.push(`${file} has another hash than ${name} says`);
  }
  const oxum = /^Payload-Oxum: (\d+)\.(\d+)$/m.exec(at('bag-info.txt') ?? '');
  const octets = payload.reduce((sum, name) => sum + entries.get(name)!.length, 0);
  if (oxum && (Number(oxum[1]) !== octets || Number(oxum[2]) !== payload.length))
    faults.push('Payload-Oxum is wrong');
  return faults;
}

export function crateFaults(entries: ReadonlyMap<string, Buffer>): string[] {
  const [top] = [...entries.keys()][0]!.split('/');
  const file = (path: string): Buffer | undefined => entries.get(`${top}/data/${path}`);
  const text = file('ro-crate-metadata.json')?.toString('utf8');
  if (text === undefined) return ['there is no ro-crate-metadata.json'];
  const metadata = JSON.parse(text) as { '@context': unknown; '@graph': Entity[] };
  const graph = metadata['@graph'];
  const faults: string[] = [];
  const must = (holds: boolean, fault: string): void => void (holds || faults.push(fault));
  const one = (id: string | undefined): Entity | undefined => graph.find((entity) => entity['@id'] === id);
  must(
    list(metadata['@context']).includes('https://w3id.org/ro/crate/1.2/context'),
    'the context is not that of RO-Crate 1.2',
  );
  must(new Set(graph.map((entity) => entity['@id'])).size === graph.length, 'an @id stands twice');
  must(
    graph.every((entity) => typeof entity['@id'] === 'string' && types(entity).length > 0),
    'an entity lacks @id or @type',
  );
  must(!/"(type|licence)":/.test(text), "a slip of the profile's examples");
  const descriptor = one('ro-crate-metadata.json');
  must(
    types(descriptor).includes('CreativeWork') && ids(descriptor?.['about']).join() === './',
    'no descriptor about ./',
  );
  must(
    ids(descriptor?.['conformsTo']).includes('https://w3id.org/ro/crate/1.2'),
    'the descriptor does not conform to RO-Crate 1.2',
  );
  const root = one('./');
  must(types(root).includes('Dataset'), 'the root is no Dataset');
  for (const name of ['name', 'description', 'datePublished', 'license', 'publisher'])
    must(root?.[name] !== undefined, `the root has no ${name}`);
  must(
    ids(root?.['conformsTo']).includes('https://w3id.org/5s-crate/0.4'),
    'the root does not name the profile',
  );
  must(Date.parse(String(root?.['datePublished'])) > 0, 'datePublished is no time');
  // Workflow
  const main = one(ids(root?.['mainEntity'])[0]);
  must(
    types(main).includes('Dataset') &&
      ids(main?.['conformsTo']).some((id) =>
        id.startsWith('https://w3id.org/workflowhub/workflow-ro-crate/1.0'),
      ),
    'mainEntity is no Workflow RO-Crate dataset',
  );
  const folder = String(main?.['@id']);
  const inner = file(`${folder}ro-crate-metadata.json`);
  must(inner !== undefined, 'the nested workflow has no metadata of its own');
  if (inner) {
    const nested = (JSON.parse(inner.toString('utf8')) as { '@graph': Entity[] })['@graph'];
    const rootOf = nested.find((entity) => entity['@id'] === './');
    const workflow = nested.find((entity) => entity['@id'] === ids(rootOf?.['mainEntity'])[0]);
    must(
      ['File', 'SoftwareSourceCode', 'ComputationalWorkflow'].every((type) => types(workflow).includes(type)),
      'the nested main entity is no workflow',
    );
    must(file(`${folder}${String(workflow?.['@id'])}`) !== undefined, 'the workflow file is not there');
    must(
      types(nested.find((entity) => entity['@id'] === ids(workflow?.['programmingLanguage'])[0])).includes(
        'ComputerLanguage',
      ),
      'the workflow has no language',
    );
  }
  // Project, people
  const project = one(ids(root?.['sourceOrganization'])[0]);
  must(
    types(project).includes('Project') && project?.['name'] !== undefined,
    'sourceOrganization is no Project',
  );
  const mentions = ids(root?.['mentions']);
  const runs = graph.filter((entity) => types(entity).includes('CreateAction'));
  must(runs.length > 0, 'there is no CreateAction');
  for (const run of runs) {
    must(mentions.includes(String(run['@id'])), 'a CreateAction is not mentioned');
    must(
      /[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/.test(String(run['@id'])),
      'a CreateAction is not named by a UUID',
    );
    must(
      ids(run['instrument']).some((id) => types(one(id)).includes('Dataset')),
      'a CreateAction has no workflow',
    );
    const agent = one(ids(run['agent'])[0]);
    must(types(agent).includes('Person'), 'a CreateAction has no person');
    must(ids(agent?.['memberOf']).includes(String(project?.['@id'])), 'its person is not of the project');
    must(
      ids(agent?.['affiliation']).every((id) => types(one(id)).includes('Organization')),
      'an affiliation is no organisation',
    );
    must(
      /^http:\/\/schema\.org\/(Potential|Active|Completed|Failed)ActionStatus$/.test(
        String(run['actionStatus']),
      ),
      'a CreateAction has no status',
    );
    must(
      ids(run['object']).every((id) => one(id) !== undefined),
      'an input is not described',
    );
    for (const id of ids(run['result'])) {
      must(
        types(one(id)).some((type) => ['File', 'Dataset', 'Collection'].includes(type)),
        `${id} is not described`,
      );
      must(
        id.startsWith('outputs/') && file(decodeURIComponent(id)) !== undefined,
        `${id} is not in the bag`,
      );
    }
  }
  // Parts: everything in the payload is described and reached, and nothing else is claimed
  const reached = new Set<string>();
  const reach = (id: string): void => {
    if (reached.has(id)) return;
    reached.add(id);
    for (const part of ids(one(id)?.['hasPart'])) reach(part);
  };
  reach('./');
  for (const name of entries.keys()) {
    if (!name.startsWith(`${top}/data/`)) continue;
    const path = name.slice(`${top}/data/`.length);
    must(
      path === 'ro-crate-metadata.json' || [...reached].some((id) => decodeURIComponent(id) === path),
      `${path} is not part of the crate`,
    );
  }
  for (const entity of graph.filter((each) => types(each).includes('File'))) {
    const id = String(entity['@id']);
    must(reached.has(id) && file(decodeURIComponent(id)) !== undefined, `${id} is described and not there`);
    must(
      !id.startsWith('/') && !id.includes('..') && !/[\s"<>|\\^`{}]/.test(id),
      `${id} is no relative reference`,
    );
    const said = entity['contentSize'];
    if (said !== undefined)
      must(Number(said) === file(decodeURIComponent(id))?.length, `${id} has another size`);
  }
  faults.push(...reviewFaults(graph, mentions, one));
  return faults;
}

/** The phases of the profile: checked, validated, signed off, disclosure checked, manifests written. */
function reviewFaults(
  graph: readonly Entity[],
  mentions: readonly string[],
  one: (id: string | undefined) => Entity | undefined,
): string[] {
  const faults: string[] = [];
  const must = (holds: boolean, fault: string): void => void (holds || faults.push(fault));
  const kind = (entity: Entity): string => ids(entity['additionalType'])[0] ?? '';
  const assess = graph.filter((entity) => types(entity).includes('AssessAction'));
  for (const term of ['CheckValue', 'ValidationCheck', 'SignOff', 'DisclosureCheck'])
    must(
      assess.some((entity) => kind(entity) === `https://w3id.org/shp#${term}`),
      `there is no ${term}`,
    );
  const checkers = new Set(
    assess
      .filter((entity) => kind(entity).endsWith('#DisclosureCheck'))
      .flatMap((entity) => ids(entity['agent'])),
  );
  must(checkers.size >= 2, 'fewer than two people checked for disclosure');
  const updates = graph.filter(
    (entity) =>
      types(entity).includes('UpdateAction') && kind(entity) === 'https://w3id.org/shp#GenerateCheckValue',
  );
  must(
    updates.length === 1 && updates[0]?.['endTime'] === undefined,
    'the writing of manifests is not told as the profile says',
  );
  for (const action of [...assess, ...updates]) {
    const id = String(action['@id']);
    must(mentions.includes(id), `${id} is not mentioned`);
    must(typeof action['name'] === 'string', `${id} has no name`);
    must(ids(action['object']).includes('./'), `${id} is not about the crate`);
    must(action['actionStatus'] === 'http://schema.org/CompletedActionStatus', `${id} has no status`);
    must(
      updates.includes(action) || /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/.test(String(action['endTime'])),
      `${id} has no end`,
    );
    const agent = one(ids(action['agent'])[0]);
    must(
      types(agent).some((type) => ['Organization', 'Person', 'SoftwareApplication'].includes(type)) &&
        agent?.['name'] !== undefined,
      `${id} has no agent`,
    );
    if (types(agent).includes('SoftwareApplication'))
      must(
        types(one(ids(agent?.['provider'])[0])).includes('Organization'),
        `${id}: the program has no provider`,
      );
    must(
      ids(action['instrument']).every((each) => one(each) !== undefined),
      `${id} has an instrument that is not described`,
    );
  }
  return faults;
}

/** V3: bytes of script that the first view of a page brings, as the browser unpacks them; the worst of all pages. */
import { aTable, WORKSPACE, type AirlockWorld, type Name } from '../support/airlock.ts';
import { figure, type Measure } from './figure.ts';
import { viewerStage, type Visitor } from './viewer-stage.ts';

const TABLE = 'output/table.csv';

export const v3: Measure = {
  id: 'V3',
  async run() {
    const stage = await viewerStage();
    try {
      const { world } = stage;
      const draft = await world.draft([TABLE]);
      const author = await stage.as('author');
      const editing = await scriptBytes(author, (await author.page(`/requests/${draft}/edit`)).text);
      await world.does('author', draft, 'withdraw', {});
      await releasedOnce(world);
      world.job({ [TABLE]: aTable(2) });
      const id = await world.submitted([TABLE]);
      const [checker] = await world.checkers(id);
      const request = `/requests/${id}`;
      const pages: [who: Name, addresses: string[]][] = [
        ['author', ['/', '/workspaces', `/workspaces/${WORKSPACE}`, `/workspaces/${WORKSPACE}/tree/output`]],
        ['author', [`/workspaces/${WORKSPACE}/files/${TABLE}`, `/workspaces/${WORKSPACE}/code/${TABLE}`]],
        ['author', ['/requests', request, '/account', '/docs', `/workspaces/${WORKSPACE}/add`]],
        [checker!, ['/reviews', request, `${request}/groups/results`, `${request}/activity`]],
        [checker!, [`${request}/files/1`, `${request}/files/1/diff`, `${request}/code/1`]],
        ['operator1', ['/operations', '/operations/passkeys', '/audit']],
      ];
      const found = [{ address: '/requests/…/edit', bytes: editing }];
      for (const [who, addresses] of pages) {
        const visitor = await stage.as(who);
        for (const address of addresses) {
          const { text } = await visitor.page(address);
          found.push({ address: address.replace(id, '…'), bytes: await scriptBytes(visitor, text) });
        }
      }
      const stranger = stage.stranger();
      const signIn = await stranger.page('/sign-in');
      found.push({ address: '/sign-in', bytes: await scriptBytes(stranger, signIn.text) });
      found.sort((a, b) => b.bytes - a.bytes);
      const worst = found[0]!;
      return [
        figure({
          id: 'V3',
          title: 'script of the first view of any page',
          value: worst.bytes / 1000,
          unit: ' kB',
          must: { is: '<=', than: 100 },
          stretch: { is: '<=', than: 50 },
          detail: `${worst.address}, unpacked; of ${found.length} pages ${found.filter(({ bytes }) => bytes === 0).length} have none`,
        }),
      ];
    } finally {
      await stage.stop();
    }
  },
};

/** So that the next version is compared with it. */
async function releasedOnce(world: AirlockWorld): Promise<void> {
  const request = await world.submitted([TABLE]);
  for (const who of await world.checkers(request)) await world.reviews(who, request);
  const { uploads } = world.room;
  await uploads.start(request, 1);
  for (const { number, sha256 } of (await world.state(request)).batches[0]!.files)
    await uploads.confirm({ request, batch: 1, number }, sha256);
}

/** Everything that runs: files that are named, and whatever stands in the page itself. */
async function scriptBytes(visitor: Visitor, text: string): Promise<number> {
  let bytes = 0;
  for (const [, attributes = '', inline = ''] of text.matchAll(/<script([^>]*)>(.*?)<\/script>/gs)) {
    const src = /\bsrc="([^"]+)"/.exec(attributes)?.[1];
    bytes += Buffer.byteLength(src === undefined ? inline : (await visitor.page(src)).text);
  }
  return bytes;
}

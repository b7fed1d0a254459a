/** A stand-in for GitHub with a study, and releases of it by somebody who may write; it stops after each file's tests. */
import { afterAll, beforeAll, beforeEach } from '@jest/globals';
import { APP_ID, world, type CallOptions, type Reply, type World } from './world.ts';

export const S = '/repos/acme/study';
export let github: World;
export let wes: CallOptions;
export let app: CallOptions;
export let reader: CallOptions;
let count = 0;

beforeAll(async () => {
  github = await world({ limits: { contentPerMinute: 10_000, pointsPerMinute: 100_000 } });
  wes = { as: github.tokens['wes'] };
  app = { as: await github.installationToken() };
  reader = { as: github.tokens['mallory'] };
});
afterAll(async () => {
  await github.stop();
});
beforeEach(async () => {
  await told();
});

/** A tag is no target, an unknown branch neither. */
export const NO_TARGET =
  '422 Release.tag_name tag_name is not a valid tag; Release Published releases must have a valid tag; Release.target_commitish invalid';

export const fresh = (): string => `v${(count += 1)}.0`;
export const create = (body: Record<string, unknown>, by = wes, repo = S): Promise<Reply> =>
  github.call('POST', `${repo}/releases`, { ...by, body });
export const upload = (
  release: Reply,
  name: string,
  bytes: Uint8Array,
  options: CallOptions = {},
): Promise<Reply> =>
  github.call(
    'POST',
    String(release.data['upload_url']).replace(/\{.*$/, `?name=${encodeURIComponent(name)}`),
    {
      ...wes,
      bytes,
      headers: { 'content-type': 'text/csv' },
      ...options,
    },
  );
/** What was sent since the last time, in the order in which it happened: it may arrive in another. */
let heard = 0;
export async function told(): Promise<string[]> {
  await github.state.idle();
  const all = github.state.hooks.log.of(APP_ID, Date.now()).reverse();
  const names = all.slice(heard).map((one) => (one.action ? `${one.event}.${one.action}` : one.event));
  heard = all.length;
  return names;
}
export const at = (release: Reply): string => `${S}/releases/${String(release.data['id'])}`;
/** `422 Release.tag_name already_exists`, one for each error. */
export const problem = (reply: Reply): string => {
  const errors = Object.values(reply.data['errors'] ?? {});
  const said = errors.map((one) =>
    [one['resource'], one['field'] && `.${String(one['field'])}`, ' ', one['message'] ?? one['code']].join(
      '',
    ),
  );
  return `${reply.status} ${errors.length > 0 ? said.join('; ') : String(reply.data['message'])}`;
};

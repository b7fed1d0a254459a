/** Releases and their assets; uploads have an address of their own (`/api/uploads`). */
import { rmSync } from 'node:fs';
import type { Api } from '../http/api.ts';
import {
  created,
  json,
  noContent,
  ok,
  page,
  signed,
  text,
  wholeNumber,
  type Answer,
  type RepoCall,
} from '../http/call.ts';
import { storageAddress } from '../http/storage.ts';
import { announcedLength, receiveFile } from '../http/upload.ts';
import { fail, isFailure, notFound, type Failure } from '../state/failure.ts';
import type { Release, ReleaseAsset, Signed } from '../state/model.ts';
import type { ReleaseFields } from '../state/releases.ts';

export function releaseRoutes(api: Api): void {
  api.onRepo('get', '/releases', 'contents.read', (call) => {
    const { items, headers } = page(call, call.state.releases.all(call.actor, call.repo));
    return ok(
      items.map((one) => call.state.present.release(call.repo, one)),
      headers,
    );
  });
  api.onRepo('post', '/releases', 'contents.write', async (call) => {
    const by = signed(call);
    if (isFailure(by)) return by;
    const fields = fieldsIn(call);
    if (isFailure(fields)) return fields;
    const release = await call.state.releases.create(by, call.repo, fields);
    return isFailure(release) ? release : created(call.state.present.release(call.repo, release));
  });
  api.onRepo('get', '/releases/latest', 'contents.read', (call) =>
    shown(call, call.state.releases.latest(call.repo)),
  );
  api.onRepo('get', '/releases/tags/*tag', 'contents.read', (call) =>
    shown(call, call.state.releases.tagged(call.repo, call.params['tag'] ?? '')),
  );
  assetRoutes(api);
  api.onRepo('get', '/releases/:id', 'contents.read', (call) =>
    onRelease(call, (release) => shown(call, release)),
  );
  api.onRepo('patch', '/releases/:id', 'contents.write', (call) =>
    onRelease(call, async (release, by) => {
      const fields = fieldsIn(call);
      if (isFailure(fields)) return fields;
      return (await call.state.releases.edit(by, call.repo, release, fields)) ?? shown(call, release);
    }),
  );
  api.onRepo('delete', '/releases/:id', 'contents.write', (call) =>
    onRelease(call, (release, by) => call.state.releases.delete(by, call.repo, release) ?? noContent()),
  );
}

function assetRoutes(api: Api): void {
  api.onRepo('get', '/releases/assets/:id', 'contents.read', (call) =>
    onAsset(call, (release, asset) => {
      if (!call.accept.includes('application/octet-stream'))
        return ok(call.state.present.asset(call.repo, release, asset));
      if (asset.state !== 'uploaded') return notFound();
      return { status: 302, headers: { location: storageAddress(call.state, asset) } };
    }),
  );
  api.onRepo('patch', '/releases/assets/:id', 'contents.write', (call) =>
    onAsset(call, (release, asset, by) => {
      const given = json(call);
      const change = { name: text(given, 'name'), label: text(given, 'label') };
      const no = call.state.releases.assets.rename(by, call.repo, release, asset, change);
      return no ?? ok(call.state.present.asset(call.repo, release, asset));
    }),
  );
  api.onRepo('delete', '/releases/assets/:id', 'contents.write', (call) =>
    onAsset(
      call,
      (release, asset, by) => call.state.releases.assets.delete(by, call.repo, release, asset) ?? noContent(),
    ),
  );
  api.onRepo('get', '/releases/:id/assets', 'contents.read', (call) =>
    onRelease(call, (release) => {
      const { items, headers } = page(call, [...release.assets.values()]);
      return ok(
        items.map((asset) => call.state.present.asset(call.repo, release, asset)),
        headers,
      );
    }),
  );
}

/** Mounted at `/api/uploads` only, as on Enterprise Server. */
export function uploadRoutes(api: Api): void {
  api.onRepo('post', '/releases/:id/assets', 'contents.write', (call) =>
    onRelease(call, (one, by) => upload(call, one, by)),
  );
}

async function upload(call: RepoCall, release: Release, by: Signed): Promise<Answer | Failure> {
  const { assets } = call.state.releases;
  const given = {
    name: call.query.get('name') ?? '',
    label: call.query.get('label'),
    contentType: call.incoming.headers['content-type'] ?? '',
  };
  const no = assets.refuse(by, call.repo, release, given, announcedLength(call.incoming));
  if (no) return no;
  const arrived = await receiveFile(call.incoming, assets.folder);
  if (arrived && call.broken) rmSync(arrived.file);
  const received = call.broken ? undefined : arrived;
  const asset = assets.add(by, release, given, received);
  if (isFailure(asset)) return asset;
  if (!received) return fail(502, 'Server Error');
  return created(call.state.present.asset(call.repo, release, asset));
}

function shown(call: RepoCall, release: Release | undefined): Answer | Failure {
  return release ? ok(call.state.present.release(call.repo, release)) : notFound();
}

type Done = Answer | Failure | Promise<Answer | Failure>;

function onRelease(call: RepoCall, work: (release: Release, by: Signed) => Done): Done {
  const release = call.state.releases.find(call.actor, call.repo, wholeNumber(call.params['id']));
  // Readers do not use the actor; writers have passed the guard, which lets nobody through unsigned.
  return release ? work(release, call.actor as Signed) : notFound();
}

function onAsset(call: RepoCall, work: (release: Release, asset: ReleaseAsset, by: Signed) => Done): Done {
  const found = call.state.releases.assets.find(call.actor, call.repo, wholeNumber(call.params['id']));
  return found ? work(found.release, found.asset, call.actor as Signed) : notFound();
}

const LATEST = ['true', 'false', 'legacy'] as const;

function fieldsIn(call: RepoCall): ReleaseFields | Failure {
  const given = json(call);
  const wrong = (name: string): Failure =>
    fail(422, `Invalid request.\n\nFor '${name}', ${JSON.stringify(given[name])} is not of the right type.`);
  for (const name of ['tag_name', 'target_commitish', 'name', 'body']) {
    if (!['undefined', 'string'].includes(typeof given[name]) && given[name] !== null) return wrong(name);
  }
  for (const name of ['draft', 'prerelease']) {
    if (given[name] !== undefined && typeof given[name] !== 'boolean') return wrong(name);
  }
  const makeLatest = LATEST.find((one) => one === given['make_latest']);
  if (given['make_latest'] !== undefined && !makeLatest) return wrong('make_latest');
  const nullable = (name: string): string | null | undefined =>
    given[name] === null ? null : text(given, name);
  return {
    tag: text(given, 'tag_name'),
    target: text(given, 'target_commitish'),
    name: nullable('name'),
    body: nullable('body'),
    draft: given['draft'] as boolean | undefined,
    prerelease: given['prerelease'] as boolean | undefined,
    makeLatest,
  };
}

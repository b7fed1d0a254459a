/**
 * `/_storage/{asset}`: where the API sends whoever asks for the bytes of an asset. As on GitHub the
 * address alone opens it, for some minutes.
 */
import { randomBytes } from 'node:crypto';
import type { RequestHandler } from 'express';
import { keyedDigest, sameSecret } from '../../../lib/hash.ts';
import type { ReleaseAsset } from '../state/model.ts';
import type { SandboxState } from '../state/state.ts';

const LIFE_MS = 300_000;
/** Of this process: a restart ends the addresses given out. */
const KEY = randomBytes(32);

export function storageAddress(state: SandboxState, asset: ReleaseAsset): string {
  const until = state.clock.now() + LIFE_MS;
  return `${state.url}/_storage/${asset.id}?until=${until}&signature=${sign(asset.id, until)}`;
}

export function storage(state: SandboxState): RequestHandler<{ asset: string }> {
  return (request, response) => {
    const id = Number(request.params.asset);
    const until = Number(request.query['until']);
    const isSigned = sameSecret(String(request.query['signature']), sign(id, until));
    const asset = isSigned && until > state.clock.now() ? assetOf(state, id) : undefined;
    if (!asset) return void response.status(isSigned ? 404 : 403).end();
    asset.downloads += 1;
    state.touch();
    response.set({
      'content-disposition': `attachment; filename=${asset.name}`,
      'content-security-policy': "default-src 'none'; sandbox",
      'x-content-type-options': 'nosniff',
    });
    // Express would add a character set.
    response.setHeader('content-type', asset.contentType);
    response.sendFile(state.releases.assets.file(asset), { etag: false, cacheControl: false });
  };
}

function assetOf(state: SandboxState, id: number): ReleaseAsset | undefined {
  for (const repo of state.data.repos.values()) {
    for (const release of repo.releases.values()) {
      const asset = release.assets.get(id);
      if (asset?.state === 'uploaded') return asset;
    }
  }
  return undefined;
}

const sign = (id: number, until: number): string => keyedDigest(KEY, `${id} ${until}`);

/** Releases and their files. */
import type { Release, ReleaseAsset, Repo } from '../state/model.ts';
import { time, timeOrNull, type Json } from './accounts.ts';
import { TimelinePresenter } from './timeline.ts';

export class ReleasePresenter extends TimelinePresenter {
  release(repo: Repo, release: Release): Json {
    const url = `${this.apiRepo(repo)}/releases/${release.id}`;
    // A draft has no tag to be found under.
    const place = release.draft ? release.untagged : encodeURIComponent(release.tag);
    const archive = (kind: string): string | null =>
      release.draft ? null : `${this.apiRepo(repo)}/${kind}/${encodeURIComponent(release.tag)}`;
    return {
      url,
      assets_url: `${url}/assets`,
      upload_url: `${this.state.url}/api/uploads/repos/${this.state.repos.fullName(repo)}/releases/${release.id}/assets{?name,label}`,
      html_url: `${this.web(repo)}/releases/tag/${place}`,
      id: release.id,
      author: this.userById(release.author),
      node_id: this.nodeId('Release', release.id),
      tag_name: release.tag,
      target_commitish: release.target,
      name: release.name,
      draft: release.draft,
      immutable: false,
      prerelease: release.prerelease,
      created_at: time(release.createdAt),
      updated_at: time(release.updatedAt),
      published_at: timeOrNull(release.publishedAt),
      assets: [...release.assets.values()].map((asset) => this.asset(repo, release, asset)),
      tarball_url: archive('tarball'),
      zipball_url: archive('zipball'),
      body: release.body,
    };
  }

  asset(repo: Repo, release: Release, asset: ReleaseAsset): Json {
    const place = release.draft ? release.untagged : encodeURIComponent(release.tag);
    return {
      url: `${this.apiRepo(repo)}/releases/assets/${asset.id}`,
      id: asset.id,
      node_id: this.nodeId('ReleaseAsset', asset.id),
      name: asset.name,
      label: asset.label,
      uploader: this.userById(asset.uploader),
      content_type: asset.contentType,
      state: asset.state,
      size: asset.size,
      digest: asset.sha256 === null ? null : `sha256:${asset.sha256}`,
      download_count: asset.downloads,
      created_at: time(asset.createdAt),
      updated_at: time(asset.updatedAt),
      browser_download_url: `${this.web(repo)}/releases/download/${place}/${encodeURIComponent(asset.name)}`,
    };
  }
}

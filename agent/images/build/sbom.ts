/** What an image is made of, as SPDX 2.3: what dpkg says is in it, with the SHA-256 of each package's file. */
import { sha256 } from '../../../src/lib/hash.ts';
import type { Lock } from './lock.ts';

export interface Installed {
  name: string;
  version: string;
  architecture: string;
}

/** Installed packages out of `/var/lib/dpkg/status`. */
export function installedIn(status: string): Installed[] {
  const found: Installed[] = [];
  for (const stanza of status.split(/\n\n+/)) {
    const field = (name: string): string | undefined => new RegExp(`^${name}: *(.*)$`, 'm').exec(stanza)?.[1];
    if (field('Status') !== 'install ok installed') continue;
    found.push({
      name: field('Package') ?? '',
      version: field('Version') ?? '',
      architecture: field('Architecture') ?? '',
    });
  }
  return found.sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** The first difference between what is there and what the lock says, in words. */
export function differenceOf(installed: readonly Installed[], lock: Lock): string | undefined {
  const there = new Map(installed.map((one) => [one.name, `${one.version} ${one.architecture}`]));
  const wanted = new Map(lock.packages.map((one) => [one.name, `${one.version} ${one.architecture}`]));
  for (const [name, version] of wanted)
    if (there.get(name) !== version)
      return `${name} ${version} is wanted, ${there.get(name) ?? 'none'} is there`;
  for (const [name, version] of there) if (!wanted.has(name)) return `${name} ${version} is there besides`;
  return undefined;
}

export interface Named {
  name: string;
  version: string;
  lock: Lock;
  /** Files that the recipe adds, with their content. */
  files: readonly { path: string; sha256: string }[];
}

/** Bytes that depend on nothing but the parts. */
export function sbomOf({ name, version, lock, files }: Named): string {
  const packages = [...lock.packages].sort((a, b) => (a.name < b.name ? -1 : 1));
  const image = 'SPDXRef-Image';
  const id = (what: string): string => `SPDXRef-Package-${what.replace(/[^A-Za-z0-9.-]/g, '-')}`;
  const unsaid = {
    licenseConcluded: 'NOASSERTION',
    licenseDeclared: 'NOASSERTION',
    copyrightText: 'NOASSERTION',
  };
  const parts = {
    packages: [
      {
        ...{ SPDXID: image, name, versionInfo: version, downloadLocation: 'NOASSERTION' },
        ...{ filesAnalyzed: false, primaryPackagePurpose: 'CONTAINER', ...unsaid },
      },
      ...packages.map((one) => ({
        ...{ SPDXID: id(one.name), name: one.name, versionInfo: one.version },
        ...{ supplier: 'Organization: Debian', downloadLocation: 'NOASSERTION', filesAnalyzed: false },
        checksums: [{ algorithm: 'SHA256', checksumValue: one.sha256 }],
        ...unsaid,
        externalRefs: [
          {
            ...{ referenceCategory: 'PACKAGE-MANAGER', referenceType: 'purl' },
            referenceLocator: `pkg:deb/debian/${encodeURIComponent(one.name)}@${encodeURIComponent(one.version)}?arch=${one.architecture}&distro=${lock.suite}`,
          },
        ],
      })),
      ...files.map((file) => ({
        ...{ SPDXID: id(`file-${file.path}`), name: file.path, downloadLocation: 'NOASSERTION' },
        ...{ filesAnalyzed: false, primaryPackagePurpose: 'FILE' },
        checksums: [{ algorithm: 'SHA256', checksumValue: file.sha256 }],
        ...unsaid,
      })),
    ],
  };
  const contained = parts.packages.slice(1).map((one) => ({
    ...{ spdxElementId: image, relationshipType: 'CONTAINS', relatedSpdxElement: one.SPDXID },
  }));
  const document = {
    ...{ spdxVersion: 'SPDX-2.3', dataLicense: 'CC0-1.0', SPDXID: 'SPDXRef-DOCUMENT' },
    name: `${name}-${version}`,
    documentNamespace: `https://spdx.org/spdxdocs/${name}-${version}-${sha256(JSON.stringify(parts)).slice(0, 32)}`,
    creationInfo: { created: lock.created, creators: ['Tool: sallyport-images-build'] },
    documentDescribes: [image],
    ...parts,
    relationships: [
      {
        ...{ spdxElementId: 'SPDXRef-DOCUMENT', relationshipType: 'DESCRIBES' },
        relatedSpdxElement: image,
      },
      ...contained,
    ],
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}

/** Names of the labels that say where an image comes from: written when one is built, read when a job in it has ended. */

/** Labels of ours, beside the usual ones of org.opencontainers.image. */
export const OUR_LABELS = {
  name: 'sallyport.image.name',
  version: 'sallyport.image.version',
  /** SHA-256 of packages.lock, of the SBOM, and of what both and the Dockerfile come to. */
  lock: 'sallyport.image.lock',
  sbom: 'sallyport.image.sbom',
  baseCreated: 'sallyport.base.created',
  baseRevision: 'sallyport.base.revision',
} as const;

/** The usual ones that are read again: annotations of the OCI image specification 1.1. */
export const USUAL_LABELS = {
  version: 'org.opencontainers.image.version',
  revision: 'org.opencontainers.image.revision',
  created: 'org.opencontainers.image.created',
} as const;

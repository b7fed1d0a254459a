/** Labels in which images of another system, which deployments keep using, name what they were built on; the newest first. */
export const BASE_REVISION_LABELS = ['org.opensafely.base.gitref', 'org.opensafely.base.vcs-ref'];
export const BASE_CREATED_LABELS = ['org.opensafely.base.created', 'org.opensafely.base.build-date'];

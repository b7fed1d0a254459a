/** Topics of the outbox. project: the subject is a project's id · drift: the subject is always `governance`. */
export const PROJECT_TOPIC = 'project';
export const DRIFT_TOPIC = 'drift';

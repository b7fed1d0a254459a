/** All tables of the hub. */
export * from './github.ts';
export * from './applications.ts';
export * from './commands.ts';
export * from './jobs.ts';
export * from './zone.ts';
export * from './record.ts';
export * from './publications.ts';
export * from './members.ts';
export * from './outputs.ts';
export * from './codelists.ts';
export * from './freezes.ts';
export * from './breaches.ts';
export * from './onboarding.ts';
export * from './visibility.ts';
export * from './stewarding.ts';
export * from './provisioning.ts';

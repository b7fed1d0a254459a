import manifest from '../../package.json' with { type: 'json' };

/** Of the whole program: hub, agent and the command line are one package. */
export const version: string = manifest.version;

/** swc, as jest.config.js tells it, after the names of tests are those of the deployment. */
import swcJest from '@swc/jest';
import { compileOnce } from '../support/compiled-once.js';
import { endCalls } from '../support/ended-calls.js';
import { watchOver } from '../support/watchdog.js';
import { DEPLOYMENT, renamed } from './rename.js';

export default {
  createTransformer(options) {
    compileOnce();
    endCalls();
    watchOver();
    const swc = swcJest.createTransformer(options);
    return {
      ...swc,
      process: (text, file, ...rest) => swc.process(renamed(file, text), file, ...rest),
      processAsync: (text, file, ...rest) => swc.processAsync(renamed(file, text), file, ...rest),
      getCacheKey: (text, file, ...rest) =>
        `${swc.getCacheKey(renamed(file, text), file, ...rest)}${DEPLOYMENT}`,
    };
  },
};

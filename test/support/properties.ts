/**
 * Properties over made-up input. `npm test` makes the same input each time, so that a failure is about the
 * change at hand; the long run (`SALLYPORT_TEST_SEEDS=many`) makes new input, and a failure names its seed.
 */
import fc from 'fast-check';

const asked = process.env['SALLYPORT_TEST_SEED'];
const anew = process.env['SALLYPORT_TEST_SEEDS'] === 'many' && asked === undefined;
if (!anew) fc.configureGlobal({ seed: Number(asked ?? 7) });

export { fc };

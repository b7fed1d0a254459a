import { requires } from '../support/require.ts';
import { executorContract } from './contract.ts';
import { dockerHarness } from './docker-harness.ts';

requires('docker').describe('containers as executor', () => {
  executorContract(dockerHarness);
});

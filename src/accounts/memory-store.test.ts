import { describeAccountStore } from '../../test/contracts/account-store.ts';
import { createMemoryAccountStore } from './memory-store.ts';

describeAccountStore('the memory store', async () => ({
  store: createMemoryAccountStore(),
  [Symbol.asyncDispose]: async () => {},
}));

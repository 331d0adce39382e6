import { availableParallelism, cpus, release, totalmem, type } from 'node:os';

/** What the figures depend on, without naming the machine. */
export function describeMachine(): string {
  const model = cpus()[0]?.model.trim() ?? 'unknown processor';
  const memoryGiB = Math.round(totalmem() / 2 ** 30);
  const openssl = process.versions.openssl;
  return `${availableParallelism()} processors (${model}), ${memoryGiB} GiB of memory, ${type()} ${release().split('.').slice(0, 2).join('.')}, Node ${process.versions.node} with OpenSSL ${openssl}`;
}

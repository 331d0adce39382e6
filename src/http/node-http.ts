/**
 * Node's HTTP, taken as CommonJS would: an `import` statement reads every export of the module, one of them is
 * WebSocket, and with that comes a whole HTTP client that nothing here uses: 15 MB a process and 20 ms.
 */
export const { Agent, createServer, request: httpRequest } = process.getBuiltinModule('node:http');

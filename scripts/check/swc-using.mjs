// @swc/core's visitor, which dependency-cruiser walks TypeScript with, stops at `using` declarations (1.16):
// it is shown them as the variable declarations that they are.
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);
const { Visitor } = require('@swc/core/Visitor.js');
const { visitStatement } = Visitor.prototype;

Visitor.prototype.visitStatement = function (statement) {
  return statement.type === 'UsingDeclaration'
    ? this.visitVariableDeclaration({
        ...statement,
        type: 'VariableDeclaration',
        kind: 'const',
        declarations: statement.decls,
      })
    : visitStatement.call(this, statement);
};

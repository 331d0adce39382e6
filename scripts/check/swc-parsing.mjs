// What dependency-cruiser does not know of how @swc/core (1.16) reads TypeScript.
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);

// It takes every file for one without JSX, and stops at the first element.
const swc = require('@swc/core');
const { parseFileSync } = swc;
swc.parseFileSync = (file, options) => parseFileSync(file, { ...options, tsx: file.endsWith('.tsx') });

// The visitor that it walks the tree with stops at `using` declarations: it is shown them as the variable
// declarations that they are.
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

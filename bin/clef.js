// @ts-check
/** The one entry: `clef COMMAND`. JavaScript, so that Nodes that know no types say what they lack. */
const NEEDED_MAJOR = 26;

if (Number(process.versions.node.split('.')[0]) < NEEDED_MAJOR) {
  console.error(
    `clef: needs Node ${NEEDED_MAJOR}, this is ${process.versions.node}; use bin/clef or \`npm run clef -- COMMAND\`, which bring their own (after \`npm ci\`)`,
  );
  process.exit(1);
}

const { importProgram } = await import('./bundle.js');
const { runProgram } = await importProgram('program', () => import('../src/cli/program.ts'));
process.exitCode = await runProgram(process.argv.slice(2));

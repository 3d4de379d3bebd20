/// <reference types="node" />
/** All measurements but the soak, one after the other; the options of each hold. */
for (const name of ['calls', 'groups', 'rotation', 'one-token', 'expiry-gap']) {
  console.log(`\n--- ${name}`);
  await import(`./${name}.ts`);
}

export {};

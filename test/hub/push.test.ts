import { afterEach, expect, test } from '@jest/globals';
import { eachDatabase } from '../support/database.ts';
import { aWorld, type World } from '../support/world.ts';

eachDatabase((open) => {
  let world: World;
  afterEach(() => world.stop());

  test('a push with a mistake gets a red check on the line, and a correction a green one with a button', async () => {
    world = await aWorld({ database: await open() });

    await world.as('lead').push({
      'project.yaml':
        "version: '4.0'\nactions:\n  model:\n    run: python:v2 a.py\n    needs: [extrct]\n    outputs:\n      moderately_sensitive:\n        t: output/t.csv\n",
    });
    await world.settle();
    expect(world.check('sallyport/project')).toMatchInlineSnapshot(`
     "sallyport/project: failure
     1 error, 1 warning in project.yaml
     \`project.yaml\` cannot be run: 1 error, 1 warning.

     - line 1: Version 4 is an old version of the project file. Consider "version: 5". (project.old-version)
     - line 5: needs: "extrct" is not an action here. Name an action of this file, or remove it. (P32)
     ! project.yaml:1 warning project.old-version: Version 4 is an old version of the project file.
     Consider "version: 5".
     ! project.yaml:5 failure P32: needs: "extrct" is not an action here.
     Name an action of this file, or remove it."
    `);

    await world.as('lead').push({
      'project.yaml':
        "version: '4.0'\nactions:\n  model:\n    run: python:v2 a.py\n    outputs:\n      moderately_sensitive:\n        t: output/t.csv\n",
    });
    await world.settle();
    expect(world.check('sallyport/project')).toMatchInlineSnapshot(`
     "sallyport/project: success
     1 action, 1 warning
     \`project.yaml\` is valid: 1 action, 1 warning.

     \`\`\`mermaid
     flowchart LR
       a0["model"]
       classDef database fill:#ddf4ff,stroke:#0969da,color:#1f2328
       classDef succeeded fill:#dafbe1,stroke:#1a7f37,color:#1f2328
       classDef failed fill:#ffebe9,stroke:#cf222e,color:#1f2328
       classDef running fill:#fff8c5,stroke:#9a6700,color:#1f2328
       classDef pending fill:#f6f8fa,stroke:#59636e,color:#1f2328
     \`\`\`

     - line 1: Version 4 is an old version of the project file. Consider "version: 5". (project.old-version)
     --
     | action | image | needs | outputs |
     | --- | --- | --- | --- |
     | \`model\` | \`python:v2\` |  | \`output/t.csv\` moderately sensitive |
     ! project.yaml:1 warning project.old-version: Version 4 is an old version of the project file.
     Consider "version: 5".
     [Run all]"
    `);
    expect(world.check('sallyport/codelists')).toMatchInlineSnapshot(`
     "sallyport/codelists: success
     This study uses no codelists
     This study uses no codelists: there is no folder \`codelists\`."
    `);
    expect(world.check('sallyport/access')).toMatchInlineSnapshot(`
     "sallyport/access: success
     Everything the actions use is permitted
     Images, backends and datasets against the permissions of project \`ns-2026-014\`.
     "
    `);
    expect(world.check('sallyport/dummy run')).toMatchInlineSnapshot(`
     "sallyport/dummy run: queued
     waiting: 0 of 1 job succeeded
     The whole pipeline on dummy data on backend \`rehearsal\`.
     Asked for by \`rowan-example\` at TIME; commit \`SHA1\` of branch \`main\`.
     --
     | action | state | started | took |
     | --- | --- | --- | --- |
     | \`model\` | waiting: no agent of the backend is calling |  |  |"
    `);
  });
});

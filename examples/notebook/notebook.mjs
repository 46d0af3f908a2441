// A study from events to figures: node notebook.mjs [steps] [folder]
// Every part stands alone, so that it can be copied; in an editor that knows `// %%`, each is a cell.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { EventFile, loadTopology } from '@unfold-zoo/data';
import { posteriorFigure } from '@unfold-zoo/report';
import { createRun, generateEvents, writeReport } from '@unfold-zoo/runs';

const steps = Number(process.argv[2] ?? 3000);
const folder = process.argv[3] ?? 'study';
mkdirSync(folder, { recursive: true });

// %% Events. Simulated here; `data` below would name files of yours in the same layout.
const training = await generateEvents(join(folder, 'train.h5'), { events: 10 * steps, seed: 1, force: true });
const test = await generateEvents(join(folder, 'test.h5'), { events: 1000, seed: 2, force: true });

// %% Train. The preset `tiny` is the paper's model at its smallest; `small` and `paper` are larger.
const config = {
  extends: 'tiny',
  name: 'study',
  data: { kind: 'hdf5', train: training, test, validationFraction: 0.1 },
  training: { batchSize: 64, steps, validationEvents: 500, fineTune: { steps: 0 } },
};
const run = await createRun(config, { out: join(folder, 'run'), force: true, log: console });
const every = Math.ceil(steps / 10);
await run.train({
  onStep: ({ step, loss }) => {
    if (step % every === 0) console.log(`step ${step}: loss ${loss.toPrecision(4)}`);
  },
});

// %% Draw. Particles and quantities have names; a block holds some events, and the draws of an event lie side by side.
let [inside, events] = [0, 0];
for await (const { particles, truth, draws, ...block } of run.draw({ draws: 100, events: 200 })) {
  for (let event = 0; event < block.events; event++) {
    const drawn = particles.hadronic_top.pt.slice(event * draws, (event + 1) * draws).sort();
    const value = truth.particles.hadronic_top.pt[event];
    if (drawn[16] <= value && value <= drawn[83]) inside++;
    events++;
  }
}
console.log(`true pt of the hadronic top in the central 68 % of its draws: ${inside} of ${events} events`);

// %% Evaluate: draws in a file, their distances to the truth, and a report.
await run.sample({ force: true });
const evaluation = await run.evaluate({ bootstrap: 20 });
const { metrics, distances } = evaluation.distances;
console.log(`${metrics[0]}: ${distances.totals[0].value.toPrecision(4)}`);
writeReport(join(folder, 'report'), evaluation);

// %% An event in memory: what the detector saw, by name, in GeV and radians. Here it is taken from the file.
const event = await firstEvent(test);
const posterior = await run.posterior([event], { draws: 2000 });
const { mean, low, median, high } = posterior.events[0].summary.hadronic_top.mass;
console.log(`mass of the hadronic top: mean ${mean.toFixed(1)}, median ${median.toFixed(1)} (${low} to ${high}) GeV`);

// %% Plot the posterior of that event.
const figure = posteriorFigure({
  title: 'Hadronic top of the first test event',
  xTitle: 'Mass [GeV]',
  unit: 'GeV',
  models: [{ label: 'study', values: posterior.events[0].particles.hadronic_top.mass }],
});
writeFileSync(join(folder, 'hadronic-top-mass.svg'), `${figure}\n`);
await run.close();
console.log(`in ${folder}: hadronic-top-mass.svg, report/index.html`);

/** The first event of a file, as a program that gets events from elsewhere would have it. */
async function firstEvent(path) {
  const file = await EventFile.open(path, loadTopology('semileptonic-ttbar'));
  const { groups } = file.read(0, 1);
  file.close();
  const row = (columns, i) => Object.fromEntries(Object.entries(columns).map(([name, values]) => [name, values[i]]));
  const { lengths, ...jets } = groups.jets;
  return {
    jets: Array.from({ length: lengths[0] }, (_, i) => row(jets, i)),
    lepton: row(groups.lepton, 0),
    met: row(groups.met, 0),
  };
}

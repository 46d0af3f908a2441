// What data-parallel training should cost on more workers than one has: `npm run --silent bench -- cost-model --json`.
// Defaults are a GPU node; give what `all-reduce`, `scaling` and `train-step` measured to see how far the model holds.

export const options = {
  workers: { type: 'string', default: '1,4,64,1024', description: 'numbers of workers, separated by commas' },
  step: { type: 'string', default: '100', description: 'ms of one worker alone for its share of a step' },
  megabytes: { type: 'string', default: '18.1', description: 'of gradients, float32 (18.1 are those of preset paper)' },
  device: { type: 'string', default: '12', description: 'GB/s between device and host, each way; 0 on a CPU' },
  pernode: { type: 'string', default: '4', description: "workers that share a node's network" },
  network: { type: 'string', default: '12.5', description: 'GB/s of a node (12.5 is 100 Gbit/s)' },
  memory: { type: 'string', default: '5', description: 'GB/s of an all-reduce within a node' },
  latency: { type: 'string', default: '0.005', description: 'ms of a message between two nodes' },
  skew: { type: 'string', default: '0', description: 'share of a step that the slowest worker takes longer' },
};

export async function run({ workers, ...numbers }) {
  const cost = Object.fromEntries(Object.entries(numbers).map(([name, text]) => [name, amount(name, text)]));
  return { ...cost, predictions: workers.split(',').map((text) => predict(amount('workers', text), cost)) };
}

/**
 * Time of one step of `workers` workers, ms: their own work, the slowest one's delay, gradients to the host and
 * back, and an all-reduce. That is first among the workers of a node, in memory, then among nodes, whose network each
 * piece crosses twice: 2 (n - 1) / n of the bytes at the node's rate, and 2 log2 n messages (Thakur et al. 2005).
 */
function predict(workers, { step, megabytes, device, pernode, network, memory, latency, skew }) {
  const inNode = Math.min(workers, pernode);
  const nodes = Math.ceil(workers / pernode);
  const crossed = (count) => (2 * (count - 1)) / count;
  const staging = workers === 1 || device === 0 ? 0 : (2 * megabytes) / device;
  const within = (crossed(inNode) * megabytes) / memory;
  const between = (crossed(nodes) * megabytes) / network + 2 * Math.ceil(Math.log2(nodes)) * latency;
  const waiting = workers === 1 ? 0 : skew * step;
  const total = step + waiting + staging + within + between;
  const [stagingMs, withinNodeMs, betweenNodesMs, stepMs] = [staging, within, between, total].map(round);
  return { workers, stepMs, stagingMs, withinNodeMs, betweenNodesMs, efficiency: round(step / total) };
}

function round(value) {
  return Math.round(1000 * value) / 1000;
}

function amount(name, text) {
  const value = Number(text);
  if (Number.isFinite(value) && value >= 0 && (value > 0 || name === 'device' || name === 'skew')) return value;
  throw Object.assign(new Error(`invalid --${name} ${text}: expected a positive number`), { isUserError: true });
}

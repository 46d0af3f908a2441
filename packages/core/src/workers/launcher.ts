import { availableParallelism, cpus } from 'node:os';

/** What mpirun, mpiexec or srun says of this process in its environment. */
export interface Launched {
  /** For messages, e.g. `mpirun (Open MPI)`. */
  readonly launcher: string;
  readonly rank: number;
  readonly world: number;
  /** Place among the processes of this machine, and how many they are; absent where the launcher does not say. */
  readonly localRank?: number;
  readonly localWorld?: number;
}

interface Launcher {
  readonly name: string;
  readonly rank: string;
  readonly world: string;
  readonly localRank: string;
  readonly localWorld: string;
}

// In this order: mpirun inside a Slurm job leaves the variables of srun in place, which then count its own daemons.
const LAUNCHERS: readonly Launcher[] = [
  {
    name: 'mpirun (Open MPI)',
    rank: 'OMPI_COMM_WORLD_RANK',
    world: 'OMPI_COMM_WORLD_SIZE',
    localRank: 'OMPI_COMM_WORLD_LOCAL_RANK',
    localWorld: 'OMPI_COMM_WORLD_LOCAL_SIZE',
  },
  {
    name: 'mpiexec (MPICH)',
    rank: 'PMI_RANK',
    world: 'PMI_SIZE',
    localRank: 'MPI_LOCALRANKID',
    localWorld: 'MPI_LOCALNRANKS',
  },
  // Of a job's script, which srun has not started, Slurm sets SLURM_NTASKS but no SLURM_STEP_NUM_TASKS.
  {
    name: 'srun',
    rank: 'SLURM_PROCID',
    world: 'SLURM_STEP_NUM_TASKS',
    localRank: 'SLURM_LOCALID',
    localWorld: 'SLURM_STEP_TASKS_PER_NODE',
  },
];

/** Who started this process as one of several, and which of them it is; undefined for a process on its own. */
export function launchedAs(environment: NodeJS.ProcessEnv = process.env): Launched | undefined {
  const found = LAUNCHERS.find(({ rank, world }) => wholeNumber(environment[rank]) !== undefined && environment[world]);
  if (!found) return undefined;
  const [localRank, localWorld] = [environment[found.localRank], environment[found.localWorld]].map(wholeNumber);
  return {
    launcher: found.name,
    rank: wholeNumber(environment[found.rank])!,
    world: wholeNumber(environment[found.world]) ?? 1,
    ...(localRank === undefined ? {} : { localRank }),
    ...(localWorld === undefined ? {} : { localWorld }),
  };
}

/** As `launchedAs`, where there are others: undefined for the only process that was started. */
export function launchedWithOthers(): Launched | undefined {
  const launched = launchedAs();
  return launched && launched.world > 1 ? launched : undefined;
}

/**
 * This process's number among those of its machine, for the choice of a device: of `parallel.kind` processes or of a
 * launcher, which need not say anything else; undefined without one.
 */
export function localRank(environment: NodeJS.ProcessEnv = process.env): number | undefined {
  const names = ['UNFOLD_LOCAL_RANK', ...LAUNCHERS.map((launcher) => launcher.localRank)];
  return names.map((name) => wholeNumber(environment[name])).find((rank) => rank !== undefined);
}

/**
 * The processors that this process is to use: those that it may, or its share of them where a launcher started several
 * processes on this machine and has not bound each to its own.
 */
export function ownProcessors(): number {
  const { localWorld = 1 } = launchedAs() ?? {};
  const isBound = availableParallelism() < cpus().length;
  return isBound ? availableParallelism() : Math.max(1, Math.floor(availableParallelism() / localWorld));
}

/** The environment for a process that a launched one starts, and that is none of the launched ones itself. */
export function environmentOfOne(environment: NodeJS.ProcessEnv = process.env): NodeJS.ProcessEnv {
  const names = LAUNCHERS.flatMap(({ rank, world }) => [rank, world]);
  return Object.fromEntries(Object.entries(environment).filter(([name]) => !names.includes(name)));
}

// Slurm writes the tasks of a node as `2(x3)` where several nodes have as many.
function wholeNumber(text: string | undefined): number | undefined {
  const digits = /^\d+/.exec(text ?? '');
  return digits ? Number(digits[0]) : undefined;
}

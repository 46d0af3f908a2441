import { type EventSpec, UserError } from '@unfold-zoo/core';
import { openDraws } from '@unfold-zoo/data';
import type { Run } from '@unfold-zoo/runs';
import { joinNumbers } from '../exported/join-numbers.js';
import { fileInside } from '../folders/inside.js';
import { drawFiles } from '../folders/run-summary.js';
import { NotFound } from '../server/route.js';
import type { DrawFileView } from '../view/ranks-view.js';

/** Draws of several events and their truth. Momenta are mass, energy, px, py, pz in GeV. */
export interface DrawSet extends DrawFileView {
  /** Number of the first event in its split. */
  readonly start: number;
  /** [events]; absent when every event counts the same. */
  readonly weights?: Float32Array;
  /** Row-major [count, draws, particles, 5], or of the truth [count, particles, 5]. */
  read(of: 'draws' | 'truth', first: number, count: number): Float32Array;
  close(): void;
}

/** What pages call draws that were made for them and are in no file. */
export const DRAWN_HERE = 'drawn here';
/** Rows that are drawn for a page at most. */
export const MOST_DRAWN = 100_000;

/** Draws of runs: those of files, and those that were made for a page, which are gone with the server. */
export class DrawSets {
  readonly #drawn = new Map<string, DrawSet>();

  /** What there is of a run; a file that cannot be read is passed over. */
  async list(folder: string): Promise<DrawFileView[]> {
    const found: DrawFileView[] = [];
    const drawn = this.#drawn.get(folder);
    if (drawn) found.push(viewOf(drawn));
    for (const name of drawFiles(folder)) {
      try {
        const set = await this.open(folder, name);
        found.push(viewOf(set));
        set.close();
      } catch {
        // It is being written, or damaged.
      }
    }
    return found;
  }

  /** @throws UserError for draws that are not there, or damaged. */
  async open(folder: string, name: string): Promise<DrawSet> {
    if (name === DRAWN_HERE) {
      const drawn = this.#drawn.get(folder);
      if (drawn) return drawn;
      throw new NotFound('missing draws: none have been made here yet');
    }
    // Only names that were found in the folder are opened.
    const known = drawFiles(folder).find((each) => each === name);
    const path = known && fileInside(folder, known);
    if (!path) throw new NotFound(`missing draws "${name}": the run has ${drawFiles(folder).join(', ') || 'none'}`);
    const file = await openDraws(path);
    const { events, draws, hasTruth, hasWeights } = file;
    const first = file.read(0, 1);
    return {
      ...{ name, events, draws, hasTruth, start: first.index[0]! },
      ...(hasWeights && { weights: file.read(0, events).weights! }),
      read: (of, start, count) => file.readMomenta(of, start, count),
      close: () => file.close(),
    };
  }

  /** Draws once for each of the first test events of a run, and keeps that in memory. */
  async draw(folder: string, run: Run, events: number, signal: AbortSignal): Promise<DrawFileView> {
    const blocks: { readonly draws: Float32Array; readonly truth: Float32Array | undefined }[] = [];
    for await (const block of run.draw({ events, signal }))
      blocks.push({ draws: block.momenta, truth: block.truth?.momenta });
    const set = inMemory(run.spec, joinNumbers(blocks.map(({ draws }) => draws)), truthOf(blocks));
    this.#drawn.set(folder, set);
    return viewOf(set);
  }
}

function truthOf(blocks: readonly { readonly truth: Float32Array | undefined }[]): Float32Array | undefined {
  const truths = blocks.flatMap(({ truth }) => truth ?? []);
  return truths.length === blocks.length ? joinNumbers(truths) : undefined;
}

function inMemory(spec: EventSpec, draws: Float32Array, truth: Float32Array | undefined): DrawSet {
  const width = 5 * spec.particles.length;
  return {
    ...{ name: DRAWN_HERE, events: draws.length / width, draws: 1, hasTruth: truth !== undefined, start: 0 },
    read: (of, first, count) => {
      const all = of === 'draws' ? draws : truth;
      if (!all) throw new UserError('missing truth: these draws have none');
      return all.subarray(first * width, (first + count) * width);
    },
    close: () => undefined,
  };
}

function viewOf({ name, events, draws, hasTruth }: DrawSet): DrawFileView {
  return { name, events, draws, hasTruth };
}

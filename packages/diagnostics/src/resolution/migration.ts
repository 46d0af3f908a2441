/** Where events of each bin of the truth come out. */
export class Migration {
  readonly bins: number;
  /** Row-major [bins of truth, bins of what is unfolded]: sums of weights. */
  readonly #sums: Float64Array;

  constructor(bins: number) {
    this.bins = bins;
    this.#sums = new Float64Array(bins * bins);
  }

  add(truth: number, unfolded: number, weight = 1): void {
    this.#sums[truth * this.bins + unfolded]! += weight;
  }

  /** Share of the events of a bin of truth that come out in a bin. */
  share(truth: number, unfolded: number): number {
    return this.#sums[truth * this.bins + unfolded]! / this.#total((i) => this.#sums[truth * this.bins + i]!);
  }

  /** Share of the true events of a bin that come out in it. */
  stability(bin: number): number {
    return this.share(bin, bin);
  }

  /** Share of what comes out in a bin that is truly in it. */
  purity(bin: number): number {
    return this.#sums[bin * this.bins + bin]! / this.#total((i) => this.#sums[i * this.bins + bin]!);
  }

  #total(of: (bin: number) => number): number {
    let sum = 0;
    for (let i = 0; i < this.bins; i++) sum += of(i);
    return sum;
  }
}

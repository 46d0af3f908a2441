/** How far a piece of work is. */
export interface Progress {
  /**
   * What is done: the stage of a training, `sampling`, `evaluating`, `generating`, `converting`, `merging`, `reading`
   * or `unfolding`.
   */
  readonly stage: string;
  readonly done: number;
  readonly total: number;
  /** What `done` and `total` count. */
  readonly unit: 'steps' | 'events' | 'distributions' | 'unfoldings';
  readonly eventsPerSecond?: number;
  readonly loss?: number;
  /** Until the end of the work: of a training, when its steps are made or its time is over. */
  readonly secondsLeft?: number;
  /** What a training will have done when its time is over, where that is less than `total`. */
  readonly doneInTime?: number;
}

/** Told how far a piece of work is. */
export type OnProgress = (progress: Progress) => void;

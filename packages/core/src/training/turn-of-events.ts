/**
 * Lets timers, signals and other waiting events have their turn. Engines that compute on this thread settle their
 * promises at once, so a loop that awaits nothing else would never see a Ctrl-C or redraw a progress bar.
 */
export function turnOfEvents(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** An event source with another `read` or `spec`: a spread would lose its methods. */
export function changedSource(source, changes) {
  return {
    spec: source.spec,
    read: (split, start, count) => source.read(split, start, count),
    blockSize: source.blockSize,
    count: (split) => source.count(split),
    hasTruth: (split) => source.hasTruth(split),
    open: () => source.open(),
    close: () => source.close(),
    ...changes,
  };
}

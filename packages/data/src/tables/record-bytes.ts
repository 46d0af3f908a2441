/** The bytes of one field of every record of `size` bytes; the records themselves where it is all of them. */
export function fieldOfRecords(
  bytes: Uint8Array<ArrayBuffer>,
  size: number,
  { offset, width }: { readonly offset: number; readonly width: number },
): Uint8Array<ArrayBuffer> {
  if (width === size) return bytes;
  const records = bytes.length / size;
  const found = new Uint8Array(records * width);
  for (let record = 0; record < records; record++) {
    const from = record * size + offset;
    found.set(bytes.subarray(from, from + width), record * width);
  }
  return found;
}

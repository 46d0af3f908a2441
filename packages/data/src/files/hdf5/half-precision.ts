import { closeSync, openSync, readSync } from 'node:fs';

/**
 * What the description of a floating-point type of 16 bits has in common in all HDF5 files (specification, section
 * IV.A.2.d): the sign in bit 15, 2 bytes, no offset, 16 bits of precision. The layout of the bits follows.
 */
const SIXTEEN_BITS = Buffer.from([15, 0, 2, 0, 0, 0, 0, 0, 16, 0]);
/** Place and size of the exponent, place and size of the fraction, and the bias, in IEEE 754 half precision. */
const HALF_PRECISION = Buffer.from([10, 5, 0, 10, 15, 0, 0, 0]);

const AT_ONCE = 2 ** 22;

/**
 * Whether a file describes floating-point numbers of 16 bits that are not IEEE 754 half precision, such as bfloat16.
 * The library tells neither them apart nor where a description is, so that the whole file is looked through.
 */
export function hasOtherSixteenBitFloats(path: string): boolean {
  const file = openSync(path, 'r');
  try {
    const bytes = Buffer.alloc(AT_ONCE);
    const overlap = SIXTEEN_BITS.length + HALF_PRECISION.length - 1;
    for (let start = 0; ; start += AT_ONCE - overlap) {
      const size = readSync(file, bytes, 0, AT_ONCE, start);
      if (hasOtherLayout(bytes.subarray(0, size))) return true;
      if (size < AT_ONCE) return false;
    }
  } finally {
    closeSync(file);
  }
}

function hasOtherLayout(bytes: Buffer): boolean {
  const length = SIXTEEN_BITS.length;
  for (let at = bytes.indexOf(SIXTEEN_BITS); at >= 0; at = bytes.indexOf(SIXTEEN_BITS, at + 1)) {
    const layout = bytes.subarray(at + length, at + length + HALF_PRECISION.length);
    if (layout.length === HALF_PRECISION.length && isLayout(layout) && !layout.equals(HALF_PRECISION)) return true;
  }
  return false;
}

/** Whether bytes can be the layout of 16 bits: exponent and fraction fill what the sign leaves. */
function isLayout([, exponent, , fraction]: Buffer): boolean {
  return exponent! + fraction! === 15;
}

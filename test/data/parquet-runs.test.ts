import test from 'ava';

type RunNumbers = Uint8Array | Uint32Array;

/** What this test sees of a class that no package exports, since only the reader of Parquet uses it. */
interface RunReader {
  read(width: number, room: { readonly numbers: RunNumbers; readonly most: number }): RunNumbers;
}

type RunReaderClass = new (bytes: Uint8Array) => RunReader;
const url = new URL('tables/formats/parquet/runs.js', import.meta.resolve('@unfold-zoo/data'));
const { RunReader } = (await import(url.href)) as { readonly RunReader: RunReaderClass };

/** Bits of numbers that are read as places of a dictionary, and as levels. */
const WIDTHS = Array.from({ length: 24 }, (_, i) => i + 1);
const WIDTHS_OF_LEVELS = WIDTHS.filter((width) => width <= 8);
const COUNTS = [1, 3, 4, 7, 8, 9, 15, 16, 17, 31, 61, 1003];

/** A header of runs: their length in groups of seven bits. */
function header(length: number): number[] {
  return length < 0x80 ? [length] : [(length & 0x7f) | 0x80, ...header(Math.floor(length / 0x80))];
}

/** Numbers as one packed run, bit by bit, as Parquet's format has it; the last eight are filled up with zeros. */
function packed(numbers: ArrayLike<number>, width: number): number[] {
  const groups = Math.ceil(numbers.length / 8);
  const bytes = new Array<number>(groups * width).fill(0);
  for (let i = 0; i < numbers.length; i++)
    for (let bit = 0; bit < width; bit++)
      if (Math.floor(numbers[i]! / 2 ** bit) % 2 === 1) bytes[(i * width + bit) >> 3]! |= 1 << ((i * width + bit) & 7);
  return [...header(2 * groups + 1), ...bytes];
}

function repeated(value: number, count: number, width: number): number[] {
  const bytes = Array.from({ length: Math.ceil(width / 8) }, (_, i) => Math.floor(value / 2 ** (8 * i)) % 2 ** 8);
  return [...header(2 * count), ...bytes];
}

/** Numbers of all sizes that a width has, its largest among them. */
function numbersOf(width: number, count: number): number[] {
  return Array.from({ length: count }, (_, i) => (i === 0 ? 2 ** width - 1 : (i * 2654435761) % 2 ** width));
}

function read(bytes: readonly number[], width: number, numbers: RunNumbers, most = 2 ** width - 1): number[] {
  return [...new RunReader(Uint8Array.from(bytes)).read(width, { numbers, most })];
}

test('packed numbers of every width and count are read, up to the last byte of a page', (t) => {
  for (const width of WIDTHS)
    for (const count of COUNTS) {
      const numbers = numbersOf(width, count);
      t.deepEqual(read(packed(numbers, width), width, new Uint32Array(count)), numbers, `${count} of ${width} bits`);
      if (WIDTHS_OF_LEVELS.includes(width))
        t.deepEqual(read(packed(numbers, width), width, new Uint8Array(count)), numbers, `${count} of ${width} bits`);
    }
});

test('runs of repeated and of packed numbers follow one another', (t) => {
  for (const width of WIDTHS) {
    const [first, last] = [numbersOf(width, 16), numbersOf(width, 21)];
    const value = 2 ** width - 1;
    const bytes = [...packed(first, width), ...repeated(value, 100, width), ...packed(last, width)];
    const expected = [...first, ...new Array<number>(100).fill(value), ...last];
    t.deepEqual(read(bytes, width, new Uint32Array(expected.length)), expected, `${width} bits`);
  }
});

test('a number that is larger than may be is told, wherever it is', (t) => {
  for (const width of WIDTHS)
    for (const count of COUNTS)
      for (const at of new Set([0, count >> 1, count - 1])) {
        const numbers = new Array<number>(count).fill(0).with(at, 2 ** width - 1);
        const room = (most: number) => () => read(packed(numbers, width), width, new Uint32Array(count), most);
        t.notThrows(room(2 ** width - 1));
        const message = `${2 ** width - 1} where ${2 ** width - 2} is the largest number`;
        t.throws(room(2 ** width - 2), { message }, `${at} of ${count}, ${width} bits`);
      }
  t.throws(() => read(repeated(3, 10, 2), 2, new Uint8Array(10), 2), { message: '3 where 2 is the largest number' });
  t.throws(() => read(packed([0, 3], 2), 2, new Uint8Array(2), 2), { message: '3 where 2 is the largest number' });
  // Of a dictionary without any value not even the first is there, though its place is of no bits.
  t.throws(() => read([], 0, new Uint32Array(4), -1), { message: '0 where -1 is the largest number' });
});

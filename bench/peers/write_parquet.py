"""Writes Parquet files with pyarrow's own settings (dictionaries, Snappy), which bench/readers.mjs reads.

    python3 write_parquet.py <events.parquet> <folder>

`rewritten` has the columns of the first file. `numbers` has 1,200,000 rows of twelve random columns, half of them
float32 and half float64, `lists` one of each with lists of 0 to 20; the `repeated` ones are the same of 3,000 different
values.
"""

import pathlib
import sys

import numpy
import pyarrow
import pyarrow.parquet

ROWS = 1_200_000
WIDTH = 12
LONGEST = 20
TYPES = ["f4", "f8"]

random = numpy.random.default_rng(1)
values = random.exponential(50, 3_000)
ends = numpy.concatenate([[0], numpy.cumsum(random.integers(0, LONGEST + 1, ROWS))]).astype("i4")


def several(count):
    return random.exponential(50, count)


def repeated(count):
    return random.choice(values, count)


def numbers(draw):
    return {f"{kind}_{i}": draw(ROWS).astype(kind) for kind in TYPES for i in range(WIDTH // 2)}


def lists(draw):
    return {kind: pyarrow.ListArray.from_arrays(ends, pyarrow.array(draw(ends[-1]).astype(kind))) for kind in TYPES}


events, folder = pyarrow.parquet.read_table(sys.argv[1]), pathlib.Path(sys.argv[2])
pyarrow.parquet.write_table(events, folder / "rewritten.parquet")
pyarrow.parquet.write_table(pyarrow.table(numbers(repeated)), folder / "repeated-numbers.parquet")
pyarrow.parquet.write_table(pyarrow.table(numbers(several)), folder / "numbers.parquet")
pyarrow.parquet.write_table(pyarrow.table(lists(repeated)), folder / "repeated-lists.parquet")
pyarrow.parquet.write_table(pyarrow.table(lists(several)), folder / "lists.parquet")

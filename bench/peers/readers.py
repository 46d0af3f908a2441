"""Millions of numbers that h5py, NumPy or pyarrow read in a second of processor time, as bench/readers.mjs does.

    python3 readers.py <file> <repetitions>

Reads every column in blocks of 4096 rows; Parquet by row groups, as pyarrow has it, on one thread. Prints one number.
"""

import statistics
import sys
import time

BLOCK = 4096


def read_hdf5(path):
    import h5py

    datasets = []
    with h5py.File(path) as file:
        file.visititems(lambda _, each: datasets.append(each) if isinstance(each, h5py.Dataset) else None)
        return sum(each[first : first + BLOCK].size for each in datasets for first in range(0, len(each), BLOCK))


def read_npz(path):
    import numpy

    with numpy.load(path) as file:
        return sum(file[name].size for name in file.files)


def read_parquet(path):
    import pyarrow.parquet

    file = pyarrow.parquet.ParquetFile(path)
    groups = (file.read_row_group(i, use_threads=False) for i in range(file.num_row_groups))
    return sum(numbers(column.combine_chunks()) for group in groups for column in group.columns)


def numbers(array):
    import pyarrow

    if pyarrow.types.is_struct(array.type):
        return sum(numbers(field) for field in array.flatten())
    return numbers(array.flatten()) if hasattr(array, "flatten") else len(array)


def rate(path):
    read = {"h5": read_hdf5, "npz": read_npz, "parquet": read_parquet}[path.rsplit(".", 1)[1]]
    started = time.process_time()
    return read(path) / (time.process_time() - started) / 1e6


file, repetitions = sys.argv[1], int(sys.argv[2])
print(statistics.median([rate(file) for _ in range(repetitions + 1)][1:]))

/** The binary interfaces of MPI libraries, which pass the same arguments in different shapes. */
export interface Abi {
  readonly name: string;
  /** Type of a communicator, datatype or operation in C. */
  readonly handle: 'void *' | 'int' | 'intptr_t';
  readonly handles: Readonly<Record<HandleName, string | number>>;
  /** The address that asks a reduction to work in place. */
  readonly inPlace: bigint;
}

/** What the communicator passes to MPI by a handle. */
export type HandleName = 'world' | 'float' | 'double' | 'byte' | 'sum';

/** Handles are addresses of the library's own variables, given here by their names. */
const openMpi: Abi = {
  name: 'Open MPI',
  handle: 'void *',
  handles: {
    world: 'ompi_mpi_comm_world',
    float: 'ompi_mpi_float',
    double: 'ompi_mpi_double',
    byte: 'ompi_mpi_byte',
    sum: 'ompi_mpi_op_sum',
  },
  inPlace: 1n,
};

/** The interface of the MPI-5 standard, chapter 20, whatever the library. Not run: no library of it was at hand. */
const standard: Abi = {
  name: 'MPI-5 ABI',
  handle: 'intptr_t',
  handles: { world: 0x101, float: 0x210, double: 0x214, byte: 0x247, sum: 0x21 },
  inPlace: 1n,
};

/** Shared by MPICH, Intel MPI, MVAPICH and Cray MPICH (mpich.org/abi): handles are constants in an `int`. */
const mpich: Abi = {
  name: 'MPICH',
  handle: 'int',
  handles: { world: 0x44000000, float: 0x4c00040a, double: 0x4c00080b, byte: 0x4c00010d, sum: 0x58000003 },
  inPlace: 2n ** 64n - 1n,
};

/** Which of them a library has, asked whether it holds a symbol. A library of the MPI-5 ABI has a name of its own. */
export function abiOf(path: string, hasSymbol: (name: string) => boolean): Abi {
  if (/libmpi_abi\b/.test(path) && hasSymbol('MPI_Abi_get_version')) return standard;
  return hasSymbol('ompi_mpi_comm_world') ? openMpi : mpich;
}

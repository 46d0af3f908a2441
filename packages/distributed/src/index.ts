export { MpiCommunicator, type MpiOptions } from './mpi/communicator.js';
export { plugin as default } from './plugin.js';

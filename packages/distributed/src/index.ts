export { MpiCommunicator, type MpiOptions } from './mpi/communicator.js';
export { plugin as default } from './plugin.js';
export { localWorkers, type ProcessesOptions } from './processes/processes.js';
export { adviseOnFailure, onStopRequest, placeOfWorker } from './processes/supervised.js';

/** The emulators that the tests run on, one for each worker. */
export const workerInstances = ["test", "test2", "test3", "test4"];

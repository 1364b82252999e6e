/** Settings under which everything that is found by a timer is found in seconds. */
export const FAST = {
  MUSTER_HEARTBEAT: '1s',
  MUSTER_OFFLINE_AFTER: '4s',
  MUSTER_POLL_INTERVAL: '1s',
  MUSTER_DRIFT_PERIOD: '2s',
  // What is parked stays so until it is told to try again.
  MUSTER_RETRY_FIRST: '5m',
};

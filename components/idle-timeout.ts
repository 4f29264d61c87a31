/** How long the load balancer keeps an idle connection. A pod must keep it longer, and answer sooner. */
export const IDLE_SECONDS = 60;

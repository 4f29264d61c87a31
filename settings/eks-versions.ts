// The Kubernetes versions that EKS offers. Looked up on 2026-11-25; renew it when AWS adds one, three times a year.

/** First days without standard support, and without any, in UTC. */
export const eksVersions: Readonly<Record<string, { standard: string; extended: string }>> = {
  "1.31": { standard: "2025-11-26", extended: "2026-11-26" },
  "1.32": { standard: "2026-03-23", extended: "2027-03-23" },
  "1.33": { standard: "2026-07-29", extended: "2027-07-29" },
  "1.34": { standard: "2026-12-02", extended: "2027-12-02" },
  "1.35": { standard: "2027-03-27", extended: "2028-03-27" },
  "1.36": { standard: "2027-08-02", extended: "2028-08-02" },
};

/** Those that a cluster with upgradePolicy STANDARD can be made with, when this was looked up. */
export const offered = Object.keys(eksVersions).filter((version) => version >= "1.34");

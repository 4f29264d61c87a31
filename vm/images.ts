/**
 * What a VM runs besides the service, under the names of the variables that choose it in the release's `.env`. Digests
 * as two public repositories each had them on 2026-11-25: files 62606805284 and 57910272599 of the index of public
 * code for PostgreSQL, 58514464400 and 69012231888 for Caddy.
 */
export const images = {
  POSTGRES_IMAGE:
    "postgres:17.10-bookworm@sha256:9b18b78397054fce88a9552e9d5a3ad5bb7fd258c5b3cc1c5028e46373d6ea8f",
  CADDY_IMAGE: "caddy:2.11.4@sha256:844f60b64e4724a5aa8245e019dace0d3f199f7433ce6c57676cb30a920dbad9",
};

/** PostgreSQL's major version, which the data's format follows. */
export const POSTGRES_MAJOR = "17";

/**
 * Who the containers run as, and who owns their files: a secret's file keeps the host's owner and mode in a container.
 * The Dockerfile's user; the one of PostgreSQL's image (its Dockerfile, 17/bookworm, read on 2026-11-25); and one that
 * no image knows.
 */
export const users = { APP_UID: 10001, DATABASE_UID: 999, PROXY_UID: 10002 };

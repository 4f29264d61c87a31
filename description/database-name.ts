/** Of a service's database, and of the user that owns it: PostgreSQL takes no hyphen unquoted, RDS none at all. */
export const databaseName = (service: string): string => service.replaceAll("-", "_");

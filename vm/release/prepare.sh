# shellcheck shell=bash
# Sourced by deploy.sh in the machine's folder: makes what a release needs and no release brings, secrets and the
# folders of the data, and never makes one twice.
: "${release:?is the folder of the release}"
umask 077
install --directory --mode 0755 data secrets

# What a command says, in a file ($1), at once or not at all, and once.
keep() {
  if [[ ! -s $1 ]]; then
    "${@:2}" >"$1.unfinished"
    mv "$1.unfinished" "$1"
  fi
}
# A secret for one container alone. $1: user id; $2: file.
write_secret() { install --owner "$1" --group "$1" --mode 0400 /dev/stdin "$2"; }

install --directory --mode 0700 --owner "$PROXY_UID" --group "$PROXY_UID" data/proxy
install --directory --mode 0700 --owner "$APP_UID" --group "$APP_UID" secrets/app
password=
case $DATABASE in
postgresql)
  install --directory --mode 0700 secrets/kept
  install --directory --mode 0700 --owner "$DATABASE_UID" --group "$DATABASE_UID" data/database data/backups secrets/database
  # Letters and digits alone survive URLs, shells and connection strings unquoted.
  for name in password superuser-password; do keep "secrets/kept/$name" openssl rand -hex 24; done
  password=$(<secrets/kept/password)
  if [[ ! -s secrets/database-ca.pem ]]; then
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 3650 -subj /CN=database \
      -addext subjectAltName=DNS:database -addext keyUsage=critical,digitalSignature,keyCertSign \
      -keyout secrets/kept/key.pem -out secrets/kept/certificate.pem 2>/dev/null
    install --mode 0444 secrets/kept/certificate.pem secrets/database-ca.pem
  fi
  write_secret "$DATABASE_UID" secrets/database/key.pem <secrets/kept/key.pem
  write_secret "$DATABASE_UID" secrets/database/password <secrets/kept/password
  write_secret "$DATABASE_UID" secrets/database/superuser-password <secrets/kept/superuser-password
  printf 'database:5432:*:*:%s' "$password" | write_secret "$DATABASE_UID" secrets/database/pgpass
  # Compose sees a mounted file's name alone: by this label, containers are made anew when a secret is another one.
  sum=$(cat secrets/kept/* | sha256sum)
  sed --in-place "s/^SECRETS=.*/SECRETS=${sum:0:16}/" "$release/.env"
  ;;
sqlite)
  install --directory --mode 0700 --owner "$APP_UID" --group "$APP_UID" data/service data/backups
  ;;
esac
# What the release has of each secret file of the service, and of its secret variables, with the secrets filled in.
for template in "$release"/secrets/*; do
  [[ -e $template ]] || continue
  filled=$(<"$template")
  printf %s "${filled//"{{database.password}}"/$password}" | write_secret "$APP_UID" "secrets/app/${template##*/}"
done

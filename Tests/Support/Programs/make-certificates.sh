#!/bin/sh
# Makes a small certificate authority and one certificate of each kind in the folder $1, valid for localhost and
# 127.0.0.1 unless its name says otherwise. NAME.pem holds the certificate and the authority's, NAME.key its key.
set -eu
cd "$1"
cat >ca.cnf <<'END'
[ca]
default_ca = here
[here]
dir = .
database = index.txt
new_certs_dir = .
serial = serial
certificate = ca.pem
private_key = ca.key
default_md = sha256
policy = any
unique_subject = no
copy_extensions = copy
[any]
commonName = supplied
END
: >index.txt
echo 1000 >serial
day() { date -u -d "$1 days" +%y%m%d000000Z; }
key() { openssl ecparam -name prime256v1 -genkey -noout -out "$1" 2>/dev/null; }
key ca.key
openssl req -x509 -new -key ca.key -days 3650 -subj "/CN=Gatehouse test authority" \
  -addext basicConstraints=critical,CA:TRUE -out ca.pem 2>/dev/null
leaf() { # NAME FIRST-DAY LAST-DAY ALTERNATIVE-NAMES
  key "$1.key"
  openssl req -new -key "$1.key" -subj "/CN=$1" -addext "subjectAltName=$4" -out "$1.csr" 2>/dev/null
  openssl ca -config ca.cnf -batch -notext -in "$1.csr" -out "$1.crt" \
    -startdate "$(day "$2")" -enddate "$(day "$3")" 2>/dev/null
  cat "$1.crt" ca.pem >"$1.pem"
}
local=DNS:localhost,IP:127.0.0.1
leaf good -1 365 "$local"
leaf expired -30 -1 "$local"
leaf soon -30 5 "$local"
leaf future 10 30 "$local"
leaf wrong-name -1 365 DNS:elsewhere.example
# An authority in between that ends in five days; what it signed lasts longer.
key between.key
openssl req -new -key between.key -subj "/CN=Gatehouse test authority in between" -out between.csr 2>/dev/null
echo basicConstraints=critical,CA:TRUE >between.ext
openssl x509 -req -in between.csr -CA ca.pem -CAkey ca.key -set_serial 1 -days 5 -extfile between.ext \
  -out between.crt 2>/dev/null
key short-chain.key
openssl req -new -key short-chain.key -subj /CN=short-chain -out short-chain.csr 2>/dev/null
echo "subjectAltName=$local" >short-chain.ext
openssl x509 -req -in short-chain.csr -CA between.crt -CAkey between.key -set_serial 2 -days 365 \
  -extfile short-chain.ext -out short-chain.crt 2>/dev/null
cat short-chain.crt between.crt >short-chain.pem
# The same without the one in between.
cp short-chain.crt broken-chain.pem
cp short-chain.key broken-chain.key
key self-signed.key
openssl req -x509 -new -key self-signed.key -days 365 -subj /CN=self-signed -addext "subjectAltName=$local" \
  -out self-signed.pem 2>/dev/null

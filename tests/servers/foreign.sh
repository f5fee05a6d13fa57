#!/usr/bin/env bash
# Courier and Cyrus from Debian in chroots of their own, for `make test-foreign`: builds what is missing, starts them,
# and prints the variables that tell the tests where they are.  Needs root and debootstrap.
#
#   foreign.sh start [courier] [cyrus]     build when needed, start, print `export BOCAU_TEST_...`
#   foreign.sh stop  [courier] [cyrus]     end what was started
#
# BOCAU_FOREIGN is where the chroots live (default /var/tmp/bocau-foreign, some 400 MB each).
set -euo pipefail

place=${BOCAU_FOREIGN:-/var/tmp/bocau-foreign}
mirror=${BOCAU_DEBIAN_MIRROR:-http://deb.debian.org/debian}
user=u1 password=secret
courier_port=12143
cyrus_port=13143

fail() {
  echo "$*" >&2
  exit 1
}

# Returns when a port of loopback answers.
wait_for() {
  for _ in {1..100}; do
    (: <"/dev/tcp/127.0.0.1/$1") 2>/dev/null && return
    sleep 0.1
  done
  fail "nothing answers on port $1"
}

# A bookworm with some packages in it; nothing is started by their installation.
build() {
  local root=$place/$1
  shift
  [[ -e $root/.bocau-built ]] && return
  mkdir -p "$place"
  [[ -e $root/usr/bin/apt-get ]] || debootstrap --variant=minbase bookworm "$root" "$mirror" >&2
  printf '#!/bin/sh\nexit 101\n' >"$root/usr/sbin/policy-rc.d"
  chmod 755 "$root/usr/sbin/policy-rc.d"
  cp /etc/hosts "$root/etc/hosts"
  chroot "$root" apt-get -qq update >&2
  chroot "$root" env DEBIAN_FRONTEND=noninteractive apt-get -qq install --no-install-recommends -y "$@" >&2
  touch "$root/.bocau-built"
}

courier_start() {
  local root=$place/courier
  build courier courier-imap courier-authlib-userdb dma
  chroot "$root" bash -eu -s "$user" "$password" "$courier_port" <<'INSIDE' >&2
cd /
user=$1 password=$2 port=$3
id vmail >/dev/null 2>&1 || useradd --create-home --home-dir /home/vmail vmail
[[ -d /home/vmail/$user ]] || runuser -u vmail -- maildirmake.courier "/home/vmail/$user"
sed -i 's/^authmodulelist=.*/authmodulelist="authuserdb"/' /etc/courier/authdaemonrc
touch /etc/courier/userdb
chmod 600 /etc/courier/userdb
userdb "$user" set "uid=$(id -u vmail)" "gid=$(id -g vmail)" home=/home/vmail "mail=/home/vmail/$user"
echo "$password" | userdbpw -md5 | userdb "$user" set systempw
makeuserdb
sed -i "s/^ADDRESS=.*/ADDRESS=127.0.0.1/; s/^PORT=.*/PORT=$port/; s/^MAXPERIP=.*/MAXPERIP=50/" /etc/courier/imapd
mkdir -p /run/courier/authdaemon
chown courier:courier /run/courier /run/courier/authdaemon
authdaemond stop >/dev/null 2>&1 || :
imapd stop >/dev/null 2>&1 || :
authdaemond start
makeimapaccess
imapd start
INSIDE
  wait_for "$courier_port"
  echo "export BOCAU_TEST_COURIER=127.0.0.1:$courier_port:$user:$password"
}

courier_stop() {
  chroot "$place/courier" bash -c 'cd /; imapd stop; authdaemond stop' >&2 || :
}

cyrus_start() {
  local root=$place/cyrus
  build cyrus cyrus-imapd sasl2-bin libsasl2-modules libsasl2-modules-db
  cyrus_stop
  chroot "$root" bash -eu -s "$user" "$password" "$cyrus_port" <<'INSIDE' >&2
cd /
user=$1 password=$2 port=$3
cat >/etc/imapd.conf <<CONF
configdirectory: /var/lib/cyrus
defaultpartition: default
partition-default: /var/spool/cyrus/mail
admins: cyrus
sasl_pwcheck_method: auxprop
sasl_auxprop_plugin: sasldb
sasl_mech_list: PLAIN
allowplaintext: yes
unixhierarchysep: yes
altnamespace: yes
autocreate_quota: 0
autocreate_post: yes
autocreate_inbox_folders: Drafts | Sent | Trash | Junk | Archive
xlist-drafts: Drafts
xlist-sent: Sent
xlist-trash: Trash
xlist-junk: Junk
xlist-archive: Archive
lmtpsocket: /run/cyrus/socket/lmtp
idlesocket: /run/cyrus/socket/idle
CONF
cat >/etc/cyrus.conf <<CONF
START {
  recover cmd="/usr/sbin/cyrus ctl_cyrusdb -r"
}
SERVICES {
  imap cmd="imapd -U 30" listen="127.0.0.1:$port" prefork=0 maxchild=100
}
DAEMON {
  idled cmd="idled"
}
CONF
echo "$password" | saslpasswd2 -p -c -u "$(hostname)" "$user"
chown cyrus:sasl /etc/sasldb2
mkdir -p /run/cyrus/proc /run/cyrus/lock /run/cyrus/socket /var/run/saslauthd
chown -R cyrus:mail /run/cyrus
/usr/lib/cyrus/bin/master -d -p /run/cyrus/master.pid
INSIDE
  wait_for "$cyrus_port"
  echo "export BOCAU_TEST_CYRUS=127.0.0.1:$cyrus_port:$user:$password"
}

cyrus_stop() {
  local pid=$place/cyrus/run/cyrus/master.pid
  if [[ -s $pid ]]; then
    kill "$(<"$pid")" 2>/dev/null || :
    rm -f "$pid"
  fi
}

[[ $(id -u) == 0 ]] || fail "foreign.sh builds chroots: it needs root."
action=${1:-}
shift || :
servers=("$@")
((${#servers[@]})) || servers=(courier cyrus)
case $action in
  start) command -v debootstrap >/dev/null || fail "debootstrap is missing (apt install debootstrap)." ;;
  stop) ;;
  *) fail "usage: foreign.sh start|stop [courier] [cyrus]" ;;
esac
for server in "${servers[@]}"; do
  case $server in
    courier | cyrus) "${server}_$action" ;;
    *) fail "unknown server: $server" ;;
  esac
done

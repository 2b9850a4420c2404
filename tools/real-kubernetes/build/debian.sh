# Packages of any Debian suite from the mirror that apt uses already, unpacked into a folder. Nothing is installed.
# Sourced with $scratch set.

# use_suite SUITE: all further calls of apt see this suite alone, and a machine without any package.
use_suite() {
  local mirror state=$scratch/apt-$1
  mirror=$(apt-get indextargets --format '$(CREATED_BY) $(LABEL) $(REPO_URI)' | awk '$1 == "Packages" && $2 == "Debian" { print $3; exit }')
  [ -n "$mirror" ] || { echo "apt knows no Debian mirror: run 'apt-get update' first" >&2; return 1; }
  mkdir -p "$state/lists/partial" "$state/archives/partial" "$state/none"
  : > "$state/status"
  for type in deb deb-src; do
    echo "$type [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror $1 main"
  done > "$state/sources.list"
  cat > "$state/apt.conf" <<EOF
Dir::Etc::sourcelist "$state/sources.list";
Dir::Etc::sourceparts "$state/none";
Dir::Etc::preferencesparts "$state/none";
Dir::State "$state";
Dir::State::lists "$state/lists";
Dir::State::status "$state/status";
Dir::Cache "$state";
Acquire::Languages "none";
Acquire::Retries "3";
APT::Install-Recommends "false";
APT::Sandbox::User "root";
EOF
  export APT_CONFIG=$state/apt.conf
  apt-get update -qq
}

# unpack FOLDER PACKAGE...
unpack() {
  local folder=$1 debs=$scratch/debs
  shift
  mkdir -p "$folder" "$debs"
  (cd "$debs" && apt-get download -qq "$@")
  for deb in "$debs"/*.deb; do dpkg-deb -x "$deb" "$folder"; done
  rm -r "$debs"
}

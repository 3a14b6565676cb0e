#!/usr/bin/env bash
# Lays a C compiler `cc` and an `ar` for another machine into a folder: scripts/zig.sh <folder> aarch64-linux-musl
# Both are zig, which is fetched into the cache folder when it is not there.
set -euo pipefail
folder=$1
target=$2

version=0.17.1
home="${XDG_CACHE_HOME:-$HOME/.cache}/flux-bootstrap/tools/zig-$version"
zig="$home/ziglang/zig"
if [ ! -x "$zig" ]; then
    python3 -m pip install --quiet --disable-pip-version-check --root-user-action=ignore --target "$home" "ziglang==$version"
fi

mkdir -p "$folder"
# Rust's `cc` crate names the target and its libraries in ways of its own, which zig does not know.
cat >"$folder/cc" <<SH
#!/usr/bin/env bash
arguments=()
while [ \$# -gt 0 ]; do
    case "\$1" in
        --target=* | -mmacos*-version-min=*) ;;
        -arch | -isysroot) shift ;;
        *) arguments+=("\$1") ;;
    esac
    shift
done
exec "$zig" cc -target $target "\${arguments[@]}"
SH
printf '#!/bin/sh\nexec "%s" ar "$@"\n' "$zig" >"$folder/ar"
chmod +x "$folder/cc" "$folder/ar"

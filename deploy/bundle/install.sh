#!/bin/sh
# 离线安装或升级政务问答助手：sh install.sh [安装目录]，默认 /srv/zhengwu。说明见 installing-offline.md。
# Needs what every Debian has: sh, coreutils, sed, getconf. All else comes with the archive.
set -eu
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)

stop() {
    printf '\n安装没有进行：%s\n' "$1" >&2
    exit 1
}

label() { sed -n "s/^\"$1\": \"\\([^\"]*\\)\".*/\\1/p" "$here/bundle.json"; }

platform=$(uname -s | tr '[:upper:]' '[:lower:]')-$(uname -m)
[ "$platform" = "$(label platform)" ] ||
    stop "本安装包用于 $(label platform)，这台机器是 $platform。请换用相应的安装包。"

glibc=$(getconf GNU_LIBC_VERSION 2>/dev/null | sed 's/^glibc //')
[ -n "$glibc" ] || stop "这台机器没有 glibc（本安装包需要 glibc $(label glibc) 或更高版本）。"
[ "$(printf '%s\n' "$glibc" "$(label glibc)" | sort -V | head -n 1)" = "$(label glibc)" ] ||
    stop "本安装包需要 glibc $(label glibc) 或更高版本，这台机器是 $glibc。请换用在较旧系统上制作的安装包。"

echo "正在核对安装包的校验值 …"
(cd "$here" && sha256sum --check --strict --quiet SHA256SUMS) ||
    stop "上面列出的文件与制作时不同或缺失。请重新拷贝安装包并解开。"

unset PYTHONHOME PYTHONSTARTUP
PYTHONPATH=$here/program PYTHONUTF8=1 PYTHONDONTWRITEBYTECODE=1
export PYTHONPATH PYTHONUTF8 PYTHONDONTWRITEBYTECODE
exec "$here/python/bin/python3.10" -s -m deploy.bundle.installing "$here" "$@"

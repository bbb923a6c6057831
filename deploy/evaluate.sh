#!/bin/sh
# `make eval`: each development set below ZHENGWU_EVAL_DIR, in its own knowledge base.
set -eu
zhengwu=.venv/bin/zhengwu
sets=${ZHENGWU_EVAL_DIR:-$(sed -n 's/^ZHENGWU_EVAL_DIR=//p' .env 2>/dev/null || true)}
if [ -z "$sets" ] || [ ! -d "$sets" ]; then
    echo "make eval: set ZHENGWU_EVAL_DIR to the folder of the development sets (it is '${sets:-empty}')" >&2
    exit 1
fi
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT INT TERM

# with_sample FILE: against the sample city
with_sample() {
    [ -f "$sets/$1" ] || { echo "-- $1: not there, left out"; return 0; }
    echo "-- $1 (the sample city)"
    "$zhengwu" eval "$sets/$1"
}

# with_table TABLE QUERIES: against a knowledge base that holds this table alone
with_table() {
    [ -f "$sets/$1" ] && [ -f "$sets/$2" ] || { echo "-- $2: not there, left out"; return 0; }
    echo "-- $2 ($1 alone)"
    export ZHENGWU_DATABASE_URL="sqlite:///$scratch/$1.db"
    "$zhengwu" db upgrade >/dev/null
    "$zhengwu" kb import "$sets/$1" >/dev/null
    "$zhengwu" kb publish >/dev/null
    "$zhengwu" eval "$sets/$2"
    unset ZHENGWU_DATABASE_URL
}

with_sample utterances.jsonl
with_sample mood.jsonl
with_table procuratorate_faq.csv procuratorate_queries.jsonl
with_table service_items.jsonl service_item_queries.jsonl

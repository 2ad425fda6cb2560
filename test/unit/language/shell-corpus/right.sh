### functions, locals, defaults and exit codes
set -euo pipefail
log() { printf '%s %s\n' "$(date -u +%FT%TZ)" "$*" >&2; }
die() { log "error: $*"; exit "${2:-1}"; }
fetch() {
  local url=${{ x }} out="${1:?usage: fetch FILE}" tries=0
  local -r dir=${TMPDIR:-/tmp}/"run-${{ x }}"
  mkdir -p "$dir"
  until curl -fsSL --retry 3 -o "$out" "$url?day=${{ x }}"; do
    (( ++tries < 5 )) || die "gave up on ${{ x }}"
    sleep "$(( 2 ** tries ))"
  done
}
fetch "data/${{ x }}.csv" || die "no data for '${{ x }}'"
log done: ${{ x }}

### case and getopts
while getopts "e:b:h" opt; do
  case "$opt" in
    e) epochs=$OPTARG ;;
    b) batch=${OPTARG:-${{ x }}} ;;
    h | \?) echo "usage: $0 [-e ${{ x }}]"; exit 2 ;;
  esac
done
shift "$((OPTIND - 1))"
case ${{ x }} in
  small) size=1 ;;
  full-*) size=${{ x }} ;;
  *) echo "unknown ${{ x }}" >&2; exit 1 ;;
esac
case "$(uname)" in (Linux) nproc ;; (Darwin) sysctl -n hw.ncpu ;; esac
echo ${{ x }}

### arrays and loops
declare -a files=(${{ x }} "data/${{ x }}"/*.csv)
declare -A seen=([a]=1 [b]=${{ x }})
args=(--model ${{ x }} --seed "${SEED:-1}")
args+=(--tag "run=${{ x }}")
for f in "${files[@]}" ${{ x }}; do
  [[ -e $f ]] || continue
  name=${f##*/}
  seen[$name]=${{ x }}
  echo "${name%.csv} ${#files[@]} ${files[0]} ${files[@]:1:2} ${{ x }}"
done
for ((i = 0; i < ${#files[@]}; i++)); do python train.py "${args[@]}" --part "$i" ${{ x }}; done
for i in {1..3}; do echo "$i" ${{ x }}; done
select choice in a b; do echo ${{ x }}; break; done < /dev/null

### conditions
if [[ ${{ x }} == prod* && -n "${{ x }}" ]]; then echo prod; fi
if [[ "${{ x }}" =~ ^[a-z]+-([0-9]+)$ ]]; then echo "${BASH_REMATCH[1]}"; fi
if [ "${{ x }}" = yes ] || [ -z ${{ x }} ]; then echo ${{ x }}; fi
if ! grep -q -- ${{ x }} file; then echo none; fi
test -f ${{ x }} && echo found
[[ -d "out/${{ x }}" ]] || mkdir -p "out/${{ x }}"
if (( $(wc -l < ${{ x }}) > 10 )); then echo long; fi
while [[ ! -f "${{ x }}.done" ]]; do sleep 1; done

### here-documents
cat > config.json <<EOF
{ "model": "${{ x }}", "home": "$HOME", "count": $(ls | wc -l) }
EOF
cat <<-END | tee "log-${{ x }}"
	indented ${{ x }}
	it's "quoted" \$PATH
	END
python - <<'EOF' ${{ x }}
import sys
print("it's", sys.argv[1], {"a": 1}[f"{'a'}"])
EOF
psql -v day=${{ x }} <<'SQL'
select * from orders where day = :'day' and note <> 'it''s (open';
SQL
python3 - "${{ x }}" <<"PY" > "out-${{ x }}.txt"
print(`1`) if 0 else None
PY
while read -r line; do echo "$line ${{ x }}"; done <<< ${{ x }}
echo after ${{ x }}

### programs of other languages in single quotes
awk -v name=${{ x }} -F, '$1 == name { sum += $3 } END { printf "%s %d\n", name, sum }' data.csv
awk 'BEGIN { q = "it'"'"'s" } { print q, $0 }' "${{ x }}"
jq --arg day ${{ x }} -r '.items[] | select(.day == $day) | "\(.id) \(.name // "none")"' items.json
jq -n --argjson rows "$(cat ${{ x }})" '{rows: $rows, "it": "is"}'
sed -E 's/^([^,]+),.*$/\1/; /^#/d' < ${{ x }}
sed -i "s|@DAY@|${{ x }}|g" template.sql
perl -ne 'print if /\$\{.*\}/' ${{ x }}
python -c 'import json, sys; print(json.load(open(sys.argv[1]))["rows"])' ${{ x }}
node -e 'console.log(process.argv[1])' "${{ x }}"
grep -E '^(a|b)\{2,\}' ${{ x }} | sort -t, -k2,2n | uniq -c | head -n "${{ x }}"
find . -name "*-${{ x }}.csv" -newer ${{ x }} -exec gzip -9 {} +
find . -type f -name '*.tmp' -exec sh -c 'mv "$1" "$2"' _ {} ${{ x }} \;
xargs -I{} sh -c 'echo "$1" "$2"' _ {} ${{ x }} < list

### traps, background jobs and waiting
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
trap 'echo "stopped in line $LINENO" >&2; exit 130' INT TERM
server --port ${{ x }} > "$tmp/server.log" 2>&1 &
pid=$!
trap 'kill "$pid" 2>/dev/null || true' EXIT
wait "$pid" || code=$?
{ echo "model=${{ x }}"; echo "code=${code:-0}"; } >> "$ENGINE_OUTPUT"
( cd ${{ x }} && make -j"$(nproc)" ) 2>&1 | tee -a "build-${{ x }}.log"
exit "${code:-0}"

### process substitution and descriptors
diff <(sort ${{ x }}) <(sort "${{ x }}.old") || true
comm -13 <(cut -d, -f1 < ${{ x }} | sort -u) <(jq -r '.[]' known.json | sort) > new.txt
tee >(gzip > "${{ x }}.gz") >(wc -l >&2) < ${{ x }} > /dev/null
mapfile -t rows < <(grep -v '^#' ${{ x }})
exec 3> "log-${{ x }}"; echo start >&3; exec 3>&-
paste -d, <(echo ${{ x }}) - <<< "$(seq 3)"
while IFS=, read -r id name; do printf '%s\t%s\n' "$id" "$name" ${{ x }}; done < <(tail -n +2 "${{ x }}")

### prompts, numbers of lines and other values of builtins
read -r -p "Deploy ${{ x }}? " answer
read -rt ${{ x }} -d ${{ x }} line < pipe || true
read -p${{ x }} -n 1 key
mapfile -n ${{ x }} -t first < file
printf -v stamp '%s-%s' ${{ x }} "$(date +%s)"
printf "%s\n" "${{ x }}" ${{ x }}
export MODEL=${{ x }} PATH="${{ x }}/bin:$PATH"
readonly DAY=${{ x }}
set -- ${{ x }} "$@"
ulimit -n ${{ x }}
trap 'exit 3' ${{ x }}

### other shells and machines with the value as an argument
bash -c 'echo "$1"' _ ${{ x }}
bash -euo pipefail -c 'train "$1" "$2"' train ${{ x }} "${{ x }}"
sudo -u ${{ x }} -E env MODEL=${{ x }} ./train.sh ${{ x }}
bash ./train.sh -c ${{ x }}
bash -x scripts/train.sh --config ${{ x }} -c "${{ x }}"
bash -s -- ${{ x }} < script.sh
timeout ${{ x }} make train
nice -n ${{ x }} ionice -c 3 make
ssh -o BatchMode=yes -i ${{ x }} "user@${{ x }}" uptime
scp "${{ x }}" host:/data/
docker run --rm -e MODEL=${{ x }} -v "$PWD:/w" image:${{ x }} train --epochs ${{ x }}
docker exec ${{ x }} ls -c ${{ x }}
kubectl exec ${{ x }} -- cat /etc/hosts
kubectl -n "${{ x }}" set image deploy/app app=repo/app:${{ x }}
flock -w ${{ x }} "/tmp/${{ x }}.lock" make ${{ x }}
flock /tmp/lock tar -c ${{ x }}
watch -n ${{ x }} -x ls
parallel -j ${{ x }} gzip ::: ${{ x }} "${{ x }}"/*.csv
script -q "log-${{ x }}"
sbatch --job-name ${{ x }} job.sh
command -v ${{ x }} > /dev/null || echo missing
git commit -m "data of ${{ x }}" && git -c user.name=${{ x }} push
tar -c ${{ x }} | gzip -c > "${{ x }}.tar.gz"
grep -c ${{ x }} file; sort -c ${{ x }}; head -c ${{ x }} file; ping -c ${{ x }} host
echo "to run it: bash -c 'train ${{ x }}'"

### comments, escapes and quotes inside quotes
# train ${{ x }}: don't "quote" this $(
echo a # it's ${{ x }}
echo "# no comment ${{ x }}" a#b${{ x }}
echo "He said \"${{ x }}\" and 'that' was $(echo "nested '${{ x }}' $(echo "${{ x }}")")"
echo 'single '"${{ x }}"' again'${{ x }}
echo $'tab\tit\'s' ${{ x }}
echo ${HOME:+"${{ x }}"} "${USER:-${{ x }}}" ${a:-"b c"} ${{ x }}
echo \
  --first ${{ x }} \
  --second "${{ x }}"
x=${y//\'/} z="${y#"${y%%[![:space:]]*}"}"; echo ${{ x }}
echo $? $! $$ $# "$*" ${!prefix@} ${{ x }}

### numbers in arithmetic
echo $(( ${{ number }} * 2 )) "$(( (${{ number }} + 1) % 7 ))"
for (( i = 0; i < ${{ number }}; i++ )); do echo "$i"; done
(( total += ${{ number }} ))
[[ $(wc -l < file) -ge ${{ number }} ]] && echo "${lines[${{ number }}]} ${text:${{ number }}:3}"
declare -i n=${{ number }}
[ "$n" -gt ${{ x }} ] && seq 1 ${{ x }}

### eval and its kin
eval "train --model ${{ code }}"
eval train ${{ code }} "$(cat ${{ code }})"
trap "rm -rf ${{ code }}" EXIT
trap -- "echo ${{ code }}" INT
alias train="python train.py ${{ code }}"
let "n = ${{ code }}"
sudo nice -n 5 eval ${{ code }}

### scripts for another shell
bash -c "train ${{ code }}"
/bin/sh -ec 'echo ${{ code }}'
bash -euo pipefail -c "train ${{ code }}"
timeout 5 bash -c "train ${{ code }}"
timeout -k 5 1h bash -lc "train ${{ code }}"
sudo bash -c "train ${{ code }}"
sudo -u bob -E bash -c "train ${{ code }}"
env X=1 sh -c "train ${{ code }}"
nohup bash -c "train ${{ code }}" > log 2>&1 &
docker exec c sh -c "train ${{ code }}"
docker run --rm image bash -lc "cd /w && train ${{ code }}"
kubectl exec pod -- sh -c "train ${{ code }}"
srun --gpus=1 bash -c "train ${{ code }}"
find . -name '*.csv' -exec sh -c "gzip ${{ code }}" \;
xargs -n 1 sh -c "echo ${{ code }}" < list
xargs -I{} bash -c "echo {} ${{ code }}" < list
su - bob -c "train ${{ code }}"
su bob --command="train ${{ code }}"
runuser -u bob -c "train ${{ code }}"
$SHELL -c "train ${{ code }}"
"${SHELL:-/bin/sh}" -c "train ${{ code }}"
"$BASH" -c "train ${{ code }}"
for i in 1 2; do bash -c "train $i ${{ code }}" & done; wait

### programs that hand their words to a shell
watch "ls ${{ code }}"
watch -n 2 ls ${{ code }}
watch --interval 2 "ls ${{ code }}"
flock /tmp/lock -c "train ${{ code }}"
flock -w 5 -n "/tmp/lock" -c "train ${{ code }}"
flock /tmp/lock bash -c "train ${{ code }}"
script -qec "train ${{ code }}" /dev/null
script -q log --command "train ${{ code }}"
parallel "train {} ${{ code }}" ::: a b
parallel -j 4 --tag train ${{ code }} ::: a b
sbatch --wrap "train ${{ code }}"
sbatch --gpus=1 --wrap="train ${{ code }}"

### other machines
ssh host "train ${{ code }}"
ssh -i key -p 22 user@host train ${{ code }}
timeout 60 ssh host "train ${{ code }}"
sshpass -e ssh host "train ${{ code }}"
find . -name a -exec ssh host "rm ${{ code }}" \;
gcloud compute ssh machine --zone a --command "train ${{ code }}"
ssh host <<EOF
train ${{ code }}
EOF
ssh -T host bash -s -- a <<EOF
train ${{ code }}
EOF
ssh host 'bash -s' <<-EOF
	train ${{ code }}
	EOF

### scripts from standard input and from files
bash <<EOF
train ${{ code }}
EOF
sudo -u bob bash -s <<EOF
train ${{ code }}
EOF
echo "train ${{ code }}" | bash
printf 'train %s\n' ${{ code }} | tee log | ssh host bash -s
source <(echo "MODEL=${{ code }}")
. <(printf 'A=%s' ${{ code }})
bash <(echo "train ${{ code }}")
bash <<< "train ${{ code }}"
kubectl exec -i pod -- bash <<EOF
train ${{ code }}
EOF

### names of variables
read -r ${{ code }}
read -p "name: " ${{ code }}
unset ${{ code }}
declare ${{ code }}=1
export ${{ code }}
printf -v ${{ code }} '%s' a
mapfile -t ${{ code }} < file
[[ -v ${{ code }} ]]
echo ${${{ code }}} ${a/${{ code }}/b} ${a:=${{ code }}}
getopts ab ${{ code }}

### where bash leaves everything as it is
echo 'model ${{ quoting }}'
awk '$1 == "${{ quoting }}" { print }' data.csv
jq '.[] | select(.day == "${{ quoting }}")' items.json
python -c 'print("${{ quoting }}")'
python - <<'EOF'
print("${{ quoting }}")
EOF
cat <<"SQL" | psql
select '${{ quoting }}'
SQL
echo $'a ${{ quoting }}'
echo \${{ quoting }}
echo `cat ${{ code }}`

### behind what is easily misread
if [[ $a =~ ^[[:alpha:]]+$ ]]; then eval ${{ code }}; fi
x=$(case a in a) echo b ;; esac); eval ${{ code }}
cat <<'EOF' > f
it's (open "
EOF
eval ${{ code }}
echo "${a:-'}" ; eval ${{ code }}
f() { local x=1; eval "$x ${{ code }}"; }
echo $(( 1 << 2 )); eval ${{ code }}
echo a \
  && eval ${{ code }}
{ eval ${{ code }}; } || ( eval ${{ code }} )

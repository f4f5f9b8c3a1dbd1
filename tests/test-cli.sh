#!/bin/bash
# test-cli.sh - pinhole-cli as a person and as a script use it
#
#   tests/test-cli.sh PINHOLE-CLI RECIPE
#
# Trains the tiny recipe RECIPE for a model to ask, in a folder of its own.  Prints a line
# for each check that failed, and their number.
set -u

cli=$(realpath "$1")
recipe=$(realpath "$2")
home=$(mktemp -d)
trap 'rm -rf "$home"' EXIT
cd "$home" || exit 1
export XDG_DATA_HOME=$home/data LC_ALL=C.UTF-8
unset NO_COLOR

n_checks=0
n_failed=0

fail () {
  n_failed=$((n_failed + 1))
  printf 'FAILED: %s\n' "$1"
  sed 's/^/  stdout: /' out | head -5
  sed 's/^/  stderr: /' err | head -5
}

# run CODE ARGUMENT…: runs the program and checks its exit code.
run () {
  local expected=$1
  shift

  n_checks=$((n_checks + 1))
  "$cli" "$@" >out 2>err </dev/null
  local code=$?
  ((code == expected)) || fail "exit $code, not $expected: $*"
}

# Text that file $1 has to hold.
holds () {
  n_checks=$((n_checks + 1))
  grep -qF -- "$2" "$1" || fail "$1 lacks: $2"
}

# Nothing on stdout, and one line on stderr that begins with the program's name.
complains_in_a_line () {
  n_checks=$((n_checks + 1))
  [[ ! -s out && $(wc -l <err) == 1 && $(<err) == "pinhole-cli: "* ]] ||
    fail "not one line on stderr alone"
}

is_plain () {
  n_checks=$((n_checks + 1))
  ! LC_ALL=C grep -qP '[\x00-\x08\x0b-\x1f\x7f]' out || fail "control characters on stdout"
}

is_silent () {
  n_checks=$((n_checks + 1))
  [[ ! -s err ]] || fail "something on stderr"
}

# --- help and wrong usage ---

run 0 --help
holds out 'pinhole-cli ask --image'
run 0 --version
holds out 'kernels:'
for command in ask chat history trace scene train evaluate tokenize match; do
  run 0 $command --help
  is_silent
  n_checks=$((n_checks + 1))
  [[ $(sed -n 3p out) == "  pinhole-cli $command"* ]] || fail "$command --help: no example first"
  run 2 $command --nonsense
  complains_in_a_line
  holds err "pinhole-cli $command --help"
done

while read -r arguments; do
  run 2 $arguments
  complains_in_a_line
done <<'END'

nonsense
chat
ask
ask What?
ask --image s.png two words
ask --image s.png --temperature 0 What?
ask --image s.png --greedy --seed 1 What?
ask --image s.png --max-new-tokens 0 What?
ask --image s.png --max-new-tokens 99999999999999999999 What?
trace --image s.png
trace --image s.png --output t --layer 1
match
match star
match --image s.png
match --image s.png --layer 1 star
match --image s.png --grad-cam --layer -1 star
tokenize
scene
scene --seed -1
train
train one.json --plot two.csv
evaluate --questions x
history sing
history show
history list more
history rename last
history export last a --format pdf
END

# --- scenes ---

run 0 scene --seed 7 --output s.png --json
holds out '"things"'
holds out '"questions"'
is_silent
cp out first
run 0 scene --seed 7 --output again.png --json
n_checks=$((n_checks + 1))
cmp -s out first && cmp -s s.png again.png || fail "the same seed drew another scene"
run 1 scene --seed 7 --output /nowhere/s.png
complains_in_a_line

# --- training, stopped and gone on with ---

run 0 train "$recipe" --output runs/model
holds out runs/model
run 0 train --plot runs/model/log.csv
holds out '</svg>'
is_plain
run 1 train --plot s.png
complains_in_a_line
run 1 train missing.json
complains_in_a_line
export PINHOLE_MODEL=$home/runs/model

# --- asking ---

run 0 ask --image s.png --max-new-tokens 8 'What color is the star?'
is_plain
is_silent
answer=$(<out)
run 0 ask --image s.png --max-new-tokens 8 --greedy --model runs/model 'What color is the star?'
n_checks=$((n_checks + 1))
[[ $(<out) == "$answer" ]] || fail "the second answer is another one"
n_checks=$((n_checks + 1))
echo 'What color is the star?' | "$cli" ask --image s.png --max-new-tokens 8 - >out 2>err
[[ $(<out) == "$answer" ]] || fail "an instruction from stdin is answered otherwise"

run 0 ask --image s.png --max-new-tokens 8 --json 'What color is the star?'
is_plain
for key in text ids stop timings model picture prompt settings; do
  holds out "\"$key\":"
done
run 0 ask --image s.png --max-new-tokens 8 --json --temperature 1 --seed 5 'What?'
holds out '"seed":5'
sed 's/"timings":{[^}]*}//' out >first
run 0 ask --image s.png --max-new-tokens 8 --json --temperature 1 --seed 5 'What?'
n_checks=$((n_checks + 1))
sed 's/"timings":{[^}]*}//' out | cmp -s - first || fail "the same seed drew another answer"

run 0 ask --image s.png --max-new-tokens 4 --heat 'What?'
is_plain
holds out 'Where the queries looked'
holds out 'class token:'
run 0 ask --image s.png --max-new-tokens 4 --heat --json 'What?'
holds out '"class_token":'

run 0 tokenize --json 'What color?'
holds out '{"ids":['
run 0 tokenize --qformer 'What color?'
holds out '[CLS]'

run 0 trace --image s.png --prompt 'What?' --max-new-tokens 4 --output one.safetensors
run 0 trace --image s.png --prompt 'What?' --max-new-tokens 4 --output two.safetensors
n_checks=$((n_checks + 1))
cmp -s one.safetensors two.safetensors || fail "two traces differ"
for name in pixel_values vision.block.0 vision.output qformer.self_attention.0 \
  qformer.cross_attention.0 qformer.output projection lm.prompt_ids lm.first_logits \
  generated_ids; do
  holds one.safetensors "\"$name\""
done

# --- comparing ---

matcher=$(dirname "$recipe")/../checkpoints/blip2-itm
printf 'a boat\n\n  two horses run past the river\r\n' >texts.txt
run 0 match --model "$matcher" --image s.png --file texts.txt '?'
is_plain
is_silent
n_checks=$((n_checks + 1))
[[ $(wc -l <out) == 4 && $(head -1 out) == "rank "* && $(sed -n 2p out) == "   1 "* ]] ||
  fail "not a row for each of three texts, best first"
run 0 match --model "$matcher" --image s.png --json --itc --file - '?' <texts.txt
for key in texts text itc itm probability rank timings total; do
  holds out "\"$key\":"
done
holds out '"ranked_by":"itc"'
run 0 match --model "$matcher" --image s.png --heat --grad-cam --layer 2 'a boat'
is_plain
holds out 'mean of 2 layers'
holds out 'layer 2'
holds out 'of what spoke for it'
run 0 match --model "$matcher" --image s.png --json --grad-cam 'a boat'
holds out '"grad_cam":{"layer":0,'
run 0 trace --model "$matcher" --image s.png --prompt 'a boat' --grad-cam --layer 2 --output cam
holds cam '"gradcam.2"'
run 1 trace --image s.png --prompt 'What?' --grad-cam --output cam
complains_in_a_line
run 1 match --image s.png 'a boat'
complains_in_a_line
holds err 'use ask'
run 1 ask --model "$matcher" --image s.png 'a boat'
complains_in_a_line
holds err 'use match'
for text in '' '  ' $'two \xff' "$(printf 'boat %.0s' {1..200})"; do
  run 1 match --model "$matcher" --image s.png 'a boat' "$text"
  complains_in_a_line
done
for file in missing.txt /dev/zero . s.png; do
  run 1 match --model "$matcher" --image s.png --file "$file"
  complains_in_a_line
done

# --- bad input ---

: >empty.png
echo 'not a picture' >text.png
head -c 200 s.png >cut.png
mkdir folder.png
printf 'evil\033[2J.png' >name
cp text.png "$(<name)"
for picture in missing.png empty.png text.png cut.png folder.png /dev/zero "$(<name)"; do
  run 1 ask --image "$picture" 'What?'
  complains_in_a_line
  n_checks=$((n_checks + 1))
  ! LC_ALL=C grep -qP '[\x00-\x08\x0b-\x1f\x7f]' err || fail "control characters on stderr"
done
holds err 'evil\x1b[2J.png'

for prompt in '' '   ' $'What \xff?' "$(printf 'star %.0s' {1..5000})"; do
  run 1 ask --image s.png "$prompt"
  complains_in_a_line
done

cp -r runs/model broken
for file in config.json tokenizer.json preprocessor_config.json model.safetensors \
  qformer_tokenizer/tokenizer.json; do
  mv broken/$file kept
  run 1 ask --model broken --image s.png 'What?'
  complains_in_a_line
  holds err "$file"
  head -c 100 kept >broken/$file
  run 1 ask --model broken --image s.png 'What?'
  complains_in_a_line
  mv kept broken/$file
done
run 1 ask --model missing --image s.png 'What?'
complains_in_a_line

# --- the history ---

run 0 history list
holds out 'What color is the star?'
run 0 history show last
holds out '[s.png]'
run 0 history search 'COLOR IS'
holds out 'What color is the star?'
run 0 history search zebra
n_checks=$((n_checks + 1))
[[ ! -s out ]] || fail "a chat without the word was found"
run 0 history export
holds out '"chats":['
is_plain
run 1 history show 12
complains_in_a_line
run 0 history search 'co is' --json
holds out '"snippet":"What color is the star?","hits":[[5,10],[11,13]]'
run 0 history rename last The star
run 0 history pin last
run 0 history move last sky
run 0 history list --json
holds out '"title":"The star"'
holds out '"pinned":true,"folder":"sky"'
run 0 history export last star.json
run 0 history import star.json
imported=$(<out)
run 0 history show "$imported"
holds out '[s.png]'
run 0 history delete "$imported" --purge
run 0 history export last star --format markdown
n_checks=$((n_checks + 1))
[[ -s star/chat.md && -s star/pictures/1-s.png ]] || fail "the Markdown or its picture is missing"
run 1 history export last star --format markdown
complains_in_a_line
run 1 history import s.png
complains_in_a_line
n_before=$("$cli" history list | wc -l)
run 0 history delete last
n_checks=$((n_checks + 1))
(($("$cli" history list | wc -l) == n_before - 1)) || fail "the deleted chat is still listed"
run 0 history list --deleted
holds out 'The star'
run 0 ask --image s.png --max-new-tokens 2 --no-history 'What?'
n_checks=$((n_checks + 1))
(($("$cli" history list | wc -l) == n_before - 1)) || fail "--no-history was kept"
run 0 ask --image s.png --max-new-tokens 2 --history "$home/own.db" 'What?'
run 0 history list --history "$home/own.db" --json
holds out '"title":"What?"'

# Trouble with it costs one remark and never the answer.
run 0 ask --image s.png --max-new-tokens 8 --history "$home" 'What color is the star?'
n_checks=$((n_checks + 1))
[[ $(<out) == "$answer" && $(wc -l <err) == 1 && $(<err) == "pinhole-cli: "* ]] ||
  fail "trouble with the history is not one remark beside the answer"

# --- signals and streams ---

n_checks=$((n_checks + 1))
"$cli" ask --image s.png --max-new-tokens 2 'What?' >/dev/full 2>err
(($? == 1)) || fail "a full disk is not told"
n_checks=$((n_checks + 1))
"$cli" ask --image s.png 'What?' 2>err | true
[[ ! -s err ]] || fail "a reader that left is complained about"

n_checks=$((n_checks + 1))
"$cli" ask --image s.png 'What?' >&- 2>err || fail "a closed stdout is too much"
run 0 history export
holds out '"chats":['

# A decoder that sleeps holds the question where it can be stopped.  Jobs of a script
# ignore Ctrl+C unless env gives it back to them.
printf '#!/bin/sh\nexec sleep 20\n' >sleeper
chmod +x sleeper
n_checks=$((n_checks + 1))
PINHOLE_DECODE=$home/sleeper env --default-signal=INT \
  "$cli" ask --image s.png 'What?' >out 2>err &
sleep 1
kill -INT $!
wait $!
(($? == 130)) || fail "Ctrl+C does not exit with 130"
is_silent

# --- a conversation ---

# A terminal of 100 columns; what is typed is echoed, so answers are looked for behind it.
converse () {
  printf '%s\n' "$@" |
    script -qec "stty rows 40 cols 100; '$cli'" /dev/null >out 2>err
}

if command -v script >/dev/null; then
  export TERM=xterm-256color
  converse "'$home/s.png'" 'What color is the star?' '/heat q=1 l=0' '/heat q=99' \
    /help /history /model /new '/nowhere at all' /quit
  holds out '224 by 224 pixels'
  holds out "$answer"
  holds out 'query 1, layer 0'
  holds out $'\u2580'
  holds out 'they are numbered'
  holds out '/open'
  holds out 'The model is model'
  holds out 'neither a file nor a command'
  NO_COLOR=1 converse "$home/s.png" 'What?' /heat /quit
  holds out '9 is'
  n_checks=$((n_checks + 1))
  ! grep -q $'\u2580' out || fail "NO_COLOR is not obeyed"
fi

if ((n_failed > 0)); then
  echo "$n_failed of $n_checks checks failed"
  exit 1
fi
echo "100%: Checks: $n_checks, Failures: 0, Errors: 0"
